"""With one value in ten far off, a fit is as good as without these values."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_sample_weight_equivalence_on_dense_data

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor


def with_gross_errors(y, seed):
    draw = np.random.default_rng(seed)
    wrong = y.copy()
    bad = draw.permutation(len(y))[: len(y) // 10]
    wrong[bad] += draw.choice([-1, 1], len(bad)) * draw.uniform(3, 8, len(bad)) * y.std()
    return wrong


def error(model, Q, want):
    return np.sqrt(np.mean((model.predict(Q) - want) ** 2)) / want.std()


@pytest.mark.parametrize("kind", [SpectralMultistageRegressor, MultiGradeRegressor, TunerRegressor])
def test_exact_values_of_a_line_come_out_exactly(kind):
    X, Q = np.linspace(0, 50, 100)[:, None], np.linspace(0, 50, 777)[:, None]
    y = with_gross_errors(1.2 * np.cos(0.55 * X[:, 0] + 0.3), 0)
    model = kind(loss="huber").fit(X, y)
    assert error(model, Q, 1.2 * np.cos(0.55 * Q[:, 0] + 0.3)) < 1e-12


def test_the_squared_loss_names_the_other_where_errors_are_gross():
    X = np.linspace(0, 50, 100)[:, None]
    wave = 1.2 * np.cos(0.55 * X[:, 0] + 0.3) + 0.05 * np.random.default_rng(2).standard_normal(100)
    with pytest.warns(ConvergenceWarning, match="loss='huber'"):
        TunerRegressor().fit(X, with_gross_errors(wave, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TunerRegressor().fit(X, wave)
        TunerRegressor(loss="huber").fit(X, with_gross_errors(wave, 2))


@pytest.mark.slow
def test_noisy_values_of_a_line_cost_a_factor_of_three():
    def f(X):
        return np.exp(X[:, 0]) * np.sin(9 * X[:, 0])

    draw = np.random.default_rng(1)
    X, Q = draw.uniform(-1, 1, (150, 1)), draw.uniform(-0.98, 0.98, (1000, 1))
    y = f(X) + 0.05 * f(X).std() * draw.standard_normal(150)
    plain = error(TunerRegressor(hidden_layer_sizes=()).fit(X, y), Q, f(Q))
    robust = TunerRegressor(hidden_layer_sizes=(), loss="huber").fit(X, with_gross_errors(y, 1))
    assert error(robust, Q, f(Q)) < 3 * plain
    assert robust.noise_floor_ == pytest.approx(0.05 * f(X).std(), rel=0.2)


def test_a_grid_that_loses_rows_is_fitted_with_gaps():
    def f(X):
        return np.sin(6 * X[:, 0]) * np.exp(X[:, 1]) + X[:, 1]

    axis = np.linspace(0, 1, 24)
    X = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    Q = np.random.default_rng(3).uniform(0.01, 0.99, (1000, 2))
    model = SpectralMultistageRegressor(hidden_layer_sizes=(), loss="huber")
    assert error(model.fit(X, with_gross_errors(f(X), 3)), Q, f(Q)) < 1e-7


def test_a_front_is_kept():
    def f(X):
        return np.tanh(30 * X[:, 0])

    X, Q = np.linspace(-1, 1, 250)[:, None], np.linspace(-0.99, 0.99, 1111)[:, None]
    model = SpectralMultistageRegressor(hidden_layer_sizes=(), loss="huber")
    assert error(model.fit(X, f(X)), Q, f(Q)) < 1e-6


def test_weights_are_repeats():
    check_sample_weight_equivalence_on_dense_data("huber", MultiGradeRegressor(loss="huber"))
