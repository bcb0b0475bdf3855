"""The one way to pass over rows: block by block, each block's result folded into the last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import TypeVar

import torch
from torch import Tensor

from .budget import step_bytes

Result = TypeVar("Result")

# A block of features and its temporaries stay within the bytes of the largest matrix that is factored in
# a step: a small part of the memory of any machine, and large enough that the passes over blocks cost
# nothing. Results do not depend on it.
BLOCK_BYTES = step_bytes()


def row_blocks(n_rows: int, row_bytes: int, min_rows: int = 1) -> Iterator[slice]:
    """Slices that cover the rows in order, each within BLOCK_BYTES or of `min_rows` rows.

    Sixteen rows are worked on at once: what is left of a block is rounded in other ways, so that large
    blocks have none left but at the end.
    """
    rows = BLOCK_BYTES // max(1, row_bytes)
    rows = max(min_rows, rows - rows % 16 if rows > 16 else rows)
    return (slice(start, min(start + rows, n_rows)) for start in range(0, n_rows, rows))


def cached_blocks(n_rows: int, row_bytes: int) -> Iterator[slice]:
    """Slices whose temporaries, a sixteenth of a block, stay in the caches of a core.

    They also stay below the 32 MB from which the C library asks the system for memory anew each time: sums
    over tables of functions take a third to a half of the time that they take in whole blocks.
    """
    return row_blocks(n_rows, 16 * row_bytes)


def by_blocks(function: Callable[[Tensor], Tensor], rows: Tensor, blocks: Iterable[slice]) -> Tensor:
    """Values (n, ..) of rows (n, d), block by block."""
    first, *others = [function(rows[block]) for block in blocks] or [function(rows)]
    return torch.cat([first, *others]) if others else first


def fold_rows(
    function: Callable[[slice], Result],
    combine: Callable[[Result, Result], Result],
    n_rows: int,
    row_bytes: int,
    min_rows: int = 1,
) -> Result:
    """`function` of every block, combined by an associative `combine`.

    Sums and factors of all rows go through here, so that a solver need not change where blocks sit on other
    devices.
    """
    return reduce(combine, (function(rows) for rows in row_blocks(n_rows, row_bytes, min_rows)))


def joined_blocks(function: Callable[[slice], Tensor], n_rows: int, row_bytes: int) -> Tensor:
    """Values (n, ..) that `function` gives for every block.

    They are joined once: joining each block to those before took half of the time for two million rows.
    """
    return torch.cat([function(rows) for rows in row_blocks(n_rows, row_bytes)])
