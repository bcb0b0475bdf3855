"""Checks of the data and of the estimator that the displays share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import check_is_fitted


def check_samples(X: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return X, of shape (n, d), and y, of shape (n,) or (n, k), as float64 arrays."""
    points = check_array(X, dtype=np.float64, input_name="X")
    values = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
    check_consistent_length(points, values)
    return points, values


def check_values(values: ArrayLike, name: str, *, copy: bool = False) -> np.ndarray:
    """Return finite real values of any shape as float64, or raise ValueError."""
    array: np.ndarray = check_array(
        values, dtype=np.float64, ensure_2d=False, allow_nd=True, copy=copy, input_name=name
    )
    return array


def regressor_of(estimator: BaseEstimator, display: str) -> BaseEstimator:
    """The fitted staged regressor itself, which a pipeline has at its end."""
    check_is_fitted(estimator)
    regressor = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if not hasattr(regressor, "staged_predict"):
        kind = type(regressor).__name__
        raise TypeError(f"{display} needs an estimator with staged_predict, which {kind} does not have")
    return regressor


def staged_predictions(estimator: BaseEstimator, X: ArrayLike, like: np.ndarray) -> Iterator[np.ndarray]:
    """Predictions after each stage, in the shape of `like`."""
    if isinstance(estimator, Pipeline):
        X = estimator[:-1].transform(X) if len(estimator) > 1 else X
        estimator = estimator[-1]
    for prediction in estimator.staged_predict(X):
        yield np.asarray(prediction, dtype=np.float64).reshape(like.shape)
