"""A stage with a trained network: many starts, few steps each; the best few go on; one finishes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from .._backend.device import threads_for
from .._backend.least_squares import Factorization, factorize
from .._backend.samples import Samples
from ..networks import Expansion, StageFunction
from ..selection import margin
from ..solvers import (
    LBFGS,
    Adam,
    FullProblem,
    LevenbergMarquardt,
    Limits,
    Solution,
    StageData,
    Status,
    eliminate_readout,
    lm_step_flops,
    minimize,
    orthonormal_basis,
)
from ._candidate import FittedParts
from ._relocation import relocate_units
from ._stages import Progress
from ._starts import Beside, Start
from ._unit_choice import choose_first_layer

# Rounds of screening: (steps each, how many go on, most rows used). Steps of the first rounds are
# cheap on a subset: measured on fronts and rings, 16 steps tell the hopeless from the promising,
# 50 more tell the best.
ROUNDS = [(16, 8, 1500), (40, 2, 2500), (100, 1, 5000)]
# A round is lost when its best is this far from the error to beat: nets that end far below a linear
# stage (fronts, rings) are near it after the first steps. Where little is explained (noisy tables)
# there is no such distance to make up: a round may end above the error to beat, but not above
# HOPELESS.
ALLOWANCES = [30.0, 3.0, 1.0]
HOPELESS = 0.3
# Fewer rows than this cannot tell a network from chance.
MIN_ROWS_FOR_NETWORKS = 50
# Below this error there is nothing to compare.
SETTLED = 1e-10
N_CENTERS = 200
# Ridges of the last readout, relative to the largest singular value squared.
READOUT_ALPHAS = [0.0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4]
# Units are drawn anew where a step takes some ten milliseconds.
RELOCATION_FLOPS = 2e9
SEED_STRIDE = 2**32 + 15  # beyond every seed that a user may give
# Levenberg-Marquardt is cheaper than L-BFGS to any error while one step stays below this many operations
# (about a second on two cores; `benchmarks/solvers.py`).
MAX_STEP_FLOPS = 6e10


@dataclass(frozen=True)
class Training:
    """How networks are trained: the solver (None: by cost), limits, and the source of randomness."""

    solver: Any | None
    limits: Limits
    generator: torch.Generator

    def at(self, stage: int) -> Training:
        """With draws of this stage's own: the same whether stages before it were drawn or kept."""
        seed = (self.generator.initial_seed() + SEED_STRIDE * stage) % 2**63
        return replace(self, generator=torch.Generator().manual_seed(seed))


def fit_network(
    samples: Samples,
    progress: Progress,
    candidates: Iterable[Start],
    training: Training,
    rival: FittedParts | None = None,
) -> FittedParts | None:
    """The best network that comes of the starts, or None if it does not beat the rival by more than chance.

    Both are judged by the rows set aside, which neither has seen then.
    """
    rows, held_out = progress.split(replace(samples, t=progress.hidden))
    to_beat = missed = math.inf if rival is None else progress.missed_aside(rival)
    if held_out is not None:
        to_beat *= 1 - margin(held_out.n)
    if rival is not None:  # the choice is ours: no more numbers than rows
        candidates = (start for start in candidates if start.n_numbers <= rows.n)
    contenders = _contenders(rows, candidates, training)
    screening = _Screening(rows, held_out, training)
    best = screening.winner(contenders, to_beat)
    if best is None:
        return None
    limits = training.limits
    if screening.status is not None:  # time is up or Ctrl-C: take it as it is
        limits = replace(limits, max_iter=0)
    data = StageData(rows, held_out, best.start.network, best.start.beside)
    solution = _train(data, best.theta, training, limits)
    if best.start.is_chosen and held_out is not None:
        solution = _relocate(data, best.start, solution, training, limits)
    if screening.status is not None:
        solution = replace(solution, status=screening.status)
    fit = _finish(best.start, solution, data, screening.n_iter)
    if not fit.error < to_beat or (rival is not None and progress.contradicts(fit, rival)):
        return None
    return fit if rival is None else replace(fit, error=fit.error * _widening(rival, missed))


def _widening(rival: FittedParts, missed: float) -> float:
    """What is to be expected of errors elsewhere, in units of those on the rows set aside.

    Of the rival both are known; halfway in digits, as of series, and never less than one.
    """
    return math.sqrt(max(1.0, rival.error / missed)) if missed > 0 else 1.0


@dataclass(frozen=True)
class _Contender:
    start: Start
    theta: Tensor
    error: float = math.inf


def _contenders(
    samples: Samples, candidates: Iterable[Start], training: Training
) -> list[_Contender]:
    rows = samples.draw(ROUNDS[0][2], training.generator)
    centers: dict[Beside, Tensor] = {}
    contenders = []
    for start in candidates:
        if start.is_chosen:
            theta = choose_first_layer(start, rows, training.generator)
            contenders.append(_Contender(start, theta))
            continue
        if start.beside not in centers:
            centers[start.beside] = _centers(start.beside, rows, training.generator)
        for _ in range(start.seeds):
            theta = start.draw(centers[start.beside], training.generator)
            contenders.append(_Contender(start, theta))
    return contenders


def _centers(beside: Beside, rows: Samples, generator: torch.Generator) -> Tensor:
    """Rows drawn where the features beside the net leave most."""
    basis, _ = orthonormal_basis(rows, beside)
    targets = rows.y * rows.root_weight
    power = (targets - basis @ (basis.T @ targets)).square().sum(1)
    power = power + 1e-12 * power.mean() + 1e-300
    # On the CPU: the same rows on every device.
    chosen = torch.multinomial(power.cpu(), N_CENTERS, replacement=True, generator=generator)
    return rows.t[chosen.to(rows.t.device)]


class _Screening:
    """Successive halving on growing subsets of the rows."""

    def __init__(self, samples: Samples, held_out: Samples | None, training: Training) -> None:
        self.samples, self.held_out, self.training = samples, held_out, training
        self.n_iter = 0
        self.status: Status | None = None  # why screening was cut short

    def winner(self, contenders: list[_Contender], to_beat: float) -> _Contender | None:
        """The one that goes on, or None where none is likely to end below `to_beat`."""
        if len(contenders) < 2:
            return contenders[0] if contenders else None
        for (steps, keep, most_rows), allowance in zip(ROUNDS, ALLOWANCES):
            rows = self.samples.draw(most_rows, self.training.generator)
            contenders = sorted(self._judge(contenders, rows, steps), key=lambda c: c.error)[:keep]
            if not contenders[0].error < max(to_beat, min(allowance * to_beat, HOPELESS)):
                return None
            if contenders[0].error < SETTLED or self.status is not None:
                break
        return contenders[0]

    def _judge(
        self, contenders: list[_Contender], rows: Samples, steps: int
    ) -> list[_Contender]:
        limits = self.training.limits
        limits = replace(limits, max_iter=min(steps, limits.max_iter))
        bases: dict[Beside, tuple[Tensor, Tensor]] = {}
        judged = []
        for contender in contenders:
            start = contender.start
            if start.beside not in bases:
                bases[start.beside] = orthonormal_basis(rows, start.beside)
            basis = bases[start.beside]
            data = StageData(rows, self.held_out, start.network, start.beside, basis)
            solution = _train(data, contender.theta, self.training, limits)
            self.n_iter += solution.n_iter
            theta = solution.point.theta[: start.network.n_parameters]
            judged.append(_Contender(start, theta, _error(solution)))
            if solution.status.ends_the_fit:
                self.status = solution.status
            if judged[-1].error < SETTLED or self.status is not None:
                break
        return judged


def _train(data: StageData, theta: Tensor, training: Training, limits: Limits) -> Solution:
    solver, flops = _solver(data, training)
    with threads_for(flops):
        if getattr(solver, "eliminates", True):
            return minimize(solver, eliminate_readout(data), theta, limits)
        problem = FullProblem(data, solver.norm)
        return minimize(solver, problem, problem.start(theta), limits)


def _relocate(
    data: StageData, start: Start, solution: Solution, training: Training, limits: Limits
) -> Solution:
    """With units drawn anew, where training is by small steps of Levenberg-Marquardt."""
    solver, flops = _solver(data, training)
    if not isinstance(solver, LevenbergMarquardt) or flops > RELOCATION_FLOPS:
        return solution
    with threads_for(flops):
        problem = eliminate_readout(data)
        return relocate_units(problem, start, solution, solver, training.generator, limits)


def _solver(data: StageData, training: Training) -> tuple[Any, float]:
    """What trains, and the operations of a second-order step."""
    flops = lm_step_flops(data.samples.n, data.samples.k, data.network.shapes)
    return training.solver or _solver_by_cost(data, flops), flops


def _solver_by_cost(data: StageData, flops: float) -> Any:
    network = data.network
    if "relu" in network.activations:  # second-order steps are of no use across kinks
        return Adam(learning_rate=1e-2, final_rate=1e-4)
    return LevenbergMarquardt() if network.has_factors and flops <= MAX_STEP_FLOPS else LBFGS()


def _error(solution: Solution) -> float:
    error = solution.validation_error
    return math.sqrt(solution.point.loss) if math.isnan(error) else error


def _finish(start: Start, solution: Solution, data: StageData, screened: int) -> FittedParts:
    """Solve the whole readout once more by an orthogonal method, on the rows that were trained on."""
    samples, held_out = data.samples, data.validation
    theta = solution.point.theta[: start.network.n_parameters]
    root = samples.root_weight

    def features(t: Tensor) -> Tensor:
        return torch.cat([start.beside(t), start.network.features(theta, t)], 1)

    n_columns = features(samples.t[:1]).shape[1]
    solved = factorize(
        lambda rows: features(samples.t[rows]) * root[rows], samples.y * root, n_columns
    )
    coefficients, error = solved.solve(), _error(solution)
    if held_out is not None:
        coefficients, error = _best_readout(solved, held_out, features(held_out.t))
    expansion, readout = _split_readout(start, coefficients, samples)
    function = StageFunction(expansion, *start.network.dense(theta), readout)
    n_iter = screened + solution.n_iter
    n_numbers = start.network.n_parameters + n_columns
    return FittedParts(
        function, error, n_iter, solution.status, solution.losses, n_numbers=n_numbers
    )


def _best_readout(
    solved: Factorization, held_out: Samples, features: Tensor
) -> tuple[Tensor, float]:
    """The ridge of least held-out error: many layers of many units depend on each other."""
    readouts = [solved.solve(alpha) for alpha in READOUT_ALPHAS]
    errors = [held_out.rms(held_out.y - features @ readout) for readout in readouts]
    best = min(range(len(errors)), key=errors.__getitem__)
    return readouts[best], errors[best]


def _split_readout(
    start: Start, coefficients: Tensor, samples: Samples
) -> tuple[Expansion, Tensor]:
    m, h = len(start.beside.modes), start.network.n_features
    smooth, cosine, sine, readout = coefficients.split([len(coefficients) - 2 * m - h, m, m, h])
    affine = smooth.new_zeros(1 + samples.d, samples.k)
    affine[: len(smooth)] = smooth
    return Expansion(affine, start.beside.modes, cosine, sine), readout
