"""Exact evaluation of a periodic field between its grid points."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.fft import rfft2
from sklearn.utils import check_array


def trigonometric_interpolant(
    field: np.ndarray,  # shape: (n_x, n_y)
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the trigonometric interpolant of a field on the periodic square [0, 2 pi)^2.

    The interpolant is the real trigonometric polynomial of lowest degree through the values of the
    field. A band-limited field is reproduced to rounding everywhere. The cost of a point is that
    of a sum over all coefficients.

    Parameters
    ----------
    field : array-like of shape (n_x, n_y)
        Values at ``(2 pi i / n_x, 2 pi j / n_y)``.

    Returns
    -------
    interpolant : callable
        Maps points of shape (m, 2), any real coordinates, to values of shape (m,).

    Raises
    ------
    ValueError
        If the field or the points are not finite, real and of the right shape.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.datasets import trigonometric_interpolant
    >>> x = 2 * np.pi * np.arange(8) / 8
    >>> f = trigonometric_interpolant(np.sin(x)[:, None] * np.cos(2 * x))
    >>> bool(np.isclose(f([[0.3, 0.4]])[0], np.sin(0.3) * np.cos(0.8)))
    True
    """
    field = check_array(field, dtype=np.float64, input_name="field")
    coefficients = rfft2(field, norm="forward")
    coefficients[:, 1 : (field.shape[1] + 1) // 2] *= 2  # l and -l; the Nyquist mode is single

    def interpolant(points: np.ndarray) -> np.ndarray:
        points = check_array(points, dtype=np.float64, ensure_min_samples=0, input_name="points")
        if points.shape[1] != 2:
            raise ValueError(f"points must have shape (m, 2), got {points.shape}")
        # About as many blocks as points in each: few passes, and small tables of waves.
        size = 1 + math.isqrt(len(points))
        blocks = [points[i : i + size] for i in range(0, len(points), size)]
        chunks = [_evaluate(coefficients, field.shape, block) for block in blocks]
        return np.concatenate([np.empty(0), *chunks])

    return interpolant


def _evaluate(
    coefficients: np.ndarray,  # shape: (n_x, n_y // 2 + 1)
    shape: tuple[int, int],
    points: np.ndarray,  # shape: (m, 2)
) -> np.ndarray:  # shape: (m,)
    along_x = _waves(points[:, 0], np.fft.fftfreq(shape[0], 1.0 / shape[0]))
    along_y = _waves(points[:, 1], np.fft.rfftfreq(shape[1], 1.0 / shape[1]))
    # A Nyquist mode represents both signs: its wave is the mean of the two.
    for waves, n in ((along_x, shape[0]), (along_y, shape[1])):
        if n % 2 == 0:
            waves[:, n // 2] = waves[:, n // 2].real
    values: np.ndarray = np.einsum("ml,ml->m", along_x @ coefficients, along_y).real
    return values


def _waves(
    x: np.ndarray,  # shape: (m,)
    k: np.ndarray,  # integers, shape: (q,)
) -> np.ndarray:  # exp(i k x), shape: (m, q)
    # k x rounded once is wrong by up to eps |k x|; with x split at 24 bits k * high is exact.
    high = x.astype(np.float32).astype(np.float64)
    return np.exp(1j * np.outer(high, k)) * np.exp(1j * np.outer(x - high, k))
