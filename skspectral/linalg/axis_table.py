"""The functions of one axis of a tensor grid: at its nodes and between them, and what mirrors there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .._backend.device import EPS

# Nodes of an axis up to which they are left out together with their mirror images. Without it planes of 19
# Chebyshev nodes lose up to a digit; where it is done for any number of nodes, Runge's function loses 0.4
# digits on 60 and a digit on 120.
MAX_MIRRORED = 24


@dataclass(frozen=True)
class Half:
    """What is even (sign 1) or odd (-1) of lines (n, ..), as orthonormal sums of mirror images; or all."""

    n: int
    sign: int  # 0: all

    def folded(self, lines: Tensor) -> Tensor:
        """Of all lines, shape (m, ..)."""
        if not self.sign:
            return lines
        half = len(lines) // 2
        both = (lines[:half] + self.sign * lines.flip(0)[:half]) / math.sqrt(2)
        return both if self.sign < 0 else torch.cat([both, lines[half : len(lines) - half]])

    def unfolded(self, lines: Tensor) -> Tensor:
        """The transpose, shape (n, ..)."""
        if not self.sign:
            return lines
        half = self.n // 2
        both, middle = lines[:half] / math.sqrt(2), lines[half:]
        if self.n % 2 and self.sign < 0:
            middle = torch.zeros_like(lines[:1])
        return torch.cat([both, middle, self.sign * both.flip(0)])

    def one_side(self, lines: Tensor) -> Tensor:
        """One of two lines that mirror each other."""
        return lines[: -(-len(lines) // 2)] if self.sign else lines

    def both_sides(self, squares: Tensor, count: int) -> Tensor:
        """Squares (count,) of lines from those of `one_side`."""
        return torch.cat([squares, squares[: count // 2].flip(0)]) if self.sign else squares


@dataclass(frozen=True)
class AxisTable:
    """The q functions of an axis at its n nodes and halfway between them; how far apart the nodes are."""

    nodes: Tensor  # shape: (n, q)
    between: Tensor  # shape: (n - 1, q)
    steps: Tensor  # shape: (n - 1,)

    @cached_property
    def parts(self) -> list[tuple[Half, Tensor]]:
        """Functions (q,) that do not see each other at the nodes, and which sums of nodes see them.

        Where nodes are symmetric and functions even or odd these are two problems of half the size, which
        take a quarter of the time.
        """
        nodes = self.nodes
        every = torch.arange(nodes.shape[1], device=nodes.device)
        chance = 4 * EPS * len(every)  # what rounding of coordinates makes of the shortest waves
        even, odd = ((nodes - sign * nodes.flip(0)).abs().amax(0) <= chance for sign in (1, -1))
        if len(nodes) < 2 or not bool((even | odd).all()):
            return [(Half(len(nodes), 0), every)]
        return [(Half(len(nodes), 1), every[even]), (Half(len(nodes), -1), every[~even])]


def has_inner_nodes(table: AxisTable) -> bool:
    """Whether errors can be estimated along an axis: of two nodes alone none lies between others."""
    return len(table.nodes) > 2


def mirrored(table: AxisTable) -> bool:
    """Whether the nodes of an axis are few and symmetric about its middle.

    What is even or odd is met at a node because it is met at the other one, whatever is between. Of many
    nodes the neighbors show as much.
    """
    if len(table.nodes) > MAX_MIRRORED:
        return False
    return bool(((table.steps - table.steps.flip(0)).abs() <= 1e-9 * table.steps).all())
