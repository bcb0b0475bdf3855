"""Mapped cosines: cos(k theta(t)) on [-1, 1], between Chebyshev polynomials and Fourier cosines.

Notation
--------
theta = arccos(sin(t arcsin a) / a). With a = 0 these are the Chebyshev polynomials, whose zeros crowd at
the rim: at the center they need pi functions for each wave. As a approaches 1 the zeros become evenly
spaced, and two functions for each wave are enough. With a = 1 / cosh(|ln e| / K) functions up to order K
meet analytic targets to about e: Kosloff and Tal-Ezer (1993), "A modified Chebyshev pseudospectral method
with an O(1/N) time step restriction". For scattered rows: Adcock and Platte (2016), "A mapped polynomial
method for high-accuracy approximations on arbitrary grids", SIAM J. Numer. Anal. 54.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .._backend.device import EPS
from .polynomials import between, chebyshev_pairs, chebyshev_start


def bend(order: int, accuracy: float) -> float:
    """The parameter a of an axis of functions up to `order`, for targets met to `accuracy`; 0 for 1."""
    return 0.0 if order == 0 or accuracy >= 1 else 1 / math.cosh(abs(math.log(accuracy)) / order)


def mapped(t: Tensor, bends: Tensor) -> Tensor:
    """cos(theta) of coordinates t (n, d), shape (n, d); it goes on beyond [-1, 1], as polynomials do."""
    return mapped_by(t, *map_constants(bends))


def map_constants(bends: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """arcsin a, the largest angle and the divisor of `mapped_by`."""
    bent = bends.clamp_min(1e-8)  # sin(a t) / a is t there, to rounding
    # The rim t = 1 is kept off the end of the map, where the angle has no derivative: theta is 2e-4 there,
    # which functions of orders far below 1e4 do not see.
    return torch.asin(bent), torch.full_like(bent, math.pi / 2), bent / (1 - math.sqrt(EPS))


def mapped_by(t: Tensor, turn: Tensor, largest: Tensor, divisor: Tensor) -> Tensor:
    """`mapped` of constants that were made before."""
    return torch.sin(between(t * turn, largest)) / divisor


def end_of_map(bends: Tensor) -> Tensor:
    """Coordinates (d,) beyond the rim from which on `mapped` is constant."""
    turn, largest, _ = map_constants(bends)
    return largest / turn


def unmapped(values: Tensor, bends: Tensor) -> Tensor:
    """Coordinates (d,) of values (d,) of `mapped`, or where it ends."""
    turn, _, divisor = map_constants(bends)
    return torch.asin((values * divisor).clamp_max(1)) / turn


def angles(t: Tensor, bends: Tensor) -> Tensor:
    """theta of coordinates t (n, d) in [-1, 1], shape (n, d)."""
    return torch.acos(mapped(t.clamp(-1, 1), bends))


def cosine_tables(cosines: Tensor, orders: Sequence[int]) -> list[Tensor]:
    """Of each axis cos(k theta), k = 0 to its order, for cos(theta) (n, d), shapes (n, order + 1).

    These are the Chebyshev polynomials: cosines inside, and beyond it hyperbolic ones.
    """
    end = 1 - 2.0**-40  # both have a derivative there
    theta, inside = torch.acos(cosines.clamp(-end, end)), cosines.abs() < end
    k = torch.arange(max(orders) + 1, dtype=cosines.dtype, device=cosines.device)
    tables = [torch.cos(theta[:, i, None] * k[: order + 1]) for i, order in enumerate(orders)]
    if bool(inside.all()):
        return tables
    columns = zip(tables, inside.T[..., None], cosines.T[..., None], strict=True)
    return [torch.where(there, table, _beyond(c, k[: table.shape[1]])) for table, there, c in columns]


def _beyond(cosine: Tensor, k: Tensor) -> Tensor:
    table = torch.cosh(torch.acosh(cosine.abs().clamp_min(1 + 2.0**-40)) * k)
    return torch.where((cosine < 0) & (k % 2 == 1), -table, table)


def polynomial_tables(cosines: Tensor, orders: Sequence[int]) -> list[Tensor]:
    """`cosine_tables` by products alone: slower, and the same lines inside of [-1, 1] and beyond."""
    columns = zip(cosines.unbind(1), orders, strict=True)
    return [chebyshev_pairs(*chebyshev_start(c[:, None]), order + 1)[0] for c, order in columns]


def product_features(t: Tensor, indices: Tensor, bends: Tensor) -> Tensor:
    """Products over axes of functions of orders `indices` (q, d), shape (n, q)."""
    orders = indices.amax(0).tolist() if len(indices) else [0] * t.shape[1]
    features = torch.ones(len(indices), len(t), dtype=t.dtype, device=t.device)
    tables = cosine_tables(mapped(t, bends), orders)
    for table, order in zip(tables, indices.unbind(1), strict=True):
        features *= table.T.contiguous()[order]  # a function is a row: these are copied three times as fast
    return features.T


def center_frequencies(indices: Tensor, bends: Tensor) -> Tensor:
    """Waves that the functions are at the center of the box, in cycles per unit of t, shape (q, d)."""
    bent = bends.clamp_min(1e-8)
    return indices * (torch.asin(bent) / bent / (2 * math.pi))
