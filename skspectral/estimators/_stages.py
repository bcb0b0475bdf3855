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
from ._linear import fit_linear
from ._network_stage import NetworkFit, Training, fit_network
from ._starts import Wishes

# A later stage must lower the error by this share, a network must beat the linear stage by this.
WORTHWHILE, NETWORK_WORTHWHILE = 0.95, 0.9
# What is left counts as rounding below this, in units of the largest |y|.
ROUNDING = 10 * torch.finfo(torch.float64).eps
# Linear errors relative to y at which no network is tried: what it could add is not worth its time.
GOOD_ENOUGH = 1e-9
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
        if self.network is not None and self.theta is not None:
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
    has_network: bool = False
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
        networks = self.has_network or parts.network is not None
        stages = (*self.stages, stage)
        return Progress(residual, error, self.size, self.n_before, networks, stages)


def grow(
    progress: Progress, plan: Plan, report: Callable[[Progress], None]
) -> tuple[Progress, Status]:
    """Add up to `plan.n_stages` stages, and say why no more came.

    Ctrl-C and a lack of memory end the fit and keep the stages accepted so far; with none they are
    raised.
    """
    for _ in range(plan.n_stages):
        status = _nothing_left(progress, plan)
        if status is not None:
            return progress, status
        try:
            progress, status = _next_stage(progress, plan)
        except (KeyboardInterrupt, MemoryError, torch.OutOfMemoryError) as failure:
            if not progress.index:
                raise
            interrupted = isinstance(failure, KeyboardInterrupt)
            return progress, Status.INTERRUPTED if interrupted else Status.OUT_OF_MEMORY
        if status is not None:
            return progress, status
        report(progress)
    return progress, _nothing_left(progress, plan) or Status.MAX_STAGES


def _nothing_left(progress: Progress, plan: Plan) -> Status | None:
    if progress.residual.rms() <= ROUNDING:
        return Status.ROUNDING_FLOOR
    if progress.stages:
        last = progress.stages[-1].parts.status
        if last.ends_the_fit:
            return last
    if time.monotonic() > plan.deadline:
        return Status.MAX_TIME
    if progress.index and is_noise(progress.residual):
        return Status.NOISE_FLOOR
    return None


def is_noise(residual: Samples) -> bool:
    """Whether what is left is white, and more than rounding."""
    if residual.rms() <= 1e3 * ROUNDING:
        return False
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
    if parts is not None and (parts.status.ends_the_fit or not math.isfinite(parts.error)):
        return parts.status if parts.status.ends_the_fit else Status.NON_FINITE
    if progress.residual.rms() <= 1e3 * ROUNDING:
        return Status.ROUNDING_FLOOR
    return Status.NOISE_FLOOR if is_noise(progress.residual) else Status.NO_IMPROVEMENT


def _best_parts(samples: Samples, plan: Plan, progress: Progress) -> FittedParts | None:
    """The linear stage, or a network where one is wanted and does better."""
    n_modes = plan.modes(progress.index)
    linear = None
    if plan.init == "spectrum" and n_modes != 0:
        linear = fit_linear(samples, LinearOptions(n_modes, plan.alpha, plan.extension))
    best = None if linear is None else _linear_parts(linear)
    if plan.shape == () or (plan.shape is None and not _try_network(samples, linear, progress)):
        return best
    to_beat = math.inf if plan.shape is not None or linear is None else linear.error
    wishes = Wishes(
        plan.shape, n_modes, plan.hidden_input, plan.readout, plan.init, progress.index
    )
    spectrum = None if linear is None else linear.expansion
    network = fit_network(samples, spectrum, wishes, plan.training, to_beat)
    if network is None or not network.error < NETWORK_WORTHWHILE * to_beat:
        return best
    return _network_parts(network)


def _try_network(samples: Samples, linear: Candidate | None, progress: Progress) -> bool:
    """Whether the default should spend time on a network here: at most one, where it can help."""
    if progress.has_network or samples.n < MIN_ROWS_FOR_NETWORKS:
        return False
    if linear is None:
        return True
    if linear.error * progress.heldout_error < GOOD_ENOUGH * progress.size:
        return False
    left = samples.with_targets(samples.y - linear.expansion(samples.t))
    return not is_noise(left)


def _linear_parts(fit: Candidate) -> FittedParts:
    return FittedParts(fit.expansion, None, None, None, fit.error, 0, Status.SOLVED, [])


def _network_parts(fit: NetworkFit) -> FittedParts:
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

