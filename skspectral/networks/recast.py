"""Waves that cancel, as Chebyshev polynomials, which do not.

Waves of a box that is longer than the rows' are a redundant set there: coefficients that meet a smooth
function may be as large as its error over eps (Adcock and Huybrechs 2019, "Frames and numerical
approximation", SIAM Review 61). Their sum is rounded to eps times its terms, by each library in its own
way. The same function has Chebyshev coefficients no larger than itself: rounded once, it stays the same.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..linalg.cosine_transform import cosine_transform
from ..linalg.mapped_cosines import unmapped
from .alike import may_differ
from .expansion import Expansion


def without_cancellation(series: Expansion, scale: float) -> Expansion:
    """Waves on the box [-1, 1]^d whose terms are far larger than y as polynomials; others as they are.

    `scale` is the size of the series' unit in that of y.
    """
    terms = torch.cat([series.affine, series.cosine, series.sine]).abs().sum(0)
    if series.wave_box is None or not may_differ(scale * float(terms.max())):
        return series
    bends = torch.zeros_like(series.frequencies[0])
    nodes = [_nodes(wave, bends[:1]) for wave in series.frequencies.abs().amax(0)]
    values = series(torch.cartesian_prod(*nodes).view(-1, len(nodes)))
    coefficients = _above_rounding(_coefficients(values.view(*map(len, nodes), -1)))
    *sizes, k = coefficients.shape
    ranges = [torch.arange(size, device=values.device) for size in sizes]
    none = series.cosine[:0]
    return Expansion(
        torch.zeros_like(series.affine),
        series.frequencies[:0],
        none,
        none,
        orders=torch.cartesian_prod(*ranges).view(-1, len(sizes)),
        bends=bends,
        mapped=coefficients.reshape(-1, k),
    )


def _nodes(wave: Tensor, bends: Tensor) -> Tensor:
    """Zeros of a Chebyshev polynomial, a quarter more than waves of up to a frequency need.

    Coefficients of exp(i z t) are Bessel functions of z, which from an order of z + 11 z^(1/3) + 8 on are
    below eps (computed for z from 0.1 to 3000; DLMF 10.19.8 has the form).
    """
    z = 2 * math.pi * float(wave)
    needed = math.ceil(z + 11 * z ** (1 / 3)) + 8
    count = needed + needed // 4
    theta = (torch.arange(count).to(bends) + 0.5) * (math.pi / count)
    return unmapped(torch.cos(theta), bends)


def _coefficients(values: Tensor) -> Tensor:
    """Of Chebyshev polynomials from values (.., k) at the nodes."""
    shape = values.shape[:-1]
    coefficients = cosine_transform(values, len(shape)) / math.sqrt(math.prod(shape))
    for axis in range(len(shape)):
        coefficients.narrow(axis, 1, shape[axis] - 1).mul_(math.sqrt(2))
    return coefficients


def _above_rounding(coefficients: Tensor) -> Tensor:
    """Up to the last order of each axis that is twice as large as what no wave needs, which is rounding."""
    *shape, k = coefficients.shape
    for axis, n in enumerate(shape):
        size = coefficients.abs().movedim(axis, 0).reshape(n, -1, k).amax(1)
        large = (size > 2 * size[-(n // 5) :].amax(0)).any(1).nonzero()
        coefficients = coefficients.narrow(axis, 0, 1 + int(large.max()) if len(large) else 1)
    return coefficients
