"""The best series of mapped cosines on scattered rows: sets grow as the spectrum of what they fit asks.

A set of functions is a ball in their orders (`index_sets`). It grows by half, its widths along the axes
chosen so that amplitudes at its rim are alike, until rows that are left out say that it is too large, or
the rows are met to rounding. The map is one for few digits first, which resolves most with few functions,
and is refined as the set grows. Where that ends early, the set is extended to functions further out that
correlate with what is left by more than chance, and coarser maps are tried again.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from torch import Tensor

from .._backend.budget import affordable, cholesky_columns
from .._backend.clock import OutOfTime
from .._backend.device import EPS
from .._backend.samples import Samples
from ..linalg.cosine_sums import CosineSums, transform_pays
from ..linalg.mapped_cosines import angles, bend
from ..selection import MAX_IDLE_TRIALS, SETTLED, UNKNOWN, WORTHWHILE, LinearOptions, nested_margin
from ..spectrum import GROWTH
from .index_sets import all_terms, measured_widths
from .mapped_judge import Judge
from .mapped_maps import coarser, damped, finer, follows_slope, with_best_map
from .mapped_trial import MAP_STEP, PLATEAU_FITS, Shape, Trial, is_cheap, is_small


class MappedSearch:
    """Walks over sets of functions for the rows `samples`, of which a plane was taken off.

    It goes on from `start`, which some of the rows were fitted with, or from nothing.
    """

    def __init__(
        self, samples: Samples, places: Tensor, options: LinearOptions, start: Trial | None = None
    ) -> None:
        self.judge = Judge(samples, places, options, start is not None)
        self.start = start
        self.pace = -math.inf  # logarithm of errors over that of numbers of functions, when sets last grew
        self.missed = 0  # functions that did not meet the rows when sets last grew
        # With three inputs some may not interact: then each term has widths of its own. On a line there
        # is one term, and one set of so many functions.
        self.kinds: Sequence[bool] = {1: (), 2: (False,)}.get(samples.d, (False, True))

    def best(self) -> Trial:
        """The best fit found; when time is up it is the best so far.

        Raises
        ------
        OutOfTime
            If there was time for none.
        """
        try:
            return self._searched()
        except OutOfTime:
            if self.judge.found is None:
                raise
            return self.judge.found

    def _searched(self) -> Trial:
        d, start = self.judge.samples.d, self.start
        smallest = Shape(all_terms(np.full(d, 2.0), d), 2 ** (d + 1), MAP_STEP)
        first = self.judge.fit(smallest if start is None else start.shape, start)
        if start is not None and self.judge.at_rounding(first):
            return first
        best = self._grown(first)
        least, idle = _errors(best), 0
        while self._goes_on(best) and idle < MAX_IDLE_TRIALS:
            for found in self._moves(best):
                if found is not best:
                    break
            else:
                break
            best = self._grown(found)
            # One error may fall where the other rises, and the next move may lead back.
            errors = _errors(best)
            idle = 0 if any(now < before for now, before in zip(errors, least)) else idle + 1
            least = tuple(map(min, errors, least))
        return self._pruned(best)

    def _goes_on(self, best: Trial) -> bool:
        """Whether more is to be gained than rounding, by fits that may do no better."""
        judge = self.judge
        left = best.score > SETTLED * judge.size and not judge.at_rounding(best)
        return left and judge.worth_trying(best)

    def _moves(self, best: Trial) -> Iterator[Trial]:
        """What may be better where a larger set is not: one after another, the same where it is not."""
        yield self._extended(best)
        for move in (finer, coarser, damped):
            yield move(self.judge, best)

    def _extended(self, best: Trial) -> Trial:
        """As wide as correlations of what is left with functions further out stand out from chance.

        Chance leaves one in sqrt(n) of all n rows.
        """
        samples, d = self.judge.samples, self.judge.samples.d
        reach = correlation_reach(samples.n, d)
        bends = samples.t.new_full((d,), bend(reach, best.shape.accuracy))
        with self.judge.options.clock.step("moments", _transform_flops(reach, d)):
            sums = CosineSums(angles(samples.t, bends), [reach] * d)
            left = samples.root_weight * best.fit.left / samples.n
            measured = measured_widths(sums.moments(left, accuracy=1 / samples.n))
        orders = np.array(best.fit.chosen.orders)
        if measured is None or (measured <= orders).all():
            return best
        terms = all_terms(np.maximum(measured, np.maximum(orders / 2, 1.0)), d)
        trial = self.judge.fit(
            Shape(terms, max(best.count + 1, int(0.7 * terms.size)), best.shape.accuracy)
        )
        return trial if self.judge.lower(trial, best) else best

    def _pruned(self, best: Trial) -> Trial:
        """Fewer functions, as long as the rows are met to rounding: each more doubts the rim."""
        ratios = [GROWTH, GROWTH ** (1 / 2), GROWTH ** (1 / 4)]
        for ratio in ratios if self.judge.samples.d == 1 else ratios[:1]:
            while (
                self.judge.at_rounding(best) and best.count / ratio > max(2, self.missed) and is_cheap(best)
            ):
                terms = best.even(False) if self.kinds else best.shape.terms
                trial = self.judge.fit(replace(best.shape, terms=terms, bound=int(best.count / ratio)))
                if not self.judge.at_rounding(trial):
                    break
                best = trial
        return best

    def _grown(self, best: Trial) -> Trial:
        """More functions, as long as they do better."""
        while not self.judge.near_rounding(best) and self._promises(best):
            before, best = best, self._larger(best)
            if best is before:
                break
            if best.count > before.count:
                self.missed = before.count
                seen = best.fit.cross_validated / before.fit.cross_validated
                fall = max(min(best.score / before.score, seen), EPS)  # the score may have been infinite
                self.pace = math.log(fall) / math.log(best.count / before.count)
        return best

    def _promises(self, best: Trial) -> bool:
        """Whether the room that is left is worth filling, at the pace at which errors fell.

        On a line it takes little time, and a chirp shows nothing before its last wave is in.
        """
        room = min(GROWTH, self.judge.max_functions / best.count)
        if self.judge.samples.d == 1 or room <= 1 or best.score > UNKNOWN * self.judge.size:
            return True
        share = 1 - nested_margin(self.judge.samples.n) if is_cheap(best) else WORTHWHILE
        return self.pace * math.log(room) < math.log(share)

    def _larger(self, best: Trial) -> Trial:
        bound = int(GROWTH * best.count) + 1
        if best.score < SETTLED * self.judge.size:  # more digits, if they take no more than a step or two
            bound = min(bound, cholesky_columns())
            if bound < math.sqrt(GROWTH) * best.count:
                return best
        if bound > self.judge.room:
            _warn_of_memory(best.count)
            return best
        if best.count + 1 >= min(bound, self.judge.max_functions):
            return best
        shape = replace(best.shape, bound=bound)
        known = best.score < UNKNOWN * self.judge.size  # amplitudes say something
        trial = self._even(shape, best) if known else self.judge.fit(shape, best)
        if known and self.kinds and not self.judge.better(trial, best):
            trial = self.judge.fit(shape, best)
        if known and self.kinds and not self.judge.better(trial, best) and is_cheap(trial):
            trial = self._wider(shape, best)
        fits = PLATEAU_FITS if self.judge.samples.d > 1 else 1.0
        while not self.judge.better(trial, best) and self.judge.worth_trying(trial, fits):
            larger = int(GROWTH * bound) + 1
            if self.judge.samples.d == 1:
                larger = min(larger, self.judge.max_functions)
            if larger > self.judge.max_functions or larger == bound:
                break
            bound = larger
            trial = self.judge.fit(replace(best.shape, bound=bound), best)
        return trial if self.judge.better(trial, best) else best

    def _wider(self, shape: Shape, best: Trial) -> Trial:
        """A larger set that is wider along one axis alone, the best of them.

        Amplitudes at its rim say little about the axes where much of the target lies in few orders.
        """
        axes = range(self.judge.samples.d)
        wider = [replace(shape, terms=best.shape.terms.wider(axis, GROWTH)) for axis in axes]
        return min((self.judge.fit(one, best) for one in wider), key=lambda trial: trial.score)

    def _even(self, shape: Shape, best: Trial) -> Trial:
        """A larger set with amplitudes alike at its rim (on a line there is one), with its best map."""
        shape = replace(shape, accuracy=best.shape.accuracy * self._expected_fall(best))
        kinds = self._kinds(best)
        even = [replace(shape, terms=best.even(kind), by_term=kind) for kind in kinds]
        trials = [self.judge.fit(one, best) for one in even or [shape]]
        return with_best_map(self.judge, min(trials, key=lambda trial: trial.score), best)

    def _kinds(self, best: Trial) -> Sequence[bool]:
        """Whether terms of the next set are to have widths of their own: what is to be tried of both."""
        if len(self.kinds) < 2 or is_small(best) or (best.shape.by_term and is_cheap(best)):
            return self.kinds
        return (best.shape.by_term,)

    def _expected_fall(self, best: Trial) -> float:
        """Of errors, at the pace so far, where they follow the accuracy of the map; else one."""
        if not follows_slope(self.judge, best) or not math.isfinite(self.pace):
            return 1.0
        fall = max(MAP_STEP**2, math.exp(self.pace * math.log(GROWTH)))
        pays = best.slope * math.log(MAP_STEP) < math.log(WORTHWHILE)
        return min(1.0, fall) if pays else 1.0


def _errors(trial: Trial) -> tuple[float, ...]:
    """Those that trials are compared by: on rows left out, and of all rows."""
    return trial.score, trial.fit.cross_validated


def correlation_reach(n: int, d: int) -> int:
    """Orders that correlations of n rows are looked at up to: four for each row of an axis, or fewer.

    Sums of more than a step of tables are taken by transforms, as far as these have memory for: on 100,000
    rows of three inputs all orders up to 185 would take minutes by tables.
    """
    reach = max(4, int(4 * n ** (1 / d)))
    while not (transform_pays(n, [reach + 1] * d) or affordable(float(n) * (reach + 1) ** d)):
        reach = reach * 3 // 4
    return reach


def _transform_flops(reach: int, d: int) -> float:
    """Operations of moments up to an order: 5 N log2 N of a transform, twice as fine as its waves.

    It is bound by memory: one operation takes the time of ten of a matrix product.
    """
    nodes = (4.0 * reach) ** d
    return 10 * 5 * nodes * math.log2(nodes)


def _warn_of_memory(count: int) -> None:
    warnings.warn(
        f"the memory is full with a series of {count} functions; more of them may do better: use a machine "
        "with more memory, or n_modes for the number that is wanted",
        UserWarning,
        stacklevel=2,
    )
