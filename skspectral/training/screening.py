"""Many starts, few steps each: successive halving finds the one that is worth training."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .._backend.budget import affordable
from .._backend.samples import Samples
from ..selection import SETTLED, TRUST, UNKNOWN, WORTH_TWICE
from ..solvers import FEW_STEPS, StageData, Status, lm_step_flops, orthonormal_basis
from ..spectrum import N_PROBES
from .matching_pursuit import choose_first_layer
from .starts import FixedFeatures, Start
from .train import Training, error_of, train


@dataclass(frozen=True)
class Contender:
    """A start with the parameters that training has reached, and their error."""

    start: Start
    theta: Tensor
    error: float = math.inf
    repeat: bool = False  # whether its start was drawn before


def contenders_of(samples: Samples, candidates: Iterable[Start], training: Training) -> list[Contender]:
    """Every start, drawn as often as it asks for."""
    rows = samples.draw(N_PROBES, training.generator)
    centers: dict[FixedFeatures, Tensor] = {}
    contenders: list[Contender] = []
    for start in candidates:
        if contenders and training.limits.clock.over:
            break
        if start.is_chosen and not training.limits.clock.over:
            theta = choose_first_layer(start, rows, training.generator)
            contenders.append(Contender(start, theta))
            continue
        if start.beside not in centers:
            centers[start.beside] = _centers(start.beside, rows, training.generator)
        for draw in range(start.seeds):
            theta = start.draw(centers[start.beside], training.generator)
            contenders.append(Contender(start, theta, repeat=draw > 0))
    return contenders


def _centers(beside: FixedFeatures, rows: Samples, generator: torch.Generator) -> Tensor:
    """Rows drawn where the features beside the net leave most."""
    basis, _ = orthonormal_basis(rows, beside)
    targets = rows.y * rows.root_weight
    power = (targets - basis @ (basis.T @ targets)).square().sum(1)
    # A little is added everywhere, so that all rows are equally likely where nothing is left.
    number = torch.finfo(power.dtype)
    power = power + number.eps * power.mean() + number.tiny
    # On the CPU: the same rows on every device.
    chosen = torch.multinomial(power.cpu(), rows.n, replacement=True, generator=generator)
    return rows.t[chosen.to(rows.t.device)]


def first_draws(contenders: list[Contender]) -> list[Contender]:
    """One of each start."""
    return [contender for contender in contenders if not contender.repeat]


def n_trainings(contenders: list[Contender]) -> int:
    """Trainings of all rounds, that of the winner included, at most."""
    first = len(first_draws(contenders))
    return _n_in_rounds(first) + (_n_in_rounds(1 + len(contenders)) if first < len(contenders) else 0)


def _n_in_rounds(n_contenders: int) -> int:
    count = 1
    while n_contenders > 1:
        count, n_contenders = count + n_contenders, -(-n_contenders // 4)
    return count


class Screening:
    """Successive halving (Jamieson and Talwalkar 2016), a quarter of the contenders going on.

    Each round has twice the steps of the one before on twice the rows, so all rounds cost the same. One
    draw of each start is screened first, and all draws only if the best one wins a digit, or if they cost
    next to nothing: kinks, which no net meets, take a quarter of the time.
    """

    def __init__(self, samples: Samples, held_out: Samples | None, training: Training) -> None:
        self.samples, self.held_out, self.training = samples, held_out, training
        self.n_iter = 0
        self.status: Status | None = None  # why screening was cut short
        self.pays = True  # whether more steps and more draws are worth their time

    def winner(self, contenders: list[Contender], to_beat: float) -> Contender | None:
        """The one that goes on, or None where none is likely to end below `to_beat`."""
        if len(contenders) < 2:
            return contenders[0] if contenders else None
        first = first_draws(contenders)
        best = self._best(first, to_beat)
        if len(first) == len(contenders) or best is None or self._is_over(best):
            return best
        self.pays = best.error < to_beat / TRUST or affordable(self._flops(contenders))
        return (self._best([best, *contenders], to_beat) if self.pays else None) or best

    def _best(self, contenders: list[Contender], to_beat: float) -> Contender | None:
        steps, max_rows, before = FEW_STEPS, N_PROBES, math.inf
        while True:
            rows = self.samples.draw(max_rows, self.training.generator)
            keep = -(-len(contenders) // 4)
            contenders = sorted(self._judge(contenders, rows, steps), key=lambda c: c.error)[:keep]
            best = contenders[0]
            # Nets that end far below a linear stage (fronts, rings) are near it after the first steps, and
            # come closer with each round. Where most is unexplained (noisy tables) they have no such
            # distance to make up.
            near = max(to_beat, min(TRUST * to_beat, WORTH_TWICE * before, UNKNOWN))
            if not best.error < near:
                return None
            if keep == 1 or self._is_over(best):
                return best
            steps, max_rows, before = 2 * steps, 2 * max_rows, best.error

    def _flops(self, contenders: list[Contender]) -> float:
        """Operations of the first round, if steps are those of Levenberg-Marquardt."""
        n, k = min(self.samples.n, N_PROBES), self.samples.k
        return FEW_STEPS * sum(lm_step_flops(n, k, each.start.network.shapes) for each in contenders)

    def _is_over(self, best: Contender) -> bool:
        return best.error < SETTLED or self.status is not None

    def _judge(self, contenders: list[Contender], rows: Samples, steps: int) -> list[Contender]:
        limits = self.training.limits
        limits = replace(limits, max_iter=min(steps, limits.max_iter))
        bases: dict[FixedFeatures, tuple[Tensor, Tensor]] = {}
        judged = []
        for contender in contenders:
            start = contender.start
            if start.beside not in bases:
                bases[start.beside] = orthonormal_basis(rows, start.beside)
            basis = bases[start.beside]
            data = StageData(rows, self.held_out, start.network, start.beside, basis)
            with limits.clock.recorder.candidate(start.name):
                solution = train(data, contender.theta, self.training, limits)
            self.n_iter += solution.n_iter
            theta = solution.point.theta
            judged.append(Contender(start, theta, error_of(solution)))
            if solution.status.ends_the_fit:
                self.status = solution.status
            if judged[-1].error < SETTLED or self.status is not None:
                break
        return judged
