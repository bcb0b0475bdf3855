"""One axis of a tensor-product Fourier series: periodic, extended beyond the box, mirrored, or linear."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .._backend.device import EPS
from ..linalg.polynomials import legendre_table


@dataclass(frozen=True)
class AxisSeries:
    """Harmonics 0..`order` of `period` (units of t); mirrored: cosines about `origin` only."""

    period: float
    order: int
    origin: float = 0.0
    mirrored: bool = False

    @property
    def n_functions(self) -> int:
        """Number of real functions."""
        return self.order + 1 if self.mirrored else 2 * self.order + 1

    def harmonics(self, like: Tensor) -> Tensor:
        """The number of each function's harmonic, in the order of `matrix`."""
        harmonics = torch.arange(self.order + 1, dtype=like.dtype, device=like.device)
        return harmonics if self.mirrored else torch.cat([harmonics, harmonics[1:]])

    def matrix(self, t: Tensor) -> Tensor:
        """[1, cos, sin] (mirrored: [1, cos]) of the coordinates, shape (n, n_functions)."""
        harmonics = torch.arange(self.order + 1, dtype=t.dtype, device=t.device)
        angle = (2 * math.pi / self.period) * ((t - self.origin)[:, None] * harmonics)
        if self.mirrored:
            return torch.cos(angle)
        return torch.cat([torch.cos(angle), torch.sin(angle[:, 1:])], 1)

    def to_exponentials(self, coefficients: Tensor) -> Tensor:
        """Complex coefficients of exp(2 pi i k t / period), k = -order..order, along the first axis.

        `coefficients` belong to the real functions, in the order of `matrix`.
        """
        k = self.order
        harmonics = torch.arange(1, k + 1, dtype=torch.float64, device=coefficients.device)
        angle = (-2 * math.pi * self.origin / self.period) * harmonics
        turn = torch.polar(torch.ones_like(angle), angle)
        turn = turn.view(-1, *(1,) * (coefficients.ndim - 1))
        cosine, sine = coefficients[1 : k + 1], coefficients[k + 1 :]
        if self.mirrored:
            sine = torch.zeros_like(cosine)
        positive = (cosine - 1j * sine) / 2 * turn
        negative = (cosine + 1j * sine) / 2 * turn.conj()
        return torch.cat([negative.flip(0), coefficients[:1] + 0j, positive])


@dataclass(frozen=True)
class AxisPolynomials:
    """Legendre polynomials of degrees 0 to `order`, on [-1, 1]."""

    order: int

    @property
    def n_functions(self) -> int:
        """Number of functions."""
        return self.order + 1

    def matrix(self, t: Tensor) -> Tensor:
        """The polynomials at the coordinates, shape (n, n_functions)."""
        return legendre_table(t, self.order)


def mirrored_series(t: Tensor, order: int) -> AxisSeries:
    """Cosines that continue the data evenly, half a mean step outside its ends (DCT-II)."""
    half_step = float(t[-1] - t[0]) / (2 * (len(t) - 1)) if len(t) > 1 else 1.0
    return AxisSeries(2 * (float(t[-1] - t[0]) + 2 * half_step), order, float(t[0]) - half_step, True)


def linear_series() -> AxisSeries:
    """A constant and a straight line, all that two nodes determine: a sine that bends as it is rounded.

    With a period of 2 pi L it bends by 1 / (6 L^2) of itself, and rounding takes EPS L of it.
    """
    period = 2 * math.pi * EPS ** (-1 / 3)
    return AxisSeries(period, 1, period / 4, True)
