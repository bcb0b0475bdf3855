"""Units that do little are chosen anew: how a shallow net leaves a local minimum.

A sine far from every line of the target has no slope towards one. 48 sines on twenty tones, sizes rising,
2000 rows: held-out 0.05 to 0.07 after the first training, 3e-14 after the lesser half was chosen anew.
"""

from __future__ import annotations

import time
from dataclasses import replace

import torch
from torch import Tensor

from ..selection import SETTLED
from ..solvers import EliminatedProblem, Limits, Solution, Solver, Status, minimize
from .matching_pursuit import choose_units, first_layer_of
from .starts import Start

# Share of the units, steps of training after each draw, draws in vain before giving up, draws in all.
SHARE, STEPS, PATIENCE, ROUNDS = 0.5, 40, 5, 30
# States of training that drawing anew may help.
ENDED = {Status.CONVERGED, Status.OVERFIT, Status.STUCK}


def relocate_units(
    problem: EliminatedProblem,
    start: Start,
    solution: Solution,
    solver: Solver,
    generator: torch.Generator,
    limits: Limits,
) -> Solution:
    """The best solution after draws of the units that do least; the given one if none is better."""
    best, idle = solution, 0
    limits = replace(limits, max_iter=min(STEPS, limits.max_iter))
    for _ in range(ROUNDS):
        done = best.status not in ENDED or best.validation_error < SETTLED or idle >= PATIENCE
        if done or time.monotonic() > limits.deadline:
            break
        theta = _redrawn(problem, start, best, generator)
        trial = minimize(solver, problem, theta, limits)
        better = trial.validation_error < best.validation_error
        idle = 0 if better else idle + 1
        kept = trial if better else best
        n_iter, losses = best.n_iter + trial.n_iter, best.losses + (trial.losses if better else [])
        # Ctrl-C or the end of time in a draw that is no better must be seen all the same.
        status = trial.status if trial.status.ends_the_fit else kept.status
        status = Status.CONVERGED if status is Status.MAX_ITER else status
        best = replace(kept, n_iter=n_iter, losses=losses, status=status)
    return best


def _redrawn(
    problem: EliminatedProblem, start: Start, solution: Solution, generator: torch.Generator
) -> Tensor:
    theta = solution.point.theta.clone()
    first = first_layer_of(start, theta)
    order = _losses_without(problem, solution).argsort()
    least, kept = order.split([int(SHARE * len(order)), len(order) - int(SHARE * len(order))])
    first[:, least] = choose_units(start, problem.data.samples, first[:, kept], len(least), generator)
    return theta


def _losses_without(problem: EliminatedProblem, solution: Solution) -> Tensor:
    """By how much the squared residual grows when a unit is left out and the others refitted."""
    point = solution.point
    features = problem.data.network.read_out(point.trace) * problem.data.samples.root_weight
    triangle = torch.linalg.qr(problem.project(features), mode="r")[1]
    inverse = torch.linalg.pinv(triangle)
    return point.readout.square().sum(1) / inverse.square().sum(1).clamp_min(1e-300)
