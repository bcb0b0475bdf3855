"""Rows whose targets are far off: gross errors, as against structure that a fit has missed."""

from __future__ import annotations

import torch
from scipy.spatial import cKDTree
from torch import Tensor

from ..spectrum import MIN_ROWS_TO_JUDGE
from .places import n_neighbors
from .thresholds import DEVIATIONS, SETTLED


def count_outliers(left: Tensor, targets: Tensor, t: Tensor, weight: Tensor, error: float) -> int:
    """How many rows are gross errors to all appearance, by residuals (n, k) of targets (n, k).

    None unless they hold most of what is left, and leave the range of the targets around them by half of
    their residuals at least: few rows hold most beside a step too, but some of those around are like them.
    Nor where the relative error of the fit between the rows is too small for that, as at a peak that it
    knows, or where most of them share their targets with others: such are counts, or rare events.
    """
    if len(t) < MIN_ROWS_TO_JUDGE:
        return 0
    size = (weight @ targets.square()).sqrt()
    power = weight * left.square().sum(1)
    if float(power.sum()) <= float((SETTLED * size).square().sum()):
        return 0
    test = OutlierTest(t, weight)
    away = test.beyond_neighbors(targets).square().sum(1)
    off = (4 * away > left.square().sum(1)) & test(left, size, DEVIATIONS)
    most = float(power[off].sum()) > float(power.sum()) / 2
    known = float((weight * away)[off].sum()) > float((2 * error * size).square().sum())
    return int(off.sum()) if most and not known and _differ(targets[off]) else 0


def _differ(targets: Tensor) -> bool:
    """Whether most rows have targets of their own."""
    return 2 * len(torch.unique(targets, dim=0)) > len(targets)


class OutlierTest:
    """Which rows are off by more than noise, and alone with it; several rows may be at one place.

    A residual counts in units of the larger of two scales: that of all rows, and that of the rows next to
    it. What a fit has missed is missed by neighbors too, as at a front, and is no outlier; one row in ten
    that is off at random leaves both medians as they are (Hampel 1974, J. Am. Stat. Assoc. 69).
    """

    def __init__(self, t: Tensor, weight: Tensor) -> None:
        self.weight = weight
        places, self.place = torch.unique(t, dim=0, return_inverse=True)
        self.mass = torch.zeros_like(places[:, 0]).index_add_(0, self.place, weight)
        # Twice as many neighbors as surround a place: most are outliers at one place in a thousand.
        ranks = range(2, min(len(places), 1 + 2 * n_neighbors(t.shape[1])) + 1)
        self.near: Tensor | None = None  # shape: (places, neighbors)
        if len(ranks):
            points = places.cpu().numpy()
            self.near = torch.from_numpy(cKDTree(points).query(points, [*ranks])[1]).to(t.device)

    def __call__(self, left: Tensor, size: Tensor, deviations: float) -> Tensor:
        """Which of the residuals (n, k), of targets of sizes (k,), are off by so many scales; (n,).

        Residuals that are nothing beside the targets are alike.
        """
        off = [self._off(column, float(unit), deviations) for column, unit in zip(left.T.abs(), size)]
        return torch.stack(off).any(0)

    def from_neighbors(self, y: Tensor) -> Tensor:
        """What targets (n, k) differ by from the medians of the rows next to them, shape (n, k)."""
        return torch.stack([column - self._nearby(column) for column in y.T], 1)

    def beyond_neighbors(self, y: Tensor) -> Tensor:
        """By how much targets (n, k) leave the range of the places around them, shape (n, k).

        One of these may be an outlier, so that the largest and the smallest do not count.
        """
        if self.near is None or self.near.shape[1] < 4:
            return torch.zeros_like(y)
        total = y.new_zeros(len(self.mass), y.shape[1]).index_add_(0, self.place, self.weight[:, None] * y)
        nearby = (total / self.mass[:, None])[self.near].sort(1).values[self.place]
        low, high = nearby[:, 1], nearby[:, -2]
        return (low - y).clamp_min(0) + (y - high).clamp_min(0)

    def _off(self, left: Tensor, size: float, deviations: float) -> Tensor:
        scale = _weighted_median(left, self.weight).clamp_min(SETTLED * size)
        scale = torch.maximum(scale, self._nearby(left))
        # The median of the size of a normal variable, in standard deviations.
        median = torch.special.ndtri(left.new_tensor(0.75))
        off: Tensor = left > deviations * scale / median
        return off

    def _nearby(self, values: Tensor) -> Tensor:
        """Medians of values (n,), at one place of their mean, at the places next to that of each row."""
        if self.near is None:
            return torch.zeros_like(values)
        total = torch.zeros_like(self.mass).index_add_(0, self.place, self.weight * values)
        medians: Tensor = (total / self.mass)[self.near].median(1).values
        return medians[self.place]


def _weighted_median(values: Tensor, weight: Tensor) -> Tensor:
    order = torch.argsort(values, stable=True)
    share = weight[order].cumsum(0)
    middle: Tensor = values[order[torch.searchsorted(share, share[-1] / 2)]]
    return middle
