"""Rows next to each other, and the steepness that the differences between them show."""

from __future__ import annotations

import torch
from torch import Tensor

# Rows, at least, whose neighbors are looked for.
MAX_QUERIES = 1000
# Root mean square over median of the size of a normal variable.
NORMAL = 1.4826


def nearest_pairs(t: Tensor) -> tuple[Tensor, Tensor]:
    """Indices of some of the rows, evenly picked, and of the row nearest to each; two rows at least."""
    # A tree, or all distances where inputs are many. Its import takes longer than that of this package.
    from sklearn.neighbors import NearestNeighbors

    rows = torch.arange(0, len(t), max(1, len(t) // MAX_QUERIES))
    points = t.cpu().numpy()
    search = NearestNeighbors(n_neighbors=2).fit(points)
    found = torch.from_numpy(search.kneighbors(points[rows.numpy()], return_distance=False))
    # Of rows at the same place either may come first.
    nearest = torch.where(found[:, 0] == rows, found[:, 1], found[:, 0])
    return rows.to(t.device), nearest.to(t.device)


def bandwidth(
    inputs: Tensor,  # shape: (n, h)
    values: Tensor,  # shape: (n, k)
    pairs: tuple[Tensor, Tensor],
) -> float:
    """Typical slope between paired rows over the spread of the values.

    For waves that is their root mean square angular frequency, in radians per unit of `inputs`; along a
    curve it is measured on the curve. 1 where nothing varies. From the median: where inputs are
    features, some rows lie next to each other by accident and their slopes are enormous.
    """
    first, second = pairs
    run = (inputs[first] - inputs[second]).square().sum(1)
    rise = (values[first] - values[second]).square().sum(1)
    slopes = (rise / run)[run > 0]
    spread = (values - values.mean(0)).square().sum(1).mean()
    if not len(slopes) or not spread > 0 or not slopes.median() > 0:
        return 1.0
    return NORMAL * float((slopes.median() / spread).sqrt())
