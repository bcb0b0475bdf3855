"""Features that need no training: 1, t, and a cosine and a sine per frequency."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..linalg.polynomials import legendre_table


def affine_features(t: Tensor) -> Tensor:
    """[1, t], shape (n, 1 + d)."""
    return torch.cat([torch.ones_like(t[:, :1]), t], 1)


def fourier_features(
    t: Tensor,  # shape: (n, d)
    frequencies: Tensor,  # shape: (m, d), cycles per unit of t
) -> Tensor:
    """[cos, sin] of 2 pi t.frequency, shape (n, 2 m)."""
    angle = (2 * math.pi) * (t @ frequencies.T)
    return torch.cat([torch.cos(angle), torch.sin(angle)], 1)


def gaussian_features(t: Tensor, centers: Tensor, lengths: Tensor) -> Tensor:
    """Gaussians (n, m) of distances of coordinates (n, d) to centers (m, d), in units of lengths (d,)."""
    t, centers = t / lengths, centers / lengths
    squares = t.square().sum(1)[:, None] + centers.square().sum(1) - 2 * t @ centers.T
    # What rounding made negative is 0, and keeps its derivatives: those at a center are asked for most.
    return torch.exp((squares.detach().clamp_max(0) - squares) / 2)


def polynomial_features(
    t: Tensor,  # shape: (n, d)
    degrees: Tensor,  # shape: (p, d)
) -> Tensor:
    """Products over axes of Legendre polynomials of the given degrees, shape (n, p)."""
    features = torch.ones(len(degrees), len(t)).to(t)  # a product lies in one piece
    for column, degree in zip(t.T, degrees.T):
        features = features * legendre_table(column, int(degree.max())).T.contiguous()[degree]
    return features.T
