"""When one fit is better than another: by more than chance, or with fewer numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .thresholds import DEVIATIONS


def margin(n_rows: int) -> float:
    """Share by which one error on `n_rows` rows must be below another to be lower by more than chance.

    The lower one is known to 1 / sqrt(2 n) of itself (the standard error of a standard deviation), and
    stays below the other when it is that much larger, DEVIATIONS times.
    """
    chance = DEVIATIONS / math.sqrt(2 * max(1, n_rows))
    return chance / (1 + chance)


def nested_margin(n_rows: int) -> float:
    """The same for a fit and a smaller one inside of it, on the same rows.

    What both miss is nearly all the same then, and drops out. A function that fits noise alone lowers the
    mean square by chi^2 / n of it, which is DEVIATIONS^2 / n as rarely as one deviates by so much.
    """
    return min(margin(n_rows), DEVIATIONS**2 / (2 * max(1, n_rows)))


def falls(before: Tensor, after: Tensor) -> bool:
    """Whether squared errors (m,) of the same rows fall, and by more than chance.

    Each change is divided by the size of its row's errors, so that a single bad row does not decide.
    """
    gain = (before - after) / (before + after).clamp_min(torch.finfo(before.dtype).tiny)
    spread = float(gain.std()) if len(gain) > 1 else math.inf
    clear = float(gain.mean()) > DEVIATIONS * spread / math.sqrt(len(gain))
    return clear and float(after.mean()) < float(before.mean())
