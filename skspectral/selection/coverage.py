"""Whether places lie in what the rows cover: in their box, and no farther from rows than rows are apart.

Rows are apart by the mean distance to as many others as surround them; at a place that is the median over
the neighbors of its nearest row, so that a row that stands alone covers little. This compares a place with
its surroundings, as the local outlier factor does (Breunig et al. 2000, SIGMOD). Of new rows like 300
random ones in a box 98 to 99 % are inside in one to three inputs; with two neighbors it is 89 % on a line.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from .._backend.device import EPS
from .error_bars import ErrorBars
from .places import n_neighbors
from .thresholds import DEVIATIONS


def covered(t: Tensor, bars: ErrorBars) -> Tensor:
    """Of scaled coordinates (n, d), shape (n,); of the rows, some that `bars` kept count.

    Along each axis of a grid by itself; across tracks and planes as far as places between these are.
    """
    far = torch.finfo(t.dtype).max ** 0.25
    places = t.clamp(-far, far).cpu().numpy()
    if bars.on_grid:
        pairs = zip(places.T, bars.nodes)
        inside = [_near(column[:, None], nodes[:, None], 0.0) for column, nodes in pairs]
        return torch.from_numpy(np.all(inside, axis=0))
    return torch.from_numpy(_near(places, bars.nodes[0], bars.reach if bars.grouped else 0.0))


def _near(places: np.ndarray, rows: np.ndarray, reach: float) -> np.ndarray:
    """Whether places (n, d) are in the box of rows (m, d), and near one of them."""
    low, high = rows.min(0), rows.max(0)
    # Some rows are kept of many: those at the ends of the box may not be among them.
    low, high = np.where(low < high, [low.clip(max=-1), high.clip(min=1)], [low, high])
    in_box = ((places >= low - EPS**0.5) & (places <= high + EPS**0.5)).all(1)
    tree = cKDTree(rows)
    distance, nearest = tree.query(places)
    inside: np.ndarray = in_box & (distance <= np.maximum(_allowed(rows, tree), reach)[nearest])
    return inside


def _allowed(rows: np.ndarray, tree: cKDTree) -> np.ndarray:
    """Distances (m,) from rows up to which a place is near them."""
    m, d = rows.shape
    if m == 1:
        return np.array([EPS**0.5])
    distance, neighbors = tree.query(rows, min(m, 1 + n_neighbors(d)))
    allowed: np.ndarray = DEVIATIONS * np.median(distance[:, 1:].mean(1)[neighbors], axis=1) + EPS**0.5
    return allowed
