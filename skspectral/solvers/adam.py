"""Adam with an annealed rate, for the papers' settings and for losses that are not squares."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from sklearn.base import BaseEstimator
from torch import Tensor

from .driver import State
from .problem import FullProblem

# Unit-scaled residuals become small: torch's 1e-8 would stop them (METHODS: trap 2).
EPSILON = 1e-30
BETA_1, BETA_2 = 0.9, 0.999


@dataclass(frozen=True)
class _Memory:
    mean: Tensor
    square: Tensor
    count: int
    decay: float


class Adam(BaseEstimator):
    """Full-batch Adam on all parameters at once, the rate falling geometrically.

    Parameters
    ----------
    learning_rate : float, default=1e-3
        First rate.
    final_rate : float, default=1e-5
        Rate at the last of `max_iter` iterations.
    norm : float, default=2.0
        The loss is the mean of |residual|^norm, norm >= 2. Large norms leave no spikes for the next
        stage (paper, section 3.3).

    References
    ----------
    Kingma and Ba 2015; Ng et al., arXiv 2407.17213, sections 3.3 and 4.

    Examples
    --------
    >>> from skspectral.solvers import Adam
    >>> Adam(norm=10)
    Adam(norm=10)
    """

    patience = math.inf  # the annealed rate decides when it ends
    judge_every = 20

    def __init__(
        self, *, learning_rate: float = 1e-3, final_rate: float = 1e-5, norm: float = 2.0
    ) -> None:
        self.learning_rate = learning_rate
        self.final_rate = final_rate
        self.norm = norm

    def init(self, problem: FullProblem, theta: Tensor, max_iter: int) -> State:
        """Evaluate the start."""
        zero = torch.zeros_like(theta)
        decay = (self.final_rate / self.learning_rate) ** (1 / max(1, max_iter - 1))
        return State(problem.evaluate(theta), _Memory(zero, zero, 0, decay))

    def step(self, problem: FullProblem, state: State) -> State:
        """One update."""
        memory, gradient = state.memory, problem.gradient(state.point)
        count = memory.count + 1
        mean = BETA_1 * memory.mean + (1 - BETA_1) * gradient
        square = BETA_2 * memory.square + (1 - BETA_2) * gradient.square()
        rate = self.learning_rate * memory.decay**memory.count / (1 - BETA_1**count)
        root = (square / (1 - BETA_2**count)).sqrt()
        theta = state.point.theta - rate * mean / (root + EPSILON)
        return State(problem.evaluate(theta), _Memory(mean, square, count, memory.decay))
