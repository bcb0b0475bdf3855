"""Power spectra of rows that lie on no grid, by least squares with nonuniform transforms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .radial import Shells, make_shells

Sums = Callable[[np.ndarray], np.ndarray]


class ScatteredSpectra:
    """Spectra of values at scattered points whose box is taken as one period.

    The plain transform of such values has, beside each wave, a background of 1 / n of its power. The
    waves are fitted by least squares instead, a quarter as many as points: what lies within their reach
    then has no background.
    """

    def __init__(
        self,
        points: np.ndarray,  # shape: (n, d), d <= 3
        window: str | None,
    ) -> None:
        n, d = points.shape
        if not 1 <= d <= 3:
            raise ValueError(f"X must have one to three features to have a spectrum, got {d}")
        low, self._lengths = points.min(axis=0), np.ptp(points, axis=0)
        if np.any(self._lengths == 0):
            feature = int(np.argmin(self._lengths))
            raise ValueError(f"X has no spectrum: feature {feature} has one value only, {low[feature]:.6g}")
        self._places = (points - low) / self._lengths  # in [0, 1]
        self._shape = _lattice(self._lengths, n / 4)
        # Wavenumbers of a lattice of odd length, from -(m - 1) / 2 to (m - 1) / 2, as of a grid.
        self.shells: Shells = make_shells(self._shape, self._lengths, None)
        self._weights = _bell(self._places) if window == "hann" else None

    @property
    def shares(self) -> np.ndarray:  # shape: (n_shells,)
        """Share of each shell in the power of white noise."""
        counts = np.bincount(self.shells.members)
        shares: np.ndarray = counts / len(self._places)
        return shares

    def power(
        self,
        values: np.ndarray,  # shape: (n,) or (n, k)
    ) -> np.ndarray:  # shape: (n_shells,)
        """Power of each shell, averaged over the outputs."""
        columns = values.reshape(len(values), -1).T
        if self._weights is not None:
            columns = self._weights * (columns - columns.mean(axis=1, keepdims=True))
        size = np.abs(columns).max() or 1.0  # squares of the values themselves may overflow
        coefficients = _least_squares(self._places, columns / size, self._shape)
        power = np.mean(np.abs(coefficients) ** 2, axis=0).ravel()
        shells: np.ndarray = size**2 * np.bincount(self.shells.members, power)
        return shells


def _lattice(lengths: np.ndarray, most: float) -> tuple[int, ...]:
    """The odd numbers of wavenumbers along each axis, to one reach, of a product up to `most`."""
    reach, counts = 0, (1,) * len(lengths)
    relative = lengths / lengths.max()
    while True:
        reach += 1
        larger = tuple(int(2 * math.floor(reach * ratio) + 1) for ratio in relative)
        if math.prod(larger) > max(most, 3 ** len(lengths)):
            return counts
        counts = larger


def _bell(
    places: np.ndarray,  # in [0, 1], shape: (n, d)
) -> np.ndarray:  # shape: (n,)
    """Products of sin^2 over the axes, of mean square one."""
    bell = np.prod(np.sin(math.pi * places) ** 2, axis=1)
    weights: np.ndarray = bell / np.sqrt(np.mean(bell**2))
    return weights


def _least_squares(
    places: np.ndarray,  # shape: (n, d)
    values: np.ndarray,  # shape: (k, n)
    shape: tuple[int, ...],
    max_iter: int = 100,
) -> np.ndarray:  # coefficients in the order of a transform, shape: (k, *shape)
    """Conjugate gradients on the normal equations; random rows take some fifty steps.

    Rows with wide gaps take more; what they do not determine then stays small.
    """
    to_values, to_waves = _transforms(places, shape)
    residual = values.astype(np.complex128)
    coefficients = np.zeros((len(values), *shape), dtype=np.complex128)
    direction = gradient = to_waves(residual)
    first = now = _squares(gradient)
    for _ in range(max_iter):
        if np.all(now <= np.finfo(float).eps ** 2 * first):
            break
        image = to_values(direction)
        step = now / np.maximum(_squares(image), np.finfo(float).tiny)
        coefficients += _times(step, direction)
        residual = residual - _times(step, image)
        gradient = to_waves(residual)
        before, now = now, _squares(gradient)
        direction = gradient + _times(now / np.maximum(before, np.finfo(float).tiny), direction)
    return np.fft.ifftshift(coefficients, axes=range(1, 1 + len(shape)))


def _squares(batch: np.ndarray) -> np.ndarray:  # shape: (k,)
    squares: np.ndarray = np.sum(np.abs(batch.reshape(len(batch), -1)) ** 2, axis=1)
    return squares


def _times(factors: np.ndarray, batch: np.ndarray) -> np.ndarray:
    product: np.ndarray = factors.reshape(-1, *[1] * (batch.ndim - 1)) * batch
    return product


def _transforms(
    places: np.ndarray,  # shape: (n, d)
    shape: tuple[int, ...],
) -> tuple[Sums, Sums]:
    """Sums of waves at the places, (k, *shape) to (k, n), and their adjoint."""
    try:
        import finufft
    except ImportError:
        return _direct(places, shape)
    angles = [np.ascontiguousarray(2 * math.pi * column) for column in places.T]
    forward, adjoint = (getattr(finufft, f"nufft{len(shape)}d{kind}") for kind in (2, 1))
    finest = 1e-14  # finufft keeps to 1e-13

    def to_values(waves: np.ndarray) -> np.ndarray:
        sums = forward(*angles, np.ascontiguousarray(waves), eps=finest, isign=1)
        return np.asarray(sums).reshape(len(waves), -1)

    def to_waves(values: np.ndarray) -> np.ndarray:
        sums = adjoint(*angles, np.ascontiguousarray(values), shape, eps=finest, isign=-1)
        return np.asarray(sums).reshape(len(values), *shape)

    return to_values, to_waves


def _direct(
    places: np.ndarray,  # shape: (n, d)
    shape: tuple[int, ...],
) -> tuple[Sums, Sums]:
    """The same by a table of waves for each axis, without the optional library."""
    tables = []
    for column, count in zip(places.T, shape):
        integers = np.arange(count) - count // 2
        tables.append(np.exp(2j * math.pi * np.outer(column, integers)))

    def to_values(waves: np.ndarray) -> np.ndarray:
        sums: np.ndarray = np.einsum("na,ka...->kn...", tables[0], waves, optimize=True)
        for table in tables[1:]:
            sums = np.einsum("na,kna...->kn...", table, sums)
        return sums

    def to_waves(values: np.ndarray) -> np.ndarray:
        sums = values
        for table in reversed(tables[1:]):
            sums = np.einsum("na,kn...->kna...", table.conj(), sums)
        waves: np.ndarray = np.einsum("na,kn...->ka...", tables[0].conj(), sums, optimize=True)
        return waves

    return to_values, to_waves
