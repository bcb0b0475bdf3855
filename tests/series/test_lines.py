"""Spectral lines: a single one, few lines in noise, and lines that are followed beyond the rows."""

import numpy as np
import pytest

from skspectral import SpectralMultistageRegressor


def relative(model, x, function):
    truth = function(x)
    return np.linalg.norm(model.predict(x[:, None]) - truth) / np.linalg.norm(truth - truth.mean())


@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("cycles", [2.3, 5.7])
def test_one_mode_is_the_best_refined_line(even, cycles):
    """Least squares with the frequency known is off by sqrt(2 / 100) of the noise, 0.017 of y."""
    r = np.random.default_rng(0)
    x = np.linspace(0, 1, 100) if even else np.sort(r.uniform(0, 1, 100))

    def function(x):
        return 3 + np.cos(2 * np.pi * cycles * x + 0.3)

    y = function(x) + 0.085 * r.standard_normal(100)
    model = SpectralMultistageRegressor(n_modes=1, hidden_layer_sizes=(), n_stages=1).fit(x[:, None], y)
    assert model.stages_[0].frequencies.ravel() == pytest.approx([cycles], abs=0.05)
    assert relative(model, np.linspace(0.01, 0.99, 500), function) < 0.06


def test_tones_are_told_from_noise():
    r = np.random.default_rng(1)
    x = np.sort(r.uniform(0, 1, 400))

    def function(x):
        return np.sin(2 * np.pi * 17.3 * x + 0.2) + 0.5 * np.cos(2 * np.pi * 41.9 * x)

    model = SpectralMultistageRegressor().fit(x[:, None], function(x) + 0.2 * r.standard_normal(400))
    assert relative(model, np.linspace(0.01, 0.99, 1000), function) < 0.06
    assert model.stop_reason_ == "noise_floor"


@pytest.mark.parametrize("all_hours", [True, False])
def test_a_tide_goes_on_beyond_the_rows(all_hours):
    r, periods = np.random.default_rng(2), np.array([12.42, 12.0, 25.82, 23.93, 8.18])
    sizes = np.array([0.85, 0.33, 0.11, 0.18, 0.25])
    hours = np.arange(720.0)[(r.random(720) < 0.9) | all_hours]

    def function(x):
        return np.cos(2 * np.pi * x[:, None] / periods + 7 * sizes) @ sizes

    model = SpectralMultistageRegressor().fit(hours[:, None], function(hours))
    assert relative(model, np.arange(720, 1440, 0.5), function) < 1e-9


@pytest.mark.slow
def test_few_lines_do_not_stand_for_what_many_rows_show():
    """Six lines once met the rows one percent less closely, most of it noise, at twice the true error."""
    r = np.random.default_rng(7)
    x = r.uniform(-1, 1, 10_000)

    def function(x):
        return np.tanh(50 * x) + np.sin(9 * x)

    y = function(x) + 0.4 * r.standard_normal(len(x))
    model = SpectralMultistageRegressor().fit(x[:, None], y)
    assert relative(model, np.linspace(-0.99, 0.99, 3000), function) < 0.04
