"""Rows that are dense along some directions and far from each other across them: planes, tracks.

Notation
--------
The neighbors of a row span its surroundings: along a track their displacements are all but parallel, in a
plane they have no part across it. What is to be left out together are the levels of an input, or the pieces
of single linkage (a minimum spanning tree without its long edges), or balls as large as the holes (spatial
blocks of cross-validation: Roberts et al. 2017, Ecography 40).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import ConvexHull, Delaunay, QhullError, cKDTree
from torch import Tensor

from .._backend.samples import MAX_SPATIAL_INPUTS
from ..spectrum import MIN_ROWS_TO_JUDGE, probes
from .places import THIN, differ, fills, n_neighbors, places_between, typical_hole


def groups_of_rows(t: Tensor, generator: torch.Generator) -> list[Tensor] | None:
    """Masks (n,) of rows to leave out together, neighbors one after another; None for single rows."""
    n, d = t.shape
    if not 2 <= d <= MAX_SPATIAL_INPUTS or n < MIN_ROWS_TO_JUDGE:
        return None
    rows = t.cpu().numpy()
    tree = cKDTree(rows)
    groups = _levels(rows, tree)
    if not groups and _thin(rows, tree):
        groups = _inner(rows, _linked(rows, tree)) or _balls(rows, tree, t, generator)
    return [torch.from_numpy(mask).to(t.device) for mask in groups] or None


def _levels(rows: np.ndarray, tree: cKDTree) -> list[np.ndarray]:
    """The inner ones of an input's few levels, where they are farther apart than neighbors are.

    Levels are few where each has more rows than there are levels.
    """
    n = len(rows)
    for column in rows.T:
        places = np.sort(column)
        gaps = np.diff(places)
        within = _longest_within(np.sort(gaps)) if len(np.unique(places)) > math.isqrt(n) else 0.0
        ends = places[:-1][gaps > within]
        if not 2 <= len(ends) < math.isqrt(n):
            continue
        level, apart = np.searchsorted(ends, column), np.median(gaps[gaps > within])
        groups = [level == i for i in range(len(ends) + 1)]
        flat = differ(apart, max(np.ptp(column[group]) for group in groups))
        if flat and _beyond_neighbors(apart, rows, tree):
            return groups[1:-1]
    return []


def _beyond_neighbors(distance: float, rows: np.ndarray, tree: cKDTree) -> bool:
    """Whether a distance is larger than that of neighbors; on lattices these reach diagonals of cells."""
    nearest = float(np.median(tree.query(rows[probes(len(rows))], 2)[0][:, 1]))
    return distance > math.sqrt(2) * nearest > 0


def _thin(rows: np.ndarray, tree: cKDTree) -> bool:
    """Whether the neighbors of a typical row lie along fewer directions than there are inputs.

    More and more neighbors are looked at, up to sqrt(n): tracks may have a width of their own.
    """
    n, d = rows.shape
    some, count = rows[probes(n)], n_neighbors(d)
    while count < max(math.isqrt(n), n_neighbors(d) + 1):
        away = rows[tree.query(some, count + 1)[1]] - some[:, None]
        squares = np.linalg.eigvalsh(np.einsum("nij,nik->njk", away, away))  # in increasing order
        share = squares[:, 0].clip(0) / squares[:, -1].clip(np.finfo(float).tiny)
        if np.median(share) < THIN**2:
            return True
        count *= 2
    return False


def _linked(rows: np.ndarray, tree: cKDTree) -> np.ndarray:
    """The group of each row: all edges below the largest jump in the lengths of a spanning tree's edges."""
    n, d = rows.shape
    count = n_neighbors(d)
    length, neighbor = tree.query(rows, count + 1)
    # The graph routines of SciPy 1.14 take indices of 32 bits alone.
    first = np.repeat(np.arange(n, dtype=np.int32), count)
    second = neighbor[:, 1:].ravel().astype(np.int32)
    edges = (length[:, 1:].ravel().clip(np.finfo(float).tiny), (first, second))
    spanning = minimum_spanning_tree(coo_array(edges, shape=(n, n)).tocsr()).tocoo()
    short = spanning.data <= _longest_within(np.sort(spanning.data))
    kept = coo_array((spanning.data[short], (spanning.row[short], spanning.col[short])), shape=(n, n))
    labels: np.ndarray = connected_components(kept, directed=False)[1]
    return labels


def _longest_within(lengths: np.ndarray) -> float:
    """The length below the largest jump in the longer half of sorted lengths; without any, the longest.

    A jump is larger than that from sides to diagonals of the cells of a lattice.
    """
    upper = lengths[len(lengths) // 2 :].clip(np.finfo(float).tiny)
    jumps = upper[1:] / upper[:-1]
    place = int(jumps.argmax()) if len(jumps) else 0
    return float(upper[place]) if len(jumps) and jumps[place] > math.sqrt(2) else float(upper[-1])


def _inner(rows: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """Masks of the groups inside the others, by their place along the direction in which centers differ.

    None where there are more groups than rows in each, or fewer rows inside than are set aside otherwise.
    """
    count = int(labels.max()) + 1
    if not 3 <= count <= math.isqrt(len(rows)):
        return []
    centers = np.array([rows[labels == group].mean(0) for group in range(count)])
    direction = np.linalg.svd(centers - centers.mean(0))[2][0]
    groups = [labels == group for group in np.argsort(centers @ direction, kind="stable")]
    inner = [group for group in groups if _inside(rows[group], rows[~group])]
    return inner if 10 * sum(map(np.count_nonzero, inner)) >= len(rows) else []


def _inside(group: np.ndarray, others: np.ndarray) -> bool:
    """Whether most rows of a group lie in the convex hull of the others: then it is interpolated."""
    try:
        corners = others[ConvexHull(others).vertices]
        return bool(np.median(Delaunay(corners).find_simplex(group)) >= 0)
    except QhullError:  # the others lie in one plane
        return False


def _balls(rows: np.ndarray, tree: cKDTree, t: Tensor, generator: torch.Generator) -> list[np.ndarray]:
    """Balls around rows drawn at random, half of all rows in them, where places between are far from rows.

    A ball is so large that the median distance of the points in it to its surface is that of places to
    rows: half of its volume is within 2^(-1/d) of the radius.
    """
    hole = typical_hole(t, places_between(t, generator))
    if not _beyond_neighbors(hole, rows, tree) or not fills(hole):
        return []
    radius = hole / (1 - 0.5 ** (1 / rows.shape[1]))
    balls: list[np.ndarray] = []
    for place in torch.randperm(len(rows), generator=generator).numpy():
        balls.append(np.linalg.norm(rows - rows[place], axis=1) <= radius)
        if np.any(balls, axis=0).mean() > 0.5:
            break
    return balls
