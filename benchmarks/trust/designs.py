"""Where rows lie, in the box [-1, 1]^d, and probes of the region that they claim to cover.

Grids claim their box. Scattered rows and tracks claim their convex hull up to three dimensions; above,
uniform rows claim their box, shrunk by a tenth about its middle. Planes claim all between the lowest
and the highest, clusters only the blobs. Probes are uniform in the region, with two exceptions: those
of clusters are drawn as the rows are, and those of log-spaced axes are uniform in log x where the
function is one of log x.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from benchmarks.trust.geometry import crowding, curve, even, in_hull, mesh, monotone

N_PROBES = 2000
Axes = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Design:
    """Rows and probes.

    Parameters
    ----------
    rows, probes : ndarray of shape (n, d)
        Points of the box.
    axes : tuple of ndarray or None
        Nodes of each axis where the rows are a tensor grid, the last axis fastest.
    ratio : float
        Largest over smallest value of a log-spaced axis; 0 where axes are not log-spaced.
    of_log : bool
        The function is one of log x.
    """

    rows: np.ndarray
    probes: np.ndarray
    axes: Axes | None = None
    ratio: float = 0.0
    of_log: bool = False

    @property
    def zero(self) -> float:
        """Coordinate in the box at which x is 0, so that a log-spaced axis is positive."""
        return -(self.ratio + 1) / (self.ratio - 1)

    def seen(self, points: np.ndarray) -> np.ndarray:
        """Coordinates in [-1, 1]^d in which the function is simple."""
        if not self.of_log:
            return points
        return 2 * np.log((points - self.zero) / (-1 - self.zero)) / math.log(self.ratio) - 1


@dataclass(frozen=True)
class Kind:
    """A design by name: `draw(rng, n, d)` makes it for `dims` dimensions and at least `min_rows` rows."""

    draw: Callable[[np.random.Generator, int, int], Design]
    dims: tuple[int, ...]
    min_rows: int = 4


def uniform(rng: np.random.Generator, n: int, d: int) -> Design:
    """Rows drawn uniformly."""
    return _scattered(rng, rng.uniform(-1, 1, (n, d)))


def latin(rng: np.random.Generator, n: int, d: int) -> Design:
    """Rows of a Latin hypercube."""
    return _scattered(rng, 2 * qmc.LatinHypercube(d, rng=rng).random(n) - 1)


def grid(rng: np.random.Generator, n: int, d: int) -> Design:
    """A grid of even axes."""
    return _tensor(rng, [even(m) for m in _counts(rng, n, d)])


def thin(rng: np.random.Generator, n: int, d: int) -> Design:
    """A grid of 2 to 9 nodes on one axis and at least 12 on the others, even or not."""
    few = int(rng.integers(2, 10))
    many = max(12, round((n / few) ** (1 / (d - 1))))
    counts = rng.permutation([few, *[many] * (d - 1)])
    return _tensor(rng, [monotone(rng, m) if rng.random() < 0.3 else even(m) for m in counts])


def uneven(rng: np.random.Generator, n: int, d: int) -> Design:
    """A grid of axes with random gaps."""
    return _tensor(rng, [monotone(rng, m) for m in _counts(rng, n, d)])


def crowded(rng: np.random.Generator, n: int, d: int) -> Design:
    """A grid of axes whose nodes crowd at one end."""
    return _tensor(rng, [crowding(rng, m) for m in _counts(rng, n, d)])


def log_spaced(rng: np.random.Generator, n: int, d: int) -> Design:
    """A grid of axes that are even in log x over two to three decades."""
    ratio, of_log = 10 ** rng.uniform(2, 3), bool(rng.random() < 0.5)

    def spread(steps: np.ndarray) -> np.ndarray:
        return 2 * (ratio ** ((steps + 1) / 2) - 1) / (ratio - 1) - 1

    axes = [spread(even(m)) for m in _counts(rng, n, d)]
    probes = rng.uniform(-1, 1, (N_PROBES, d))
    return Design(mesh(axes), spread(probes) if of_log else probes, tuple(axes), ratio, of_log)


def tracks(rng: np.random.Generator, n: int, d: int) -> Design:
    """Dense soundings along 6 to 15 curves, side by side or across each other."""
    n_curves, parallel = int(rng.integers(6, 16)), rng.random() < 0.5
    offsets = rng.uniform(-1, 1, (n_curves, d - 1))
    if parallel:  # side by side along the second axis
        offsets[:, 0] = np.linspace(-1, 1, n_curves)
    curves = [curve(rng, n // n_curves, offset, parallel) for offset in offsets]
    rows = np.concatenate(curves)
    low, high = rows.min(0), rows.max(0)
    rows = 2 * (rows - low) / (high - low) - 1
    return Design(rows, in_hull(rng, rows, N_PROBES))


def planes(rng: np.random.Generator, n: int, d: int) -> Design:
    """Dense rows, gridded or scattered, on 4 to 8 heights, which half of the time are not quite flat."""
    count, up = int(rng.integers(4, 9)), int(rng.integers(d))
    heights = 0.95 * (even(count) if rng.random() < 0.5 else monotone(rng, count))
    each = n // count
    axes: list[np.ndarray] | None = None
    if rng.random() < 0.5:
        axes = [even(max(3, round(each ** (1 / (d - 1)))))] * (d - 1)
        axes.insert(up, heights)
        rows = mesh(axes)
    else:
        places = rng.uniform(-1, 1, (each * count, d - 1))
        rows = np.insert(places, up, np.tile(heights, each), axis=1)
    if rng.random() < 0.5:
        rows[:, up] += 10 ** rng.uniform(-4, -1.5) * rng.standard_normal(len(rows))
        axes = None
    low, high = rows.min(0), rows.max(0)
    low[up], high[up] = heights[0], heights[-1]
    return Design(rows, rng.uniform(low, high, (N_PROBES, d)), tuple(axes) if axes else None)


def clusters(rng: np.random.Generator, n: int, d: int) -> Design:
    """Gaussian blobs, clipped to the box."""
    count = int(rng.integers(2, 7))
    centers, widths = rng.uniform(-0.8, 0.8, (count, d)), rng.uniform(0.03, 0.2, count)

    def points(size: int) -> np.ndarray:
        blob = rng.integers(0, count, size)
        return np.clip(centers[blob] + widths[blob, None] * rng.standard_normal((size, d)), -1, 1)

    return Design(points(n), points(N_PROBES))


DESIGNS = {
    "uniform": Kind(uniform, tuple(range(1, 9))),
    "latin": Kind(latin, tuple(range(1, 9))),
    "grid": Kind(grid, (1, 2, 3)),
    "thin": Kind(thin, (2, 3), 24),
    "uneven": Kind(uneven, (1, 2, 3)),
    "crowded": Kind(crowded, (1, 2, 3)),
    "log_spaced": Kind(log_spaced, (1, 2, 3)),
    "tracks": Kind(tracks, (2, 3), 150),
    "planes": Kind(planes, (2, 3), 100),
    "clusters": Kind(clusters, tuple(range(1, 9))),
}


def _scattered(rng: np.random.Generator, rows: np.ndarray) -> Design:
    if (d := rows.shape[1]) <= 3:
        return Design(rows, in_hull(rng, rows, N_PROBES))
    middle, half = (rows.max(0) + rows.min(0)) / 2, 0.9 * np.ptp(rows, axis=0) / 2
    return Design(rows, middle + half * rng.uniform(-1, 1, (N_PROBES, d)))


def _tensor(rng: np.random.Generator, axes: list[np.ndarray]) -> Design:
    return Design(mesh(axes), rng.uniform(-1, 1, (N_PROBES, len(axes))), tuple(axes))


def _counts(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Nodes of each axis, about `n` in all: not the same on each, and at least 3 (4 on a single one)."""
    shares = rng.uniform(-0.4, 0.4, d)
    counts = n ** (1 / d) * np.exp(shares - shares.mean())
    return np.maximum(np.rint(counts).astype(int), 4 if d == 1 else 3)
