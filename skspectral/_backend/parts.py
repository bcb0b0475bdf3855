"""Some of many rows, on which a search is cheap."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from .budget import STEP_FLOPS


def parts_of_rows(n: int, d: int) -> Iterator[Tensor]:
    """Indices of few of n rows of d inputs, of more, and of all of them.

    Up to four times as many rows are all taken at once: a fit of many functions takes hardly more time
    with these. By eight, 100,000 rows of a smooth function of three inputs took 23 seconds instead of 10.
    """
    for count in (_few(d), part_size(n, d)):
        if 4 * count <= n:
            yield spread_rows(n, count)
    yield torch.arange(n)


def part_size(n: int, d: int) -> int:
    """How many of n rows a set is looked for on that is then solved for on all of them.

    It is the geometric mean of all rows and of few: a search costs less than a pass over all of many rows.
    """
    return math.isqrt(_few(d) * n)


def _few(d: int) -> int:
    """So many that a matrix of their size is factorized in one step of the budget, on a line.

    With more inputs a target asks for more functions.
    """
    return d**2 * int(STEP_FLOPS ** (1 / 3))


def even_rows(n: int, count: int, device: torch.device) -> Tensor:
    """So many of n rows, or all, evenly through their order, the first and the last among them."""
    rows = torch.linspace(0, n - 1, min(n, count), dtype=torch.float64)
    return rows.round().to(device, torch.int64)


def spread_rows(n: int, count: int, start: int = 0, stop: int | None = None) -> Tensor:
    """One row of each of `count` runs of n rows, at an uneven place in it: some of even rows have aliases.

    The places are the multiples of the golden ratio without their whole parts, which are spread evenly.
    With `start` and `stop`, those of the rows from the one up to the other.
    """
    stop = n if stop is None else stop
    first, last = max(0, start * count // n - 1), min(count, stop * count // n + 1)
    runs = torch.arange(first, last, dtype=torch.float64)
    place = torch.remainder(runs * (math.sqrt(5) - 1) / 2, 1)
    rows = ((runs + place) * (n / count)).to(torch.int64).clamp_max(n - 1)
    return rows[(rows >= start) & (rows < stop)]
