"""Stages that were found on a part of the rows, solved for on all of them where they can be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.large_inputs import AllRows
from .._backend.samples import Samples
from ..networks import FittedFunction
from ..selection import AcceptedStage, Progress, StageSum, WholeResidual, excess
from ..solvers import Status


def solved_on_all(
    progress: Progress, status: Status, every: AllRows, earlier: FittedFunction | None, clock: Clock
) -> tuple[Progress, Status]:
    """The fit with what all rows give, and why it ended.

    Stages that are solved for are solved again, unless a later one is a function of them; what networks
    were trained on stays. The error is not less than what all rows are missed by.
    """
    stages, error, left = list(progress.stages), progress.heldout_error, None
    try:
        for place, stage in enumerate(stages):
            last = place + 1 == len(stages)
            if stage.parts.whole is None or not (last or stage.parts.function.grade == 0):
                continue
            others = _sum(earlier, [other for other in stages if other is not stage])
            parts, left = stage.parts.whole(WholeResidual(every, others, stage.scale))
            left = stage.scale * left
            stages[place] = replace(stage, parts=parts)
            if last:
                error = stage.scale * parts.error
        if left is None:
            clock.check()
            residual = WholeResidual(every, _sum(earlier, stages), 1.0)
            left = math.sqrt(float(residual.map(_square)) / residual.n)
    except OutOfTime:
        status = Status.of_clock(clock)
    return _updated(progress, stages, earlier, error, left or 0.0), status


def _sum(earlier: FittedFunction | None, stages: Sequence[AcceptedStage]) -> StageSum:
    return StageSum(earlier, [(stage.scale, stage.parts.function) for stage in stages])


def _square(samples: Samples) -> Tensor:
    return (samples.root_weight * samples.y).square().sum()


def _updated(
    progress: Progress,
    stages: Sequence[AcceptedStage],
    earlier: FittedFunction | None,
    error: float,
    left: float,
) -> Progress:
    """Where a fit stands whose stages leave so much of all rows, the last one with such an error."""
    every, places = _sum(earlier, stages), progress.design.places
    rows = progress.residual.with_targets(every.rest(progress.residual.t, progress.targets))
    there = -every.rest(places, progress.there * 0)
    error = max(math.hypot(error, excess(there, progress.targets)), left, progress.floor)
    if stages:
        record = replace(stages[-1], train_error=left or rows.rms(), heldout_error=error)
        stages = [*stages[:-1], record]
    return replace(progress, residual=rows, there=there, heldout_error=error, stages=tuple(stages))
