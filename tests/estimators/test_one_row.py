"""A prediction of one row: no more is done for it than scikit-learn's simplest regressor does."""

import sys

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor
from skspectral._backend import inputs

REGRESSORS = {
    "line": (1, SpectralMultistageRegressor()),
    "plane": (2, SpectralMultistageRegressor()),
    "four inputs": (4, SpectralMultistageRegressor()),
    "lines": (1, SpectralMultistageRegressor(n_modes=3)),
    "network": (
        2,
        SpectralMultistageRegressor(n_modes=0, hidden_layer_sizes=(8,), n_stages=1, max_iter=20),
    ),
    "grades": (1, MultiGradeRegressor(n_stages=2, max_iter=20)),
}


def calls(function, *arguments):
    """How many functions are called on the way."""
    count = 0

    def note(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return count


@pytest.fixture
def rows(rng):
    def draw(d):
        X = rng.uniform(-1, 1, (200, d))
        return X, np.sin(3 * X.sum(1)) + X[:, 0] ** 2

    return draw


@pytest.mark.parametrize("name", REGRESSORS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_row_takes_few_calls(name, rows):
    d, model = REGRESSORS[name]
    X, y = rows(d)
    predict, linear = model.fit(X, y).predict, LinearRegression().fit(X, y).predict
    predict(X[:1])
    np.testing.assert_allclose(predict(X[:1]), predict(X)[:1], rtol=0, atol=1e-9)
    assert calls(predict, X[:1]) < calls(linear, X[:1])


def test_only_what_validation_would_leave_alone_is_not_validated(rows, monkeypatch):
    X, y = rows(2)
    model = SpectralMultistageRegressor().fit(X, y)
    checked = []

    def validate(_estimator, array, **_):
        checked.append(array)
        return np.asarray(array, dtype=float)

    monkeypatch.setattr(inputs, "validate_data", validate)
    expected = model.predict(X)
    np.testing.assert_array_equal(model.predict(np.asfortranarray(X)), expected)
    assert not checked
    for array in (X.tolist(), X.astype(np.float32), X.view(np.recarray), X.astype(">f8"), X.astype(object)):
        np.testing.assert_allclose(model.predict(array), expected, rtol=0, atol=1e-6)
        assert len(checked) == 1
        checked.clear()
