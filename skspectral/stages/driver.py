"""Residual stages: fit what is left, at unit scale, keep what lowers the held-out error, repeat."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from .._backend.budget import affordable
from .._backend.clock import Clock, OutOfTime
from .._backend.samples import Samples
from ..selection import (
    GOOD_ENOUGH,
    SETTLED,
    TRUST,
    UNKNOWN,
    WORTHWHILE,
    Progress,
    StageFit,
    between_two,
    excess,
    falls,
    is_undersampled,
)
from ..solvers import Status

# Stop reasons that too sparse a sampling can be behind.
MAY_BE_SPARSE = {Status.NO_IMPROVEMENT, Status.NOISE_FLOOR, Status.MAX_STAGES}


class Plan(Protocol):
    """What the user asked for, and how a stage is made of it."""

    @property
    def clock(self) -> Clock:
        """When to stop."""

    def fit_stage(self, samples: Samples, progress: Progress) -> StageFit | None:
        """The next stage at unit scale, for the residual `samples`; None where nothing fits."""


@dataclass(frozen=True)
class _Known:
    """A plan of one fit that is there already."""

    clock: Clock
    fit: StageFit

    def fit_stage(self, _samples: Samples, _progress: Progress) -> StageFit | None:
        return self.fit


def grow(
    progress: Progress,
    plan: Plan,
    n_stages: int,
    report: Callable[[Progress], None],
    known: StageFit | None = None,
) -> tuple[Progress, Status]:
    """Add up to `n_stages` stages, and say why no more came.

    A fit that is known before is the first stage where there is no time for one. Ctrl-C, a lack of memory
    and a failed factorization end the fit and keep the stages accepted so far; with none they are raised.
    """
    given = progress.residual
    progress, status = _grow(progress, plan, n_stages, report)
    if known is not None and status.ends_the_fit and not progress.index:
        progress, _ = _next_stage(progress, _Known(plan.clock, known))
        if progress.index:
            report(progress)
    if plan.clock.interrupted:
        if not progress.index:
            raise KeyboardInterrupt
        return progress, Status.INTERRUPTED
    return progress, Status.TOO_SPARSE if _too_sparse(given, progress, status) else status


def _too_sparse(given: Samples, progress: Progress, status: Status) -> bool:
    """Whether the rows are to blame: most of y is unexplained, or it alternates and is not met exactly.

    Rows of a grid that are set aside are nodes too: where y alternates from node to node, they say nothing
    about what lies between.
    """
    if status not in MAY_BE_SPARSE or progress.heldout_error < GOOD_ENOUGH * progress.size:
        return False
    left, grid = progress.residual, progress.design.grid
    if progress.heldout_error >= UNKNOWN * progress.size:
        return is_undersampled(left.y, left.t, grid)
    even = grid is not None and all(grid.uniform(axis) for axis in range(given.d))
    return even and is_undersampled(given.y, given.t, grid)


def _grow(
    progress: Progress, plan: Plan, n_stages: int, report: Callable[[Progress], None]
) -> tuple[Progress, Status]:
    for _ in range(n_stages):
        status = _nothing_left(progress, plan)
        if status is not None:
            return progress, status
        try:
            progress, status = _next_stage(progress, plan)
        except OutOfTime:
            return progress, Status.of_clock(plan.clock)
        except KeyboardInterrupt:  # where no handler of ours notes it
            plan.clock.interrupt()
            return progress, Status.INTERRUPTED
        except (MemoryError, RuntimeError) as failure:
            status = _status_of(failure)
            if status is None or not progress.index:
                raise
        if status is not None:
            return progress, status
        report(progress)
    cut_short = bool(progress.stages) and progress.stages[-1].parts.status is Status.MAX_TIME
    last = Status.MAX_TIME if cut_short else Status.MAX_STAGES
    return progress, _nothing_left(progress, plan) or last


def _status_of(failure: Exception) -> Status | None:
    """The stop reason that an exception stands for; None for a defect, which must not be hidden."""
    if isinstance(failure, torch.linalg.LinAlgError):
        return Status.NON_FINITE
    # On the CPU only torch's message says so.
    lacking = isinstance(failure, (MemoryError, torch.OutOfMemoryError))
    return Status.OUT_OF_MEMORY if lacking or "allocate memory" in str(failure) else None


def _nothing_left(progress: Progress, plan: Plan) -> Status | None:
    if progress.residual.rms() <= progress.floor:
        return _at_rounding(progress)
    if progress.stages:
        last = progress.stages[-1].parts.status
        # A stage's share of the time may be over before that of the fit is.
        if last.needs_attention and last is not Status.MAX_TIME:
            return last
        # Residuals this far below the held-out error say little about the error elsewhere: a stage that
        # fitted them would lower the one and not the other (seen: 1e-9 reported, 4e-8 true).
        if TRUST * progress.residual.rms() < progress.heldout_error:
            return _at_rounding(progress)
    if plan.clock.over or plan.clock.refused or _too_late(progress, plan):
        return Status.of_clock(plan.clock)
    if progress.index and _settled(progress):
        return _why_not(None, progress)
    if progress.index and progress.leaves_noise():
        near = progress.residual.rms() <= progress.near_rounding
        return _at_rounding(progress) if near else Status.NOISE_FLOOR
    return None


def _too_late(progress: Progress, plan: Plan) -> bool:
    """Whether the time that is left ends before a stage like the last one is evaluated.

    Once for what was set aside, for what the next stage sees, for its readout, to judge it, and to accept
    it: nothing of this can be cut short, and a stage has to be trained besides.
    """
    return bool(progress.stages) and plan.clock.left < 5 * progress.stages[-1].evaluation


def _settled(progress: Progress) -> bool:
    """Whether another stage takes long and has nothing to gain.

    On scattered rows a series is grown until larger ones do not pay: a second one is another of the kind.
    """
    scattered = progress.design.grid is None and not affordable(float(progress.residual.n) ** 3)
    return scattered and progress.relative(1.0) < SETTLED


def _at_rounding(progress: Progress) -> Status:
    """Nothing is left on the training rows; whether that holds elsewhere is another question."""
    holds = progress.heldout_error <= progress.near_rounding
    return Status.ROUNDING_FLOOR if holds else Status.INTERPOLATED


def _next_stage(progress: Progress, plan: Plan) -> tuple[Progress, Status | None]:
    started, progress = plan.clock.now(), progress.caught_up()
    scale = progress.residual.rms()
    unit = progress.residual.with_targets(progress.residual.y / scale)
    plan.clock.recorder.begin_stage(progress.index + 1, progress.relative(1.0), scale / progress.size)
    parts = plan.fit_stage(unit, progress)
    at_places = None if parts is None else progress.at_places(parts)
    if parts is not None and at_places is not None:
        parts = _judged(parts, progress, scale, at_places)
    most = WORTHWHILE if progress.index else _missed_by_mean(progress.residual.n)
    if parts is None or at_places is None or not parts.error < most:
        ended = plan.clock.over or plan.clock.refused
        return progress, Status.of_clock(plan.clock) if ended else _why_not(parts, progress)
    return progress.accept(parts, scale, at_places, plan.clock, started), None


def _missed_by_mean(n: int) -> float:
    """What few of n rows are missed by when each is left out of the mean of all, over the spread about it.

    A first stage has to be worth it there; of many rows it has to be below the spread.
    """
    return max(1.0, WORTHWHILE * n / (n - 1)) if n > 1 else 1.0


def _judged(parts: StageFit, progress: Progress, scale: float, there: Tensor) -> StageFit:
    """With the error on rows that no stage saw, for the residual of stages that saw them is not evidence.

    Two errors that no row shows are added: by how much the sum of all stages leaves the range of the
    targets between the rows and, for a first stage, what may lie between the nodes of an axis that has two.
    """
    beyond = excess(progress.there + scale * there, progress.targets) / progress.heldout_error
    if not progress.index:
        bent = between_two(progress.design.grid, progress.residual.y / scale)
        return replace(parts, error=math.hypot(parts.error, beyond, bent))
    if progress.design.aside is None:
        return replace(parts, error=math.hypot(parts.error, beyond))
    after = progress.missed(*progress.unseen_after(parts, scale, progress.hidden))
    before = progress.missed(progress.unseen, progress.spent)
    if not falls(before, after):
        return replace(parts, error=1.0)
    return replace(parts, error=math.hypot(float((after.mean() / before.mean()).sqrt()), beyond))


def _why_not(parts: StageFit | None, progress: Progress) -> Status:
    if parts is not None and parts.status.needs_attention:
        return parts.status
    if parts is not None and not math.isfinite(parts.error):
        return Status.NON_FINITE
    if progress.residual.rms() <= progress.near_rounding:
        return _at_rounding(progress)
    return Status.NOISE_FLOOR if progress.leaves_noise() else Status.NO_IMPROVEMENT
