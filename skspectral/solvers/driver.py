"""The one loop: it owns iterations, time, non-finite values, the best iterate, Ctrl-C and history."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol

from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.device import EPS
from ..linalg.errors import LinAlgError
from .problem import PointT, Problem
from .status import Status

# Steps of Levenberg-Marquardt that separate hopeless from promising starts on fronts and rings, and that
# refine lines well enough to look at what they leave.
FEW_STEPS = 16


@dataclass(frozen=True)
class Limits:
    """When to stop at the latest."""

    max_iter: int
    clock: Clock = field(default_factory=Clock)
    tol: float = 1e-3


@dataclass(frozen=True)
class State(Generic[PointT]):
    """Where a solver is; `memory` belongs to the solver, `stuck` says that no step helps."""

    point: PointT
    memory: Any
    stuck: bool = False


class Solver(Protocol):
    """A solver is `init` and `step`.

    Training ends when the error has not fallen by `tol` for `patience` iterations; it is judged on
    the held-out rows at every `judge_every`-th. The readout is eliminated from the problem where the
    solver `eliminates` it, and trained with all other parameters where not.
    """

    patience: float
    judge_every: int

    @property
    def eliminates(self) -> bool:
        """Whether the readout is solved exactly at every step."""

    def init(self, problem: Any, parameters: Tensor, limits: Limits) -> State[Any]:
        """Evaluate the start."""

    def step(self, problem: Any, state: State[Any]) -> State[Any]:
        """One iteration."""


@dataclass(frozen=True)
class Solution(Generic[PointT]):
    """The best point, by the held-out error where there is one."""

    point: PointT
    validation_error: float
    n_iter: int
    status: Status
    losses: list[float]


def minimize(
    solver: Solver, problem: Problem[PointT], parameters: Tensor, limits: Limits
) -> Solution[PointT]:
    """Run `solver` from `parameters` until a limit or one of the stop rules, and keep the best point.

    No step begins that would end late if it took as long as the longest so far, or as the start did.
    """
    clock, given = limits.clock, limits.clock.left
    state = solver.init(problem, parameters, limits)
    status, longest = Status.MAX_ITER, 0.0 if given == math.inf else given - clock.left
    watch = _Watch(problem, solver, state.point, limits)
    try:
        while len(watch.losses) <= limits.max_iter:
            clock.check(longest)
            before = clock.left
            state = solver.step(problem, state)
            if before < math.inf:
                longest = max(longest, before - clock.left)
            verdict = watch.note(state)
            clock.recorder.note(watch.error, math.sqrt(watch.losses[-1]))
            if verdict is not None:
                status = verdict
                break
    except KeyboardInterrupt:  # where no handler of ours notes it
        clock.interrupt()
        status = Status.INTERRUPTED
    except OutOfTime:
        status = Status.of_clock(clock)
    except LinAlgError:  # a factorization met what is not finite
        status = Status.NON_FINITE
    watch.judge()
    clock.recorder.judged(watch.error)
    losses = [loss for loss in watch.losses if math.isfinite(loss)]  # the start's may not be
    return Solution(watch.best, watch.best_error, len(watch.losses) - 1, status, losses)


class _Watch(Generic[PointT]):
    """Keeps the best point and decides when training ends."""

    def __init__(self, problem: Problem[PointT], solver: Solver, point: PointT, limits: Limits) -> None:
        self.problem, self.solver, self.limits = problem, solver, limits
        self.losses = [point.loss]
        self.best, self.best_error = point, problem.validation_error(point)
        self.judged = not math.isnan(self.best_error)
        self.last, self.error = point, self.best_error  # of the last iteration, NaN where it is not judged
        self.last_gain = 0
        self.mark = self.best_error if self.judged else math.sqrt(point.loss)

    def note(self, state: State[PointT]) -> Status | None:
        """Note one iteration; a status ends the loop."""
        point = state.point
        if not math.isfinite(point.loss):
            return Status.NON_FINITE
        self.losses.append(point.loss)
        due = len(self.losses) % self.solver.judge_every == 0
        self.last, self.error = point, math.nan
        if due:
            self.judge()
        return self._verdict(state)

    def judge(self) -> None:
        """Compare the last point with the best one, and with the one that last counted as a gain."""
        point = self.last
        if point is self.best:
            return
        error = self._error(point)
        best = self.best_error if self.judged else math.sqrt(self.best.loss)
        if error < self.mark * (1 - self.limits.tol):
            self.last_gain, self.mark = len(self.losses), error
        if self.judged:
            self.error = error
        if error < best:
            self.best, self.best_error = point, self.error

    def _error(self, point: PointT) -> float:
        return self.problem.validation_error(point) if self.judged else math.sqrt(point.loss)

    def _verdict(self, state: State[PointT]) -> Status | None:
        if state.point.loss < EPS**2:  # the mean square of residuals that have unit scale
            return Status.ROUNDING_FLOOR
        if state.stuck:
            return Status.STUCK
        if self.limits.clock.over:
            return Status.of_clock(self.limits.clock)
        patience = self.solver.patience
        if len(self.losses) - max(self.last_gain, 1) >= patience:
            falling = self.losses[-1] < self.losses[-int(patience)] * (1 - self.limits.tol) ** 2
            return Status.OVERFIT if self.judged and falling else Status.CONVERGED
        return None
