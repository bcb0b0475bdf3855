"""Training on ever more rows, where the time is too short for all steps on all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..solvers import Limits, Solution, StageData
from ..spectrum import N_PROBES


@dataclass(frozen=True)
class Rounds:
    """Where training on some of the rows has led."""

    theta: Tensor
    n_iter: int
    in_time: bool  # whether there is time for steps on all rows


def train_on_some_rows(
    train: Callable[[StageData, Tensor, Limits], Solution[Any]],
    data: StageData,
    theta: Tensor,
    limits: Limits,
    generator: torch.Generator,
) -> Rounds:
    """Train in rounds, each with four times the rows of the one before and half of the time that is left.

    A round ends early where its rows have no more to say. Where more rows have no time for a start and a
    step, training goes on with as many as before.
    """
    clock, n_iter, size = limits.clock, 0, N_PROBES
    pace = 0.0  # seconds of a step, for each row
    while size < data.samples.n and not clock.over:
        share = 1 / 2 if _fits(4 * size * pace, clock.left / 2) else 1.0
        rows = data.samples.draw(size, generator)
        held_out = None if data.validation is None else data.validation.draw(size, generator)
        before = clock.left
        few = StageData(rows, held_out, data.network, data.fixed)
        solution = train(few, theta, replace(limits, clock=clock.part(share)))
        pace = (before - clock.left) / (size * (1 + solution.n_iter))
        theta, n_iter = solution.point.theta, n_iter + solution.n_iter
        if _fits(min(4 * size, data.samples.n) * pace, clock.left):
            size = 4 * size
    return Rounds(theta, n_iter, size >= data.samples.n)


def _fits(step: float, seconds: float) -> bool:
    """Whether there is time for a start and a step."""
    return 2 * step <= seconds
