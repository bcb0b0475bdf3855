"""Random functions of coordinates u in [-1, 1]^d.

Each maker takes a generator and the rows; fronts, kinks and spikes are put at a row, so that the values
are not all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]
Maker = Callable[[np.random.Generator, np.ndarray], Function]


def affine(rng: np.random.Generator, rows: np.ndarray) -> Function:
    """A plane."""
    slopes, offset = rng.standard_normal(rows.shape[1]), rng.standard_normal()
    return lambda u: u @ slopes + offset


def even(rng: np.random.Generator, rows: np.ndarray) -> Function:
    """Squares, or a cosine of squares."""
    weights, phase = rng.uniform(0.3, 1.5, rows.shape[1]), rng.uniform(0.2, 1)
    if rng.random() < 0.5:
        return lambda u: u**2 @ weights
    return lambda u: np.cos(phase * u**2 @ weights)


def odd(rng: np.random.Generator, rows: np.ndarray) -> Function:
    """Cubes, or a sine."""
    weights = rng.uniform(0.3, 1.5, rows.shape[1]) * rng.choice([-1, 1], rows.shape[1])
    if rng.random() < 0.5:
        return lambda u: u**3 @ weights
    return lambda u: np.sin(2 * u @ weights)


def smooth(rng: np.random.Generator, rows: np.ndarray) -> Function:
    """A mixture of wide Gaussians, a rational function or an exponential."""
    kind, d = rng.integers(3), rows.shape[1]
    if kind == 0:
        centers, heights = rng.uniform(-1, 1, (3, d)), rng.standard_normal(3)
        widths = rng.uniform(0.4, 1, 3)
        return lambda u: np.exp(-_squares(u, centers) / (2 * widths**2)) @ heights
    if kind == 1:
        center = rng.uniform(-1, 1, (1, d))
        return lambda u: 1 / (1 + _squares(u, center)[:, 0])
    slopes = rng.standard_normal(d) / math.sqrt(d)
    return lambda u: np.exp(u @ slopes)


def oscillating(rng: np.random.Generator, rows: np.ndarray) -> Function:
    """One to three plane waves, up to six across the box in one dimension and fewer in more."""
    d, count = rows.shape[1], int(rng.integers(1, 4))
    numbers = rng.uniform(1, 1 + 5 / d, count)
    directions = np.stack([_direction(rng, d) for _ in range(count)], axis=1)
    phases, heights = rng.uniform(0, 2 * math.pi, count), rng.uniform(0.5, 1.5, count)
    return lambda u: np.sin(math.pi * numbers * (u @ directions) + phases) @ heights


def steep(rng: np.random.Generator, rows: np.ndarray) -> Function:
    """A front."""
    direction, at, slope = _direction(rng, rows.shape[1]), rng.choice(rows), rng.uniform(5, 30)
    return lambda u: np.tanh(slope * ((u - at) @ direction))


def kinked(rng: np.random.Generator, rows: np.ndarray) -> Function:
    """The size of a plane, or the largest of three planes."""
    d, at = rows.shape[1], rng.choice(rows)
    if rng.random() < 0.5:
        direction = _direction(rng, d)
        return lambda u: np.abs((u - at) @ direction)
    slopes = rng.standard_normal((d, 3))
    return lambda u: ((u - at) @ slopes).max(axis=1)


def spike(rng: np.random.Generator, rows: np.ndarray) -> Function:
    """A Gaussian, round or along one direction, of width 1e-3 to 0.05, on something smooth or on 0."""
    width, at = 10 ** rng.uniform(-3, math.log10(0.05)), rng.choice(rows)
    at = at + 0.3 * width * rng.standard_normal(len(at))
    d = len(at)
    ways = np.eye(d) if rng.random() < 0.5 else _direction(rng, d)[:, None]
    background, height = smooth(rng, rows), float(rng.choice([0, 0.3]))
    return lambda u: _gaussian((u - at) @ ways / width) + height * background(u)


FUNCTIONS: dict[str, Maker] = {
    "affine": affine,
    "even": even,
    "odd": odd,
    "smooth": smooth,
    "oscillating": oscillating,
    "steep": steep,
    "kinked": kinked,
    "spike": spike,
}


def _squares(u: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Squared distance of each point to each center."""
    return ((u[:, None] - centers) ** 2).sum(axis=2)


def _gaussian(distances: np.ndarray) -> np.ndarray:
    return np.exp(-(distances**2).sum(axis=1) / 2)


def _direction(rng: np.random.Generator, d: int) -> np.ndarray:
    direction = rng.standard_normal(d)
    return direction / np.linalg.norm(direction)
