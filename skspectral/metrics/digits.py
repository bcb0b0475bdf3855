"""Accuracy in decimal digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import _check_sample_weight

# Names that `multioutput` may have; otherwise it holds weights.
AVERAGES = ("uniform_average", "raw_values")


def digits_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
) -> float | np.ndarray:
    """Number of correct decimal digits: minus the decimal logarithm of the relative L2 error.

    The relative error is the root mean square of `y_true` - `y_pred` over that of `y_true` about its mean,
    as `heldout_error_` is. Hence a prediction by the mean has 0 digits, a worse one fewer than 0, and R^2
    is 1 - 10^(-2 digits): it ties at 1 from 8 digits on, where this score still tells fits apart.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, k)
        True values.
    y_pred : array-like of shape (n,) or (n, k)
        Predictions.
    sample_weight : array-like of shape (n,), default=None
        Weights, at least 0.
    multioutput : {"uniform_average", "raw_values"} or array-like of shape (k,), default="uniform_average"
        How the digits of several outputs are averaged: alike, not at all, or with these weights.

    Returns
    -------
    score : float or ndarray of shape (k,)
        Digits, the more the better; without units. It is at most 15.65, the digits of rounding in float64,
        because smaller differences are chance. Where `y_true` is constant its size takes the place of its
        spread, and where it is zero everywhere the score is 15.65 or minus infinity.

    Raises
    ------
    ValueError
        If shapes differ, values are not finite, or weights are negative.

    See Also
    --------
    sklearn.metrics.r2_score : The share of the variance that is explained.
    sklearn.metrics.make_scorer : Makes a scorer of it, for searches.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.metrics import digits_score
    >>> y = np.array([-1.0, 1.0, -1.0, 1.0])
    >>> round(digits_score(y, y + 1e-9), 6)
    9.0
    >>> round(digits_score(y, y), 2)
    15.65

    In a search:

    >>> from sklearn.metrics import make_scorer
    >>> from sklearn.model_selection import cross_val_score
    >>> from skspectral import SpectralMultistageRegressor
    >>> X = np.linspace(0, 1, 60)[:, None]
    >>> scorer = make_scorer(digits_score)
    >>> scores = cross_val_score(SpectralMultistageRegressor(), X, np.sin(9 * X[:, 0]), scoring=scorer)
    >>> bool(scores.mean() > 9)
    True
    """
    truth, guess = _columns(y_true, "y_true"), _columns(y_pred, "y_pred")
    check_consistent_length(truth, guess, sample_weight)
    if truth.shape != guess.shape:
        raise ValueError(f"y_true and y_pred have different shapes: {truth.shape} and {guess.shape}")
    weight = _check_sample_weight(sample_weight, truth, dtype=np.float64, ensure_non_negative=True)
    unit = np.abs(truth).max(0)
    unit[unit == 0] = 1.0
    truth, guess = truth / unit, guess / unit  # squares of 1e200 overflow
    with np.errstate(divide="ignore", over="ignore"):
        digits = -np.log10(np.clip(_relative_errors(truth, guess, weight), np.finfo(float).eps, None))
    if isinstance(multioutput, str):
        if multioutput not in AVERAGES:
            raise ValueError(f"multioutput={multioutput!r} must be one of {AVERAGES}, or weights")
        return digits if multioutput == "raw_values" else float(digits.mean())
    return float(np.average(digits, weights=np.asarray(multioutput, dtype=np.float64)))


def _columns(values: ArrayLike, name: str) -> np.ndarray:
    """Shape (n, k)."""
    array: np.ndarray = check_array(values, dtype=np.float64, ensure_2d=False, input_name=name)
    return array[:, None] if array.ndim == 1 else array


def _relative_errors(truth: np.ndarray, guess: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Of each output, shape (k,); 0 where both are zero everywhere."""
    error = _rms(truth - guess, weight)
    spread = _rms(truth - np.average(truth, axis=0, weights=weight), weight)
    constant = (truth == truth[0]).all(0)
    size = np.where(constant, _rms(truth, weight), spread)
    relative: np.ndarray = np.where(error > 0, np.inf, 0.0)
    np.divide(error, size, out=relative, where=size > 0)
    return relative


def _rms(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted root mean squares of the columns, shape (k,)."""
    means: np.ndarray = np.sqrt(np.average(values**2, axis=0, weights=weight))
    return means
