"""Rows that are dense along some directions and far from each other across them: planes, tracks.

Notation
--------
The neighbors of a row span its surroundings: along a track their displacements are all but parallel, in a
plane they have no part across it. What is to be left out together are the levels of an input, or what
single linkage (a minimum spanning tree without its long edges) tells apart, or balls as large as the holes.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import ConvexHull, Delaunay, QhullError, cKDTree
from torch import Tensor

from .places import fills, places_between, typical_hole

# Rows that are looked at, and their neighbors: more and more of them, up to a share of all, for tracks have
# a width of their own. What they span is thin where the least extent is below this share of the largest in
# the median: of random rows it is 0.4 to 0.6 in two and three dimensions, of tracks and planes below 0.1.
N_ROWS, NEIGHBORS, MOST_NEIGHBORS, THIN = 2000, 8, 1 / 16, 0.2
MIN_GROUPED, MAX_GROUPED_INPUTS = 100, 3
# Edges between groups are longer than those within by this factor, and gaps between levels by this one.
GAP, LEVEL_GAP = 1.5, 3.0
# Most levels, their width over their distance, and that in units of the distance of neighbors: rows of
# other levels tell of closer ones.
MAX_LEVELS, THICK, FAR = 16, 0.3, 1.25
# A group lies inside the others where most of its rows lie in their convex hull.
INSIDE = 0.5
# Balls that are left out, and their radius in units of the typical distance of a place to the rows.
N_BALLS, RADIUS = 12, 4.0


def groups_of_rows(t: Tensor, generator: torch.Generator) -> list[Tensor] | None:
    """Masks (n,) of rows to leave out together, neighbors one after another; None for single rows."""
    n, d = t.shape
    if not 2 <= d <= MAX_GROUPED_INPUTS or n < MIN_GROUPED:
        return None
    rows = t.cpu().numpy()
    tree = cKDTree(rows)
    groups = _levels(rows, tree)
    if not groups and _thin(rows, tree):
        groups = _inner(rows, _linked(rows, tree)) or _balls(rows, tree, t, generator)
    return [torch.from_numpy(mask).to(t.device) for mask in groups] or None


def _levels(rows: np.ndarray, tree: cKDTree) -> list[np.ndarray]:
    """The inner ones of an input's few levels, where they are farther apart than neighbors are."""
    distance = np.median(tree.query(rows[:: -(-len(rows) // N_ROWS)], 2)[0][:, 1])
    for column in rows.T:
        places = np.sort(column)
        gaps = np.diff(places)
        within = _longest_within(np.sort(gaps), LEVEL_GAP) if len(np.unique(places)) > MAX_LEVELS else 0.0
        ends = places[:-1][gaps > within]
        if not 2 <= len(ends) < MAX_LEVELS or not distance > 0:
            continue
        level, apart = np.searchsorted(ends, column), np.median(gaps[gaps > within])
        groups = [level == i for i in range(len(ends) + 1)]
        if apart > FAR * distance and max(np.ptp(column[group]) for group in groups) < THICK * apart:
            return groups[1:-1]
    return []


def _thin(rows: np.ndarray, tree: cKDTree) -> bool:
    """Whether the neighbors of a typical row lie along fewer directions than there are inputs."""
    count = NEIGHBORS
    while count <= max(NEIGHBORS, MOST_NEIGHBORS * len(rows)):
        some = rows[:: -(-len(rows) * count // (N_ROWS * NEIGHBORS))]
        away = rows[tree.query(some, count + 1)[1]] - some[:, None]
        squares = np.linalg.eigvalsh(np.einsum("nij,nik->njk", away, away))  # in increasing order
        share = squares[:, 0].clip(0) / squares[:, -1].clip(1e-300)
        if np.median(share) < THIN**2:
            return True
        count *= 2
    return False


def _linked(rows: np.ndarray, tree: cKDTree) -> np.ndarray:
    """The group of each row: all edges below the largest jump in the lengths of a spanning tree's edges."""
    n = len(rows)
    length, neighbor = tree.query(rows, NEIGHBORS + 1)
    # The graph routines of SciPy 1.14 take indices of 32 bits alone.
    first = np.repeat(np.arange(n, dtype=np.int32), NEIGHBORS)
    second = neighbor[:, 1:].ravel().astype(np.int32)
    edges = (length[:, 1:].ravel().clip(1e-300), (first, second))
    spanning = minimum_spanning_tree(coo_array(edges, shape=(n, n)).tocsr()).tocoo()
    short = spanning.data <= _longest_within(np.sort(spanning.data), GAP)
    kept = coo_array((spanning.data[short], (spanning.row[short], spanning.col[short])), shape=(n, n))
    return connected_components(kept, directed=False)[1]


def _longest_within(lengths: np.ndarray, gap: float) -> float:
    """The length below the largest jump in the longer half, or the longest of all where none stands out."""
    upper = lengths[len(lengths) // 2 :].clip(1e-300)
    jumps = upper[1:] / upper[:-1]
    place = int(jumps.argmax()) if len(jumps) else 0
    return float(upper[place]) if len(jumps) and jumps[place] > gap else float(lengths[-1])


def _inner(rows: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """Masks of the groups inside the others, by their place along the direction in which centers differ."""
    centers = np.array([rows[labels == group].mean(0) for group in range(labels.max() + 1)])
    if len(centers) < 3:
        return []
    direction = np.linalg.svd(centers - centers.mean(0))[2][0]
    groups = [labels == group for group in np.argsort(centers @ direction, kind="stable")]
    return [group for group in groups if _inside(rows[group], rows[~group])]


def _inside(group: np.ndarray, others: np.ndarray) -> bool:
    """Whether most rows of a group lie in the convex hull of the others: then it is interpolated."""
    try:
        corners = others[ConvexHull(others).vertices]
        return bool((Delaunay(corners).find_simplex(group) >= 0).mean() > INSIDE)
    except QhullError:  # the others lie in one plane
        return False


def _balls(rows: np.ndarray, tree: cKDTree, t: Tensor, generator: torch.Generator) -> list[np.ndarray]:
    """Balls around rows drawn at random, where places between the rows are farther from them than these."""
    distance = np.median(tree.query(rows[:: -(-len(rows) // N_ROWS)], 2)[0][:, 1])
    hole = typical_hole(t, places_between(t, generator))
    if hole < FAR * distance or not fills(hole):
        return []
    centers = rows[torch.randperm(len(rows), generator=generator)[:N_BALLS].numpy()]
    return [np.linalg.norm(rows - center, axis=1) <= RADIUS * hole for center in centers]
