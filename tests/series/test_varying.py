"""Inputs that do not vary, and those that are functions of others."""

import numpy as np
import pytest
from sklearn.preprocessing import PolynomialFeatures

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor

LINEAR = [
    SpectralMultistageRegressor(hidden_layer_sizes=()),
    MultiGradeRegressor(n_stages=1, n_modes="auto", hidden_layer_sizes=()),
    TunerRegressor(n_stages=1, hidden_layer_sizes=()),
]


def target(X):
    return np.sin(X @ np.linspace(1, 2, X.shape[1]))


def rows(rng, n, d):
    return rng.uniform(-1, 1, (n, d))


def with_constants(X):
    return np.column_stack([np.ones(len(X)), X, np.full(len(X), -3.0)])


@pytest.mark.parametrize("model", LINEAR, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("d", [2, 4])
def test_constant_inputs_change_nothing(rng, model, d):
    X, new = rows(rng, 300, d), rows(rng, 200, d)
    alone = model.fit(X, target(X)).predict(new)
    beside = model.fit(with_constants(X), target(X))
    assert np.linalg.norm(alone - target(new)) < 0.02 * np.linalg.norm(target(new))
    # Rounding is relative to the weights of the Gaussian process, which cancel.
    np.testing.assert_allclose(beside.predict(with_constants(new)), alone, rtol=0, atol=1e-9)
    gradient = beside.predict_gradient(with_constants(new))
    assert (gradient[:, [0, -1]] == 0).all()


def test_squares_beside_their_inputs_stay_in_the_range_of_the_targets(rng):
    expand = PolynomialFeatures(2)
    X, new = (rng.uniform([3, -5], [4, 5], (300, 2)) for _ in range(2))
    y, y_new = np.sin(X @ [2, 1]), np.sin(new @ [2, 1])
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(expand.fit_transform(X), y)
    missed = model.predict(expand.transform(new)) - y_new
    assert np.linalg.norm(missed) < 0.1 * np.linalg.norm(y_new)
