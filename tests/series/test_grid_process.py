"""Grids of few levels: the evidence decides what lines left out cannot."""

import math

import numpy as np
import pytest
import torch
from scipy.interpolate import NdBSpline, make_interp_spline

from skspectral import SpectralMultistageRegressor
from skspectral.series.grid_process import DECAYS, Decay


def uneven(rng, count):
    steps = rng.uniform(0.3, 1.7, count - 1)
    return 2 * np.concatenate([[0], steps.cumsum()]) / steps.sum() - 1


def even(_rng, count):
    return np.linspace(-1, 1, count)


def crowded(_rng, count):
    return 2 * np.linspace(0, 1, count) ** 3 - 1


def bowl(u):
    return u**2 @ np.linspace(1, 0.4, u.shape[-1])


def tilted(u):
    return np.exp(0.8 * u[..., 0] - 0.5 * u[..., -1]) + u[..., 0] * u[..., 1]


def waves(u):
    return np.sin(2.5 * u @ np.linspace(1, 0.4, u.shape[-1]))


def spline(axes, values, places):
    """The tensor spline through all nodes, cubic where there are as many."""
    degrees = [min(3, len(axis) - 1) for axis in axes]
    knots = []
    for i, (axis, degree) in enumerate(zip(axes, degrees, strict=True)):
        fit = make_interp_spline(axis, values, k=degree, axis=i)
        knots.append(fit.t)
        values = np.moveaxis(fit.c, 0, i)
    return NdBSpline(tuple(knots), values, degrees)(places)


def errors(function, axes, rng, noise=0.0):
    """Of the default fit without networks, and of the spline, over the spread of the function."""
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    y = function(grid)
    y = y + noise * y.std() * rng.standard_normal(y.shape)
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(grid.reshape(-1, len(axes)), y.ravel())
    places = rng.uniform(-1, 1, (1000, len(axes)))
    truth = function(places)
    found = model.predict(places), spline(axes, y, places)
    return [np.sqrt(np.mean((one - truth) ** 2)) / truth.std() for one in found]


CASES = {
    "five uneven levels": (tilted, [(uneven, 20), (uneven, 5)]),
    "six levels of waves": (waves, [(even, 14), (even, 6), (even, 14)]),
    "nine levels": (waves, [(even, 15), (uneven, 15), (even, 9)]),
    "levels that crowd": (waves, [(crowded, 10), (crowded, 14), (crowded, 10)]),
}


@pytest.mark.slow
@pytest.mark.parametrize(("levels", "bound"), [(3, 1e-2), (4, 1e-3), (5, 1e-7), (6, 1e-10)])
def test_what_is_even_is_found_from_few_levels(levels, bound, rng):
    """Each level left out is the mirror image of another one. Errors were once 0.05 and 4e-3."""
    axes = [uneven(rng, 25), uneven(rng, 25), np.linspace(-1, 1, levels)]
    assert errors(bowl, axes, rng)[0] < bound


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", CASES)
def test_few_levels_are_enough_for_what_is_smooth(name, seed):
    rng = np.random.default_rng(seed)
    function, kinds = CASES[name]
    ours, cubic = errors(function, [kind(rng, count) for kind, count in kinds], rng)
    assert ours < 0.3 * cubic


def test_noise_is_told_from_few_levels(rng):
    """Least squares with five numbers to find would be missed by sqrt(5 / 500) of the noise."""
    axes = [np.linspace(-1, 1, 10), uneven(rng, 10), np.linspace(-1, 1, 5)]
    ours, _ = errors(tilted, axes, rng, noise=0.1)
    assert ours < 0.03


def test_sizes_fall_as_powers_and_over_factorials():
    degrees = torch.arange(4, dtype=torch.float64)
    norms = [math.sqrt(2 * j + 1) for j in range(4)]
    powers = Decay(math.log(2), False).sizes(degrees)
    np.testing.assert_allclose(powers, [norm / 2**j for j, norm in enumerate(norms)])
    entire = Decay(-math.log(3), True).sizes(degrees)
    np.testing.assert_allclose(entire, [norm * 3**j / math.factorial(j) for j, norm in enumerate(norms)])


def test_the_slowest_and_the_fastest_decay_reach_rounding_at_known_degrees():
    falling = [decay for decay in DECAYS if not decay.entire]
    assert falling[0].count(10_000) == pytest.approx(36.04 / 0.1, rel=0.15)
    assert falling[-1].count(10_000) == pytest.approx(36.04 / 6.4, abs=2)
    assert Decay(0.1, False).count(20) == 21
