"""Fits: what each model is given, how it is judged, what fails."""

import json
import math

import numpy as np
import pytest

from benchmarks.tuner import cases, fits
from benchmarks.tuner.cases import Problem
from benchmarks.tuner.fits import Fit
from skspectral.inspection import gradient_psnr

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


def test_our_regressor_gets_size_time_and_seed_and_what_a_row_asks_for():
    settings = fits.Settings(10.0, 32)
    given = fits.ours(settings, 3, **fits.layers(settings) | {"hidden_layer_sizes": (4, 4)}).get_params()
    wanted = {"n_modes": 32, "max_time": 9.7, "random_state": 3, "hidden_layer_sizes": (4, 4)}
    assert {name: given[name] for name in wanted} == wanted


def test_gradient_psnr_is_that_of_the_package():
    field, noise = np.random.default_rng(0).random((2, 6, 6))
    slopes = np.stack(np.gradient(field, 2 / 6), axis=-1).reshape(36, 2)
    found = fits.slope_psnr(slopes, slopes + noise.reshape(36, 1), np.linalg.norm(slopes, axis=1).max())
    assert found == pytest.approx(gradient_psnr(field, slopes + noise.reshape(36, 1), lengths=2.0))


def small():
    return cases.pixels("small", np.random.default_rng(0).random((12, 12)))


def test_every_model_is_fitted_and_judged(quick):
    done = list(fits.fits("images", small(), [0, 1], fits.Settings(0.02, 8)))
    names = [outcome.model for outcome in done]
    assert {o.n_parameters for o in done if o.model == "tuner"} == {len(small().y)}
    assert names.count("siren") == names.count("tuner") == names.count("layers alone") == 2
    assert names.count("rbf") == 1
    assert not [outcome.failure for outcome in done if outcome.failure]
    assert all(math.isfinite(outcome.test + outcome.gradient_test) for outcome in done)
    same = {o.note for o in done if o.model == "bacon"}
    assert len(same) == 1
    json.dumps([outcome.history for outcome in done], allow_nan=False)


@pytest.mark.parametrize("row, count", [("depth", 10), ("bounds", 4), ("init", 7)])
def test_ablations(quick, row, count):
    done = list(fits.fits(row, small(), [0], fits.Settings(0.02, 8)))
    assert len({outcome.model for outcome in done}) == len(done) == count


def test_fit_that_raises_is_a_failure(monkeypatch):
    monkeypatch.setattr(fits, "ours", lambda *about, **parameters: 1 / 0)
    empty = Fit("images", "a", "tuner", 0)
    assert fits.fit_ours(empty, small(), fits.Settings()).failure.startswith("ZeroDivisionError")


def test_baseline_that_raises_is_a_failure(monkeypatch):
    monkeypatch.setattr(fits, "Baseline", lambda *about: 1 / 0)
    empty = Fit("images", "a", "siren", 0)
    found = fits.fit_baseline(empty, small(), 0.05, [300], {"siren": (30.0, 300)})
    assert found.failure.startswith("ZeroDivisionError")


def test_training_and_held_out_rows_are_judged_apart():
    class Constant:
        def predict(self, X):
            return np.zeros(len(X))

    X = np.zeros((2, 1))
    problem = Problem("p", X, np.full(2, 0.1), X, np.full(2, 0.01))
    found = fits.judged(Fit("r", "p", "m", 0), Constant(), problem)
    assert (found.train, found.test) == pytest.approx((20, 40))
    assert found.error == 1
    assert found.gradient_test is None
