"""How fast amplitudes fall with the wave number, from differences between neighbors: of rows anywhere.

Notation
--------
The variogram, half the mean squared difference of rows at a distance h, grows as h^(2 H) where the power
falls as |k|^-(2 H + d) and H is below 1 (Matheron 1963; Mandelbrot and Van Ness 1968).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._backend.samples import MAX_SPATIAL_INPUTS
from .neighbors import MIN_ROWS_TO_JUDGE, probes


def amplitude_exponent(
    t: Tensor,  # shape: (n, d)
    values: Tensor,  # shape: (n, k)
) -> float:
    """s of amplitudes |k|^-s of a rough field, such as a photograph; infinite where the rows are not one.

    H is 1 where differences are slopes, and 1/2 where they are edges, as of objects in front of others
    (Lee, Mumford and Huang 2001); rough is what is nearer to edges between the nearest rows. There H of ten
    photographs of 128^2 pixels is 0.4 to 0.74, that of smooth functions and steep fronts 0.8 and more.
    Pixels are means, which makes the nearest ones alike, so s is that of distances beyond: for fields of
    96^2 nodes whose law is known it is off by 0.15. White noise, H = 0, counts as rough.
    """
    n, d = t.shape
    if d > MAX_SPATIAL_INPUTS or n < 2 * MIN_ROWS_TO_JUDGE:
        return math.inf
    # Distances of neighbors whose ranks double are even in logarithms; the fewest rows have so many.
    ranks = [2**i for i in range(int(math.log2(2 * MIN_ROWS_TO_JUDGE)) + 1)]
    run, rise = _variogram(t, values, ranks)
    if not bool((run > 0).all() and (rise > 0).all()):
        return math.inf
    middle = len(ranks) // 2
    near = _growth(run[: middle + 2], rise[: middle + 2])
    return d / 2 + _growth(run[middle:], rise[middle:]) if near <= (1 / 2 + 1) / 2 else math.inf


def _variogram(t: Tensor, values: Tensor, neighbors: list[int]) -> tuple[Tensor, Tensor]:
    """Mean squared distances and differences between some rows and their nearest ones, by rank."""
    # Its import takes longer than that of this package.
    from sklearn.neighbors import NearestNeighbors

    rows = torch.arange(len(t), device=t.device)[probes(len(t))]
    search = NearestNeighbors(n_neighbors=1 + neighbors[-1]).fit(t.cpu().numpy())
    found = torch.from_numpy(search.kneighbors(t[rows].cpu().numpy(), return_distance=False))
    others = found[:, neighbors].to(t.device)
    run = (t[others] - t[rows][:, None]).square().sum(2).mean(0)
    rise = (values[others] - values[rows][:, None]).square().sum(2).mean(0)
    return run, rise


def _growth(run: Tensor, rise: Tensor) -> float:
    """H, the slope of differences by distances in logarithms."""
    run, rise = (mean.log() - mean.log().mean() for mean in (run, rise))
    return float((run * rise).sum() / run.square().sum())
