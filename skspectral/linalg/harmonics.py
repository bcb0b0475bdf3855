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

from .polynomials import chebyshev_pairs, chebyshev_start


def harmonic_sum(angle: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Sums (n, k) over j from 0 of c_j cos(j x) + s_j sin(j x), for x (n, 1), c and s (q, k)."""
    fine, coarse = (angle * orders for orders in _orders(angle, len(cosine)))
    c, s = _boxed(cosine, coarse.shape[1]), _boxed(sine, coarse.shape[1])
    even, odd = torch.cos(coarse), torch.sin(coarse)
    return _total(torch.cos(fine), even @ c + odd @ s) + _total(torch.sin(fine), even @ s - odd @ c)


def cosine_sum(cosine: Tensor, coefficients: Tensor) -> Tensor:
    """Sums (n, k) over j from 0 of c_j T_j(x), for x (n, 1) and c (q, k), inside of [-1, 1] and beyond."""
    start, rest = chebyshev_start(cosine)
    step, rows = _step(len(coefficients)), -(-len(coefficients) // _step(len(coefficients)))
    even, odd = chebyshev_pairs(start, rest, step + 1)
    coarse, turned = chebyshev_pairs((even[:, step:], odd[:, step:]), rest, rows)
    box = _boxed(coefficients, rows)
    return _total(even[:, :step], coarse @ box) - rest * _total(odd[:, :step], turned @ box)


def harmonic_bytes(count: int, k: int) -> int:
    """Memory that a row takes on its way through a sum of so many harmonics, for k outputs."""
    return 8 * (16 + 4 * k) * (math.isqrt(count) + 2)


def _orders(like: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The small orders b, and the multiples r a, that sum to all below `count`."""
    step = _step(count)
    fine = torch.arange(step, dtype=like.dtype, device=like.device)
    return fine, step * torch.arange(-(-count // step), dtype=like.dtype, device=like.device)


def _step(count: int) -> int:
    return math.isqrt(count) + 1


def _boxed(coefficients: Tensor, rows: int) -> Tensor:
    """Coefficients (q, k) by rows of their coarse orders, shape (rows, r k)."""
    q, k = coefficients.shape
    step = _step(q)
    return torch.cat([coefficients, coefficients.new_zeros(step * rows - q, k)]).view(rows, step * k)


def _total(fine: Tensor, grown: Tensor) -> Tensor:
    """Sums (n, k) over r of tables (n, r) and values (n, r k)."""
    total: Tensor = (fine[..., None] * grown.view(*fine.shape, grown.shape[1] // fine.shape[1])).sum(1)
    return total
