"""Tensor grids: recognized from canonical rows, with the period of each axis decided from the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

# Differences up to this order are compared across the seam and inside it. At 2 polynomials whose
# continuation first jumps in the second or third derivative count as periodic; 18 needs longer axes.
SEAM_ORDER = 6
# A seam may be this much rougher than the roughest place inside and still count as none. Of 24 periodic
# nodes a third are refused at 1, and none at 2, with noise of one percent one in a hundred; at 6 half of
# those count as periodic whose second derivative jumps at the seam, at 2 none.
SEAM_RATIO = 2.0


@dataclass(frozen=True)
class Grid:
    """Coordinates per axis, increasing; canonical rows are the grid's points in C order."""

    axes: tuple[Tensor, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of points per axis."""
        return tuple(len(axis) for axis in self.axes)

    def uniform(self, axis: int) -> bool:
        """Whether the nodes of an axis are evenly spaced, up to rounding of their coordinates."""
        nodes = self.axes[axis]
        if len(nodes) < 3:
            return False
        even = torch.linspace(float(nodes[0]), float(nodes[-1]), len(nodes), dtype=nodes.dtype)
        return float((nodes - even.to(nodes)).abs().max()) <= rounding_of(nodes)

    def nyquist(self) -> tuple[float, ...]:
        """Nyquist frequency of each axis in radians per unit of t; uneven axes have none (infinity)."""
        return tuple(
            mean_nyquist(len(nodes), float(nodes[-1] - nodes[0])) if self.uniform(i) else math.inf
            for i, nodes in enumerate(self.axes)
        )

    def periods(self, values: Tensor) -> tuple[float, ...]:
        """The period of each axis in units of t, infinite where the data are not periodic.

        `values` has the grid's shape and the outputs last.
        """
        largest = values.abs().amax(tuple(range(values.ndim - 1)))
        values = values / torch.where(largest > 0, largest, 1.0)  # no output hides behind another
        return tuple(self._period(values.movedim(i, 0), i) for i in range(len(self.axes)))

    def _period(self, values: Tensor, axis: int) -> float:
        n, t = self.shape[axis], self.axes[axis]
        if n < 2 * SEAM_ORDER or not self.uniform(axis):
            return math.inf
        rows = values.reshape(n, -1)
        length = float(t[-1] - t[0])
        closed = float((rows[-1] - rows[0]).norm()) <= 1e-12 * float(rows.norm())
        if closed and _seamless(rows[:-1]):
            return length
        return length * n / (n - 1) if _seamless(rows) else math.inf


def mean_nyquist(n_nodes: float, length: float = 2.0) -> float:
    """Nyquist frequency, in radians per unit, of so many evenly spaced nodes from end to end of `length`.

    The mean one of nodes that are not evenly spaced; n scattered rows in d dimensions have n^(1/d) nodes.
    """
    return math.pi * (n_nodes - 1) / length


def rounding_of(coordinates: Tensor) -> float:
    """Differences that rounding makes between coordinates that may have been stored in single precision.

    Each is rounded by half an epsilon of its size, which is at most the length of an axis that starts at
    zero, and a node is compared with two others.
    """
    length = float(coordinates.max() - coordinates.min())
    return 2 * torch.finfo(torch.float32).eps * length


def detect_grid(t: Tensor) -> Grid | None:
    """The tensor grid that canonical (sorted, distinct) rows fill, or None for scattered rows."""
    axes = tuple(torch.unique(t[:, i]) for i in range(t.shape[1]))
    filled = math.prod(len(axis) for axis in axes) == len(t)
    return Grid(axes) if filled else None


def _seamless(rows: Tensor) -> bool:
    """Whether differences across the end are no rougher than inside, at every order.

    A jump in the p-th derivative leaves differences of order above p at h^p across the seam, while
    inside a resolved function they fall with every order.
    """
    return all(_seam_ratio(rows, order) <= SEAM_RATIO for order in range(1, SEAM_ORDER + 1))


def _seam_ratio(rows: Tensor, order: int) -> float:
    difference = rows
    for _ in range(order):
        difference = difference.roll(-1, 0) - difference
    size = difference.square().mean(1).sqrt()
    inside, across = size[:-order].max(), size[-order:].max()
    floor = 2.0**order * torch.finfo(rows.dtype).eps * rows.abs().max()
    return float(across / (inside + floor))
