"""The power spectrum of a field, smoothed: what a stationary prior needs, and the noise under it.

Notation
--------
s = arcsinh(k / K) is linear for the first harmonics and logarithmic beyond: a kernel of fixed width in
s averages over a fixed share of the wavenumber.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import nnls
from torch import Tensor

from ..linalg.axes import apply_along_axes

# K, and the standard deviation of the kernel in s. Held-out pixels of eight photographs: widths of 0.1
# to 0.2 are within 0.1 dB, 0.4 loses 0.2; K from 2 to 6 makes no difference.
LINEAR, WIDTH, NODES = 2.0, 0.15, 96
# Powers below this share of the largest are rounding.
LEAST = 1e-20
# Rounds in which the power that filled gaps lack is found: it changes by a share `lost` of itself in each.
COMPLETIONS = 10
# Shells of wavenumbers, in units of Nyquist, that the noise is judged by, and exponents of the power law
# above it; noise is believed where it is at least this share of the least power.
FROM, SHELLS, EXPONENTS, BELIEVED = 0.2, 24, np.arange(0.5, 6, 0.25), 0.5


def squared_wavenumbers(shape: Sequence[int], like: Tensor) -> Tensor:
    """Squared length of the wave vectors of all cosines of a grid, in units of Nyquist."""
    square = like.new_zeros(())
    for n in shape:
        square = square[..., None] + (torch.arange(n).to(like) / n).square()
    return square


def smoothed_power(coefficients: Tensor, width: float = WIDTH, n_axes: int | None = None) -> Tensor:
    """Mean square of cosine coefficients over neighboring wave vectors, of the same shape.

    Axes beyond the first `n_axes` count fields of their own.
    """
    power = coefficients.square()
    shape = power.shape[:n_axes]
    kernels = [_kernel(n, width, power).T for n in shape]
    mean = apply_along_axes(kernels, power) / apply_along_axes(kernels, torch.ones_like(power))
    largest = mean.amax(tuple(range(len(shape))), keepdim=True)
    level = (mean + LEAST * largest).clamp_min(1e-300).log()
    return apply_along_axes([_interpolation(n, power) for n in shape], level).exp()


def completed_power(power: Tensor, lost: Tensor) -> Tensor:
    """The spectrum with what filled gaps lack, `lost` of all nodes: they are the mean of what may be there.

    Given all other nodes, a node varies by the harmonic mean of the spectrum: gaps lack that, as white
    noise (an expectation-maximization step, gaps taken as isolated). `lost` is one share, or one for each
    field along the last axis.
    """
    axes = tuple(range(power.ndim - lost.ndim))
    whole = power
    for _ in range(COMPLETIONS):
        whole = power + lost / (1 / whole).mean(axes)
    return whole


@dataclass(frozen=True)
class Tail:
    """The end of a spectrum: a |k|^(-2 exponent) + noise."""

    exponent: float
    noise: float


def spectral_tail(power: Tensor) -> Tail:
    """How the spectrum falls, and the power of white noise under it; 0 where there is none to see."""
    radius, level = _shells(power)
    if len(radius) < SHELLS // 2 or not level.min() > 0:
        return Tail(float(EXPONENTS[-1]), 0.0)
    largest = level.max()  # squares of levels stay in range
    fits = [_power_law(radius, level / largest, exponent) for exponent in EXPONENTS]
    best = min(range(len(fits)), key=fits.__getitem__)
    noise = fits[best][1] * float(largest)
    return Tail(float(EXPONENTS[best]), noise if noise >= BELIEVED * float(power.min()) else 0.0)


def _power_law(radius: np.ndarray, level: np.ndarray, exponent: float) -> tuple[float, float]:
    """Misfit of a r^(-2 exponent) + noise, relative, and the noise."""
    table = np.stack([radius ** (-2 * exponent), np.ones_like(radius)], 1) / level[:, None]
    solution, misfit = nnls(table, np.ones_like(level))
    return float(misfit), float(solution[1])


def _shells(power: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Mean radius and geometric mean power of shells, from FROM to the corner."""
    square = squared_wavenumbers(power.shape, power)
    radius, level = square.sqrt().reshape(-1), power.reshape(-1).log()
    edges = torch.linspace(FROM, math.sqrt(power.ndim), SHELLS + 1, dtype=power.dtype, device=power.device)
    shell = torch.bucketize(radius, edges)
    count = torch.bincount(shell, minlength=SHELLS + 2).to(power)
    total = torch.bincount(shell, radius, SHELLS + 2), torch.bincount(shell, level, SHELLS + 2)
    seen = slice(1, SHELLS + 1)
    there = count[seen] > 0
    means = [(part[seen] / count[seen])[there].cpu().numpy() for part in total]
    return means[0], np.exp(means[1])


def _places(n: int, like: Tensor) -> Tensor:
    return torch.asinh(torch.arange(n, dtype=like.dtype, device=like.device) / LINEAR)


def _kernel(n: int, width: float, like: Tensor) -> Tensor:
    """Weights (n, nodes) of harmonics around nodes evenly spaced in s."""
    s = _places(n, like)
    nodes = torch.linspace(0, float(s[-1]), NODES, dtype=like.dtype, device=like.device)
    return torch.exp(-(((s[:, None] - nodes) / width).square()) / 2)


def _interpolation(n: int, like: Tensor) -> Tensor:
    """Linear interpolation (n, nodes) from the nodes back to the harmonics."""
    s = _places(n, like)
    place = s / s[-1].clamp_min(1e-300) * (NODES - 1)
    nodes = torch.arange(NODES, dtype=like.dtype, device=like.device)
    return (1 - (place[:, None] - nodes).abs()).clamp_min(0)
