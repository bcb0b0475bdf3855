"""Bad input: an error that names its argument, and an earlier fit that stays as it was."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from contract.cases import on_quick_ones, samples

# Warnings that precede the error.
pytestmark = pytest.mark.filterwarnings(
    "ignore:overflow encountered in cast", "ignore:[Xy] is float128", "ignore:X .*feature names"
)

X, Y = samples(n=40, d=2)
WEIGHT = np.ones(len(X))


def with_entry(array, value):
    """`array` with one entry replaced."""
    changed = np.array(array, dtype=np.result_type(array, type(value)))
    changed.flat[3] = value
    return changed


def masked(array):
    """`array` with its first entry masked."""
    mask = np.zeros(array.shape, dtype=bool)
    mask.flat[0] = True
    return np.ma.MaskedArray(array, mask)


DATES = np.arange(len(X) * 2).reshape(-1, 2).astype("datetime64[D]")
DAYS = DATES - DATES[0, 0]

# What is wrong with an array of either rank.
BROKEN = {
    "nan": lambda a: with_entry(a, np.nan),
    "inf": lambda a: with_entry(a, np.inf),
    "strings": lambda a: a.astype(str),
    "objects that are strings": lambda a: with_entry(a.astype(object), "abc"),
    "objects that are complex": lambda a: a.astype(object) + 1j,
    "complex": lambda a: a + 1j,
    "list of complex": lambda a: (a + 1j).tolist(),
    "dates": lambda a: DATES[:, : a.ndim].reshape(len(a), -1)[:, : a.shape[-1]].reshape(a.shape),
    "time differences": lambda a: DAYS.reshape(len(a), -1)[:, : a.ndim].reshape(a.shape),
    "list of dates": lambda a: list(DATES.reshape(len(a), -1)[:, : a.ndim].reshape(a.shape)),
    "masked": masked,
    "sparse": lambda a: sp.csr_array(a.reshape(len(a), -1)),
    "no rows": lambda a: a[:0],
    "three-dimensional": lambda a: a.reshape(len(a), -1, 1, *[1] * (2 - a.ndim)),
    "too large for float64": lambda a: with_entry(a, np.longdouble("1e400")),
    "data frame of dates": lambda a: pd.DataFrame({"a": DATES[:, 0], "b": DATES[:, 1]}),
    "data frame with a missing value": lambda a: pd.DataFrame({"a": [pd.NA, *range(len(a) - 1)]}),
    "polars frame of dates": lambda a: pl.DataFrame({"a": DATES[:, 0], "b": DATES[:, 1]}),
    "none": lambda a: None,
    "number": lambda a: 3.0,
    "text": lambda a: "abc",
}
BAD_X = {
    **{name: (change(X), Y, None) for name, change in BROKEN.items()},
    "one-dimensional": (X[:, 0], Y, None),
    "no columns": (X[:, :0], Y, None),
    "dictionary": ({"a": X}, Y, None),
    "rows missing": (X[:-1], Y, None),
}
BAD_Y = {
    **{name: (X, change(Y), None) for name, change in BROKEN.items()},
    "no outputs": (X, Y[:, None][:, :0], None),
    "rows missing": (X, Y[:-1], None),
    "list of lists of unequal length": (X, [[1.0]] * 39 + [[1.0, 2.0]], None),
}
BAD_WEIGHT = {
    **{name: (X, Y, change(WEIGHT)) for name, change in BROKEN.items() if name not in {"none", "number"}},
    "negative": (X, Y, with_entry(WEIGHT, -1e-300)),
    "negative number": (X, Y, -1.0),
    "all zero": (X, Y, 0 * WEIGHT),
    "two-dimensional": (X, Y, WEIGHT[:, None]),
    "rows missing": (X, Y, WEIGHT[:-1]),
}
BAD = [
    pytest.param(argument, data, id=f"{argument}: {name}")
    for argument, table in (("X", BAD_X), ("y", BAD_Y), ("sample_weight", BAD_WEIGHT))
    for name, data in table.items()
]
ERRORS = (ValueError, TypeError)


@pytest.fixture(scope="module")
def fitted():
    """Every estimator fitted once."""
    models = {}

    def fit(estimator):
        key = repr(estimator)
        if key not in models:
            models[key] = clone(estimator).fit(X, Y)
        return models[key]

    return fit


@pytest.mark.parametrize(("argument", "data"), BAD)
@on_quick_ones
def test_fit_names_the_argument_and_keeps_the_earlier_fit(estimator, argument, data, fitted):
    model = fitted(estimator)
    state, expected = dict(vars(model)), model.predict(X)
    with pytest.raises(ERRORS, match=rf"\b{re.escape(argument)}\b"):
        model.fit(*data)
    assert dict(vars(model)) == state
    np.testing.assert_array_equal(model.predict(X), expected)


@pytest.mark.parametrize(("argument", "data"), BAD)
@on_quick_ones
def test_a_failed_first_fit_leaves_no_fit(estimator, argument, data):
    model = clone(estimator)
    with pytest.raises(ERRORS):
        model.fit(*data)
    assert vars(model) == vars(clone(estimator))
    with pytest.raises(NotFittedError):
        model.predict(X)


@on_quick_ones
@pytest.mark.parametrize("name", sorted(BAD_X.keys() - {"rows missing"}))
@pytest.mark.parametrize("method", ["predict", "predict_gradient"])
def test_predict_names_the_argument(estimator, method, name, fitted):
    with pytest.raises(ERRORS, match=r"\bX\b"):
        getattr(fitted(estimator), method)(BAD_X[name][0])


@on_quick_ones
def test_features_are_counted_and_named(estimator):
    model = clone(estimator).fit(pd.DataFrame(X, columns=["a", "b"]), Y)
    with pytest.raises(ValueError, match="X has 3 features"):
        model.predict(np.ones((4, 3)))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(pd.DataFrame(X, columns=["b", "c"]))
    state = dict(vars(model))
    with pytest.raises(ValueError, match=r"\by\b"):
        model.fit(np.ones((len(X), 3)), with_entry(Y, np.nan))
    assert dict(vars(model)) == state


@on_quick_ones
def test_a_failure_while_fitting_keeps_the_features(estimator, monkeypatch):
    model = clone(estimator).fit(pd.DataFrame(X, columns=["a", "b"]), Y)
    state, expected = dict(vars(model)), model.predict(pd.DataFrame(X, columns=["a", "b"]))

    def fail(*arguments):
        raise RuntimeError("injected")

    monkeypatch.setattr("skspectral.estimators.base.canonical_samples", fail)
    with pytest.raises(RuntimeError, match="injected"):
        model.fit(np.ones((len(X), 3)), Y)
    assert dict(vars(model)) == state
    again = model.predict(pd.DataFrame(X, columns=["a", "b"]))
    np.testing.assert_array_equal(again, expected)


@on_quick_ones
def test_warm_start_rejects_other_shapes(estimator):
    model = clone(estimator).set_params(warm_start=True).fit(X, Y)
    state = dict(vars(model))
    with pytest.raises(ValueError, match="warm_start"):
        model.fit(X[:, :1], Y)
    with pytest.raises(ValueError, match="warm_start"):
        model.fit(X, np.column_stack([Y, Y]))
    assert dict(vars(model)) == state
