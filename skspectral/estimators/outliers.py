"""The loss "huber": rows that are far off are found by fits without them, and lose their weight.

Reweighted least squares, with weights of one and zero. Huber's own weights fall as one over the residual
(1964, Ann. Math. Stat. 35): rows that are far off keep pulling by a constant, so that nothing is met to
more digits than that, and the rows of a grid no longer count alike, which its transforms need. With weights
of zero (Hampel's rejection rule: Huber and Ronchetti 2009, "Robust Statistics", section 4.8) exact data
with gross errors are met to rounding, and a grid has gaps, which are filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import torch
from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.principal import turned_back
from .._backend.samples import Samples, Units, canonical_samples
from ..selection import DEVIATIONS, MAX_IDLE_TRIALS, OutlierTest

Fit = Callable[[Samples, Units], Callable[[Tensor], Tensor]]


def without_outliers(
    X: Tensor,  # shape: (n, d)
    y: Tensor,  # shape: (n, k)
    weight: Tensor,  # shape: (n,)
    fit: Fit,  # the samples' best function of t (m, d), to their outputs
    clock: Clock,
) -> Tensor:
    """The weights, zero for rows that are far off what `fit` makes of the others.

    All rows are judged anew each time, until the same ones are found. At first they are judged by the rows
    next to them, and more severely: two outliers that are left in bend a fit, a few good rows that are left
    out do not. From a fit to all rows half of 20 lines with an outlier in ten rows were not recovered.
    When time is up the weights are those of the last fit, and as they were where there is none.
    """
    present = weight > 0
    some = kept = weight[present]
    with suppress(OutOfTime):
        for weights in _judged(X[present], y[present], some, fit, clock):
            kept = weights
            clock.check()
    weight = weight.clone()
    weight[present] = kept
    return weight


def _judged(X: Tensor, y: Tensor, some: Tensor, fit: Fit, clock: Clock) -> Iterator[Tensor]:
    """The weights by the neighbors of each row, and by one fit after another."""
    _, units = canonical_samples(X, y, some)
    test = OutlierTest(units.inputs.apply(X), some, clock=clock)
    mean = (some @ y) / some.sum()
    size = (some @ (y - mean).square() / some.sum()).sqrt()
    severe = 2.0  # one good row in twenty
    kept = torch.where(test(test.from_neighbors(y), size, severe), 0.0, some)
    yield kept
    for deviations in (severe, *(MAX_IDLE_TRIALS - 1) * [DEVIATIONS]):
        samples, units = canonical_samples(X, y, kept)
        centered = y / units.unit - units.offset
        left = centered - turned_back(fit(samples, units)(units.inputs.apply(X)), units.turn)
        size = (kept @ centered.square() / kept.sum()).sqrt()
        off = test(left, size, deviations)
        before, kept = kept, torch.where(off, 0.0, some)
        yield kept
        if torch.equal(kept, before):
            return
