"""Residual stages: fit what is left, at unit scale, keep what lowers the held-out error, repeat."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from .._backend.least_squares import LEAST_FREEDOM
from .._backend.samples import Samples
from ..networks import StageFunction
from ..selection import Design, between_two, excess, falls
from ..solvers import Status
from ..spectrum import detect_grid, looks_white, outruns_sampling
from ._candidate import FittedParts

# A later stage must lower the error by this share.
WORTHWHILE = 0.95
# What is left counts as rounding below this, in units of the largest |y|.
ROUNDING = 10 * torch.finfo(torch.float64).eps
# White residuals within this factor of rounding are rounding, not noise.
NEAR_ROUNDING = 1e3
# Rows that rounding is measured on.
MOST_ROUNDED = 5000
# Residuals of the rows below this share of the held-out error say little of what is missed elsewhere: a
# stage that fitted them would lower the one and not the other (seen: 1e-9 reported, 4e-8 true).
INTERPOLATING = 0.1
# Two fits of the same rows contradict each other where they are farther apart than so many times the error
# that is expected of one: that is within a factor of ten of the true one.
CONTRADICTION = 10.0
# Held-out error, as a share of y, from which on the sampling is looked at: by what is left, and by y
# itself; and the stop reasons that it can be behind.
UNEXPLAINED, UNCERTAIN = 0.5, 0.01
MAY_BE_SPARSE = {Status.NO_IMPROVEMENT, Status.NOISE_FLOOR, Status.MAX_STAGES}


@dataclass(frozen=True)
class AcceptedStage:
    """Parts with their place in the sum; errors in the units of the samples."""

    parts: FittedParts
    scale: float
    train_error: float
    heldout_error: float
    seconds: float


@dataclass(frozen=True)
class Progress:
    """Where a fit stands: the residual, its held-out size, and what was accepted so far."""

    residual: Samples
    targets: Tensor  # shape: (n, k)
    unseen: Tensor  # what rows are missed by, had no stage seen those set aside; shape: (n, k)
    design: Design
    heldout_error: float
    size: float  # root mean square of y about its mean
    n_before: int  # stages of an earlier fit (warm start)
    hidden: Tensor  # what the next stage's network sees: t, or features of the last stage
    there: Tensor  # the sum of stages at the places of the design
    hidden_there: Tensor  # and what the next stage's network sees there
    floor: float = ROUNDING  # size of a residual that is rounding
    stages: tuple[AcceptedStage, ...] = ()
    pending: tuple[FittedParts, float, Tensor] | None = None  # a stage that `unseen` lacks
    spent: float = 0.0  # leverage of the stages that did see the rows set aside

    @property
    def index(self) -> int:
        """Number of the next stage."""
        return self.n_before + len(self.stages)

    def accept(self, parts: FittedParts, scale: float, seconds: float) -> Progress:
        """With one more stage."""
        values, hidden = parts.function(self.residual.t, self.hidden)
        residual = self.residual.with_targets(self.residual.y - scale * values)
        # Earlier stages saw these rows: the error falls by this stage's share of what it was.
        floor = max(self.floor, scale * _rounding(parts.function, self.residual.t, self.hidden))
        error = max(parts.error * self.heldout_error, floor)
        stage = AcceptedStage(parts, scale, residual.rms(), error, seconds)
        values, hidden_there = parts.function(self.design.places, self.hidden_there)
        return replace(
            self,
            residual=residual,
            heldout_error=error,
            hidden=hidden,
            there=self.there + scale * values,
            hidden_there=hidden_there,
            floor=floor,
            stages=(*self.stages, stage),
            pending=(parts, scale, self.hidden),
        )

    def caught_up(self) -> Progress:
        """With the last stage in `unseen`: it is fitted anew, without the rows set aside."""
        if self.pending is None:
            return self
        unseen, spent = self.unseen_after(*self.pending)
        return replace(self, unseen=unseen, spent=spent, pending=None)

    def unseen_after(
        self, parts: FittedParts, scale: float, hidden: Tensor
    ) -> tuple[Tensor, float]:
        """What rows are missed by after a stage that has not seen those set aside, and `spent`.

        A stage that is not fitted again has seen them: its leverage counts in what they are missed by.
        """
        aside, t = self.design.aside, self.residual.t
        if aside is None or parts.refit is None:
            values, _ = parts.function(t, hidden)
            return self.unseen - scale * values, self.spent + parts.leverage
        stay = self.residual.with_targets(self.unseen / scale).take(~aside)
        values, _ = parts.refit(stay, hidden[~aside])(t, hidden)
        return self.unseen - scale * values, self.spent

    def split(self, samples: Samples) -> tuple[Samples, Samples | None]:
        """Rows of the next stage to fit and rows to judge by, at the coordinates of `samples`."""
        aside = self.design.aside
        if aside is None:
            return samples, None
        return samples.take(~aside), self._judge(samples, self.unseen, aside)

    def missed_aside(self, parts: FittedParts) -> float:
        """Error of the next stage at unit scale on the rows set aside, fitted without them.

        What stages of different families are compared by; its own error where it is not to be had.
        """
        if (aside := self.design.aside) is None or parts.refit is None:
            return parts.error
        unseen, _ = self.unseen_after(parts, self.residual.rms(), self.hidden)
        return self._judge(self.residual, unseen, aside).rms()

    def contradicts(self, parts: FittedParts, rival: FittedParts) -> bool:
        """Whether it differs from a rival, at the places, by far more than that one may be missed by."""
        values, others = (
            fit.function(self.design.places, self.hidden_there)[0] for fit in (parts, rival)
        )
        apart = float((values - others).square().sum(1).mean().sqrt())
        return apart > CONTRADICTION * rival.error

    def _judge(self, samples: Samples, unseen: Tensor, aside: Tensor) -> Samples:
        """Rows set aside, at the coordinates of `samples` and at unit scale."""
        judge = samples.with_targets(unseen / self.residual.rms())
        return replace(judge, weight=self._shares()).take(aside)

    def missed(self, unseen: Tensor, spent: float) -> Tensor:
        """Squared errors on the rows set aside, in proportion to what these stand for."""
        shares, aside = self._shares(), self.design.aside
        square = unseen.square().sum(1) / max(1 - spent, LEAST_FREEDOM) ** 2
        return (shares / shares.mean() * square)[aside]

    def _shares(self) -> Tensor:
        """What each row counts for: its weight, and the part of the box that it stands for."""
        cells = self.design.cells
        return self.residual.weight if cells is None else self.residual.weight * cells

    def relative(self, error: float) -> float:
        """An error of the next stage as a share of y."""
        return error * self.heldout_error / self.size


class Plan(Protocol):
    """What the user asked for, and how a stage is made of it."""

    @property
    def deadline(self) -> float:
        """When to stop, on time.monotonic()'s clock."""

    def fit_stage(self, samples: Samples, progress: Progress) -> FittedParts | None:
        """The next stage at unit scale, for the residual `samples`; None where nothing fits."""


def _rounding(function: StageFunction, t: Tensor, hidden: Tensor) -> float:
    """What rounding of the inputs does to a stage: epsilon times the size of t.grad f, on some rows."""
    some = slice(None, None, -(-len(t) // MOST_ROUNDED))
    t, hidden, nudge = t[some], hidden[some], 1e-7
    nudged, _ = function(t * (1 + nudge), hidden * (1 + nudge))
    change = nudged - function(t, hidden)[0]
    eps = torch.finfo(t.dtype).eps
    return 2 * eps * float(change.square().sum(1).mean().sqrt()) / nudge


def grow(
    progress: Progress, plan: Plan, n_stages: int, report: Callable[[Progress], None]
) -> tuple[Progress, Status]:
    """Add up to `n_stages` stages, and say why no more came.

    Ctrl-C, a lack of memory and a failed factorization end the fit and keep the stages accepted so
    far; with none they are raised.
    """
    given = progress.residual
    progress, status = _grow(progress, plan, n_stages, report)
    return progress, Status.TOO_SPARSE if _too_sparse(given, progress, status) else status


def _too_sparse(given: Samples, progress: Progress, status: Status) -> bool:
    """Whether the rows are to blame: most of y is unexplained, or it alternates and is not met exactly.

    Rows of a grid that are set aside lie on it: of what is between nodes they tell nothing where y
    alternates from node to node.
    """
    if status not in MAY_BE_SPARSE or progress.heldout_error < UNCERTAIN * progress.size:
        return False
    left, grid = progress.residual, detect_grid(given.t)
    if progress.heldout_error >= UNEXPLAINED * progress.size:
        return outruns_sampling(left.y, left.t, grid)
    even = grid is not None and all(grid.uniform(axis) for axis in range(given.d))
    return even and outruns_sampling(given.y, given.t, grid)


def _grow(
    progress: Progress, plan: Plan, n_stages: int, report: Callable[[Progress], None]
) -> tuple[Progress, Status]:
    for _ in range(n_stages):
        status = _nothing_left(progress, plan)
        if status is not None:
            return progress, status
        try:
            progress, status = _next_stage(progress, plan)
        except (KeyboardInterrupt, MemoryError, RuntimeError) as failure:
            status = _status_of(failure)
            if status is None or not progress.index:
                raise
        if status is not None:
            return progress, status
        report(progress)
    cut_short = bool(progress.stages) and progress.stages[-1].parts.status is Status.MAX_TIME
    last = Status.MAX_TIME if cut_short else Status.MAX_STAGES
    return progress, _nothing_left(progress, plan) or last


def _status_of(failure: BaseException) -> Status | None:
    """The stop reason that an exception stands for; None for a defect, which is to be seen."""
    if isinstance(failure, KeyboardInterrupt):
        return Status.INTERRUPTED
    if isinstance(failure, torch.linalg.LinAlgError):
        return Status.NON_FINITE
    # On the CPU torch says so in words only.
    lacking = isinstance(failure, (MemoryError, torch.OutOfMemoryError))
    return Status.OUT_OF_MEMORY if lacking or "allocate memory" in str(failure) else None


def _nothing_left(progress: Progress, plan: Plan) -> Status | None:
    if progress.residual.rms() <= progress.floor:
        return _at_rounding(progress)
    if progress.stages:
        last = progress.stages[-1].parts.status
        if last.needs_attention and last is not Status.MAX_TIME:  # a stage's share of it may be over
            return last
        if progress.residual.rms() < INTERPOLATING * progress.heldout_error:
            return _at_rounding(progress)
    if time.monotonic() > plan.deadline:
        return Status.MAX_TIME
    if progress.index and is_white(progress.residual):
        near = progress.residual.rms() <= NEAR_ROUNDING * progress.floor
        return _at_rounding(progress) if near else Status.NOISE_FLOOR
    return None


def _at_rounding(progress: Progress) -> Status:
    """Nothing is left on the training rows; whether that holds elsewhere is another question."""
    holds = progress.heldout_error <= NEAR_ROUNDING * progress.floor
    return Status.ROUNDING_FLOOR if holds else Status.INTERPOLATED


def is_white(residual: Samples) -> bool:
    """Whether what is left is noise: of the data, or of rounding."""
    return looks_white(residual.y, residual.t, detect_grid(residual.t))


def _next_stage(progress: Progress, plan: Plan) -> tuple[Progress, Status | None]:
    started, progress = time.monotonic(), progress.caught_up()
    scale = progress.residual.rms()
    unit = progress.residual.with_targets(progress.residual.y / scale)
    parts = plan.fit_stage(unit, progress)
    if parts is not None:
        parts = _judged(parts, progress, scale)
    most = WORTHWHILE if progress.index else 1.0
    if parts is None or not parts.error < most:
        return progress, _why_not(parts, progress)
    return progress.accept(parts, scale, time.monotonic() - started), None


def _judged(parts: FittedParts, progress: Progress, scale: float) -> FittedParts:
    """With the error on rows that no stage saw: a residual of stages that saw them tells nothing.

    And with what no row tells: by how much the sum of all stages leaves the range of the targets between
    the rows, and, of a first stage, what may lie between two nodes of an axis.
    """
    values, _ = parts.function(progress.design.places, progress.hidden_there)
    beyond = excess(progress.there + scale * values, progress.targets) / progress.heldout_error
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


def _why_not(parts: FittedParts | None, progress: Progress) -> Status:
    if parts is not None and parts.status.needs_attention:
        return parts.status
    if parts is not None and not math.isfinite(parts.error):
        return Status.NON_FINITE
    if progress.residual.rms() <= NEAR_ROUNDING * progress.floor:
        return _at_rounding(progress)
    return Status.NOISE_FLOOR if is_white(progress.residual) else Status.NO_IMPROVEMENT
