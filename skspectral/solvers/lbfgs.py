"""Limited-memory BFGS with a relative curvature test.

torch's own drops a curvature pair unless y.s > 1e-10 in absolute terms: at small losses it loses
its memory. Here the test is relative, so the loss may have any scale.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any, ClassVar

import torch
from sklearn.utils._param_validation import Interval
from torch import Tensor

from .._backend.clock import Clock
from .._backend.device import EPS
from .._backend.sklearn_base import BaseEstimator
from .driver import Limits, State
from .problem import PointT, Problem


@dataclass(frozen=True)
class _Memory:
    gradient: Tensor
    steps: tuple[Tensor, ...] = ()
    changes: tuple[Tensor, ...] = ()
    clock: Clock = field(default_factory=Clock)


class LBFGS(BaseEstimator):
    """Quasi-Newton training with the readout eliminated at every step.

    Parameters
    ----------
    memory : int, default=50
        Number of curvature pairs kept.

    References
    ----------
    Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 3.5.

    Examples
    --------
    >>> from skspectral.solvers import LBFGS
    >>> LBFGS(memory=20)
    LBFGS(memory=20)
    """

    patience = 100.0
    judge_every = 1
    eliminates = True

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "memory": [Interval(Integral, 1, None, closed="left")]
    }

    def __init__(self, *, memory: int = 50) -> None:
        self.memory = memory

    def init(self, problem: Problem[PointT], parameters: Tensor, limits: Limits) -> State[PointT]:
        """Evaluate the start and its gradient."""
        self._validate_params()
        point = problem.evaluate(parameters)
        return State(point, _Memory(problem.gradient(point), clock=limits.clock))

    def step(self, problem: Problem[PointT], state: State[PointT]) -> State[PointT]:
        """One line search along the quasi-Newton direction."""
        memory, point = state.memory, state.point
        direction = _inward(problem, point, _direction(memory))
        if not float(direction @ memory.gradient) < 0:
            memory = _Memory(memory.gradient, clock=memory.clock)
            direction = _inward(problem, point, -memory.gradient)
        first = 1.0 if memory.steps else 1.0 / max(float(memory.gradient.norm()), sys.float_info.min)
        found = _weak_wolfe(problem, point, memory.gradient, direction, first, memory.clock)
        if found is None:
            restarted = _Memory(memory.gradient, clock=memory.clock)
            return State(point, restarted, stuck=not memory.steps)
        trial, gradient = found
        return State(trial, self._remember(memory, trial.parameters - point.parameters, gradient))

    def _remember(self, memory: _Memory, step: Tensor, gradient: Tensor) -> _Memory:
        change = gradient - memory.gradient
        curved = float(step @ change) > EPS * float(step.norm() * change.norm())
        if not curved:
            return replace(memory, gradient=gradient)
        steps, changes = (*memory.steps, step), (*memory.changes, change)
        return _Memory(gradient, steps[-self.memory :], changes[-self.memory :], memory.clock)


def _direction(memory: _Memory) -> Tensor:
    """Two-loop recursion."""
    q, weights = -memory.gradient, []
    for s, y in zip(reversed(memory.steps), reversed(memory.changes)):
        weights.append((s @ q) / (s @ y))
        q = q - weights[-1] * y
    if memory.steps:
        s, y = memory.steps[-1], memory.changes[-1]
        q = q * ((s @ y) / (y @ y))
    for s, y, weight in zip(memory.steps, memory.changes, reversed(weights)):
        q = q + (weight - (y @ q) / (s @ y)) * s
    return q


def _inward(problem: Problem[PointT], point: PointT, direction: Tensor) -> Tensor:
    """The direction without what leads out of bounds: parameters at a bound stay there (Bertsekas 1982)."""
    next_number = torch.nextafter(
        point.parameters, torch.copysign(torch.full_like(direction, math.inf), direction)
    )
    ahead = problem.clip(next_number)
    return torch.where(ahead == point.parameters, 0.0, direction)


def _weak_wolfe(
    problem: Problem[PointT],
    point: PointT,
    gradient: Tensor,
    direction: Tensor,
    length: float,
    clock: Clock,
    decrease: float = 1e-4,
    curvature: float = 0.9,
    max_trials: int = 25,
) -> tuple[PointT, Tensor] | None:
    """A point that satisfies the weak Wolfe conditions, by bisection (Lewis and Overton 2013).

    `decrease` and `curvature` are c_1 and c_2 of Nocedal and Wright, section 3.1, with their values.
    """
    slope = float(gradient @ direction)
    low, high = 0.0, math.inf
    best: tuple[PointT, Tensor] | None = None
    for _ in range(max_trials):
        clock.check()
        trial = problem.evaluate(problem.clip(point.parameters + length * direction))
        if not trial.loss <= point.loss + decrease * length * slope:
            high = length
        else:
            best = trial, problem.gradient(trial)
            if float(best[1] @ direction) >= curvature * slope:
                return best
            low = length
        length = 2 * low if high == math.inf else (low + high) / 2
    return best if best is not None and best[0].loss < point.loss else None
