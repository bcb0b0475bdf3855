"""Legendre polynomials, by their recurrence."""

from __future__ import annotations

import torch
from torch import Tensor

# Beyond the rim polynomials go on until those of the highest degree have grown to e^2; then they are held.
MAX_GROWTH = 2.0


def held(
    t: Tensor,  # shape: (n, d)
    degrees: Tensor,  # shape: (d,), the highest along each axis
) -> Tensor:
    """Coordinates, as far as polynomials of these degrees may go on: T_k(cosh u) is cosh(k u).

    A straight line goes on for ever.
    """
    limit = torch.cosh(MAX_GROWTH / degrees.to(t).clamp_min(1))
    limit = torch.where(degrees > 1, limit, torch.inf)
    return torch.minimum(torch.maximum(t, -limit), limit)


def legendre_table(t: Tensor, degree: int) -> Tensor:
    """Legendre polynomials of degrees 0 to `degree` at coordinates t (n,), shape (n, degree + 1)."""
    columns = [torch.ones_like(t), t]
    for j in range(1, degree):
        columns.append(((2 * j + 1) * t * columns[j] - j * columns[j - 1]) / (j + 1))
    return torch.stack(columns[: degree + 1], -1)
