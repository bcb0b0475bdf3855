"""Training of one network: limits, the solver that the cost asks for, and the error reached."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from .._backend.device import threads_for
from ..solvers import (
    LBFGS,
    Adam,
    FullProblem,
    LevenbergMarquardt,
    Limits,
    Solution,
    StageData,
    eliminate_readout,
    lm_step_flops,
    minimize,
)

SEED_STRIDE = 2**32 + 15  # beyond every seed that a user may give
# Levenberg-Marquardt is cheaper than L-BFGS to any error while one step stays below this many operations
# (about a second on two cores; `python -m benchmarks.solvers`).
MAX_STEP_FLOPS = 6e10


@dataclass(frozen=True)
class Training:
    """How networks are trained: the solver (None: by cost), limits, and the source of randomness."""

    solver: Any | None
    limits: Limits
    generator: torch.Generator

    def at(self, stage: int) -> Training:
        """With draws of this stage's own: the same whether stages before it were drawn or kept.

        None of them is that of the generator itself, which has drawn the split of the rows.
        """
        seed = (self.generator.initial_seed() + SEED_STRIDE * (stage + 1)) % 2**63
        return replace(self, generator=torch.Generator().manual_seed(seed))


def train(data: StageData, theta: Tensor, training: Training, limits: Limits) -> Solution:
    """The solution from a start, the readout eliminated unless the solver trains it with the rest."""
    solver, flops = solver_for(data, training)
    with threads_for(flops):
        if solver.eliminates:
            return minimize(solver, eliminate_readout(data), theta, limits)
        problem = FullProblem(data, solver.norm)
        return minimize(solver, problem, problem.start(theta), limits)


def solver_for(data: StageData, training: Training) -> tuple[Any, float]:
    """What trains, and the operations of a second-order step."""
    flops = lm_step_flops(data.samples.n, data.samples.k, data.network.shapes)
    return training.solver or solver_by_cost(data, flops), flops


def solver_by_cost(data: StageData, flops: float) -> Any:
    """The solver that reaches an error soonest, by the operations of its steps."""
    network = data.network
    if "relu" in network.activations:  # second-order steps are of no use across kinks
        return Adam(learning_rate=1e-2, final_rate=1e-4)
    return LevenbergMarquardt() if network.has_factors and flops <= MAX_STEP_FLOPS else LBFGS()


def error_of(solution: Solution) -> float:
    """The held-out error, or that of the rows where none are held out."""
    error = solution.validation_error
    return math.sqrt(solution.point.loss) if math.isnan(error) else error
