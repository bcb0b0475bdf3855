"""Legendre polynomials, by their recurrence."""

from __future__ import annotations

import torch
from torch import Tensor


def legendre_table(t: Tensor, degree: int) -> Tensor:
    """Legendre polynomials of degrees 0 to `degree` at coordinates t (n,), shape (n, degree + 1)."""
    columns = [torch.ones_like(t), t]
    for j in range(1, degree):
        columns.append(((2 * j + 1) * t * columns[j] - j * columns[j - 1]) / (j + 1))
    return torch.stack(columns[: degree + 1], -1)
