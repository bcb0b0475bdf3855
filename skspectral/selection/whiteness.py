"""Is what is left white noise? Neighbors in space must be uncorrelated, and no place stand out."""

from __future__ import annotations

import math

from torch import Tensor

from ..spectrum import MAX_SPATIAL_INPUTS, MIN_ROWS_TO_JUDGE, Grid, nearest_pairs
from .thresholds import DEVIATIONS

# Fourth moment over squared variance (Pearson's kurtosis) above which values are not noise: 3 for a normal
# variable, 6 for a Laplace variable; what a front leaves, and rare events, are far above. At 2.7 normal
# noise is refused; at 24 values that are large in one corner alone pass.
MAX_KURTOSIS = 8.0


def looks_white(residual: Tensor, t: Tensor, grid: Grid | None) -> bool:
    """Whether neighboring residuals (n, k) are uncorrelated and evenly spread."""
    if t.shape[1] > MAX_SPATIAL_INPUTS or len(t) < MIN_ROWS_TO_JUDGE:
        return False
    return all(_white(column, t, grid) for column in residual.T)


def _white(values: Tensor, t: Tensor, grid: Grid | None) -> bool:
    values = values - values.mean()
    power = values.square().mean()
    if not power > 0 or values.pow(4).mean() > MAX_KURTOSIS * power.square():
        return False
    pairs = _scattered_pairs(values, t) if grid is None else _grid_pairs(values, grid)
    return all(abs(float((a * b).mean() / power)) * math.sqrt(len(a)) < DEVIATIONS for a, b in pairs)


def _grid_pairs(values: Tensor, grid: Grid) -> list[tuple[Tensor, Tensor]]:
    field, pairs = values.view(grid.shape), []
    for axis, n in enumerate(grid.shape):
        if n > 2:
            first, second = field.narrow(axis, 0, n - 1), field.narrow(axis, 1, n - 1)
            pairs.append((first.reshape(-1), second.reshape(-1)))
    return pairs


def _scattered_pairs(values: Tensor, t: Tensor) -> list[tuple[Tensor, Tensor]]:
    rows, nearest = nearest_pairs(t)
    return [(values[rows], values[nearest])]
