"""Adam with an annealed rate, for kinked units, the papers' settings and losses that are not squares."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, ClassVar

import torch
from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions
from torch import Tensor

from .._backend.clock import Clock
from .._backend.sklearn_base import BaseEstimator
from .driver import Limits, State
from .eliminated import EliminatedProblem
from .full import FullProblem
from .problem import BatchGradient, Point

Trainable = EliminatedProblem | FullProblem


@dataclass(frozen=True)
class _Course:
    """How far training is, by updates or by time, whichever runs out first."""

    updates: int
    started: float
    clock: Clock

    def done(self, count: int) -> float:
        """The share that is done; at most 1."""
        share = count / max(1, self.updates - 1)
        if self.clock.deadline < math.inf:
            elapsed = self.clock.now() - self.started
            share = max(share, elapsed / max(self.clock.deadline - self.started, 1e-9))
        return min(1.0, share)


@dataclass(frozen=True)
class _Memory:
    mean: Tensor
    square: Tensor
    count: int
    course: _Course
    beta_2: float

    def update(
        self, gradient: Tensor, rate: float, beta_1: float = 0.9, epsilon: float = 1e-30
    ) -> tuple[Tensor, _Memory]:
        """The move, and what is remembered after it (Kingma and Ba 2015, algorithm 1).

        Unit-scaled residuals become small: the customary epsilon, 1e-8, would stop them.
        """
        count = self.count + 1
        mean = beta_1 * self.mean + (1 - beta_1) * gradient
        square = self.beta_2 * self.square + (1 - self.beta_2) * gradient.square()
        root = (square / (1 - self.beta_2**count)).sqrt()
        move = -rate / (1 - beta_1**count) * mean / (root + epsilon)
        return move, replace(self, mean=mean, square=square, count=count)


class Adam(BaseEstimator):
    """First-order training, the rate falling.

    Parameters
    ----------
    learning_rate : float, default=1e-3
        First rate.
    final_rate : float, default=1e-5
        Rate at the last of `max_iter` iterations, or when the time is up if that comes first.
    readout : {"exact", "trained"}, default="exact"
        Solve the linear readout at every iteration and train the hidden layers alone, or train all
        parameters at once as the papers do.
    norm : float, default=2.0
        The loss is the mean of ``|residual|^norm``, norm >= 2; other norms than 2 need
        ``readout="trained"``. Large norms leave no spikes for the next stage (Ng et al., section 3.3).
    batch_size : int or None, default=None
        Rows of a mini-batch; an iteration is then a pass over all of them in random order, and an exact
        readout is solved after each. None takes all rows at once.
    precision : {"double", "single"}, default="double"
        Of gradients on mini-batches under ``readout="trained"``. "single" takes half the time; it rounds to
        1e-7, which is nothing beside the choice of rows until residuals are that small.
    annealing : {"geometric", "cosine"}, default="geometric"
        How the rate falls: by equal factors, or along half a cosine (Loshchilov and Hutter,
        arXiv 1608.03983), which is high for longer and suits mini-batches.
    beta_2 : float, default=0.999
        Decay of the mean squared gradient. Full-batch gradients have no noise to average over: 0.95
        follows their size more closely.

    References
    ----------
    Kingma and Ba 2015; Ng et al., arXiv 2407.17213, sections 3.3 and 4.

    Examples
    --------
    >>> from skspectral.solvers import Adam
    >>> Adam(norm=10, readout="trained")
    Adam(norm=10, readout='trained')
    """

    patience = math.inf  # the annealed rate decides when it ends
    judge_every = 20

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "final_rate": [Interval(Real, 0, None, closed="neither")],
        "readout": [StrOptions({"exact", "trained"})],
        "norm": [Interval(Real, 2, None, closed="left")],
        "batch_size": [None, Interval(Integral, 1, None, closed="left")],
        "precision": [StrOptions({"double", "single"})],
        "annealing": [StrOptions({"geometric", "cosine"})],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        learning_rate: float = 1e-3,
        final_rate: float = 1e-5,
        readout: str = "exact",
        norm: float = 2.0,
        batch_size: int | None = None,
        precision: str = "double",
        annealing: str = "geometric",
        beta_2: float = 0.999,
    ) -> None:
        self.learning_rate = learning_rate
        self.final_rate = final_rate
        self.readout = readout
        self.norm = norm
        self.batch_size = batch_size
        self.precision = precision
        self.annealing = annealing
        self.beta_2 = beta_2

    @property
    def eliminates(self) -> bool:
        """Whether it is to be given the problem in the hidden weights alone."""
        return self.readout == "exact"

    def init(self, problem: Trainable, parameters: Tensor, limits: Limits) -> State[Any]:
        """Evaluate the start.

        Raises
        ------
        InvalidParameterError
            If a parameter is not one of those above.
        """
        self._validate_params()
        if self.norm != 2 and self.readout == "exact":
            raise InvalidParameterError(
                f"norm={self.norm!r} has no exact readout: set readout='trained', or norm=2"
            )
        if self.precision == "single" and (self.readout == "exact" or self.batch_size is None):
            raise InvalidParameterError(
                "precision='single' is that of mini-batches with a trained readout: set batch_size and "
                "readout='trained', or precision='double'"
            )
        zero, updates = torch.zeros_like(parameters), limits.max_iter * self._n_batches(problem)
        course = _Course(updates, limits.clock.now(), limits.clock)
        return State(self._start(problem, parameters), _Memory(zero, zero, 0, course, self.beta_2))

    def _start(self, problem: Trainable, parameters: Tensor) -> Point:
        if self.batch_size is None or isinstance(problem, EliminatedProblem):
            return problem.evaluate(parameters)
        _, loss = self._on_batches(problem, None)(parameters, self._batches(problem, 0)[0])
        return problem.after_batches(parameters, loss)

    def step(self, problem: Trainable, state: State[Any]) -> State[Any]:
        """One update, or one for each batch; a pass that is cut short keeps its updates."""
        point, memory = state.point, state.memory
        assert isinstance(memory, _Memory)
        if self.batch_size is None:
            slope = problem.gradient(point)
            memory.course.clock.check()
            move, memory = memory.update(slope, self._rate(memory))
            return State(problem.evaluate(problem.clip(point.parameters + move)), memory)
        parameters, gradient = point.parameters, self._on_batches(problem, point)
        losses: list[float] = []
        for rows in self._batches(problem, memory.count):
            slope, loss = gradient(parameters, rows)
            move, memory = memory.update(slope, self._rate(memory))
            parameters = problem.clip(parameters + move)
            losses.append(loss)
            if memory.course.clock.over:
                break
        return State(problem.after_batches(parameters, sum(losses) / len(losses)), memory)

    def _on_batches(self, problem: Trainable, point: Any) -> BatchGradient:
        if isinstance(problem, FullProblem):
            return problem.on_batches(point, self.precision == "single")
        return problem.on_batches(point)

    def _rate(self, memory: _Memory) -> float:
        first, last, done = self.learning_rate, self.final_rate, memory.course.done(memory.count)
        if self.annealing == "cosine":
            return last + (first - last) * (1 + math.cos(math.pi * done)) / 2
        return first * math.pow(last / first, done)

    def _n_batches(self, problem: Trainable) -> int:
        return 1 if self.batch_size is None else -(-problem.data.samples.n // int(self.batch_size))

    def _batches(self, problem: Trainable, seed: int) -> list[Tensor]:
        """Row numbers per batch, shuffled by the number of updates so far."""
        n = problem.data.samples.n
        order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
        size = int(self.batch_size or n)
        order = order.to(problem.data.samples.t.device)
        return [order[start : start + size] for start in range(0, n, size)]
