"""Uniform grids with gaps: rows on most of the nodes, as pixels of an image some of which are lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .._backend.samples import MAX_SPATIAL_INPUTS
from .grid import Grid, rounding_of
from .neighbors import MIN_ROWS_TO_JUDGE


@dataclass(frozen=True)
class GriddedRows(Grid):
    """A grid, and the node of each row in C order."""

    nodes: Tensor  # shape: (n,)

    @cached_property
    def known(self) -> Tensor:
        """Which nodes have a row, of the grid's shape."""
        flags = torch.zeros(math.prod(self.shape), dtype=torch.bool, device=self.nodes.device)
        flags[self.nodes] = True
        return flags.view(self.shape)

    def field(self, values: Tensor) -> Tensor:
        """Values (n, k) of the rows at their nodes, zeros in the gaps; (*shape, k)."""
        flat = values.new_zeros(math.prod(self.shape), values.shape[1])
        flat[self.nodes] = values
        return flat.view(*self.shape, -1)

    def rows(self, field: Tensor) -> Tensor:
        """The rows' values (n, k) of a field (*shape, k)."""
        return field.reshape(-1, field.shape[-1])[self.nodes]

    def take(self, rows: Tensor) -> GriddedRows:
        """The same grid with some of the rows."""
        return GriddedRows(self.axes, self.nodes[rows])

    def at(self, t: Tensor) -> GriddedRows:
        """The same grid with rows at some of its nodes, of coordinates (n, d)."""
        return GriddedRows(self.axes, _nodes(self.axes, t))


def detect_gaps(t: Tensor) -> GriddedRows | None:
    """The uniform grid of which the rows fill half of the nodes or more, and of each axis too; or None."""
    if len(t) < MIN_ROWS_TO_JUDGE or t.shape[1] > MAX_SPATIAL_INPUTS:
        return None
    axes, nodes = [], torch.zeros(len(t), dtype=torch.int64, device=t.device)
    for column in t.T:
        places = _places(column)
        if len(places) < 2:
            return None
        first, step = places[0], _step(places)
        index = torch.round((column - first) / step)
        n = int(index.max()) + 1
        if 2 * len(places) < n or not _on_nodes(column, first, step, index):
            return None
        axes.append(torch.linspace(float(first), float(places[-1]), n, dtype=t.dtype, device=t.device))
        nodes = nodes * n + index.to(torch.int64)
    filled = 2 * len(t) >= math.prod(len(axis) for axis in axes)
    return GriddedRows(tuple(axes), nodes) if filled and len(torch.unique(nodes)) == len(t) else None


def detect_lattice(t: Tensor) -> GriddedRows | None:
    """The grid, even or uneven, of which the rows fill half of the nodes or more; or None."""
    axes = [_places(column) for column in t.T]
    if 2 * len(t) < math.prod(map(len, axes)):
        return None
    nodes = _nodes(axes, t)
    return GriddedRows(tuple(axes), nodes) if len(torch.unique(nodes)) == len(t) else None


def _nodes(axes: Sequence[Tensor], t: Tensor) -> Tensor:
    """The node next to each row, in C order."""
    nodes = torch.zeros(len(t), dtype=torch.int64, device=t.device)
    for axis, column in zip(axes, t.T):
        nodes = nodes * len(axis) + torch.searchsorted((axis[1:] + axis[:-1]) / 2, column.contiguous())
    return nodes


def _places(column: Tensor) -> Tensor:
    """Distinct coordinates; those that differ by rounding alone are one."""
    places = column.sort().values
    fresh = torch.ones_like(places, dtype=torch.bool)
    fresh[1:] = places.diff() > rounding_of(places)
    return places[fresh]


def _step(places: Tensor) -> Tensor:
    """The mean step, over the number of steps that the smallest one makes."""
    span = places[-1] - places[0]
    step: Tensor = span / torch.round(span / places.diff().min())
    return step


def _on_nodes(column: Tensor, first: Tensor, step: Tensor, index: Tensor) -> bool:
    return float((column - first - index * step).abs().max()) <= rounding_of(column)
