"""Many starts, few steps each: successive halving finds the one that is worth training."""

from __future__ import annotations

import math
from dataclasses import replace

from torch import Tensor

from .._backend.budget import affordable
from .._backend.samples import Samples
from ..selection import SETTLED, TRUST, UNKNOWN, WORTH_TWICE
from ..solvers import FEW_STEPS, StageData, Status, lm_step_flops, orthonormal_basis
from ..spectrum import N_PROBES
from .contenders import Contender, first_draws
from .opinions import Opinion, Opinions, hidden_error
from .starts import DRAWS_PER_START, FixedFeatures, Start
from .train import Training, error_of, train


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
    next to nothing: kinks, which no net meets, take a quarter of the time. The best one then goes on alone
    until its error is below the bound, as long as each round halves it. Where other draws contradict it,
    the rows do not determine the function between them, and more steps cannot help.
    """

    def __init__(
        self, samples: Samples, held_out: Samples | None, training: Training, places: Tensor
    ) -> None:
        self.samples, self.held_out, self.training = samples, held_out, training
        self.opinions = Opinions(samples, held_out, places)
        self.n_iter = 0
        self.status: Status | None = None  # why screening was cut short
        self.pays = True  # whether more steps and more draws are worth their time
        self._seen: dict[tuple[Start, int], Contender] = {}  # where each contender has got to
        self._hidden = 0.0  # largest hidden error of winners, while these are contradicted

    def winner(
        self, contenders: list[Contender], to_beat: float, bound: float = math.inf
    ) -> Contender | None:
        """The one that goes on, or None where none is likely to end below `to_beat` and below `bound`.

        `to_beat` is the error of a rival that was fitted without the rows set aside, as the contenders are,
        and all of them are compared with it. Below `bound` the best one has to come as well.
        """
        if len(contenders) < 2:
            return contenders[0] if contenders else None
        best = self._of_draws(contenders, to_beat)
        return best if best is None or not self.pays else self._alone(best, min(to_beat, bound))

    def _of_draws(self, contenders: list[Contender], to_beat: float) -> Contender | None:
        first = first_draws(contenders)
        best = self._best(first, to_beat)
        if best is None or len(first) == len(contenders) or self._is_over(best):
            return best
        known = best.error < SETTLED or not self._is_contradicted(best)
        self.pays = known and (best.error < to_beat / TRUST or affordable(self._flops(contenders)))
        if self.pays:
            best = self._best([best, *contenders], to_beat) or best
            self.pays = not self._is_contradicted(best)
        return best

    def _alone(self, best: Contender, bound: float) -> Contender | None:
        """It, trained until it is below the bound; None where a round does not halve its error."""
        steps, max_rows = 2 * FEW_STEPS, 2 * N_PROBES
        while not (best.error < bound or self._is_over(best)):
            before, rows = best.error, self.samples.draw(max_rows, self.training.generator)
            best = self._judge([best], rows, steps)[0]
            if not best.error < max(bound, WORTH_TWICE * before):
                return None
            steps, max_rows = 2 * steps, 2 * max_rows
        return best

    def hidden(self, key: tuple[Start, int], own: Opinion) -> float:
        """The error that rows set aside do not show, of the opinion that a contender has now."""
        if self._cannot_compare:
            return 0.0
        others = [other for name, other in self._seen.items() if name != key]
        some = sorted(others, key=_error)[:DRAWS_PER_START]
        found = hidden_error(own, [self.opinions.of(other.start, other.theta) for other in some])
        # Of many nets for a jump some have it at nearly the same place, which need not be the true one:
        # while winners are contradicted, the largest distance so far counts.
        self._hidden = max(self._hidden, found) if found > own.error else 0.0
        return max(self._hidden, found)

    def _is_contradicted(self, best: Contender) -> bool:
        """Whether other draws say that rows set aside do not show its error; then no more steps pay."""
        if self._cannot_compare:
            return False
        own = self.opinions.of(best.start, best.theta)
        return self.hidden(best.key, own) > own.error

    @property
    def _cannot_compare(self) -> bool:
        """Whether there are no rows to judge by, or no time."""
        return self.held_out is None or self.training.limits.clock.over

    def _best(self, contenders: list[Contender], to_beat: float) -> Contender | None:
        steps, max_rows, before = FEW_STEPS, N_PROBES, math.inf
        while True:
            rows = self.samples.draw(max_rows, self.training.generator)
            keep = -(-len(contenders) // 4)
            contenders = sorted(self._judge(contenders, rows, steps), key=_error)[:keep]
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
        """Whether no other contender has to be trained."""
        settled = best.error < SETTLED and not self._is_contradicted(best)
        return settled or self.status is not None

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
            judged.append(replace(contender, theta=theta, error=error_of(solution)))
            self._seen[contender.key] = judged[-1]
            if solution.status.ends_the_fit:
                self.status = solution.status
            enough = self.held_out is None or len(judged) > DRAWS_PER_START
            if self.status is not None or (enough and self._is_over(min(judged, key=_error))):
                break
        return judged


def _error(contender: Contender) -> float:
    return contender.error
