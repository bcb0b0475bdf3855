"""Gradients through pipelines: the chain rule for transformers that are affine, such as scalers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .samples import check_values


def pipeline_gradient(estimator: BaseEstimator, X: ArrayLike) -> np.ndarray:
    """Gradient of the prediction of a pipeline with respect to the inputs of its first step.

    The regressor at the end gives its gradient with respect to what it sees, and each step before it is a
    factor of the chain rule. These steps have to be affine: scalers such as StandardScaler and
    MinMaxScaler, PCA, selections of columns. Targets of TransformedTargetRegressor are handled alike.

    Parameters
    ----------
    estimator : Pipeline, TransformedTargetRegressor or regressor
        Fitted, with a regressor at its end that has `predict_gradient`; one inside the other is fine.
    X : array-like of shape (n, d)
        Inputs of the pipeline.

    Returns
    -------
    gradient : ndarray of shape (n, d) or (n, k, d)
        In units of y per unit of X.

    Raises
    ------
    TypeError
        If there is no `predict_gradient` at the end.
    ValueError
        If a transformer is not affine: its derivative is not known then.

    See Also
    --------
    skspectral.SpectralMultistageRegressor.predict_gradient : The gradient at the end.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skspectral import SpectralMultistageRegressor
    >>> from skspectral.inspection import pipeline_gradient
    >>> X = np.linspace(0, 1, 50)[:, None]
    >>> model = make_pipeline(StandardScaler(), SpectralMultistageRegressor()).fit(X, np.sin(7 * X[:, 0]))
    >>> bool(abs(pipeline_gradient(model, [[0.25]])[0, 0] - 7 * np.cos(1.75)) < 1e-9)
    True
    """
    check_is_fitted(estimator)
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step is not None and step != "passthrough"]
        *transformers, last = steps
        slope: np.ndarray | None = None
        for transformer in transformers:
            factor = _slope(transformer.transform, _rows(X), type(transformer).__name__)
            slope = factor if slope is None else factor @ slope
            X = transformer.transform(X)
        gradient = pipeline_gradient(last, X)
        return gradient if slope is None else np.matmul(gradient, slope)
    if isinstance(estimator, TransformedTargetRegressor):
        return _through_target(estimator, X)
    if not hasattr(estimator, "predict_gradient"):
        kind = type(estimator).__name__
        raise TypeError(f"pipeline_gradient needs predict_gradient, which {kind} does not have")
    return np.asarray(estimator.predict_gradient(X))


def _through_target(estimator: Any, X: ArrayLike) -> np.ndarray:
    """The inner gradient, by the slope of the inverse transformation of the targets."""
    inner = pipeline_gradient(estimator.regressor_, X)
    values = np.asarray(estimator.regressor_.predict(X))
    columns = values.reshape(len(values), -1)
    name = f"the inverse of {type(estimator.transformer_).__name__}"
    slope = _slope(estimator.transformer_.inverse_transform, columns, name)
    gradient = np.einsum("ij,njd->nid", slope, inner.reshape(len(values), columns.shape[1], -1))
    flat = np.ndim(estimator.predict(X)) == 1
    return np.asarray(gradient[:, 0] if flat else gradient)


def _rows(X: ArrayLike) -> np.ndarray:
    return check_values(X, "X")


def _slope(transform: Any, rows: np.ndarray, name: str) -> np.ndarray:
    """The matrix (p, d) of an affine map of rows (n, d), or ValueError for another one.

    It is read off at places as far apart as the rows are large, where rounding is least, and checked on
    the rows and beyond.
    """
    center = rows.mean(0)
    size = np.abs(rows).max(0) + np.ptp(rows, 0)
    size[size == 0] = 1.0
    base = np.asarray(transform(center[None]), dtype=np.float64)
    ends = np.asarray(transform(center + np.diag(size)), dtype=np.float64)
    slope: np.ndarray = (ends - base).T / size
    places = np.concatenate([rows[:100], center - np.diag(size), center + np.diag(size) / 2])
    found = np.asarray(transform(places), dtype=np.float64)
    expected = base + (places - center) @ slope.T
    scale = np.abs(base) + np.abs(slope) @ size + np.abs(found).max(0)
    if not (np.abs(found - expected) <= 1e-10 * scale).all():
        raise ValueError(f"{name} is not affine, and its derivative is not known")
    return slope
