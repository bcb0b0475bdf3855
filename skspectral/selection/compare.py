"""When one fit is better than another: by more than chance, or with fewer numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# How many standard deviations of an error a larger fit must gain, within these shares: the best of many
# looks better than it is.
DEVIATIONS, MIN_MARGIN, MAX_MARGIN = 3.0, 0.1, 0.5
# The same of errors in pairs, on the same rows.
PAIRED_DEVIATIONS = 3.0


def margin(n_rows: int) -> float:
    """Share by which errors on so many rows may differ by chance: one is known to 1 / sqrt(2 n)."""
    return min(MAX_MARGIN, max(MIN_MARGIN, DEVIATIONS / math.sqrt(2 * max(1, n_rows))))


def chance(n_rows: int) -> float:
    """Share of an error that a larger fit of so many rows may gain by chance, two deviations."""
    return min(MAX_MARGIN, 2 / math.sqrt(2 * max(1, n_rows)))


def falls(before: Tensor, after: Tensor) -> bool:
    """Whether squared errors (m,) of the same rows fall, and by more than chance.

    Row by row, each over its own size: one row that is missed by far decides nothing.
    """
    gain = (before - after) / (before + after).clamp_min(torch.finfo(before.dtype).tiny)
    spread = float(gain.std()) if len(gain) > 1 else math.inf
    clear = float(gain.mean()) > PAIRED_DEVIATIONS * spread / math.sqrt(len(gain))
    return clear and float(after.mean()) < float(before.mean())
