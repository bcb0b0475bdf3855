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
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.principal import turned_back
from .._backend.samples import Samples, canonical_samples
from ..selection import DEVIATIONS, MAX_IDLE_TRIALS, OutlierTest, StageFit

Fit = Callable[[Samples], StageFit | None]


@dataclass(frozen=True)
class Judged:
    """Weights (n,), and the last fit at unit scale, with the weights of its rows; None before the first."""

    weight: Tensor
    fitted: Tensor | None = None
    fit: StageFit | None = None

    def known(self, clock: Clock) -> tuple[Tensor, StageFit | None]:
        """The weights, and the fit where it is one to their rows; after Ctrl-C those of the fit."""
        if self.fit is None or self.fitted is None:
            return self.weight, None
        if clock.interrupted:
            return self.fitted, self.fit
        return self.weight, self.fit if torch.equal(self.weight, self.fitted) else None


def without_outliers(
    X: Tensor,  # shape: (n, d)
    y: Tensor,  # shape: (n, k)
    weight: Tensor,  # shape: (n,)
    fit: Fit,  # the best one for samples
    clock: Clock,
) -> tuple[Tensor, StageFit | None]:
    """The weights, zero for rows that are far off what `fit` makes of the others.

    All rows are judged anew each time, until the same ones are found. At first they are judged by the rows
    next to them, and more severely: two outliers that are left in bend a fit, a few good rows that are left
    out do not. From a fit to all rows half of 20 lines with an outlier in ten rows were not recovered.
    When time is up the weights are those of the last fit, and as they were where there is none. That fit is
    returned too where it is one to the rows that are left: the model so far, should there be no time for
    another.
    """
    present = weight > 0
    some = weight[present]
    last = Judged(some)
    with suppress(OutOfTime):
        for judged in _judged(X[present], y[present], some, fit, clock):
            last = judged
            clock.check()
    kept, found = last.known(clock)
    weight = weight.clone()
    weight[present] = kept
    return weight, found


def _judged(X: Tensor, y: Tensor, some: Tensor, fit: Fit, clock: Clock) -> Iterator[Judged]:
    """The weights by the neighbors of each row, and by one fit after another."""
    _, units = canonical_samples(X, y, some)
    test = OutlierTest(units.inputs.apply(X), some, clock=clock)
    mean = (some @ y) / some.sum()
    size = (some @ (y - mean).square() / some.sum()).sqrt()
    severe = 2.0  # one good row in twenty
    last = Judged(torch.where(test(test.from_neighbors(y), size, severe), 0.0, some))
    yield last
    for deviations in (severe, *(MAX_IDLE_TRIALS - 1) * [DEVIATIONS]):
        kept = last.weight
        samples, units = canonical_samples(X, y, kept)
        left = centered = y / units.unit - units.offset
        found = fit(samples)
        if found is None:
            clock.check()
        else:
            t = units.inputs.apply(X)
            left = centered - turned_back(samples.rms() * found.function.values(t, t), units.turn)
            last = Judged(last.weight, kept, found)
        size = (kept @ centered.square() / kept.sum()).sqrt()
        last = replace(last, weight=torch.where(test(left, size, deviations), 0.0, some))
        yield last
        if torch.equal(kept, last.weight):
            return
