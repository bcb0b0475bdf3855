"""Legendre and Chebyshev polynomials, by their recurrences.

Notation
--------
T_k are Chebyshev polynomials of the first kind, U_k of the second. With c = cos(theta) and r = 1 - c^2,
exp(i k theta) is T_k + i sqrt(r) U_(k-1), so that the product of two exponentials says

    T_(j+k) = T_j T_k - r U_(j-1) U_(k-1),    U_(j+k-1) = U_(j-1) T_k + T_j U_(k-1).

Nothing in it asks where c lies: beyond [-1, 1] the same lines are the addition theorem of cosh and sinh.
Errors grow as k eps there and here; those of the recurrence in three terms grow as k^2 at the rim.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def grown(growth: float, degrees: Tensor) -> Tensor:
    """Where Chebyshev polynomials of degrees (d,) have grown to cosh(growth): T_k(cosh u) is cosh(k u)."""
    # Beyond, the square of a product over all axes would be infinite.
    most = math.log(torch.finfo(torch.float64).max) / (2 * len(degrees))
    return torch.cosh((growth / degrees.to(torch.float64)).clamp_max(most))


def between(t: Tensor, limit: Tensor) -> Tensor:
    """Coordinates (n, d), held at plus and minus limits (d,)."""
    return torch.clamp(t, -limit, limit)


def legendre_table(t: Tensor, degree: int) -> Tensor:
    """Legendre polynomials of degrees 0 to `degree` at coordinates t (n,), shape (n, degree + 1)."""
    columns = [torch.ones_like(t), t]
    for j in range(1, degree):
        columns.append(((2 * j + 1) * t * columns[j] - j * columns[j - 1]) / (j + 1))
    return torch.stack(columns[: degree + 1], -1)


def legendre_cosines(count: int) -> Tensor:
    """Legendre polynomials of degrees below `count` by cosines, shape (count, count).

    P_n(cos x) = sum_j a_j a_(n-j) cos((n - 2 j) x), with a_j = (1/2)_j / j!: all terms are positive and add
    up to one (Abramowitz and Stegun 22.3.13).
    """
    j = torch.arange(1, count, dtype=torch.float64)
    a = torch.cat([torch.ones(1, dtype=torch.float64), torch.cumprod((j - 0.5) / j, 0)])
    table = torch.zeros(count, count, dtype=torch.float64)  # of orders, and degrees
    for degree in range(count):
        terms = a[: degree + 1] * a[: degree + 1].flip(0)
        table[:, degree].index_add_(0, torch.arange(degree, -degree - 1, -2).abs(), terms)
    return table


def chebyshev_pairs(
    first: tuple[Tensor, Tensor],  # (T_m, U_(m-1)) of cosines (n, 1), shapes (n, 1)
    rest: Tensor,  # 1 - c^2, shape: (n, 1)
    count: int,
) -> tuple[Tensor, Tensor]:
    """T_(j m) and U_(j m - 1) for j from 0 to `count` - 1, shapes (n, count); each step doubles them."""
    even, odd = (
        torch.cat([start, value], 1)
        for start, value in zip((torch.ones_like(rest), torch.zeros_like(rest)), first, strict=True)
    )
    while even.shape[1] < count:
        fresh = slice(1, 1 + min(even.shape[1] - 1, count - even.shape[1]))
        t, u, ts, us = even[:, -1:], odd[:, -1:], even[:, fresh], odd[:, fresh]
        even, odd = torch.cat([even, t * ts - rest * u * us], 1), torch.cat([odd, u * ts + t * us], 1)
    return even[:, :count], odd[:, :count]


def chebyshev_start(cosine: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """What `chebyshev_pairs` begins with for cosines c (n, 1): (T_1, U_0), and 1 - c^2 to all digits."""
    return (cosine, torch.ones_like(cosine)), (1 - cosine) * (1 + cosine)
