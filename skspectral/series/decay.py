"""How the amplitudes of a fitted series fall with length, and the Wiener filter that follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .._backend.device import EPS


@dataclass(frozen=True)
class Decay:
    """Mean squares of coefficients in shells of lengths, the noise taken off, falling."""

    lengths: np.ndarray  # shape: (s,)
    levels: np.ndarray  # shape: (s,), logarithms

    @classmethod
    def of(cls, length: np.ndarray, square: np.ndarray, noise: float) -> Decay:
        """Of functions of lengths (q,) and squared coefficients (q,), in which there is that much noise."""
        count = _n_shells(len(length))
        shell = np.minimum((length / max(length.max(), 1e-300) * count).astype(int), count - 1)
        size = np.maximum(np.bincount(shell, minlength=count), 1)
        mean = np.bincount(shell, square, count) / size
        center = np.bincount(shell, length, count) / size
        there = mean > max(1e-300, 2 * noise)
        if not there.any():
            return cls(center[:1], np.log(mean.max().clip(1e-300)).reshape(1))
        falling = np.maximum.accumulate((mean[there] - noise)[::-1])[::-1]
        return cls(center[there], np.log(falling))

    @property
    def fall(self) -> float:
        """By how much the logarithm of amplitudes falls in a unit of length, over the outer half."""
        if len(self.lengths) < 2:
            return 0.0
        half = len(self.lengths) // 2 - 1
        slope = (self.levels[-1] - self.levels[half]) / (self.lengths[-1] - self.lengths[half])
        return max(0.0, -float(slope) / 2)

    def expected(self, length: np.ndarray) -> np.ndarray:
        """Squares expected of functions of these lengths."""
        beyond = (length - self.lengths[-1]).clip(0)
        level = np.interp(length, self.lengths, self.levels) - 2 * self.fall * beyond
        highest = self.levels.max()
        # Sums of squares hold a range of EPS^-2; twice as much, in logarithms, is beyond all use.
        squares: np.ndarray = np.exp(level.clip(highest + 4 * math.log(EPS), highest))
        return squares


def _n_shells(count: int) -> int:
    """Shells that the lengths of so many functions are sorted into: two to a cube root (Rice's rule).

    With as many as there are functions in each, inputs that do not interact, and axes with many more waves
    than others, are not found out.
    """
    return max(2, min(round(2 * float(np.cbrt(count))), count // 8))
