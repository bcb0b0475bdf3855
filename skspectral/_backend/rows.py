"""All rows of a fit, block by block: one map over the blocks, and one fixed tree that adds what they give.

Rows lie in a memory-mapped file, or in chunks of a Dask array on any scheduler. What a function makes of
blocks is added in pairs of neighbors, then in pairs of these: the order, and so every bit of the sum,
depends on the blocks alone, not on where or when they are worked on. No block keeps anything from one pass
to the next, so that what is lost with a machine is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import torch
from torch import Tensor

from .blocks import row_blocks
from .device import DTYPE
from .threads import threads_for


class Addable(Protocol):
    """What blocks give."""

    def __add__(self, other: Self, /) -> Self:
        """The same of the rows of both."""


Sums = TypeVar("Sums", bound=Addable)


def row_bytes(d: int, k: int) -> int:
    """Memory that a row takes in a pass: itself, scaled, as angles, sorted by a transform, its values."""
    return 16 * 8 * (d + k)


@dataclass(frozen=True)
class Block:
    """Some of the rows, as they were passed, in float64."""

    number: int
    X: Tensor  # shape: (n, d)
    y: Tensor  # shape: (n, k)
    weight: Tensor  # shape: (n,)

    def pieces(self) -> Iterator[Block]:
        """Parts whose temporaries stay within the budget of a block; chunks of users may be of any size."""
        for rows in row_blocks(len(self.X), row_bytes(self.X.shape[1], self.y.shape[1])):
            yield Block(self.number, self.X[rows], self.y[rows], self.weight[rows])


@dataclass(frozen=True)
class Rows:
    """Blocks, each of arrays X, y and weight (or None), or of what Dask makes such arrays of."""

    blocks: Sequence[tuple[Any, Any, Any]]
    on_dask: bool

    def map(self, function: Callable[..., Sums], *small: Any) -> Sums:
        """The sum over blocks of `function(block, *small)`; what is small is sent to the blocks."""
        total: Sums
        if not self.on_dask:
            results = (_applied(function, i, block, *small) for i, block in enumerate(self.blocks))
            total = added(results, _plus)
            return total
        import dask

        apply, plus = dask.delayed(_applied, pure=False), dask.delayed(_plus, pure=False)
        given = [dask.delayed(one, traverse=False) for one in small]
        tasks = (apply(function, i, block, *given) for i, block in enumerate(self.blocks))
        (total,) = dask.compute(added(tasks, plus))
        return total


def added(results: Iterable[Any], plus: Callable[[Any, Any], Any]) -> Any:
    """All results, added in pairs of neighbors, in pairs of these and so on, as soon as both are there."""
    waiting: list[tuple[int, Any]] = []  # how many results, their sum
    for result in results:
        count, total = 1, result
        while waiting and waiting[-1][0] == count:
            count, total = 2 * count, plus(waiting.pop()[1], total)
        waiting.append((count, total))
    total = waiting.pop()[1]
    while waiting:
        total = plus(waiting.pop()[1], total)
    return total


def _plus(first: Any, second: Any) -> Any:
    """The sum, where blocks without rows give nothing."""
    if first is None or second is None:
        return second if first is None else first
    return first + second


def _applied(
    function: Callable[..., Sums], number: int, block: tuple[Any, Any, Any], *small: Any
) -> Sums | None:
    X, y, weight = block
    if len(X) == 0:
        return None
    with threads_for(0.0), torch.no_grad():  # more threads would add in an order of their own
        inputs, targets = _tensor(X), _tensor(y).reshape(len(X), -1)
        weights = torch.ones(len(X), dtype=DTYPE) if weight is None else _tensor(weight)
        return function(Block(number, inputs, targets, weights), *small)


def _tensor(array: Any) -> Tensor:
    return torch.from_numpy(np.array(array, dtype=np.float64, order="C"))  # a copy that may be written to
