"""Axes, meshes, curves and hulls, of which the designs are made."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.spatial import ConvexHull, Delaunay


def mesh(axes: Sequence[np.ndarray]) -> np.ndarray:
    """Nodes of a grid as rows, the last axis fastest."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def even(count: int) -> np.ndarray:
    """An axis of equal gaps from -1 to 1."""
    return np.linspace(-1, 1, count)


def monotone(rng: np.random.Generator, count: int) -> np.ndarray:
    """An axis of random gaps from -1 to 1, the largest up to nine times the smallest."""
    places = np.cumsum(rng.uniform(0.2, 1.8, count))
    return 2 * (places - places[0]) / (places[-1] - places[0]) - 1


def crowding(rng: np.random.Generator, count: int) -> np.ndarray:
    """An axis whose nodes crowd at one end."""
    axis = 2 * np.linspace(0, 1, count) ** rng.uniform(1.5, 3) - 1
    return axis if rng.random() < 0.5 else -axis[::-1]


def curve(rng: np.random.Generator, size: int, offset: np.ndarray, parallel: bool) -> np.ndarray:
    """A curve along the first axis that waves about `offset`; one that is not parallel is turned."""
    along = np.linspace(-1, 1, size)
    waves = rng.uniform(0.02, 0.15) * np.sin(rng.uniform(1, 5) * along + rng.uniform(0, 2 * math.pi))
    curve = np.column_stack([along, offset + waves[:, None]])
    if not parallel:
        angle = rng.uniform(0, math.pi)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        curve[:, :2] = curve[:, :2] @ turn
    return curve


def in_hull(rng: np.random.Generator, rows: np.ndarray, size: int) -> np.ndarray:
    """Uniform points of the convex hull of the rows: a simplex by its volume, then a point of it."""
    if (d := rows.shape[1]) == 1:
        return rng.uniform(rows.min(), rows.max(), (size, 1))
    corners = rows[ConvexHull(rows).vertices]
    simplices = corners[Delaunay(corners).simplices]
    volumes = np.abs(np.linalg.det(simplices[:, 1:] - simplices[:, :1]))
    chosen = rng.choice(len(simplices), size, p=volumes / volumes.sum())
    return np.einsum("ns,nsd->nd", rng.dirichlet(np.ones(d + 1), size), simplices[chosen])
