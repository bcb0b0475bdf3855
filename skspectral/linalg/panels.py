"""Quadrature along an axis: panels of Gauss-Legendre nodes, as many as the waves of the integrand ask for.

Notation
--------
On [-1, 1] t = -cos(phi), and the nodes are even in phi: Chebyshev and Legendre polynomials are waves of
phi, no shorter than their degree says, and so are waves of t. Beyond the rim nodes are even in t. A panel
of n nodes integrates exp(i w s) over |s| < 1 to rounding where n > 20 + 0.9 w.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from .._backend.blocks import row_blocks


def panel_nodes(
    low: Tensor,  # shape: (m,)
    high: Tensor,  # shape: (m,)
    breaks: Sequence[float],  # increasing, -1 and 1 among them
    fineness: float,  # radians of the integrand per unit of phi
    rate: float,  # radians per unit of t, far beyond the rim
) -> tuple[Tensor, Tensor]:
    """Nodes and weights (m, N) of m intervals; weights sum to 1, of intervals without length too.

    Integrands are smooth between `breaks`; between the outermost and the rim they rise or fall as
    polynomials and Gaussians do that are held there.
    """
    inner = [low.new_tensor(breaks).clamp(low[:, None], high[:, None])]
    edges = torch.cat([low[:, None], *inner, high[:, None]], 1)
    length = (high - low)[:, None]
    shares = torch.where(length > 0, edges.diff(dim=1) / length, 1 / (len(breaks) + 1))
    pieces = []
    for i, share in enumerate(shares.unbind(1)):
        if bool((share > 0).any()):
            ends = edges[:, i], edges[:, i + 1]
            inside = 0 < i < len(breaks) and breaks[i - 1] >= -1 and breaks[i] <= 1
            nodes, weights = _inside(*ends, fineness) if inside else _beyond(*ends, rate)
            pieces.append((nodes, share[:, None] * weights))
    return torch.cat([nodes for nodes, _ in pieces], 1), torch.cat([weights for _, weights in pieces], 1)


def _inside(low: Tensor, high: Tensor, fineness: float) -> tuple[Tensor, Tensor]:
    """Nodes and weights (m, N) of intervals in [-1, 1], even in phi."""
    first, last = torch.acos(-low.clamp(-1, 1)), torch.acos(-high.clamp(-1, 1))
    places, weights = gauss_legendre(fineness * float((last - first).max()) / 2)
    phi = first[:, None] + (last - first)[:, None] * places.to(low)
    weights = weights.to(low) * torch.sin(phi)
    total = weights.sum(1, keepdim=True)
    nodes = torch.minimum(torch.maximum(-torch.cos(phi), low[:, None]), high[:, None])
    return nodes, torch.where(total > 0, weights / total, 1 / len(places))


def _beyond(low: Tensor, high: Tensor, rate: float) -> tuple[Tensor, Tensor]:
    """Nodes and weights (m, N) of intervals beyond the rim, even in t."""
    # 24 nodes integrate what rises by e^18 until it is held, and Gaussians that fall to rounding.
    places, weights = gauss_legendre(4 + rate * float((high - low).max()) / 2)
    nodes = low[:, None] + (high - low)[:, None] * places.to(low)
    return nodes, weights.to(low).expand(len(low), -1)


def gauss_legendre(phase: float) -> tuple[Tensor, Tensor]:
    """Nodes and weights (N,) on [0, 1] for waves that turn by so many radians in half of it."""
    count = max(1, math.ceil(phase / 48))
    places, weights = np.polynomial.legendre.leggauss(20 + math.ceil(0.9 * phase / count))
    starts = np.arange(count)[:, None]
    nodes = ((starts + (1 + places) / 2) / count).ravel()
    return torch.from_numpy(nodes), torch.from_numpy(np.tile(weights / (2 * count), count))


def weighted_sums(functions: Callable[[Tensor], Tensor], nodes: Tensor, weights: Tensor) -> Tensor:
    """Sums over nodes (m, N) of functions, from (N,) to (N, u), times weights (m, N); shape (m, u)."""
    m, count = nodes.shape
    places, shares = nodes.reshape(-1), weights.reshape(-1, 1)
    owner = torch.arange(m, device=nodes.device).repeat_interleave(count)
    total = functions(places[:1]).new_zeros(1).expand(m, functions(places[:1]).shape[1]).clone()
    for rows in row_blocks(m * count, 32 * total.shape[1]):
        total.index_add_(0, owner[rows], functions(places[rows]) * shares[rows])
    return total
