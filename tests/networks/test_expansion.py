"""Expansions: both routes against a sum written out mode by mode."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from skspectral.networks import Expansion, expansion, polynomial_features

EPS = np.finfo(float).eps
N = 11


def tensor(values):
    return torch.tensor(np.asarray(values, float))


def draw(rng, integers, k, step):
    """An expansion on integer wave vectors times `step`, or off any lattice where it is None."""
    integers = np.asarray(integers, float)
    m, d = integers.shape
    lines = integers + 0.3 if step is None else integers * step
    parts = (rng.standard_normal((rows, k)) for rows in (1 + d, m, m))
    affine, cosine, sine = map(tensor, parts)
    return Expansion(affine, tensor(lines), cosine, sine, None if step is None else tensor(step))


def dot(line, row):
    return math.fsum(a * b for a, b in zip(line, row))


def written_out(expansion, t):
    """Row by row, mode by mode, with a compensated sum."""
    affine, f = expansion.affine.tolist(), expansion.frequencies.tolist()
    cosine, sine = expansion.cosine.tolist(), expansion.sine.tolist()
    values = np.empty((len(t), len(affine[0])))
    for (i, k), _ in np.ndenumerate(values):
        angles = [2 * math.pi * dot(line, t[i]) for line in f]
        terms = [affine[0][k], *(a[k] * x for a, x in zip(affine[1:], t[i]))]
        terms += [c[k] * math.cos(a) + s[k] * math.sin(a) for a, c, s in zip(angles, cosine, sine)]
        values[i, k] = math.fsum(terms)
    return values


def bound(expansion):
    """Rounding of angles times amplitudes, for |t| <= 1."""
    angle = 2 * math.pi * float(expansion.frequencies.abs().sum(1).max()) + 1
    amplitude = sum(float(p.abs().sum()) for p in (expansion.cosine, expansion.sine))
    return 8 * EPS * angle * (amplitude + float(expansion.affine.abs().sum()))


MODES = {
    "line": [[1], [2], [5]],
    "half plane": [[0, 1], [1, -1], [1, 0], [1, 1], [2, -2], [0, 2]],
    "other half": [[0, -1], [-1, 1], [-1, 0], [2, 1], [-2, 2]],
    "one axis only": [[0, 1], [0, 3]],
    "space": [[1, 0, -2], [0, 1, 1], [0, 0, 2], [-1, 2, 0]],
    "four": [[1, 0, 0, -1], [0, 1, 1, 0], [0, 0, 0, 1]],
}
STEPS = {"line": [0.25], "space": [0.25, 0.5, 1 / 3], "four": [0.25] * 4}


@pytest.fixture(params=MODES)
def on_lattice(request, rng):
    step = STEPS.get(request.param, [0.25, 1 / 3])
    return draw(rng, MODES[request.param], 2, step)


@pytest.fixture
def t(on_lattice, rng):
    return rng.uniform(-1, 1, (N, on_lattice.frequencies.shape[1]))


@pytest.mark.parametrize("fill", [0.0, math.inf], ids=["tensor route", "direct route"])
def test_value_is_the_sum_written_out(fill, on_lattice, t, monkeypatch):
    monkeypatch.setattr(expansion, "MIN_BOX_FILL", fill)
    found = on_lattice(tensor(t)).numpy()
    expected = written_out(on_lattice, t)
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound(on_lattice))


@pytest.mark.parametrize("case", MODES)
@pytest.mark.parametrize("k", [1, 3])
def test_lines_off_the_lattice(case, k, rng):
    free = draw(rng, MODES[case], k, None)
    t = rng.uniform(-1, 1, (N, free.frequencies.shape[1]))
    found = free(tensor(t)).numpy()
    np.testing.assert_allclose(found, written_out(free, t), rtol=0, atol=bound(free))


@pytest.mark.parametrize("fill", [0.0, math.inf], ids=["tensor route", "direct route"])
def test_gradient_is_the_sum_of_derivatives(fill, on_lattice, t, monkeypatch):
    """d/dt of c cos(2 pi f.t) + s sin(2 pi f.t) = 2 pi f (s cos - c sin), mode by mode."""
    monkeypatch.setattr(expansion, "MIN_BOX_FILL", fill)
    rows = tensor(t).requires_grad_()
    (found,) = torch.autograd.grad(on_lattice(rows)[:, 1].sum(), rows)
    turn = 2 * math.pi * on_lattice.frequencies
    slope = Expansion(
        torch.zeros(1 + t.shape[1], t.shape[1], dtype=torch.float64),
        on_lattice.frequencies,
        turn * on_lattice.sine[:, 1:],
        -turn * on_lattice.cosine[:, 1:],
    )
    expected = written_out(slope, t) + on_lattice.affine[1:, 1].numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound(slope) + 8 * EPS)


@pytest.mark.parametrize("fill", [0.0, math.inf], ids=["tensor route", "direct route"])
def test_amplitudes_differentiate(fill, on_lattice, t, monkeypatch):
    """Linear in its amplitudes: the derivative is the feature."""
    monkeypatch.setattr(expansion, "MIN_BOX_FILL", fill)
    sine = on_lattice.sine.clone().requires_grad_()
    part = replace(on_lattice, sine=sine)
    (found,) = torch.autograd.grad(part(tensor(t)).sum(), sine)
    expected = np.sin(2 * np.pi * t @ on_lattice.frequencies.numpy().T).sum(0)
    np.testing.assert_allclose(found[:, 0], expected, rtol=0, atol=N * bound(on_lattice))


def test_modes_at_one_place_add_up(rng, monkeypatch):
    """k and -k are one mode: on the tensor route they share a cell."""
    monkeypatch.setattr(expansion, "MIN_BOX_FILL", 0.0)
    twice = draw(rng, [[1, 2], [-1, -2], [1, 2]], 1, [0.5, 0.5])
    t = rng.uniform(-1, 1, (N, 2))
    found = twice(tensor(t)).numpy()
    np.testing.assert_allclose(found, written_out(twice, t), rtol=0, atol=bound(twice))


def test_memory_follows_the_cheaper_route():
    """840 modes fill the box of reach 20; two modes far out leave theirs empty."""
    full = np.stack(np.meshgrid(np.arange(1, 21), np.arange(-20, 21)), -1).reshape(-1, 2)
    rng = np.random.default_rng(0)
    assert draw(rng, full, 1, [0.25, 0.25]).row_bytes < 8 * len(full)
    assert draw(rng, [[1, 0], [60, 60]], 1, [0.25, 0.25]).row_bytes < 8 * 60


def test_no_modes_are_a_plane(rng):
    plane = Expansion(
        tensor(rng.standard_normal((3, 2))), torch.zeros(0, 2), torch.zeros(0, 2), torch.zeros(0, 2)
    )
    t = rng.uniform(-1, 1, (N, 2))
    expected = plane.affine[0].numpy() + t @ plane.affine[1:].numpy()
    np.testing.assert_allclose(plane(tensor(t)), expected, rtol=0, atol=8 * EPS)


def gridded(rng, d):
    """Rows in any order, some of them missing, that share coordinates."""
    rows = np.stack(np.meshgrid(*(rng.uniform(-1, 1, 4) for _ in range(d))), -1).reshape(-1, d)
    return rng.permutation(rows)[: len(rows) - len(rows) // 4]


def _limited(distinct, nodes, t, _row_values):
    """`grid_of` with so many nodes for each row, whatever a row costs."""
    return distinct(t, nodes)


PER_ROW = pytest.mark.parametrize("nodes", [0, math.inf], ids=["row by row", "on the grid"])


@PER_ROW
def test_rows_that_share_coordinates(nodes, on_lattice, rng, monkeypatch):
    monkeypatch.setattr(expansion, "MIN_BOX_FILL", 0.0)
    monkeypatch.setattr(expansion, "grid_of", partial(_limited, expansion.grid_of, nodes))
    t = gridded(rng, on_lattice.frequencies.shape[1])
    found = on_lattice(tensor(t)).numpy()
    np.testing.assert_allclose(found, written_out(on_lattice, t), rtol=0, atol=bound(on_lattice))


@PER_ROW
def test_amplitudes_differentiate_where_rows_share_coordinates(nodes, on_lattice, rng, monkeypatch):
    monkeypatch.setattr(expansion, "MIN_BOX_FILL", 0.0)
    monkeypatch.setattr(expansion, "grid_of", partial(_limited, expansion.grid_of, nodes))
    t = gridded(rng, on_lattice.frequencies.shape[1])
    cosine = on_lattice.cosine.clone().requires_grad_()
    (found,) = torch.autograd.grad(replace(on_lattice, cosine=cosine)(tensor(t)).sum(), cosine)
    expected = np.cos(2 * np.pi * t @ on_lattice.frequencies.numpy().T).sum(0)
    np.testing.assert_allclose(found[:, 1], expected, rtol=0, atol=len(t) * bound(on_lattice))


def test_gradient_where_rows_share_coordinates(on_lattice, rng, monkeypatch):
    """Derivatives of values that the grid's route would share: those of the direct route."""
    t = tensor(gridded(rng, on_lattice.frequencies.shape[1]))
    slopes = []
    for fill in (0.0, math.inf):
        monkeypatch.setattr(expansion, "MIN_BOX_FILL", fill)
        rows = t.clone().requires_grad_()
        slopes += torch.autograd.grad(on_lattice(rows).sum(), rows)
    turn = 2 * math.pi * float(on_lattice.frequencies.abs().max())
    np.testing.assert_allclose(*slopes, rtol=0, atol=2 * turn * bound(on_lattice))


@pytest.mark.parametrize(("n", "shared"), [(8, True), (9, False)])
def test_few_rows_to_a_node_are_taken_one_by_one(n, shared, rng):
    """n rows on a diagonal have n^2 nodes; each row costs as much as 8."""
    _, row = expansion.grid_of(tensor(np.repeat(rng.permutation(n)[:, None], 2, 1)), 8)
    assert (row is not None) == shared


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows(count, on_lattice, t):
    assert on_lattice(tensor(t[:count])).shape == (count, 2)


def test_rows_do_not_depend_on_their_company(on_lattice, t):
    """Up to the order of sums in a matrix product."""
    whole = on_lattice(tensor(t))
    alone = torch.cat([on_lattice(tensor(t[i : i + 1])) for i in range(N)])
    np.testing.assert_allclose(alone, whole, rtol=0, atol=bound(on_lattice))


@pytest.mark.parametrize(("share", "box"), [(1.0, True), (0.1, True), (0.002, False)])
def test_the_box_is_taken_where_modes_fill_it(share, box, rng):
    """A share of 41 x 81 wave vectors, which includes the corner."""
    everything = np.stack(np.meshgrid(np.arange(41), np.arange(-40, 41), indexing="ij"), -1).reshape(-1, 2)
    modes = rng.permutation(everything)[: int(share * len(everything))]
    modes[0] = 40, 40
    assert (draw(rng, modes, 1, [0.25, 0.25]).wave_box is not None) == box


def test_a_box_of_many_inputs_is_not_counted_out(rng):
    """200 rows of 30 inputs ended in a ValueError: the box has 21^30 places."""
    function = draw(rng, rng.integers(-10, 11, (4, 30)), 1, np.ones(30))
    t = tensor(rng.uniform(-1, 1, (5, 30)))
    np.testing.assert_allclose(function(t).numpy(), written_out(function, t), atol=1e-11)


@pytest.mark.parametrize("shared", [False, True], ids=["rows", "grid"])
def test_polynomials_that_fill_their_box_are_summed_axis_by_axis(shared, rng, monkeypatch):
    """Row by row, one by one, those of 40 x 40 x 40 nodes took twenty seconds."""
    degrees = torch.cartesian_prod(*[torch.arange(size) for size in (3, 5, 4)])
    amplitudes = tensor(rng.standard_normal((len(degrees), 2)))
    plain = draw(rng, np.zeros((0, 3)), 2, [0.5] * 3)
    series = replace(plain, degrees=degrees, legendre=amplitudes)
    axes = [tensor(rng.uniform(-1, 1, size)) for size in (6, 5, 7)]
    t = torch.cartesian_prod(*axes) if shared else tensor(rng.uniform(-1.2, 1.2, (200, 3)))
    want = plain(t) + polynomial_features(t, degrees) @ amplitudes
    monkeypatch.setattr(expansion, "polynomial_products", None)
    most = float(polynomial_features(t, degrees).abs().max() * amplitudes.abs().sum())
    assert (series(t) - want).abs().max() < 50 * EPS * most
