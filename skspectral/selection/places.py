"""Places that the rows claim to cover, and what a fit does there."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.spatial import ConvexHull, Delaunay, QhullError, cKDTree
from torch import Tensor

from .._backend.samples import MAX_SPATIAL_INPUTS
from ..spectrum import N_PROBES, Grid
from .thresholds import DEVIATIONS, UNKNOWN

# Extents below this share of others are small. Rows fill their convex hull where the typical distance of a
# place in it to the rows is that small beside half of the box; others lie in clusters, or along a curve or
# a surface, and cover only what is between neighbors. Rows lie along tracks or planes where the neighbors
# of a row, in the median, have a least extent that small beside the largest: it is 0.4 to 0.6 for random
# rows in two and three dimensions, below 0.1 for tracks and planes. At 0.6 clusters and stretched random
# rows count as tracks, at 0.07 tracks of some width do not.
THIN = 0.2
# Share of the places, those nearest to the center, that fits are compared at where the rim would decide: a
# series of nearly as many functions as rows bear out is missed there by far more than it knows of. At all
# places steep layers on a line would be met to 1e-5 instead of 1e-9.
INNER_SHARE = 0.98


def places_covered(t: Tensor, generator: torch.Generator) -> tuple[Tensor, bool]:
    """Places (m, d) that scattered rows claim to cover, and whether there are large holes beside these."""
    if t.shape[1] > MAX_SPATIAL_INPUTS:
        return places_among(t, generator), False
    places = places_between(t, generator)
    hole = typical_hole(t, places)
    if fills(hole):
        return places, False
    places = places_among(t, generator)
    return places, differ(hole, typical_hole(t, places))


def typical_hole(t: Tensor, places: Tensor) -> float:
    """Median distance of places to the nearest row."""
    return float(np.median(cKDTree(t.cpu().numpy()).query(places.cpu().numpy())[0]))


def differ(distance: float, typical: float) -> bool:
    """Whether a distance is larger than a typical one by more than chance, and so of another kind.

    So are holes between clusters, as against those within, and levels, as against their thickness. At 0.7
    typical distances clusters count as planes, at 2 one of 24 did; at 6 planes that are not quite flat are
    not found whole. At 3 designs of 96 sets are the same.
    """
    return distance > DEVIATIONS * typical


def fills(hole: float) -> bool:
    """Whether rows with such holes between them fill the box, which is two units wide."""
    return hole < THIN


def places_between(t: Tensor, generator: torch.Generator) -> Tensor:
    """Places (m, d) spread evenly over the convex hull of the rows, or among neighbors where it is flat."""
    if t.shape[1] == 1:
        return places_in_box(t, generator)
    try:
        return _in_hull(t.cpu().numpy(), _draws(t, generator)).to(t.device)
    except QhullError:
        return places_among(t, generator)


def places_in_box(t: Tensor, generator: torch.Generator) -> Tensor:
    """Places (m, d) spread evenly over the bounding box of the rows."""
    low, high = t.amin(0), t.amax(0)
    return low + (high - low) * _draws(t, generator)[:N_PROBES].to(t.device)


def places_among(t: Tensor, generator: torch.Generator) -> Tensor:
    """Places (m, d) in simplices of a row and d of its neighbors: as dense as the rows are."""
    n, d = t.shape
    rows = torch.randint(n, (N_PROBES,), generator=generator)
    count = min(n, n_neighbors(d))
    _, near = cKDTree(t.cpu().numpy()).query(t.cpu().numpy()[rows.numpy()], count)
    near = torch.from_numpy(near.reshape(N_PROBES, count))
    order = torch.rand(N_PROBES, count, dtype=torch.float64, generator=generator).argsort(1)
    corners = near.gather(1, order[:, : d + 1]).to(t.device)
    share = -torch.rand(corners.shape, dtype=torch.float64, generator=generator).log().to(t.device)
    share = share / share.sum(1, keepdim=True)
    return (t[corners] * share[..., None]).sum(1)


def n_neighbors(d: int) -> int:
    """How many neighbors surround a row in d dimensions: twice the corners of a simplex."""
    return 2 * (d + 1)


def _draws(t: Tensor, generator: torch.Generator) -> Tensor:
    """A Sobol sequence of the unit box."""
    seed = int(torch.randint(2**31, (1,), generator=generator))
    sobol: Callable[..., torch.quasirandom.SobolEngine] = torch.quasirandom.SobolEngine  # has no types
    return sobol(t.shape[1], scramble=True, seed=seed).draw(8 * N_PROBES, dtype=torch.float64)


def _in_hull(rows: np.ndarray, draws: Tensor) -> Tensor:
    corners = Delaunay(rows[ConvexHull(rows).vertices])
    places = rows.min(0) + np.ptp(rows, 0) * draws.numpy()
    inside = places[corners.find_simplex(places) >= 0]
    return torch.from_numpy(inside[:N_PROBES].copy())


def inner_places(places: Tensor) -> Tensor:
    """Which of the places (m, d) are not at the rim, where fits are missed by far more; shape (m,)."""
    from_center = places.abs().amax(1)
    return from_center <= from_center.quantile(INNER_SHARE)


def excess(values: Tensor, targets: Tensor) -> float:
    """Root mean square by which values (m, k) leave the range of targets (n, k), widened by its width.

    Rows that are left out do not show what a fit does between the rows, but values this large are wrong.
    """
    low, high = targets.amin(0), targets.amax(0)
    width = high - low
    beyond = (values - high - width).clamp_min(0) + (low - width - values).clamp_min(0)
    return float(beyond.square().sum(1).mean().sqrt())


def between_two(grid: Grid | None, targets: Tensor) -> float:
    """The error of targets (n, k) to be expected along axes of two nodes: nothing is known between these.

    It is half of the part of the change that differs from line to line; a plane is trusted.
    """
    square = 0.0
    for axis, n in enumerate(() if grid is None else grid.shape):
        if n == 2:
            assert grid is not None
            first, second = targets.view(*grid.shape, -1).movedim(axis, 0)
            change = (second - first).reshape(-1, targets.shape[1]) / 2
            square += float((change - change.mean(0)).square().sum(1).mean())
    return UNKNOWN * math.sqrt(square)


def bent_between_two(grid: Grid | None, targets: Tensor) -> float:
    """The error of targets (n, k) to be expected along axes of two nodes where they bend as along others.

    Functions that are even along all axes are alike at both nodes: a plane between these misses no row
    that is left out. Over the box the mean of the square of a bend 1 - t^2 is 8 / 15.
    """
    return math.sqrt(float(bend(grid, targets).square().sum()) * 8 / 15)


def bend(grid: Grid | None, targets: Tensor) -> Tensor:
    """How much targets (n, k) may bend along axes of two nodes: as they do along others, shape (d, k)."""
    k = targets.shape[1]
    if grid is None or 2 not in grid.shape:
        return targets.new_zeros(1, k)
    squares = [_bent(axis, targets.view(*grid.shape, k).movedim(i, 0)) for i, axis in enumerate(grid.axes)]
    others = [square for square in squares if square is not None]
    mean = torch.stack(others).mean(0).sqrt() if others else targets.new_zeros(k)
    return torch.stack([mean if n == 2 else torch.zeros_like(mean) for n in grid.shape])


def _bent(nodes: Tensor, values: Tensor) -> Tensor | None:
    """Mean square b^2 (k,) of values (n, .., k) about lines between their ends, as b (1 - t^2).

    None of two nodes.
    """
    if len(nodes) < 3:
        return None
    column = ((nodes - nodes[0]) / (nodes[-1] - nodes[0])).view(-1, *[1] * (values.ndim - 1))
    apart = values - values[0] - column * (values[-1] - values[0])
    square: Tensor = apart.square().flatten(0, -2).mean(0)
    return square / (4 * column * (1 - column)).square().mean()
