"""Some of many rows, on which a search is cheap."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from .._backend.budget import STEP_FLOPS


def parts_of_rows(n: int, d: int) -> Iterator[Tensor]:
    """Indices of few of n rows of d inputs, of more, and of all of them.

    On a line they are few where a matrix of their size is factorized in one step of the budget; with more
    inputs a target asks for more functions. Up to eight times as many rows are all taken at once: a fit of
    many functions takes hardly more time with these.
    """
    few = d**2 * int(STEP_FLOPS ** (1 / 3))
    for count in (few, math.isqrt(few * n)):
        if 8 * count <= n:
            yield _spread(n, count)
    yield torch.arange(n)


def _spread(n: int, count: int) -> Tensor:
    """One row of each of `count` runs, at an uneven place in it: some of even rows have aliases.

    The places are the multiples of the golden ratio without their whole parts, which are spread evenly.
    """
    runs = torch.arange(count, dtype=torch.float64)
    place = torch.remainder(runs * (math.sqrt(5) - 1) / 2, 1)
    return ((runs + place) * (n / count)).to(torch.int64).clamp_max(n - 1)
