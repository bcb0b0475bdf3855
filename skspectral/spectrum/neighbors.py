"""Rows next to each other, and the steepness that the differences between them show."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from .._backend.budget import affordable

# With fewer rows than this neither a spectrum nor a network can be told from chance, nor noise from
# structure: with 50 the correlation of neighbors is known to 0.14, so that one of 0.5 is not due to chance.
MIN_ROWS_TO_JUDGE = 50
# Rows, or places, that suffice for a mean or a median over all, which is then known to 4 %, and to compare
# the starts of networks on. At a third or three times as
# many the same designs are found in 164 sets of rows.
N_PROBES = 1000


def probes(n: int) -> slice:
    """Evenly picked rows of n for a median over all: at least N_PROBES, and less than twice as many."""
    return slice(None, None, max(1, n // N_PROBES))


def nearest_pairs(t: Tensor) -> tuple[Tensor, Tensor]:
    """Indices of some of the rows, evenly picked, and of the row nearest to each; two rows at least."""
    rows = torch.arange(len(t))[probes(len(t))]
    found = torch.from_numpy(_two_nearest(t.cpu().numpy(), rows.numpy()))
    # Of rows at the same place either may come first.
    nearest = torch.where(found[:, 0] == rows, found[:, 1], found[:, 0])
    return rows.to(t.device), nearest.to(t.device)


def _two_nearest(points: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Indices (m, 2) of the two points nearest to each of these m rows, which are among them.

    SciPy's tree is built in 0.4 seconds for 128 x 128 x 128 nodes if its boxes are cut in half, and in one
    second if they are cut at medians. In many inputs a search of it visits nearly all points, which takes 5
    ns for each point and input; there it is faster to compute all distances by products of matrices: 0.9
    seconds for 100,000 points of 20 inputs, in place of 12.
    """
    n, d = points.shape
    tree = KDTree(points, compact_nodes=False, balanced_tree=False)
    if tree.leafsize * 2.0**d < n or affordable(300.0 * len(rows) * n * d):
        return np.asarray(tree.query(points[rows], k=2)[1])
    from sklearn.neighbors import NearestNeighbors  # whose import takes longer than that of this package

    search = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(points)
    return np.asarray(search.kneighbors(points[rows], return_distance=False))


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
    # The median of the size of a normal variable is 0.6745 of its standard deviation (Hampel 1974).
    return float((slopes.median() / spread).sqrt()) / 0.6745
