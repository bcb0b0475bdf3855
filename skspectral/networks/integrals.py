"""Integrals of a fitted function over boxes of scaled coordinates.

Series are products of functions of one input and integrate axis by axis. Sums with networks in them are
integrated on grids of Gauss-Legendre nodes up to three inputs, which are refined until the integral stands
still, and by scrambled Sobol points (Owen 1997, "Scrambled net variance for integrals of smooth functions")
beyond that. Series and networks are not integrated apart, because they may cancel: a part of 5e5 was found
in an integral of 0.7.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .._backend.blocks import row_blocks
from .._backend.budget import affordable
from ..linalg.panels import panel_nodes
from .products import AxisFunctions, ProductSum, axis_integrals, breaks_of

Function = Callable[[Tensor], Tensor]  # from (n, d) to (n, k)


@dataclass(frozen=True)
class Box:
    """A box of scaled coordinates, under the weight prod_i exp(growth_i (1 + t_i)) of logarithmic axes."""

    low: Tensor  # shape: (d,)
    high: Tensor  # shape: (d,)
    growth: Tensor  # shape: (d,)

    def nodes(
        self, axis: int, families: Sequence[AxisFunctions], extra: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """Nodes and weights (N,) along an axis that integrate squares of functions, and more.

        Weights sum to 1 but for the weight of the axis.
        """
        growth = float(self.growth[axis])
        fineness = 2 * max([family.fineness for family in families], default=0.0) + extra + growth
        rate = 2 * max([family.rate for family in families], default=0.0) + extra + growth
        ends = self.low[axis : axis + 1], self.high[axis : axis + 1]
        nodes, weights = panel_nodes(*ends, breaks_of(families), fineness, rate)
        return nodes[0], weights[0] * torch.exp(growth * (1 + nodes[0]))


def box_integrals(
    sums: Sequence[ProductSum],
    low: Tensor,  # shape: (m, d)
    high: Tensor,  # shape: (m, d)
    growth: Tensor,  # shape: (d,)
) -> Tensor:
    """Of sums of products over m boxes, shape (m, k)."""
    total = low.new_zeros(len(low), sums[0].coefficients.shape[1])
    for one in sums:
        columns = zip(one.axes, low.unbind(1), high.unbind(1), growth.tolist())
        parts = [axis_integrals(*column) for column in columns]
        for boxes in row_blocks(len(low), 48 * len(one.index)):
            factors = (part[boxes][:, index] for part, index in zip(parts, one.index.T))
            product = math.prod(factors, start=torch.ones((), dtype=parts[0].dtype).to(low.device))
            values = product.to(one.coefficients.dtype) @ one.coefficients
            total[boxes] += values.real if values.is_complex() else values
    return total


def box_quadrature(
    function: Function, sums: Sequence[ProductSum], row_bytes: int, box: Box, tol: float
) -> tuple[Tensor, Tensor]:
    """The mean over one box, shape (k,), and its error: what the last refinement changed, or by scrambles.

    Refined until that is at most `tol` of the mean of the absolute value, or takes too long. `sums` are in
    the function, which has waves as short as theirs.
    """
    if len(box.low) > 3:
        return _by_nets(function, row_bytes, box, tol)
    before: Tensor | None = None
    for grid in refined_grids(box, row_bytes, sums):
        value, size = grid.integral(function, row_bytes)
        error = torch.full_like(value, math.inf) if before is None else (value - before).abs()
        if bool((error <= tol * size).all()):
            break
        before = value
    return value, error


@dataclass(frozen=True)
class NodeGrid:
    """A grid of nodes of a box, with the weights of each axis."""

    nodes: tuple[Tensor, ...]  # shapes: (N_i,)
    weights: tuple[Tensor, ...]

    @property
    def count(self) -> int:
        """Number of nodes."""
        return math.prod(map(len, self.nodes))

    def values(self, function: Function, row_bytes: int) -> Tensor:
        """Of a function at all nodes, shape (N_1, .., N_d, k)."""
        found = [function(self._rows(rows, self.nodes)) for rows in row_blocks(self.count, row_bytes)]
        return torch.cat(found).view(*map(len, self.nodes), -1)

    def integral(self, function: Function, row_bytes: int) -> tuple[Tensor, Tensor]:
        """Of a function and of its absolute value, shapes (k,)."""
        total = size = self.nodes[0].new_zeros(())
        for rows in row_blocks(self.count, row_bytes):
            weighted = (
                function(self._rows(rows, self.nodes)) * self._rows(rows, self.weights).prod(1)[:, None]
            )
            total, size = total + weighted.sum(0), size + weighted.abs().sum(0)
        return total, size

    def _rows(self, rows: slice, columns: Sequence[Tensor]) -> Tensor:
        """Some rows of the product of columns, shape (n, d)."""
        place = torch.arange(rows.start, rows.stop, device=columns[0].device)
        found = []
        for column in reversed(columns):
            found.append(column[place % len(column)])
            place = place // len(column)
        return torch.stack(found[::-1], 1)


def node_grid(box: Box, sums: Sequence[ProductSum], extra: float = 0.0) -> NodeGrid:
    """Nodes that integrate the squares of sums of products, and `extra` radians more per unit."""
    axes = range(len(box.low))
    pairs = [box.nodes(axis, [one.axes[axis] for one in sums], extra) for axis in axes]
    return NodeGrid(tuple(nodes for nodes, _ in pairs), tuple(weights for _, weights in pairs))


def refined_grids(box: Box, row_bytes: int, sums: Sequence[ProductSum] = ()) -> Iterator[NodeGrid]:
    """Finer and finer ones, two at least, while one more is affordable."""
    for level in itertools.count():
        grid = node_grid(box, sums, 8.0 * 2**level)
        if level > 1 and not affordable(grid.count * row_bytes):
            return
        yield grid


def _by_nets(
    function: Function, row_bytes: int, box: Box, tol: float, scrambles: int = 8
) -> tuple[Tensor, Tensor]:
    """The error is the standard error over scrambles, of which eight know it to a quarter of itself."""

    def weighted(u: Tensor) -> Tensor:
        t = box.low + (box.high - box.low) * u
        return function(t) * torch.exp(box.growth * (1 + t)).prod(1, keepdim=True)

    nets = [unit_net(len(box.low), seed) for seed in range(scrambles)]
    means, size = [], []
    for count in doubled(row_bytes * scrambles):
        batch = [weighted(net(count)) for net in nets]
        means.append(torch.stack([values.mean(0) for values in batch]))
        size.append(torch.stack([values.abs().mean(0) for values in batch]).mean(0))
        value, error = spread_over(means)
        if bool((error <= tol * spread_over([each[None] for each in size])[0]).all()):
            break
    return value, error


def unit_net(d: int, seed: int) -> Callable[[int], Tensor]:
    """The next points (count, d) of a scrambled Sobol sequence."""
    sobol: Callable[..., torch.quasirandom.SobolEngine] = torch.quasirandom.SobolEngine  # has no types
    engine = sobol(d, scramble=True, seed=seed)
    return lambda count: engine.draw(count, dtype=torch.float64)


def doubled(row_bytes: int) -> Iterator[int]:
    """Numbers of points to add, as many as there are each time, while they are affordable together."""
    count, total = 256, 0
    while not total or affordable(2 * total * row_bytes):
        yield count
        total += count
        count = total


def spread_over(means: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean (..) and standard error of means (r, ..) of batches that have 1, 1, 2, 4 .. parts of points."""
    parts = torch.tensor([1.0, *(2.0**i for i in range(len(means) - 1))], dtype=means[0].dtype)
    weights = (parts / parts.sum()).to(means[0]).view(-1, *(1,) * means[0].ndim)
    each = (weights * torch.stack(list(means))).sum(0)
    error = each.std(0) / math.sqrt(len(each)) if len(each) > 1 else torch.zeros_like(each[0])
    return each.mean(0), error
