"""The one way to pass over rows: block by block, each block's result folded into the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import TypeVar

Result = TypeVar("Result")

# A block of features and its temporaries stay within this many bytes: a small part of the memory of any
# machine, and large enough that the passes over blocks cost nothing. Results do not depend on it.
BLOCK_BYTES = 128 * 2**20


def row_blocks(n_rows: int, row_bytes: int, min_rows: int = 1) -> Iterator[slice]:
    """Slices that cover the rows in order, each within BLOCK_BYTES or of `min_rows` rows."""
    rows = max(min_rows, BLOCK_BYTES // max(1, row_bytes))
    return (slice(start, min(start + rows, n_rows)) for start in range(0, n_rows, rows))


def fold_rows(
    function: Callable[[slice], Result],
    combine: Callable[[Result, Result], Result],
    n_rows: int,
    row_bytes: int,
    min_rows: int = 1,
) -> Result:
    """`function` of every block, combined by an associative `combine`.

    Every pass over rows goes through here, so that a solver need not change where blocks sit on other
    devices.
    """
    return reduce(combine, (function(rows) for rows in row_blocks(n_rows, row_bytes, min_rows)))
