"""Some of many rows, on which a search is cheap."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._backend.budget import STEP_FLOPS

# Each part has so many times the rows of the one before: all parts together cost a seventh of the last one.
PART_GROWTH = 8


def growing_parts(n: int) -> list[int]:
    """Numbers of rows, up to all n; a matrix of the fewest is factorized in one step of the budget."""
    sizes = [round(STEP_FLOPS ** (1 / 3))]
    while PART_GROWTH * sizes[-1] <= n:
        sizes.append(PART_GROWTH * sizes[-1])
    return [*(size for size in sizes if PART_GROWTH * size <= n), n]


def spread_rows(n: int, count: int) -> Tensor:
    """One row of each of `count` runs, at an uneven place in it: even rows have aliases.

    The places are the multiples of the golden ratio, the most uneven of all numbers, less whole ones.
    """
    runs = torch.arange(count, dtype=torch.float64)
    place = torch.remainder(runs * (math.sqrt(5) - 1) / 2, 1)
    return ((runs + place) * (n / count)).to(torch.int64).clamp_max(n - 1)
