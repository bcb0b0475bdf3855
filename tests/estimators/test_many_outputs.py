"""Outputs that depend on each other are fitted as few: what comes back is in the terms of all of them."""

import numpy as np
import pytest

from skspectral import SpectralMultistageRegressor

LINE = np.arange(60)[:, None] / 60


@pytest.fixture
def weights(rng):
    return rng.normal(size=(2, 25))


def relative_errors(model, inputs, values):
    missed = model.predict(inputs) - values
    return np.sqrt((missed**2).mean(0) / values.var(0))


def bumps(inputs):
    return np.column_stack([np.exp(inputs @ [1.0, -0.5]), 1 / (4 + inputs @ [0.5, 1.0])])


def test_amplitudes_are_those_of_each_output(weights):
    turn = 6 * np.pi * LINE
    model = SpectralMultistageRegressor().fit(LINE, np.hstack([np.cos(turn), np.sin(turn)]) @ weights)
    (stage,) = model.stages_
    np.testing.assert_allclose(stage.frequencies[0], [3.0], rtol=1e-12)
    np.testing.assert_allclose(stage.amplitudes[0], np.hypot(*weights), rtol=1e-11)


def test_small_outputs_are_met_as_well_as_large_ones(rng, weights):
    X, places = rng.uniform(-1, 1, (150, 2)), rng.uniform(-1, 1, (200, 2)) * 0.8
    sizes = np.tile([1.0, 1e-3, 1e5, 1e-8, 1e-12], 5)
    model = SpectralMultistageRegressor().fit(X, bumps(X) @ weights * sizes)
    assert relative_errors(model, places, bumps(places) @ weights * sizes).max() < 1e-6


def test_error_bars_grow_with_the_output(rng):
    X = rng.uniform(-1, 1, (80, 2))
    sizes = 10.0 ** np.arange(-4, 4)
    y = (np.sin(3 * X[:, 0]) + 0.1 * rng.normal(size=80))[:, None] * sizes
    _, std = SpectralMultistageRegressor().fit(X, y).predict(X, return_std=True)
    np.testing.assert_allclose(std, std[:, -1:] / sizes[-1] * sizes, rtol=1e-10)


def test_a_warm_start_learns_outputs_that_were_not_there(rng, weights):
    X, inner = rng.uniform(-1, 1, (120, 2)), rng.uniform(-0.9, 0.9, (100, 2))
    model = SpectralMultistageRegressor(n_stages=1, warm_start=True).fit(X, bumps(X) @ weights)
    fresh = rng.normal(size=25)
    values = [bumps(x) @ weights + np.sin(x.sum(1))[:, None] * fresh for x in (X, inner)]
    model.set_params(n_stages=2).fit(X, values[0])
    assert model.n_stages_ == 2
    assert relative_errors(model, inner, values[1]).max() < 1e-5
    assert model.stages_[0].amplitudes.shape[1] == 25
