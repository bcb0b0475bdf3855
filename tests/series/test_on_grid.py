"""What is searched for on a grid: no more than pays, where the nodes are met to ten digits and more."""

import math

import numpy as np
import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import canonical_samples
from skspectral.selection import LinearOptions
from skspectral.series import on_grid
from skspectral.series.grid_fit import GridPlane
from skspectral.series.on_grid import fit_on_grid
from skspectral.spectrum import detect_grid

AXIS = torch.linspace(-1, 1, 30).double()


def fitted(function):
    X = torch.cartesian_prod(AXIS, AXIS)
    y = function(X[:, 0], X[:, 1])
    samples, units = canonical_samples(X, y[:, None], torch.ones(len(X)).double())
    fit = fit_on_grid(samples, detect_grid(samples.t), LinearOptions(clock=Clock()))
    inside = torch.tensor(np.random.default_rng(0).uniform(-0.98, 0.98, (500, 2)))
    found = ((fit.expansion(units.inputs.apply(inside)) + units.offset) * units.unit)[:, 0]
    truth = function(inside[:, 0], inside[:, 1])
    return float((found - truth).norm() / truth.norm())


def smooth(x, y):
    return 1 / (3 + x + y)


def rough(x, y):
    return torch.tanh(4 * (x + 0.3 * y)) + torch.sin(3 * x * y)


@pytest.mark.parametrize(("function", "error"), [(smooth, 1e-11), (rough, 1e-5)])
def test_between_the_nodes(function, error):
    assert fitted(function) < error


@pytest.mark.parametrize(
    ("function", "flops", "tried"),
    [(smooth, 0.0, True), (smooth, math.inf, False), (rough, math.inf, True)],
    ids=["settled, quick", "settled, slow", "open"],
)
def test_what_takes_long_is_not_tried_where_ten_digits_are_met(function, flops, tried, monkeypatch):
    """On 256 x 256 nodes of a flow, met to 1e-14, most of 2 to 3 seconds went into what gained nothing."""
    calls = []

    def noted(rest, grid, plane, best, clock):
        calls.append(best.score)
        return best

    monkeypatch.setattr(on_grid, "or_interpolant", noted)
    monkeypatch.setattr(on_grid, "interpolation_flops", lambda grid: flops)
    fitted(function)
    assert bool(calls) is tried


def test_series_are_tried_as_far_as_there_is_time_for_their_values(monkeypatch):
    """On 128 x 128 x 128 nodes a search ended in time, and seven seconds for its values came after it."""
    X = torch.cartesian_prod(AXIS, AXIS)
    samples, _ = canonical_samples(X, rough(*X.T)[:, None], torch.ones(len(X)).double())
    grid = detect_grid(samples.t)
    plane = GridPlane.fit(samples, [0, 1, 2])

    def largest_order():
        options = LinearOptions(clock=Clock(60.0, lambda: 0.0))
        search = on_grid._Search(plane.rest(samples), grid, options, plane)
        found = search.best_cut((math.inf, math.inf), plane.alone(samples))
        return max(series.order for series in found.rung)

    assert largest_order() > 8
    monkeypatch.setattr(on_grid, "evaluation_flops", lambda orders: math.inf if max(orders) > 8 else 0.0)
    assert 1 < largest_order() <= 8
