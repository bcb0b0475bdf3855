"""Power spectra summed over shells of equal wavenumber."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .samples import check_values


def angle_averaged_spectrum(
    field: ArrayLike,
    lengths: float | Sequence[float] | None = None,
    *,
    window: str | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the angle-averaged power spectrum of a real field on a uniform periodic grid.

    With u_k the Fourier coefficients of the field, normalized such that a wave
    ``a cos(2 pi k x)`` has two of size ``a / 2``, shell j collects the modes of wavenumber between
    ``(j - 1/2) k_1`` and ``(j + 1/2) k_1``, where ``k_1``, the inverse of the longest period, is
    the smallest wavenumber of the grid. Its power is the sum of ``|u_k|^2`` over the shell, as in
    [1]_, eq. 13 (there with 200 bands). This is Parseval's normalization: all shells together are
    the mean square of the field, and shell 0 is the square of its mean.

    Parameters
    ----------
    field : array-like of shape (n_1,), (n_1, n_2) or (n_1, n_2, n_3)
        Real values at ``x_i = x_0 + i L / n`` along each axis, `L` being its period. The end of the
        period, where the values would repeat, is not a grid point.
    lengths : float or sequence of floats, default=None
        Period of all axes, or of each: number of points times spacing. By default the number of
        points, so that wavenumbers are in cycles per grid point, as in :func:`numpy.fft.fftfreq`.
    window : {"hann"} or None, default=None
        None takes the field as one period. If the field does not close up at the ends, the jump
        of its periodic extension adds a tail that falls slowly with the wavenumber. "hann" takes
        the mean off and lets the rest fall to zero at the ends, with weights of mean square one.

    Returns
    -------
    wavenumbers : ndarray of shape (n_shells,)
        Centers of the shells in cycles per unit of `lengths`: multiples of ``1 / max(lengths)``
        from 0 up to the corner of the wavenumber box. Shells without a mode are left out.
    power : ndarray of shape (n_shells,)
        Sum of ``|u_k|^2`` over each shell, in squared units of the field.

    Raises
    ------
    ValueError
        If the field is not real, finite and of one to three axes, if a length is not positive, or
        if the window is unknown.

    Notes
    -----
    Beyond the Nyquist wavenumber of the coarsest axis the shells are cut by the wavenumber box.

    References
    ----------
    .. [1] Ng, J., Wang, Y. and Lai, C.-Y. (2024). Spectrum-Informed Multistage Neural Networks:
       Multiscale Function Approximators of Machine Precision. arXiv:2407.17213.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.inspection import angle_averaged_spectrum
    >>> x = 2 * np.pi * np.arange(16) / 16
    >>> field = 1 + 2 * np.cos(3 * x[:, None] + 4 * x)  # wave vector (3, 4), of length 5
    >>> wavenumbers, power = angle_averaged_spectrum(field, lengths=2 * np.pi)
    >>> strong = power > 1e-20
    >>> 2 * np.pi * wavenumbers[strong]
    array([0., 5.])
    >>> power[strong]
    array([1., 2.])
    """
    values = check_values(field, "field")
    shells = make_shells(values.shape, values.shape if lengths is None else lengths, window)
    return shells.wavenumbers, shells.power(values)


@dataclass(frozen=True)
class Shells:
    """Shells of wavenumber vectors, and the window by which a field is multiplied before transforms."""

    wavenumbers: np.ndarray  # shape: (n_shells,)
    members: np.ndarray  # the shell of each mode, in the order of a raveled transform
    nyquist: float  # of the coarsest axis, in units of the wavenumbers
    weights: np.ndarray | None  # shape of the field

    def power(
        self,
        field: np.ndarray,
    ) -> np.ndarray:  # shape: (n_shells,)
        """Sum of the squared Fourier coefficients of each shell."""
        if self.weights is not None:
            field = self.weights * (field - field.mean())
        coefficients = np.fft.fftn(field, norm="forward").ravel()
        return np.bincount(self.members, coefficients.real**2 + coefficients.imag**2)


def make_shells(
    shape: tuple[int, ...], lengths: float | Sequence[float] | np.ndarray, window: str | None
) -> Shells:
    """Sort the modes of a grid into shells; ValueError for invalid shapes, periods or windows."""
    if not 1 <= len(shape) <= 3:
        raise ValueError(f"field must have one to three axes, got shape {shape}")
    if window not in (None, "hann"):
        raise ValueError(f'window must be "hann" or None, got {window!r}')
    periods = check_lengths(lengths, len(shape))
    longest = periods.max()
    # In units of the smallest wavenumber, where those of a cube are exact integers.
    components = [np.fft.fftfreq(n, 1 / n) * (longest / period) for n, period in zip(shape, periods)]
    radius = np.sqrt(sum(k**2 for k in np.ix_(*components)))
    numbers, members = np.unique(np.floor(radius + 0.5).ravel(), return_inverse=True)
    nyquist = float(np.min(np.array(shape) / (2 * periods)))
    weights = _hann_weights(shape) if window == "hann" else None
    return Shells(numbers / longest, members, nyquist, weights)


def check_lengths(lengths: float | Sequence[float] | np.ndarray, d: int) -> np.ndarray:
    """Return positive lengths of `d` axes, shape (d,), or raise ValueError."""
    periods = np.asarray(lengths, dtype=np.float64)
    positive = np.all(np.isfinite(periods) & (periods > 0))
    if periods.shape not in ((), (d,)) or not positive:
        raise ValueError(f"lengths must be a positive number, or {d} of them, got {lengths!r}")
    return np.broadcast_to(periods, (d,))


def _hann_weights(shape: tuple[int, ...]) -> np.ndarray:
    """Products of sin^2 over the axes, zero half a step outside the ends, of mean square one."""
    bells = [np.sin(math.pi * (np.arange(n) + 0.5) / n) ** 2 for n in shape]
    bells = [bell / np.sqrt(np.mean(bell**2)) for bell in bells]
    return math.prod(np.ix_(*bells), start=np.ones(()))
