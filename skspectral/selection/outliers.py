"""Rows whose targets are far off: gross errors, as against structure that a fit has missed."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from ..spectrum import MIN_ROWS_TO_JUDGE
from .places import n_neighbors
from .thresholds import DEVIATIONS, SETTLED


def count_outliers(
    left: Tensor,
    targets: Tensor,
    t: Tensor,
    weight: Tensor,
    error: float,
    clock: Clock | None = None,
) -> int:
    """How many rows are gross errors to all appearance, by residuals (n, k) of targets (n, k).

    None unless they hold most of what is left, and leave the range of the targets around them by half of
    their residuals at least: few rows hold most beside a step too, but some of those around are like them.
    Nor where the relative error of the fit between the rows is too small for that, as at a peak that it
    knows, or where most of them share their targets with others: such are counts, or rare events. None
    are found either where time is up before their neighbors are.
    """
    if len(t) < MIN_ROWS_TO_JUDGE:
        return 0
    size = (weight @ targets.square()).sqrt()
    power = weight * left.square().sum(1)
    if float(power.sum()) <= float((SETTLED * size).square().sum()):
        return 0
    half = float(power.sum()) / 2
    far = _beyond_noise(left.abs(), _scales(left.abs(), weight, size), DEVIATIONS).any(1).nonzero()[:, 0]
    if float(power[far].sum()) <= half:
        return 0
    try:
        test = OutlierTest(t, weight, far, clock)
    except OutOfTime:
        return 0
    away = test.beyond_neighbors(targets).square().sum(1)
    off = (4 * away > left[far].square().sum(1)) & test(left, size, DEVIATIONS)
    most = float(power[far][off].sum()) > half
    known = float((weight[far] * away)[off].sum()) > float((2 * error * size).square().sum())
    return int(off.sum()) if most and not known and _differ(targets[far][off]) else 0


def _differ(targets: Tensor) -> bool:
    """Whether most rows have targets of their own."""
    return 2 * len(torch.unique(targets, dim=0)) > len(targets)


class OutlierTest:
    """Which rows are off by more than noise, and alone with it; several rows may be at one place.

    A residual counts in units of the larger of two scales: that of all rows, and that of the rows next to
    it. What a fit has missed is missed by neighbors too, as at a front, and is not an outlier; one row in
    ten that is off at random leaves both medians as they are (Hampel 1974, J. Am. Stat. Assoc. 69).

    All rows are there, and some of them (m,) are judged: all of them by default.

    Raises
    ------
    OutOfTime
        If the clock says so while neighbors are searched for.
    """

    def __init__(
        self, t: Tensor, weight: Tensor, judged: Tensor | None = None, clock: Clock | None = None
    ) -> None:
        self.weight = weight
        places, self.place = torch.unique(t, dim=0, return_inverse=True)
        self.judged = torch.arange(len(t), device=t.device) if judged is None else judged
        own, self.own = torch.unique(self.place[self.judged], return_inverse=True)
        self.mass = torch.zeros_like(places[:, 0]).index_add_(0, self.place, weight)
        # Twice as many neighbors as surround a place: most are outliers at one place in a thousand.
        ranks = range(2, min(len(places), 1 + 2 * n_neighbors(t.shape[1])) + 1)
        self.near: Tensor | None = None  # shape: (places that are judged, neighbors)
        if len(ranks):
            near = _neighbors(places.cpu().numpy(), own.cpu().numpy(), [*ranks], clock or Clock())
            self.near = torch.from_numpy(near).to(t.device)

    def __call__(self, left: Tensor, size: Tensor, deviations: float) -> Tensor:
        """Which of the residuals (n, k), of targets of sizes (k,), are off by so many scales; (m,).

        Residuals that are nothing beside the targets are alike.
        """
        left = left.abs()
        nearby = torch.stack([self._nearby(column) for column in left.T], 1)
        scales = torch.maximum(_scales(left, self.weight, size), nearby)
        return _beyond_noise(left[self.judged], scales, deviations).any(1)

    def from_neighbors(self, y: Tensor) -> Tensor:
        """What targets (n, k) differ by from the medians of the rows next to them, shape (m, k)."""
        return torch.stack([column[self.judged] - self._nearby(column) for column in y.T], 1)

    def beyond_neighbors(self, y: Tensor) -> Tensor:
        """By how much targets (n, k) leave the range of the places around them, shape (m, k).

        One of these may be an outlier, so that the largest and the smallest do not count.
        """
        if self.near is None or self.near.shape[1] < 4:
            return torch.zeros_like(y[self.judged])
        total = y.new_zeros(len(self.mass), y.shape[1]).index_add_(0, self.place, self.weight[:, None] * y)
        nearby = (total / self.mass[:, None])[self.near].sort(1).values[self.own]
        low, high, y = nearby[:, 1], nearby[:, -2], y[self.judged]
        return (low - y).clamp_min(0) + (y - high).clamp_min(0)

    def _nearby(self, values: Tensor) -> Tensor:
        """Medians (m,) of values (n,), at one place of their mean, at the places next to each row's."""
        if self.near is None:
            return torch.zeros_like(values[self.judged])
        total = torch.zeros_like(self.mass).index_add_(0, self.place, self.weight * values)
        medians: Tensor = (total / self.mass)[self.near].median(1).values
        return medians[self.own]


def _neighbors(points: np.ndarray, own: np.ndarray, ranks: list[int], clock: Clock) -> np.ndarray:
    """Which points are the next ones to some of them; those of 100,000 in five inputs take two seconds."""
    tree, found = cKDTree(points), []
    for start in range(0, len(own), 4096):
        clock.check()
        found.append(tree.query(points[own[start : start + 4096]], ranks)[1])
    return np.concatenate(found)


def _scales(left: Tensor, weight: Tensor, size: Tensor) -> Tensor:
    """Medians of sizes (n, k) of residuals, of targets of sizes (k,); shape (k,)."""
    medians = torch.stack([_weighted_median(column, weight) for column in left.T])
    return torch.maximum(medians, SETTLED * size)


def _beyond_noise(left: Tensor, scales: Tensor, deviations: float) -> Tensor:
    """Which sizes of residuals (m, k) are off by so many deviations of noise of such medians; (m, k)."""
    # The median of the size of a normal variable, in standard deviations.
    median = torch.special.ndtri(left.new_tensor(0.75))
    off: Tensor = left > deviations * scales / median
    return off


def _weighted_median(values: Tensor, weight: Tensor) -> Tensor:
    order = torch.argsort(values, stable=True)
    share = weight[order].cumsum(0)
    middle: Tensor = values[order[torch.searchsorted(share, share[-1] / 2)]]
    return middle
