"""All rows of a fit whose stages were found on a part of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from .._backend.large_inputs import AllRows, RowScaling
from .._backend.rows import Block, Sums, added
from ..networks import FittedFunction, StageFunction


@dataclass(frozen=True)
class StageSum:
    """A sum of stages (a scale and a function each), on top of those of an earlier fit."""

    earlier: FittedFunction | None
    stages: Sequence[tuple[float, StageFunction]]

    def rest(self, t: Tensor, y: Tensor) -> Tensor:
        """What is left of targets (n, k) at scaled coordinates (n, d)."""
        hidden = t
        if self.earlier is not None:
            value, hidden = self.earlier.evaluate(t)
            y = y + self.earlier.offset - value
        for scale, function in self.stages:
            values, hidden = function(t, hidden)
            y = y - scale * values
        return y


@dataclass(frozen=True)
class WholeResidual:
    """What the stages in `others` leave of all rows, in units of `scale`, as a function of some inputs."""

    every: AllRows
    others: StageSum
    scale: float
    inputs: Tensor | None = None  # shape: (d,), bool; None: all

    def of_inputs(self, inputs: Tensor) -> WholeResidual:
        """The same as a function of these inputs alone."""
        return replace(self, inputs=inputs)

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.every.scaling.n

    def map(self, function: Callable[..., Sums], *small: Any) -> Sums:
        """The sum over blocks of `function(samples, *small)`; weights are those of `RowScaling`."""
        given = (self.every.scaling, self.others, self.scale, self.inputs, *small)
        total: Sums = self.every.rows.map(_of_block, function, *given)
        return total


def _of_block(
    block: Block,
    function: Callable[..., Sums],
    scaling: RowScaling,
    others: StageSum,
    scale: float,
    inputs: Tensor | None,
    *small: Any,
) -> Sums:
    def of_piece(piece: Block) -> Sums:
        samples = scaling.samples(piece)
        rest = others.rest(samples.t, samples.y) / scale
        left = samples.with_targets(rest)
        return function(left if inputs is None else left.of_inputs(inputs), *small)

    total: Sums = added(map(of_piece, block.pieces()), operator.add)
    return total
