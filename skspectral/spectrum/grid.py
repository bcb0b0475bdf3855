"""Tensor grids: recognized from canonical rows, with the period of each axis decided from the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

# Steps of an axis that differ by less than this share count as equal: coordinates carry rounding.
UNIFORM_TOLERANCE = 1e-6
# Differences of these orders are compared across the seam and inside it.
SEAM_ORDERS = (1, 2, 3, 4, 6)
# A seam may be this much rougher than the roughest place inside and still count as none.
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
        """Whether the steps of an axis are equal to rounding."""
        steps = self.axes[axis].diff()
        if len(steps) < 2:
            return False
        return float(steps.max() - steps.min()) <= UNIFORM_TOLERANCE * float(steps.mean())

    def nyquist(self) -> tuple[float, ...]:
        """Angular frequency per unit of t up to which waves along each axis differ on the nodes.

        Uneven axes set none.
        """
        return tuple(
            math.pi / float(axis.diff().mean()) if self.uniform(i) else math.inf
            for i, axis in enumerate(self.axes)
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
        if n < 2 * max(SEAM_ORDERS) or not self.uniform(axis):
            return math.inf
        rows = values.reshape(n, -1)
        length = float(t[-1] - t[0])
        closed = float((rows[-1] - rows[0]).norm()) <= 1e-12 * float(rows.norm())
        if closed and _seamless(rows[:-1]):
            return length
        return length * n / (n - 1) if _seamless(rows) else math.inf


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
    return all(_seam_ratio(rows, order) <= SEAM_RATIO for order in SEAM_ORDERS)


def _seam_ratio(rows: Tensor, order: int) -> float:
    difference = rows
    for _ in range(order):
        difference = difference.roll(-1, 0) - difference
    size = difference.square().mean(1).sqrt()
    inside, across = size[:-order].max(), size[-order:].max()
    floor = 2.0**order * torch.finfo(rows.dtype).eps * rows.abs().max()
    return float(across / (inside + floor))
