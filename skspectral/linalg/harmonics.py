"""Sums of many harmonics of one angle, by the addition theorem.

Notation
--------
With j = r a + b, cos(j x) = cos(r a x) cos(b x) - sin(r a x) sin(b x), and so for sines: tables of the root
of q functions take the place of one of q.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def harmonic_sum(angle: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Sums (n, k) over j from 0 of c_j cos(j x) + s_j sin(j x), for x (n, 1), c and s (q, k)."""
    fine, coarse = (angle * orders for orders in _orders(angle, len(cosine)))
    c, s = _boxed(cosine, coarse.shape[1]), _boxed(sine, coarse.shape[1])
    even, odd = torch.cos(coarse), torch.sin(coarse)
    return _total(torch.cos(fine), even @ c + odd @ s) + _total(torch.sin(fine), even @ s - odd @ c)


def cosine_sum(cosine: Tensor, coefficients: Tensor) -> Tensor:
    """Sums (n, k) over j from 0 of c_j T_j(x), for x (n, 1) and c (q, k).

    Chebyshev polynomials are cosines up to 1, and hyperbolic ones beyond; where one of these holds, the
    other is taken at the end of its range, so that both have a derivative.
    """
    end = 1 - 2.0**-40
    theta, far = torch.acos(cosine.clamp(-end, end)), torch.acosh(cosine.abs().clamp_min(2 - end))
    inside = harmonic_sum(theta, coefficients, torch.zeros_like(coefficients))
    fine, coarse = _orders(cosine, len(coefficients))
    box = _boxed(coefficients, len(coarse))
    sign = torch.where(cosine < 0, 1 - 2 * (fine % 2), torch.ones_like(fine))  # those of `coarse` are even
    beyond = _total(sign * torch.cosh(far * fine), torch.cosh(far * coarse) @ box)
    beyond = beyond + _total(sign * torch.sinh(far * fine), torch.sinh(far * coarse) @ box)
    return torch.where(cosine.abs() < end, inside, beyond)


def harmonic_bytes(count: int, k: int) -> int:
    """Memory that a row takes on its way through a sum of so many harmonics, for k outputs."""
    return 8 * (16 + 4 * k) * (math.isqrt(count) + 2)


def _orders(like: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The small orders b, and the even multiples r a, that sum to all below `count`."""
    step = 2 * math.isqrt(count // 4) + 2
    fine = torch.arange(step, dtype=like.dtype, device=like.device)
    return fine, step * torch.arange(-(-count // step), dtype=like.dtype, device=like.device)


def _boxed(coefficients: Tensor, rows: int) -> Tensor:
    """Coefficients (q, k) by rows of their coarse orders, shape (rows, r k)."""
    q, k = coefficients.shape
    step = 2 * math.isqrt(q // 4) + 2
    return torch.cat([coefficients, coefficients.new_zeros(step * rows - q, k)]).view(rows, step * k)


def _total(fine: Tensor, grown: Tensor) -> Tensor:
    """Sums (n, k) over r of tables (n, r) and values (n, r k)."""
    total: Tensor = (fine[..., None] * grown.view(*fine.shape, grown.shape[1] // fine.shape[1])).sum(1)
    return total
