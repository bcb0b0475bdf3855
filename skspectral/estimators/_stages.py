"""Residual stages: fit what is left, at unit scale, keep what lowers the held-out error, repeat."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .._backend.samples import Samples
from ..networks import DenseNetwork, Expansion
from ..solvers import Status
from ..spectrum import detect_grid, looks_white
from ._candidate import Candidate, LinearOptions
from ._line_stage import fit_lines
from ._linear import fit_linear
from ._network_stage import NetworkFit, Training, fit_network
from ._starts import Wishes

# A later stage must lower the error by this share; trained lines must beat the linear stage by this.
WORTHWHILE, LINES_WORTHWHILE = 0.95, 0.5
MAX_LINE_DIMENSION = 3
# What is left counts as rounding below this, in units of the largest |y|.
ROUNDING = 10 * torch.finfo(torch.float64).eps
# White residuals within this factor of rounding are rounding, not noise.
NEAR_ROUNDING = 1e3
# Linear errors relative to y at which nothing is trained: networks pay where something is steep, and
# then series do far worse than this (1e-2 on fronts and rings). At 1e-6 on smooth targets they cost a
# minute and gained nothing.
GOOD_ENOUGH = 1e-5
# Fewer rows than this cannot tell a network from chance.
MIN_ROWS_FOR_NETWORKS = 50


@dataclass(frozen=True)
class Plan:
    """What the user asked of every stage; None leaves the choice to the data."""

    n_stages: int
    n_modes: tuple[int | None, ...]  # per stage, the last one repeated
    shape: tuple[int, ...] | None  # hidden layers; (): none
    alpha: float | None
    extension: float | None
    init: str
    readout: str
    hidden_input: str
    training: Training

    def modes(self, index: int) -> int | None:
        """Number of modes of a stage."""
        return self.n_modes[min(index, len(self.n_modes) - 1)]

    @property
    def deadline(self) -> float:
        """When to stop, on time.monotonic()'s clock."""
        return self.training.limits.deadline


@dataclass(frozen=True)
class FittedParts:
    """A stage at unit scale: what predicts, its held-out error, how it was found."""

    expansion: Expansion
    network: DenseNetwork | None
    theta: Tensor | None
    readout: Tensor | None
    error: float
    n_iter: int
    status: Status
    losses: list[float]

    def predict(self, t: Tensor) -> Tensor:
        """Values (n, k)."""
        total = self.expansion(t)
        if self.network is not None and self.theta is not None and self.readout is not None:
            total = total + self.network.features(self.theta, t) @ self.readout
        return total


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
    heldout_error: float
    size: float  # root mean square of y about its mean
    n_before: int  # stages of an earlier fit (warm start)
    floor: float = ROUNDING  # size of a residual that is rounding
    stages: tuple[AcceptedStage, ...] = ()

    @property
    def index(self) -> int:
        """Number of the next stage."""
        return self.n_before + len(self.stages)

    def accept(self, parts: FittedParts, scale: float, seconds: float) -> Progress:
        """With one more stage."""
        left = self.residual.y - scale * parts.predict(self.residual.t)
        residual = self.residual.with_targets(left)
        # Earlier stages saw these rows: the error falls by this stage's share of what it was.
        error = parts.error * self.heldout_error
        stage = AcceptedStage(parts, scale, residual.rms(), error, seconds)
        stages = (*self.stages, stage)
        floor = max(self.floor, scale * _rounding(parts, self.residual.t))
        return Progress(residual, error, self.size, self.n_before, floor, stages)


def _rounding(parts: FittedParts, t: Tensor) -> float:
    """What rounding of the inputs does to a stage: epsilon times the size of t.grad f."""
    nudge = 1e-7
    change = parts.predict(t * (1 + nudge)) - parts.predict(t)
    eps = torch.finfo(t.dtype).eps
    return 2 * eps * float(change.square().sum(1).mean().sqrt()) / nudge


def grow(
    progress: Progress, plan: Plan, report: Callable[[Progress], None]
) -> tuple[Progress, Status]:
    """Add up to `plan.n_stages` stages, and say why no more came.

    Ctrl-C, a lack of memory and a failed factorization end the fit and keep the stages accepted so
    far; with none they are raised.
    """
    for _ in range(plan.n_stages):
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
    return progress, _nothing_left(progress, plan) or Status.MAX_STAGES


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
        if last.needs_attention:
            return last
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
    started, scale = time.monotonic(), progress.residual.rms()
    unit = progress.residual.with_targets(progress.residual.y / scale)
    parts = _best_parts(unit, plan, progress)
    most = WORTHWHILE if progress.index else 1.0
    if parts is None or not parts.error < most:
        return progress, _why_not(parts, progress)
    return progress.accept(parts, scale, time.monotonic() - started), None


def _why_not(parts: FittedParts | None, progress: Progress) -> Status:
    if parts is not None and parts.status.needs_attention:
        return parts.status
    if parts is not None and not math.isfinite(parts.error):
        return Status.NON_FINITE
    if progress.residual.rms() <= NEAR_ROUNDING * progress.floor:
        return _at_rounding(progress)
    return Status.NOISE_FLOOR if is_white(progress.residual) else Status.NO_IMPROVEMENT


def _best_parts(samples: Samples, plan: Plan, progress: Progress) -> FittedParts | None:
    """The linear stage, or trained lines or a network where wanted and better."""
    n_modes = plan.modes(progress.index)
    linear = None
    if plan.init == "spectrum" and n_modes != 0:
        options = LinearOptions(n_modes, plan.alpha, plan.extension, plan.deadline)
        linear = fit_linear(samples, options)
    best = None if linear is None else _linear_parts(linear)
    if plan.shape == ():
        return best
    if plan.shape is not None:
        network = _network(samples, linear, plan, progress, math.inf)
        # A full readout holds the linear stage: the net is that plus something, or it is too much.
        if plan.readout == "full" and best is not None and network is not None:
            return min(best, network, key=lambda parts: parts.error)
        return network or best
    if linear is not None and _is_enough(samples, linear, progress):
        return best
    if linear is not None and samples.d <= MAX_LINE_DIMENSION and n_modes is None:
        lines = fit_lines(samples, plan.training.limits, LINES_WORTHWHILE * linear.error)
        best = best if lines is None else _trained_parts(lines)
    if best is not None and _relative(best.error, progress) < GOOD_ENOUGH:
        return best
    if progress.index or samples.n < MIN_ROWS_FOR_NETWORKS:  # what one did not find once, it leaves
        return best
    to_beat = math.inf if best is None else best.error
    return _network(samples, linear, plan, progress, to_beat) or best


def _network(
    samples: Samples, linear: Candidate | None, plan: Plan, progress: Progress, to_beat: float
) -> FittedParts | None:
    """The best network, if it beats `to_beat` by more than chance."""
    wishes = Wishes(
        plan.shape,
        plan.modes(progress.index),
        plan.hidden_input,
        plan.readout,
        plan.init,
        progress.index,
    )
    spectrum = None if linear is None else linear.expansion
    fit = fit_network(samples, spectrum, wishes, plan.training, to_beat)
    return None if fit is None else _trained_parts(fit)


def _relative(error: float, progress: Progress) -> float:
    """A stage's error as a share of y."""
    return error * progress.heldout_error / progress.size


def _is_enough(samples: Samples, linear: Candidate, progress: Progress) -> bool:
    """Whether training could add nothing worth its time to the linear stage."""
    if _relative(linear.error, progress) < GOOD_ENOUGH:
        return True
    return is_white(samples.with_targets(samples.y - linear.expansion(samples.t)))


def _linear_parts(fit: Candidate) -> FittedParts:
    return FittedParts(fit.expansion, None, None, None, fit.error, 0, Status.SOLVED, [])


def _trained_parts(fit: NetworkFit) -> FittedParts:
    return FittedParts(
        fit.expansion,
        fit.network,
        fit.theta,
        fit.readout,
        fit.error,
        fit.n_iter,
        fit.status,
        fit.losses,
    )

