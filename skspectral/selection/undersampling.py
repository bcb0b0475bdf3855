"""Do the rows follow what they sample? Values that jump from row to row, and are not noise."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..spectrum import Grid, nearest_pairs
from .whiteness import DEVIATIONS, MAX_DIMENSION, MAX_KURTOSIS, MIN_ROWS

# Uniform rows: neighbors are correlated below this only where most of the power lies above 0.7 of the
# highest frequency that the grid holds. Noise has 0, and differences of noise -0.5.
ALTERNATING = -0.6
# Scattered rows: pairs at most this share of the typical distance apart count as close. They agree at
# least by CLOSE where values are not noise; pairs farther apart than is typical by FAR at most where
# there is hardly more than a row per half wave.
NEARER, CLOSE, FAR = 0.5, 0.5, 0.25


def is_undersampled(values: Tensor, t: Tensor, grid: Grid | None) -> bool:
    """Whether values (n, k) are structure that is too fast for the rows; False where none can tell.

    A wave above the highest frequency of a uniform grid looks like a slower one, and many of them like
    noise: that nobody can see. Two signs are left. On uniform grids, power near the highest frequency
    makes neighbors alternate. Scattered rows have some pairs much closer than the others: noise
    differs between those as between all, a function does not.
    """
    if t.shape[1] > MAX_DIMENSION or len(t) < MIN_ROWS:
        return False
    if grid is not None and (len(grid.axes) > 1 or grid.uniform(0)):
        return any(_correlation(*pair) < ALTERNATING for pair in _neighbors(values, grid))
    return not _rare(values) and _agree_up_close(values, t)


def _agree_up_close(values: Tensor, t: Tensor) -> bool:
    """Whether rows much closer than is typical agree, and others do not."""
    first, second = _distinct(*nearest_pairs(t))
    distance = (t[first] - t[second]).square().sum(1).sqrt()
    typical = distance.median()
    near, far = distance <= NEARER * typical, distance >= typical
    agreement = _correlation(values[first[near]], values[second[near]])
    if agreement < max(CLOSE, DEVIATIONS / math.sqrt(max(1, int(near.sum())))):
        return False
    return _correlation(values[first[far]], values[second[far]]) < FAR


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
    return pairs.unique(dim=0).unbind(1)


def _correlation(a: Tensor, b: Tensor) -> float:
    """Of paired values about their common mean, over all outputs; 0 where nothing varies."""
    mean = (a + b).mean(0) / 2
    a, b = a - mean, b - mean
    power = float((a.square() + b.square()).sum()) / 2
    return float((a * b).sum()) / power if power > 0 else 0.0
