"""Few scattered rows: fits are judged by rows that they did not see; noise is not interpolated."""

import numpy as np
import pytest

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor

ESTIMATORS = [SpectralMultistageRegressor, MultiGradeRegressor, TunerRegressor]
NOISE = 0.05
FUNCTIONS = {
    "runge": lambda X: 1 / (1 + 25 * (X**2).sum(1)),
    "wave": lambda X: np.sin(3 * X.sum(1)),
    "kink": lambda X: np.abs(X).sum(1),
}


def error(model, function, X, noise, rng):
    """Root mean square error off the rows, in units of what the mean of y leaves there."""
    y, X_test = function(X) + noise * rng.standard_normal(len(X)), rng.uniform(-1, 1, (1000, X.shape[1]))
    y_test = function(X_test)
    return np.linalg.norm(model.fit(X, y).predict(X_test) - y_test) / np.linalg.norm(y_test - y.mean())


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("n", [60, pytest.param(99, marks=pytest.mark.slow)])
def test_noise_on_a_line(estimator, function, n, rng):
    # networks judged on the rows that they were trained on were 1e6 times the target off
    assert error(estimator(), FUNCTIONS[function], rng.uniform(-1, 1, (n, 1)), NOISE, rng) < 0.6


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_noise_in_a_plane(estimator, function, rng):
    assert error(estimator(), FUNCTIONS[function], rng.uniform(-1, 1, (60, 2)), NOISE, rng) < 1.0


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_series_has_fewer_functions_than_rows(estimator, function):
    # 15 functions of two inputs: as many as rows have a leave-one-out error of 1e-6 and are far off
    rng = np.random.default_rng(15)
    model = estimator()
    X = rng.uniform(-1, 1, (15, 2))
    assert error(model, FUNCTIONS[function], X, NOISE, rng) < 1.5
    assert model.heldout_error_ > 0.1


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_repeats_at_two_places_are_a_line(estimator):
    """The search for periods divided by zero."""
    X, y = np.array([[30.0], [30.0], [120.0], [120.0]]), np.array([308.0, 292.0, 756.0, 744.0])
    predicted = estimator().fit(X, y).predict([[30.0], [75.0], [120.0]])
    np.testing.assert_allclose(predicted, [300, 525, 750], rtol=1e-12)
