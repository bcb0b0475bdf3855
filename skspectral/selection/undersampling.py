"""Are the rows dense enough for what they sample? Values that jump from row to row and are not noise."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._backend.samples import MAX_SPATIAL_INPUTS
from ..spectrum import MIN_ROWS_TO_JUDGE, Grid, nearest_pairs
from .thresholds import DEVIATIONS
from .whiteness import MAX_KURTOSIS


def is_undersampled(values: Tensor, t: Tensor, grid: Grid | None) -> bool:
    """Whether values (n, k) are structure that is too fast for the rows; False where that cannot be known.

    A wave above the highest frequency of a uniform grid looks like a slower one, and many of them look like
    noise: that cannot be detected. Two signs remain. On uniform grids, power near the highest frequency
    makes neighbors alternate. Scattered rows have some pairs much closer than the others: noise
    differs between those as between all, a function does not.
    """
    if t.shape[1] > MAX_SPATIAL_INPUTS or len(t) < MIN_ROWS_TO_JUDGE:
        return False
    if grid is not None and (len(grid.axes) > 1 or grid.uniform(0)):
        return any(_alternates(*pair) for pair in _neighbors(values, grid))
    return not _rare(values) and _agree_up_close(values, t)


def _alternates(first: Tensor, second: Tensor) -> bool:
    """Whether neighbors on a uniform axis are correlated less than -1/2, by more than chance.

    That of noise is 0 and that of its differences -1/2, with a variance of 1 / (2 n) (Bartlett 1946, for
    moving averages). It is less only of what lies mostly above two thirds of the Nyquist frequency.
    """
    return _correlation(first, second) < -0.5 - DEVIATIONS / math.sqrt(2 * len(first))


def _agree_up_close(values: Tensor, t: Tensor) -> bool:
    """Whether the closest quarter of neighbors agree, by more than chance, and the farther half do not.

    Then there is hardly more than a row per half wave.
    """
    first, second = _distinct(*nearest_pairs(t))
    distance = (t[first] - t[second]).square().sum(1).sqrt()
    near, far = distance <= distance.quantile(0.25), distance >= distance.median()
    agree = [
        _correlation(values[first[pairs]], values[second[pairs]]) > DEVIATIONS / math.sqrt(int(pairs.sum()))
        for pairs in (near, far)
    ]
    return agree[0] and not agree[1]


def _rare(values: Tensor) -> bool:
    """Whether a few rows hold most of the variance: two of them side by side would look like agreement."""
    power = (values - values.mean(0)).square().sum(1)
    return bool(power.square().mean() > MAX_KURTOSIS * power.mean().square())


def _neighbors(values: Tensor, grid: Grid) -> list[tuple[Tensor, Tensor]]:
    """Values (m, k) one step apart, per axis."""
    field, k = values.view(*grid.shape, -1), values.shape[1]
    steps = [(axis, n - 1) for axis, n in enumerate(grid.shape) if n > 2]
    return [
        (field.narrow(axis, 0, n).reshape(-1, k), field.narrow(axis, 1, n).reshape(-1, k))
        for axis, n in steps
    ]


def _distinct(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Pairs of rows that are nearest to each other, once."""
    pairs = torch.stack([torch.minimum(first, second), torch.maximum(first, second)], 1)
    first, second = torch.unique(pairs, dim=0).unbind(1)
    return first, second


def _correlation(a: Tensor, b: Tensor) -> float:
    """Of paired values about their common mean, over all outputs; 0 where nothing varies."""
    mean = (a + b).mean(0) / 2
    a, b = a - mean, b - mean
    power = float((a.square() + b.square()).sum()) / 2
    return float((a * b).sum()) / power if power > 0 else 0.0
