"""Units that do little are chosen anew: how a shallow net leaves a local minimum.

The loss of a sine that is far from every line of the target has no slope toward one. 48 sines on twenty
tones, sizes rising, 2000 rows: held-out 0.05 to 0.07 after the first training, 3e-14 after the lesser half
was chosen anew.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..selection import MAX_IDLE_TRIALS, SETTLED, WORTHWHILE
from ..solvers import EliminatedPoint, EliminatedProblem, Limits, Solution, Solver, Status, minimize
from .matching_pursuit import choose_units, first_layer_of
from .starts import Start

# Stop reasons of training after which new draws may help.
ENDED = {Status.CONVERGED, Status.OVERFIT, Status.STUCK}


def relocate_units(
    problem: EliminatedProblem,
    start: Start,
    solution: Solution[EliminatedPoint],
    solver: Solver,
    generator: torch.Generator,
    limits: Limits,
) -> Solution[EliminatedPoint]:
    """The best solution after draws of the units that do least; the given one if none is better.

    Each draw is trained for as many steps as the solver waits for a gain.
    """
    best, idle = solution, 0
    limits = replace(limits, max_iter=int(min(solver.patience, limits.max_iter)))
    while best.status in ENDED and best.validation_error >= SETTLED and idle < MAX_IDLE_TRIALS:
        if limits.clock.over:
            break
        theta = _redrawn(problem, start, best.point, generator)
        trial = minimize(solver, problem, theta, limits)
        better = trial.validation_error < best.validation_error
        idle = 0 if trial.validation_error < WORTHWHILE * best.validation_error else idle + 1
        kept = trial if better else best
        n_iter, losses = best.n_iter + trial.n_iter, best.losses + (trial.losses if better else [])
        # Ctrl-C or the end of the time ends the search even where the last draw is not better.
        status = trial.status if trial.status.ends_the_fit else kept.status
        status = Status.CONVERGED if status is Status.MAX_ITER else status
        best = replace(kept, n_iter=n_iter, losses=losses, status=status)
    return best


def _redrawn(
    problem: EliminatedProblem, start: Start, point: EliminatedPoint, generator: torch.Generator
) -> Tensor:
    theta = point.theta.clone()
    first = first_layer_of(start, theta)
    order = _losses_without(problem, point).argsort()
    half = len(order) // 2
    lesser, kept = order[:half], order[half:]
    first[:, lesser] = choose_units(start, problem.data.samples, first[:, kept], half, generator)
    return theta


def _losses_without(problem: EliminatedProblem, point: EliminatedPoint) -> Tensor:
    """By how much the squared residual grows when a unit is left out and the others refitted."""
    features = problem.data.network.read_out(point.trace) * problem.data.samples.root_weight
    triangle = torch.linalg.qr(problem.project(features), mode="r")[1]
    inverse = torch.linalg.pinv(triangle)
    tiny = torch.finfo(inverse.dtype).tiny
    losses: Tensor = point.readout.square().sum(1) / inverse.square().sum(1).clamp_min(tiny)
    return losses
