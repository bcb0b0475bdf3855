"""Features that need no training: 1, t, and a cosine and a sine per frequency."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ..linalg.polynomials import legendre_table


def affine_features(t: Tensor) -> Tensor:
    """[1, t], shape (n, 1 + d)."""
    return torch.cat([torch.ones_like(t[:, :1]), t], 1)


def fourier_features(
    t: Tensor,  # shape: (n, d)
    frequencies: Tensor,  # shape: (m, d), cycles per unit of t
    turn: float | Tensor = 2 * math.pi,
) -> Tensor:
    """[cos, sin] of 2 pi t.frequency, shape (n, 2 m)."""
    angle = turn * (t @ frequencies.T)
    return torch.cat([torch.cos(angle), torch.sin(angle)], 1)


def gaussian_features(t: Tensor, centers: Tensor, lengths: Tensor) -> Tensor:
    """Gaussians (n, m) of distances of coordinates (n, d) to centers (m, d), in units of lengths (d,)."""
    t, centers = t / lengths, centers / lengths
    squares = t.square().sum(1)[:, None] + centers.square().sum(1) - 2 * t @ centers.T
    return torch.exp(-squares / 2)


def bell_features(
    t: Tensor,  # shape: (n, d)
    powers: Tensor,  # shape: (m, d)
    lengths: Tensor,  # shape: (d,)
    roots: Tensor,  # of 1, 2, .. to the highest power at least
    highest: Sequence[int] | None = None,  # along each axis, where it is known
) -> Tensor:
    """Products over axes of u^p exp(-u^2 / 2) / sqrt(p!), with u = t / length, shape (n, m).

    Squares of all of them add up to one, and products at two places to the Gaussian of their distance: that
    is the power series of exp(u v) (Fasshauer and McCourt 2012, "Stable evaluation of Gaussian radial basis
    function interpolants", SIAM Journal on Scientific Computing 34).
    """
    highest = powers.amax(0).tolist() if highest is None else highest
    features = torch.ones_like(t[:, 0]).expand(powers.shape[0], -1)
    for column, power, top in zip((t / lengths).unbind(1), powers.unbind(1), highest, strict=True):
        table = bell_table(column, roots[:top])
        features = features * table.T.contiguous()[power]
    return features.T


def bell_table(u: Tensor, roots: Tensor) -> Tensor:
    """u^p exp(-u^2 / 2) / sqrt(p!) of coordinates u (n,) for p from 0 on, shape (n, 1 + len(roots))."""
    columns = [torch.exp(-u.square() / 2)]
    for root in roots.unbind():
        columns.append(columns[-1] * u / root)
    return torch.stack(columns, -1)


def power_roots(count: int, like: Tensor) -> Tensor:
    """Square roots of 1 to `count`."""
    return torch.arange(1, count + 1).to(like).sqrt()


def polynomial_features(
    t: Tensor,  # shape: (n, d)
    degrees: Tensor,  # shape: (p, d)
    highest: Sequence[int] | None = None,  # along each axis, where it is known
) -> Tensor:
    """Products over axes of Legendre polynomials of the given degrees, shape (n, p)."""
    highest = degrees.amax(0).tolist() if highest is None else highest
    return polynomial_products(polynomial_tables(t, highest), degrees, highest)


def polynomial_tables(t: Tensor, highest: Sequence[int]) -> Tensor:
    """Legendre polynomials of each coordinate up to its highest degree, side by side, shape (n, m)."""
    columns = zip(t.unbind(1), highest, strict=True)
    return torch.cat([legendre_table(column, top) for column, top in columns], 1)


def polynomial_products(tables: Tensor, degrees: Tensor, highest: Sequence[int]) -> Tensor:
    """Products over axes of polynomials in `polynomial_tables`, shape (n, p)."""
    lines, start = tables.T.contiguous(), 0  # a product lies in one piece
    features = torch.ones_like(lines[0]).expand(degrees.shape[0], -1)
    for degree, top in zip(degrees.unbind(1), highest, strict=True):
        features = features * lines[start + degree]
        start += top + 1
    return features.T
