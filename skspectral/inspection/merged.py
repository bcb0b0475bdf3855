"""Sums of waves: those of equal frequency, up to sign, are added up; and evaluation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .samples import check_values


@dataclass(frozen=True, eq=False)
class MergedSpectrum:
    """Sum of cosine cos(2 pi <f, x>) + sine sin(2 pi <f, x>) over distinct frequencies f.

    Of f and -f, which are one wave, the one whose first nonzero coordinate is positive represents
    both. The largest amplitudes come first.

    Parameters
    ----------
    frequencies : ndarray of shape (n_frequencies, d)
        Distinct frequencies, in cycles per unit of x.
    cosine, sine : ndarray of shape (n_frequencies,)
        Coefficients of the cosines and sines; at frequency zero that of the sine is zero.
    bounds : ndarray of shape (n_frequencies,)
        Bound on each amplitude by Theorem 2: the sum over the terms that were added up.
    tail : float
        Bound on the sum of the absolute amplitudes of all terms left out.

    See Also
    --------
    SpectralExpansion.merged : Make one from an expansion.

    Examples
    --------
    >>> from skspectral.inspection import spectral_expansion
    >>> spectrum = spectral_expansion([[1.0]], [0.5]).merged()
    >>> print(spectrum.frequencies[:2].ravel())
    [1. 3.]
    """

    frequencies: np.ndarray
    cosine: np.ndarray
    sine: np.ndarray
    bounds: np.ndarray
    tail: float

    @property
    def amplitudes(self) -> np.ndarray:
        """Amplitude of each wave, shape (n_frequencies,).

        Examples
        --------
        >>> from skspectral.inspection import spectral_expansion
        >>> print(spectral_expansion([[1.0]], [0.5]).merged().amplitudes[:2].round(4))
        [0.4845 0.0051]
        """
        amplitudes: np.ndarray = np.hypot(self.cosine, self.sine)
        return amplitudes

    def __call__(self, x: ArrayLike) -> np.ndarray:
        """Evaluate the sum.

        Parameters
        ----------
        x : array-like of shape (n, d)
            Points.

        Returns
        -------
        values : ndarray of shape (n,)
            The sum of the waves.

        Raises
        ------
        ValueError
            If x is not finite or not of this shape.
        """
        phases = np.arctan2(self.cosine, self.sine)
        return sum_of_sines(x, self.frequencies, self.amplitudes, phases)


def sum_of_sines(
    x: ArrayLike,  # shape: (n, d)
    frequencies: np.ndarray,  # shape: (t, d)
    amplitudes: np.ndarray,  # shape: (t,)
    phases: np.ndarray,  # shape: (t,)
) -> np.ndarray:  # shape: (n,)
    """sum_t a_t sin(2 pi <f_t, x> + phase_t), in blocks of terms."""
    points = check_values(x, "x")
    if points.ndim != 2 or points.shape[1] != frequencies.shape[1]:
        raise ValueError(f"x must have shape (n, {frequencies.shape[1]}), got {points.shape}")
    # About as many blocks as terms in each: few passes, and a table of few columns.
    total, size = np.zeros(len(points)), 1 + math.isqrt(len(amplitudes))
    for start in range(0, len(amplitudes), size):
        block = slice(start, start + size)
        angle = (2 * np.pi) * (points @ frequencies[block].T) + phases[block]
        total += np.sin(angle, out=angle) @ amplitudes[block]
    return total


def merge(
    frequencies: np.ndarray,  # shape: (t, d)
    amplitudes: np.ndarray,  # shape: (t,), the largest first
    phases: np.ndarray,  # shape: (t,)
    bounds: np.ndarray,  # shape: (t,)
    tolerance: np.ndarray,  # shape: (d,)
    tail: float,
) -> MergedSpectrum:
    """Add up the waves whose frequencies, up to sign, agree within the tolerance of each axis."""
    waves, signs = _half_space(np.where(np.abs(frequencies) <= tolerance, 0.0, frequencies))
    group = _groups(waves, tolerance)
    first = np.unique(group, return_index=True)[1]  # the largest of each group represents it
    # a sin(s z + p) = a sin(p) cos(z) + s a cos(p) sin(z)
    cosine = np.bincount(group, amplitudes * np.sin(phases))
    sine = np.bincount(group, signs * amplitudes * np.cos(phases))
    sine[~np.any(waves[first], axis=1)] = 0.0
    order = np.argsort(-np.hypot(cosine, sine), kind="stable")
    summed = np.bincount(group, bounds)
    return MergedSpectrum(waves[first[order]], cosine[order], sine[order], summed[order], tail)


def _half_space(
    frequencies: np.ndarray,  # shape: (t, d)
) -> tuple[np.ndarray, np.ndarray]:  # shapes: (t, d) and (t,)
    """Frequencies turned so that their first nonzero coordinate is positive, and the signs."""
    first = np.argmax(frequencies != 0, axis=1)[:, None]
    signs = np.where(np.take_along_axis(frequencies, first, axis=1) < 0, -1.0, 1.0)
    return signs * frequencies + 0.0, signs[:, 0]  # -0.0 + 0.0 is 0.0


def _groups(
    waves: np.ndarray,  # shape: (t, d)
    tolerance: np.ndarray,  # shape: (d,)
) -> np.ndarray:  # shape: (t,)
    """Number of the group of each wave: along every axis, sorted values without a gap."""
    group = np.zeros(len(waves), dtype=np.int64)
    for values, gap in zip(waves.T, tolerance):
        order = np.argsort(values, kind="stable")
        label = np.empty_like(group)
        label[order] = np.cumsum(np.diff(values[order], prepend=values[order[:1]]) > gap)
        group = np.unique(group * (label.max() + 1) + label, return_inverse=True)[1]
    return group
