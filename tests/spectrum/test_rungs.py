"""Ladders of mode sets: they grow, and never have more functions than the data allow."""

import math

import numpy as np
import pytest
import torch

from skspectral.spectrum import Grid, LatticeRung, grid_ladders, scaled_series, scattered_ladders

OPEN = math.inf


def grid(*shape):
    """Even axes on [-1, 1]; of one point, at zero."""
    axes = (torch.tensor(np.linspace(-1, 1, n) if n > 1 else np.zeros(1)) for n in shape)
    return Grid(tuple(axes))


def orders(ladder):
    return [tuple(series.order for series in rung) for rung in ladder]


CASES = [
    ((40,), (OPEN,)),
    ((40,), (80 / 39,)),
    ((16, 90), (OPEN, OPEN)),
    ((16, 90), (32 / 15, OPEN)),
    ((6, 7, 8), (OPEN,) * 3),
    ((9, 1), (OPEN, OPEN)),
]


@pytest.mark.parametrize(("shape", "periods"), CASES)
def test_rungs_grow_and_leave_rows_to_judge_by(shape, periods):
    for ladder in grid_ladders(grid(*shape), periods, None):
        steps = np.diff(orders(ladder), axis=0)
        assert (steps >= 0).all() and (steps.sum(1) > 0).all()
        functions = np.array([[series.n_functions for series in rung] for rung in ladder])
        assert (functions <= np.maximum(1, 0.9 * np.array(shape))).all()


def test_periodic_axes_keep_their_period():
    (ladder,) = grid_ladders(grid(16, 90), (32 / 15, 2.0), None)
    assert {tuple(series.period for series in rung) for rung in ladder} == {(32 / 15, 2.0)}


def test_open_axes_are_extended_and_mirrored():
    extended, _ = grid_ladders(grid(16, 90), (32 / 15, OPEN), None)
    assert {tuple(series.period for series in rung) for rung in extended} == {(32 / 15, 4.0)}
    _, mirrored = grid_ladders(grid(16, 90), (32 / 15, OPEN), None)
    assert all((a.mirrored, b.mirrored) == (False, True) for a, b in mirrored)


@pytest.mark.parametrize("most", [1, 5, 30])
def test_grid_ladders_keep_to_the_wanted_number_of_modes(most):
    """A box of orders K has (prod (2 K + 1) - 1) / 2 modes, one of k and -k each."""
    for ladder in grid_ladders(grid(16, 90), (OPEN, OPEN), most):
        counts = [(math.prod(2 * k + 1 for k in rung) - 1) // 2 for rung in orders(ladder)]
        assert max(counts, default=0) <= most


def test_scaling_changes_one_axis():
    whole = grid(64, 64)
    rung = grid_ladders(whole, (OPEN, OPEN), None)[0][3]
    changed = scaled_series(whole, rung, 1, 2.0)
    assert changed[0] == rung[0]
    assert (changed[1].order, changed[1].period) == (2 * rung[1].order, rung[1].period)


def test_scaling_stops_where_the_axis_ends():
    whole = grid(16, 16)
    rung = grid_ladders(whole, (OPEN, OPEN), None)[0][-1]
    assert scaled_series(whole, rung, 0, 100.0) is None
    assert scaled_series(whole, rung, 0, 1.0) is None
    assert scaled_series(whole, rung, 0, 0.01) is None


@pytest.mark.parametrize(("n", "d"), [(12, 1), (300, 1), (100, 2), (900, 3), (500, 8)])
def test_scattered_rungs_grow_and_have_fewer_columns_than_rows(n, d):
    for ladder in scattered_ladders(n, d, None):
        counts = [rung.n_columns for rung in ladder]
        assert counts and (np.diff(counts) > 0).all() and counts[-1] <= n


def test_columns_are_cosines_sines_and_a_plane():
    rung = LatticeRung(4.0, np.array([[1, 0], [0, 1], [1, 1]]))
    assert rung.n_columns == 3 + 3 + 3


@pytest.mark.parametrize(("n", "d"), [(1, 1), (2, 2), (1, 5)])
def test_too_few_rows_have_no_rung(n, d):
    assert not [rung for ladder in scattered_ladders(n, d, None) for rung in ladder]


@pytest.mark.parametrize("most", [1, 7, 60])
def test_scattered_ladders_keep_to_the_wanted_number_of_modes(most):
    rungs = [rung for ladder in scattered_ladders(2000, 2, most) for rung in ladder]
    assert max((len(rung.vectors) for rung in rungs), default=0) <= most


@pytest.mark.parametrize("d", [1, 2, 5])
def test_waves_are_twice_as_long_as_the_box(d):
    rungs = [rung for ladder in scattered_ladders(300, d, None) for rung in ladder]
    assert {rung.period for rung in rungs} == {4.0}
