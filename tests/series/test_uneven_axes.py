"""Uneven axes: sweeps over decades, and nodes that crowd at one end, against splines of the same nodes."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline, RectBivariateSpline

from skspectral import SpectralMultistageRegressor

DECADES = 4
SWEEPS = {
    "jittered": np.linspace(0, DECADES, 40) + np.random.default_rng(1).uniform(-0.03, 0.03, 40),
    "random": np.sort(np.random.default_rng(2).uniform(0, DECADES, 60)),
    "preferred numbers": np.add.outer(np.arange(DECADES), np.log10([1, 1.5, 2, 3, 5, 7])).ravel(),
}


@pytest.mark.parametrize("exponents", SWEEPS.values(), ids=SWEEPS)
def test_a_sweep_over_decades_is_fitted_better_than_by_a_spline(exponents):
    """Without the logarithm a fit would be no better than the mean."""
    x = 10**exponents

    def function(x):
        return np.cos(2.1 * np.log(x)) + np.exp(-30 / x)

    between = 10 ** np.random.default_rng(3).uniform(exponents.min(), exponents.max(), 500)
    truth = function(between)
    model = SpectralMultistageRegressor().fit(x[:, None], function(x))
    spline = CubicSpline(np.log(x), function(x))(np.log(between))
    assert np.linalg.norm(model.predict(between[:, None]) - truth) < 0.5 * np.linalg.norm(spline - truth)


def test_a_sweep_beside_another_input():
    x, y = 10 ** SWEEPS["jittered"], np.linspace(0, 1, 12)
    X = np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)

    def function(x, y):
        return np.cos(3 * y) / (1 + x / 100)

    model = SpectralMultistageRegressor().fit(X, function(*X.T))
    r = np.random.default_rng(4)
    between = np.stack([10 ** r.uniform(0.1, DECADES - 0.1, 500), r.uniform(0, 1, 500)], 1)
    truth = function(*between.T)
    spline = RectBivariateSpline(np.log(x), y, function(*X.T).reshape(len(x), len(y)))
    missed = np.linalg.norm(spline.ev(np.log(between[:, 0]), between[:, 1]) - truth)
    assert np.linalg.norm(model.predict(between) - truth) < missed


def test_a_layer_on_jittered_nodes_is_not_left_to_a_polynomial():
    """One of degree 29 on 60 nodes is 0.06 off; nodes left out are missed by a hundred times the spline."""
    r, n = np.random.default_rng(3), 60
    x = np.linspace(0, 5, n)
    x[1:-1] += r.uniform(-0.3, 0.3, n - 2) * 5 / (n - 1)

    def function(x):
        return np.tanh((x - 0.3) / 0.1) + np.sin(x)

    between = r.uniform(0, 5, 1000)
    truth = function(between)
    model = SpectralMultistageRegressor().fit(x[:, None], function(x))
    missed = np.linalg.norm(CubicSpline(x, function(x))(between) - truth)
    assert np.linalg.norm(model.predict(between[:, None]) - truth) < missed


def test_an_interpolant_that_misses_lines_left_out_by_far_more_is_not_taken():
    """Nodes that crowd at zero: an interpolant is 1e-2 off here, polynomials 2e-4."""
    x, y = np.linspace(0, 5, 15), 4 * np.linspace(0, 1, 9) ** 2
    X = np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)

    def function(x, y):
        return np.sin(1.2 * x + 0.4) * np.exp(-y) + 0.1 * x * y**2

    model = SpectralMultistageRegressor().fit(X, function(*X.T))
    between = np.random.default_rng(5).uniform([0, 0], [5, 4], (1000, 2))
    truth = function(*between.T)
    assert np.linalg.norm(model.predict(between) - truth) < 1e-3 * np.linalg.norm(truth)
