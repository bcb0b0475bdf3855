"""Is what is left white noise? Neighbors in space must be uncorrelated, and no place stand out."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._backend.samples import MAX_SPATIAL_INPUTS
from ..spectrum import MIN_ROWS_TO_JUDGE, Grid, nearest_pairs
from .thresholds import DEVIATIONS

# Fourth moment over squared variance (Pearson's kurtosis) above which values are not noise: 3 for a normal
# variable, 6 for a Laplace variable; what a front leaves, and rare events, are far above. At 2.7 normal
# noise is refused; at 24 values that are large in one corner alone pass.
MAX_KURTOSIS = 8.0


def looks_white(residual: Tensor, t: Tensor, grid: Grid | None) -> bool:
    """Whether neighboring residuals (n, k) are uncorrelated and evenly spread; zeros say nothing."""
    if t.shape[1] > MAX_SPATIAL_INPUTS or len(t) < MIN_ROWS_TO_JUDGE:
        return False
    left = residual[:, residual.any(0)]
    pairs = [nearest_pairs(t)] if grid is None else _grid_pairs(left, grid)
    return left.shape[1] > 0 and all(_white(column, pairs) for column in left.T)


def _white(values: Tensor, pairs: list[tuple[Tensor, Tensor]]) -> bool:
    values = values - values.mean()
    power = values.square().mean()
    if not power > 0 or values.pow(4).mean() > MAX_KURTOSIS * power.square():
        return False
    products = (values[first] * values[second] for first, second in pairs)
    return all(abs(float(p.mean() / power)) * math.sqrt(len(p)) < DEVIATIONS for p in products)


def _grid_pairs(residual: Tensor, grid: Grid) -> list[tuple[Tensor, Tensor]]:
    """Indices of neighbors along each axis."""
    rows, pairs = torch.arange(len(residual), device=residual.device).view(grid.shape), []
    for axis, n in enumerate(grid.shape):
        if n > 2:
            first, second = rows.narrow(axis, 0, n - 1), rows.narrow(axis, 1, n - 1)
            pairs.append((first.reshape(-1), second.reshape(-1)))
    return pairs
