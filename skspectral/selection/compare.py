"""When one fit is better than another: by more than chance, or with fewer numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# How many standard deviations of an error a larger fit must gain: the best of many looks better than it
# is. On few rows nobody is asked for more than half.
DEVIATIONS, MAX_MARGIN = 3.0, 0.5


def margin(n_rows: int) -> float:
    """Share by which errors on so many rows may differ by chance: one is known to 1 / sqrt(2 n)."""
    return min(MAX_MARGIN, DEVIATIONS / math.sqrt(2 * max(1, n_rows)))


def falls(before: Tensor, after: Tensor) -> bool:
    """Whether squared errors (m,) of the same rows fall, and by more than chance.

    Row by row, each over its own size: one row that is missed by far decides nothing.
    """
    gain = (before - after) / (before + after).clamp_min(torch.finfo(before.dtype).tiny)
    spread = float(gain.std()) if len(gain) > 1 else math.inf
    clear = float(gain.mean()) > DEVIATIONS * spread / math.sqrt(len(gain))
    return clear and float(after.mean()) < float(before.mean())
