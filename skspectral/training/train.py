"""Training of one network: limits, the solver that the cost asks for, and the error reached."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._backend.budget import affordable
from .._backend.clock import Clock
from .._backend.threads import threads_for
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
from ..spectrum import N_PROBES


@dataclass(frozen=True)
class Training:
    """How networks are trained: the solver (None: by cost), limits, and the source of randomness."""

    solver: Any | None
    limits: Limits
    generator: torch.Generator
    last_share: float = 0.0  # of time and iterations, for all rows once the error is known without some
    cell: Tensor | None = None  # of `StageData`

    def at(self, stage: int) -> Training:
        """With draws of this stage's own: the same whether stages before it were drawn or kept.

        None of them is that of the generator itself, which has drawn the split of the rows.
        """
        sequence = np.random.SeedSequence([self.generator.initial_seed(), stage])
        seed = int(sequence.generate_state(1, np.uint64)[0])
        return replace(self, generator=torch.Generator().manual_seed(seed))


def train(
    data: StageData, theta: Tensor, training: Training, limits: Limits, may_leave: bool = False
) -> Solution[Any]:
    """The solution from a start, the readout eliminated unless the solver trains it with the rest.

    Where the parameters are of use as they are it `may_leave`.

    Raises
    ------
    OutOfTime
        If it may leave, and the values of the start on all rows would end late.
    """
    solver, flops = solver_for(data, training)
    with threads_for(flops):
        if solver.eliminates:
            return minimize(solver, eliminate_readout(data), theta, limits)
        problem = FullProblem(data, solver.norm)
        if may_leave:
            # Passes: two for the readout of the start, two for its slopes, one for the values of the stage.
            limits.clock.check(5 * _seconds_of_pass(data, theta, limits.clock))
        parameters = problem.start(theta, limits.clock if may_leave else Clock())
        return minimize(solver, problem, parameters, limits)


def _seconds_of_pass(data: StageData, theta: Tensor, clock: Clock) -> float:
    """What the features of all rows take, by those of some."""
    before = clock.left
    if before == math.inf:
        return 0.0
    some = data.samples.t[:N_PROBES]
    data.network.features(theta, some)
    return (before - clock.left) * data.samples.n / len(some)


def solver_for(data: StageData, training: Training) -> tuple[Any, float]:
    """What trains, and the operations of a second-order step."""
    flops = lm_step_flops(data.samples.n, data.samples.k, data.network.shapes)
    return training.solver or solver_by_cost(data, flops), flops


def solver_by_cost(data: StageData, flops: float) -> Any:
    """The solver that reaches an error soonest: Levenberg-Marquardt while its steps are affordable."""
    network = data.network
    if network.has_factors and affordable(flops):
        # Also across kinks: the mean over rows is smooth in where a unit of "relu" begins. Of twelve first
        # grades in 1 to 6 inputs none ends above that of Adam in equal time, and one 1e7 times below it.
        return LevenbergMarquardt()
    return fast_adam() if "relu" in network.activations else LBFGS()


def fast_adam() -> Adam:
    """Adam from ten times its default rate on, the highest at which nets of three layers train."""
    default = Adam()
    return Adam(learning_rate=10 * default.learning_rate, final_rate=10 * default.final_rate)


def error_of(solution: Solution[Any]) -> float:
    """The held-out error, or that of the rows where none are held out."""
    error = solution.validation_error
    return math.sqrt(solution.point.loss) if math.isnan(error) else error
