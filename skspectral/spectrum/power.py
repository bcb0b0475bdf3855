"""The power spectrum of a field, smoothed: what a stationary prior needs, and the noise under it.

Notation
--------
s = arcsinh(3 w k) is linear for the first harmonics and logarithmic beyond: a Gaussian kernel whose
standard deviation in s is w keeps the first harmonics apart, by three of these, and averages over a share w
of the wavenumber beyond.
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
from .neighbors import MIN_ROWS_TO_JUDGE

# The standard deviation w of the kernel. Held-out pixels of eight photographs: widths of 0.1 to 0.2 are
# within 0.1 dB, 0.4 loses 0.2.
KERNEL_WIDTH = 0.15
# Exponents of amplitudes that fall as a power of the frequency, from rough fields to functions that few
# waves hold. With two to an octave Franke's function on 40 x 40 nodes is met five times worse.
FALLS = [*np.arange(0.5, 3.0, 0.25).tolist(), 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0]


def squared_wavenumbers(shape: Sequence[int], like: Tensor) -> Tensor:
    """Squared length of the wave vectors of all cosines of a grid, in units of Nyquist."""
    square = like.new_zeros(())
    for n in shape:
        square = square[..., None] + (torch.arange(n).to(like) / n).square()
    return square


def smoothed_power(coefficients: Tensor, n_axes: int | None = None) -> Tensor:
    """Mean square of cosine coefficients over neighboring wave vectors, of the same shape.

    Axes beyond the first `n_axes` count fields of their own.
    """
    power = coefficients.square()
    shape = power.shape[:n_axes]
    kernels = [_kernel(n, power).T for n in shape]
    weight = apply_along_axes(kernels, power.new_ones(*shape, *[1] * (power.ndim - len(shape))))
    mean = apply_along_axes(kernels, power) / weight
    largest = mean.amax(tuple(range(len(shape))), keepdim=True)
    limits = torch.finfo(power.dtype)  # amplitudes below epsilon are rounding
    level = (mean + limits.eps**2 * largest).clamp_min(limits.tiny).log()
    return apply_along_axes([_interpolation(n, power) for n in shape], level).exp()


def completed_power(power: Tensor, lost: Tensor) -> Tensor:
    """The spectrum with what filled gaps lack, `lost` of all nodes: they are the mean of what may be there.

    Given all other nodes, a node varies by the harmonic mean of the spectrum: gaps lack that, as white
    noise (an expectation-maximization step, gaps taken as isolated: Dempster, Laird, Rubin 1977). More such
    steps change held-out pixels by 0.01 dB. `lost` is one share, or one for each field along the last axis.
    """
    axes = tuple(range(power.ndim - lost.ndim))
    return power + lost / (1 / power).mean(axes)


@dataclass(frozen=True)
class Tail:
    """The end of a spectrum: a |k|^(-2 exponent) + noise."""

    exponent: float
    noise: float


def spectral_tail(power: Tensor) -> Tail:
    """How the spectrum falls, and the power of white noise under it; 0 if below half of the least."""
    radius, level = _shells(power)
    if power.numel() < MIN_ROWS_TO_JUDGE or not level.size or not level.min() > 0:
        return Tail(float(FALLS[-1]), 0.0)
    largest = level.max()  # squares of levels stay in range
    fits = [_power_law(radius, level / largest, exponent) for exponent in FALLS]
    best = min(range(len(fits)), key=fits.__getitem__)
    noise = fits[best][1] * float(largest)
    return Tail(float(FALLS[best]), noise if 2 * noise >= float(power.min()) else 0.0)


def _power_law(radius: np.ndarray, level: np.ndarray, exponent: float) -> tuple[float, float]:
    """Misfit of a r^(-2 exponent) + noise, relative, and the noise."""
    table = np.stack([radius ** (-2 * exponent), np.ones_like(radius)], 1) / level[:, None]
    solution, misfit = nnls(table, np.ones_like(level))
    return float(misfit), float(solution[1])


def _shells(power: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Mean radius and geometric mean power of shells, as many as there are wave vectors in each.

    Left out are those that are wider than the kernel: there spectra level off or fall too fast for a mean.
    """
    square = squared_wavenumbers(power.shape, power)
    radius, level = square.sqrt().reshape(-1), power.reshape(-1).log()
    shells = math.isqrt(power.numel())
    shell = (radius * (shells / math.sqrt(power.ndim))).long().clamp_max(shells - 1)
    count = torch.bincount(shell, minlength=shells).to(power)
    total = torch.bincount(shell, radius, shells), torch.bincount(shell, level, shells)
    mean = total[0] / count.clamp_min(1)
    there = mean > math.sqrt(power.ndim) / shells / KERNEL_WIDTH
    means = [(part[there] / count[there]).cpu().numpy() for part in total]
    return means[0], np.exp(means[1])


def _places(n: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """The harmonics in s, and nodes there, two or more to a width of the kernel."""
    s = torch.asinh(3 * KERNEL_WIDTH * torch.arange(n, dtype=like.dtype, device=like.device))
    count = math.ceil(2 * float(s[-1]) / KERNEL_WIDTH) + 1
    return s, torch.linspace(0, float(s[-1]), count, dtype=like.dtype, device=like.device)


def _kernel(n: int, like: Tensor) -> Tensor:
    """Weights (n, nodes) of harmonics around the nodes."""
    s, nodes = _places(n, like)
    return torch.exp(-(((s[:, None] - nodes) / KERNEL_WIDTH).square()) / 2)


def _interpolation(n: int, like: Tensor) -> Tensor:
    """Linear interpolation (n, nodes) from the nodes back to the harmonics."""
    s, nodes = _places(n, like)
    place = s / s[-1].clamp_min(torch.finfo(like.dtype).tiny) * (len(nodes) - 1)
    return (1 - (place[:, None] - torch.arange(len(nodes)).to(like)).abs()).clamp_min(0)
