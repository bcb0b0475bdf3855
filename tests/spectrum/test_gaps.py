"""Grids with gaps: the rows' nodes are known, since the rows are made from them."""

import math

import numpy as np
import pytest
import torch

from skspectral.spectrum import GriddedRows, detect_gaps, detect_lattice

EPS = np.finfo(float).eps
STEPS = {
    (150,): [0.013],
    (16, 20): [0.1, 1 / 7],
    (100, 2): [0.02, 1.0],
    (6, 5, 7): [0.3, 0.1, 1 / 3],
}
SHAPED = pytest.mark.parametrize("shape", STEPS, ids=str)


def holes(rng, shape, share):
    """Nodes that are there, in random order; those of the corners always are."""
    there = rng.uniform(size=shape) >= share
    there.ravel()[[0, -1]] = True
    return rng.permutation(np.flatnonzero(there))


def rows(nodes, shape):
    """Coordinates of nodes, off the origin."""
    index = np.stack(np.unravel_index(nodes, shape), 1)
    return torch.tensor(index * STEPS[shape] - 0.37)


@SHAPED
@pytest.mark.parametrize("share", [0.0, 0.05, 0.3])
def test_nodes_and_axes_of_the_rows_are_found(shape, share, rng):
    nodes = holes(rng, shape, share)
    grid = detect_gaps(rows(nodes, shape))
    np.testing.assert_array_equal(grid.nodes, nodes)
    assert grid.shape == shape
    for axis, n, step in zip(grid.axes, shape, STEPS[shape], strict=True):
        np.testing.assert_allclose(axis, np.arange(n) * step - 0.37, rtol=0, atol=8 * EPS * n * step)


@pytest.mark.parametrize("line", [(7,), (slice(None), 3)], ids=["a row", "a column"])
def test_a_line_without_rows_is_a_gap(line, rng):
    there = np.ones((16, 20), bool)
    there[line] = False
    there[2, 5] = False
    grid = detect_gaps(rows(rng.permutation(np.flatnonzero(there)), there.shape))
    np.testing.assert_array_equal(grid.known, there)


def test_missing_planes_of_a_box_are_gaps():
    there = np.ones((6, 5, 7), bool)
    there[2], there[:, :, 4] = False, False
    grid = detect_gaps(rows(np.flatnonzero(there), there.shape))
    np.testing.assert_array_equal(grid.known, there)


def test_an_outer_line_without_rows_makes_the_grid_smaller(rng):
    there = np.ones((16, 20), bool)
    there[0], there[4, 4] = False, False
    grid = detect_gaps(rows(np.flatnonzero(there), there.shape))
    np.testing.assert_array_equal(grid.known, there[1:])


@SHAPED
@pytest.mark.parametrize("rounding", [1e-15, 1e-7])
def test_coordinates_of_every_row_may_carry_rounding(shape, rounding, rng):
    nodes = holes(rng, shape, 0.1)
    exact = rows(nodes, shape)
    span = exact.amax(0) - exact.amin(0)
    grid = detect_gaps(exact + span * torch.tensor(rounding * rng.uniform(-0.5, 0.5, exact.shape)))
    np.testing.assert_array_equal(grid.nodes, nodes)
    assert grid.shape == shape


def test_coordinates_in_single_precision():
    nodes = np.delete(np.arange(320), [5, 17, 200])
    grid = detect_gaps(rows(nodes, (16, 20)).to(torch.float32).to(torch.float64))
    np.testing.assert_array_equal(grid.nodes, nodes)


@SHAPED
def test_coordinates_off_the_nodes_are_no_grid(shape, rng):
    exact = rows(holes(rng, shape, 0.1), shape)
    off = 0.01 * torch.tensor(STEPS[shape]) * torch.tensor(rng.uniform(-1, 1, exact.shape))
    assert detect_gaps(exact + off) is None


def test_two_rows_at_one_node_are_no_grid():
    exact = rows(np.arange(320), (16, 20))
    assert detect_gaps(torch.cat([exact, exact[-1:] + 1e-14])) is None


@pytest.mark.parametrize("shape", [(3, 3, 3, 3), (4, 2, 5), (9, 7)], ids=str)
@pytest.mark.parametrize("rounding", [0.0, 1e-15])
def test_levels_of_a_lattice_may_be_uneven_and_few(shape, rounding, rng):
    axes = [np.sort(rng.uniform(-1, 1, n)) for n in shape]
    nodes = rng.permutation(np.prod(shape))[3:]
    index = np.unravel_index(nodes, shape)
    exact = np.stack([axis[i] for axis, i in zip(axes, index, strict=True)], 1)
    lattice = detect_lattice(torch.tensor(exact + rounding * rng.uniform(-0.5, 0.5, exact.shape)))
    np.testing.assert_array_equal(lattice.nodes, nodes)
    assert lattice.shape == shape


def test_scattered_rows_and_a_few_nodes_are_no_lattice(rng):
    assert detect_lattice(torch.tensor(rng.uniform(-1, 1, (200, 2)))) is None
    assert detect_lattice(rows(rng.permutation(320)[:150], (16, 20))) is None


def power_axes():
    axis = torch.linspace(0, 1, 15, dtype=torch.float64) ** 2
    return torch.cartesian_prod(axis, axis)[:-3]


def chebyshev():
    return torch.cos(math.pi * torch.arange(200, dtype=torch.float64) / 199)[:, None]


NO_GRID = {
    "scattered, line": lambda rng: torch.tensor(rng.uniform(size=(300, 1))),
    "scattered, plane": lambda rng: torch.tensor(rng.uniform(size=(300, 2))),
    "one scattered column": lambda rng: torch.cat(
        [rows(np.arange(320), (16, 20))[:, :1], torch.tensor(rng.uniform(size=(320, 1)))], 1
    ),
    "quadratic axes": lambda rng: power_axes(),
    "Chebyshev nodes": lambda rng: chebyshev(),
    "fewer than half the nodes": lambda rng: rows(holes(rng, (16, 20), 0.6), (16, 20)),
    "few rows": lambda rng: rows(np.arange(49), (150,)),
    "a constant column": lambda rng: torch.nn.functional.pad(rows(np.arange(150), (150,)), (0, 1)),
    "four columns": lambda rng: torch.cartesian_prod(*[torch.arange(4.0, dtype=torch.float64)] * 4),
    "far from the others": lambda rng: torch.cat(
        [rows(np.arange(150), (150,)), torch.full((1, 1), 1e4, dtype=torch.float64)]
    ),
}


@pytest.mark.parametrize("case", NO_GRID)
def test_other_rows_are_no_grid(case, rng):
    assert detect_gaps(NO_GRID[case](rng)) is None


@SHAPED
def test_rows_of_a_field_are_the_values_it_was_made_of(shape, rng):
    nodes = holes(rng, shape, 0.2)
    grid = detect_gaps(rows(nodes, shape))
    values = torch.tensor(rng.standard_normal((len(nodes), 3)))
    field = grid.field(values)
    assert field.shape == (*shape, 3)
    assert torch.equal(grid.rows(field), values)
    assert float(field[~grid.known].abs().max()) == 0
    places = np.unravel_index(nodes, shape)
    np.testing.assert_array_equal(field.numpy()[places], values)


def test_some_rows_of_a_grid():
    axes = (torch.arange(2.0), torch.arange(3.0))
    grid = GriddedRows(axes, torch.tensor([5, 0, 4, 1]))
    part = grid.take(torch.tensor([True, False, False, True]))
    assert part.shape == (2, 3)
    np.testing.assert_array_equal(part.known, [[False, True, False], [False, False, True]])


@SHAPED
def test_rows_find_their_nodes_again(shape, rng):
    nodes = holes(rng, shape, 0.1)
    grid = detect_gaps(rows(nodes, shape))
    some = rng.permutation(nodes)[::3]
    np.testing.assert_array_equal(grid.at(rows(some, shape)).nodes, some)
