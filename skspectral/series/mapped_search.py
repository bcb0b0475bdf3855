"""The best series of mapped cosines on scattered rows: sets grow as the spectrum of what they fit asks.

A set of functions is a ball in their orders (`index_sets`). It grows by half, its widths along the axes
chosen so that amplitudes at its rim are alike, until rows that are left out say that it is too large, or
the rows are met to rounding. The map is one for few digits first, which resolves most with few functions,
and is refined as the set grows. Where that ends early, the set is extended to functions further out that
correlate with what is left by more than chance, and coarser maps are tried again. From the second fit
on every function has the ridge of a Wiener filter for the decay of amplitudes seen so far: over 21 fits in
two and three inputs it wins 0.4 digits, and more than one where there are two rows for each function.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from .._backend.budget import STEP_FLOPS, affordable
from .._backend.clock import OutOfTime
from .._backend.device import EPS, memory_of, threads_for
from .._backend.samples import Samples
from ..linalg.cosine_sums import CosineSums, transform_pays
from ..linalg.mapped_cosines import angles, bend
from ..selection import (
    ROUNDING,
    ROWS_PER_PARAMETER,
    SETTLED,
    UNKNOWN,
    WORTH_TWICE,
    WORTHWHILE,
    LinearOptions,
    nested_margin,
)
from .index_sets import all_terms, measured_widths
from .mapped_fit import IndexSet, MappedFit, fit_flops, largest_eigenvalue, row_flops
from .mapped_trial import Shape, Trial

# A set grows by this factor. Over 21 fits in two and three inputs 1.3 and 1.7 lose 0.1 digits.
GROWTH = 1.5
# Where so many fits cost no more than one step of the budget, larger sets are tried until one does better.
# On a line one is enough: there are few sizes to try, and a chirp shows nothing before its last wave is in.
PLATEAU_FITS = 1e3
# Accuracy that the map is made for at first, when sets are small, and the steps it is refined in: over 12
# fits steps of 1e-3 and 1e-4 lose 0.2 and 0.4 digits. A larger set or a finer map is supposed to leave this
# share of what the best one left, which is noise to the ridge: over 12 fits a tenth loses half a digit, and
# rounding alone as much as five digits where rows are few at the rim.
MAP_STEP = 1e-2


class MappedSearch:
    """Walks over sets of functions for the rows `samples`, of which a plane was taken off."""

    def __init__(self, samples: Samples, places: Tensor, options: LinearOptions) -> None:
        self.samples, self.options = samples, options
        self.places = places[::2]  # over 21 fits as good as all of them, for 15 % less time
        self.found: Trial | None = None  # the best so far
        self.pace = -math.inf  # logarithm of errors over that of numbers of functions, when sets last grew
        self.missed = 0  # functions that did not meet the rows when sets last grew
        self.known = False  # whether some of the rows were searched before
        self.size = samples.rms()
        self.max_functions = max(1, int(samples.n / ROWS_PER_PARAMETER))
        self.max_orders = _max_orders(samples.t)
        if options.max_modes is not None:  # a constant is not a mode
            self.max_functions = min(samples.n, options.max_modes + 1)
        # Five matrices of the size of the factor, in half of the memory.
        self.room = math.sqrt(memory_of(samples.t.device) / 2 / (5 * samples.t.element_size()))
        # With three inputs some may not interact: then each term has widths of its own. On a line there
        # is one term, and one set of so many functions.
        self.kinds: Sequence[bool] = {1: (), 2: (False,)}.get(samples.d, (False, True))

    def best(self, start: Trial | None = None) -> Trial:
        """The best fit found, from nothing or from what some of the rows were fitted with.

        When time is up it is the best so far.

        Raises
        ------
        OutOfTime
            If there was time for none.
        """
        try:
            return self._searched(start)
        except OutOfTime:
            if self.found is None:
                raise
            return self.found

    def _searched(self, start: Trial | None) -> Trial:
        d, self.known = self.samples.d, start is not None
        smallest = Shape(all_terms(np.full(d, 2.0), d), 2 ** (d + 1), MAP_STEP)
        first = self._fit(smallest if start is None else start.shape, start)
        if start is not None and self.at_rounding(first):
            return first
        best = self._grown(first)
        while not self.at_rounding(best) and best.score > SETTLED * self.size and self._worth_trying(best):
            for move in (self._extended, self._finer, self._coarser, self._damped):
                found = move(best)
                if found is not best:
                    break
            else:
                break
            best = self._grown(found)
        return self._pruned(best)

    def _finer(self, best: Trial) -> Trial:
        return self._remapped(best, best, MAP_STEP)

    def _coarser(self, best: Trial) -> Trial:
        return self._remapped(best, best, 1 / MAP_STEP)

    def _extended(self, best: Trial) -> Trial:
        """As wide as correlations of what is left with functions further out stand out from chance.

        Chance leaves one in sqrt(n) of all n rows.
        """
        samples, d = self.samples, self.samples.d
        reach = correlation_reach(samples.n, d)
        bends = samples.t.new_full((d,), bend(reach, best.shape.accuracy))
        with self.options.clock.step("moments", _transform_flops(reach, d)):
            sums = CosineSums(angles(samples.t, bends), [reach] * d)
            left = samples.root_weight * best.fit.left / samples.n
            measured = measured_widths(sums.moments(left, accuracy=1 / samples.n))
        orders = np.array(best.fit.chosen.orders)
        if measured is None or (measured <= orders).all():
            return best
        terms = all_terms(np.maximum(measured, np.maximum(orders / 2, 1.0)), d)
        trial = self._fit(Shape(terms, max(best.count + 1, int(0.7 * terms.size)), best.shape.accuracy))
        return trial if self._lower(trial, best) else best

    def _fit(self, shape: Shape, before: Trial | None = None, noise: float = 0.0) -> Trial:
        """A shape fitted; `noise` of a row, or what it is expected to leave, is what the ridge supposes."""
        samples = self.samples
        shape = replace(shape, bound=int(min(shape.bound, self.max_functions, self.room)))
        chosen = shape.functions(self.max_orders, samples.t)
        rows = self._rows(len(chosen))
        flops = fit_flops(samples, chosen, len(rows) + len(self.places), self.options.alpha is not None)
        with self.options.clock.step(MappedFit.KIND, flops), threads_for(float(len(chosen)) ** 3 / 3):
            penalty = self._penalty(chosen, before, max(noise, EPS * self.size))
            fit = MappedFit(samples, chosen, penalty, rows, self.places, self.options.clock)
            most = math.inf if self.found is None else (1 + nested_margin(len(rows))) * self.found.score
            trial = Trial(shape, fit, fit.score_below(most))
        self.options.clock.recorder.note(trial.score)
        if self.found is None or trial.score < self.found.score:
            self.found = trial
        return trial

    def _penalty(self, chosen: IndexSet, before: Trial | None, noise: float) -> Tensor:
        """A Wiener filter's for amplitudes that fall as in `before`, or the ridge that is asked for."""
        none = self.samples.t.new_zeros(len(chosen))
        if self.options.alpha is not None:
            return none + self.options.alpha * largest_eigenvalue(self.samples, chosen)
        if before is None:
            return none
        length = before.shape.terms.lengths(chosen.indices.cpu().numpy())
        expected = before.decay.expected(np.minimum(length, length[np.isfinite(length)].max()))
        if True not in self.kinds:  # terms that have widths of their own fall at rates of their own
            noise = max(noise, MAP_STEP * before.fit.noise)
        return torch.from_numpy(noise**2 / expected).to(none)

    def _rows(self, count: int) -> Tensor:
        """Rows that errors are looked at on: as many as cost no more than the factorization, or little.

        A thousand tell noise better than 500, which choose sets without noise as well.
        """
        n, cheap = self.samples.n, int(STEP_FLOPS / 20 / count**2)
        most = max(500, min(1000, cheap), count // 6)
        rows = torch.linspace(0, n - 1, min(n, most), dtype=torch.float64)
        return rows.round().to(torch.int64).to(self.samples.t.device)

    def at_rounding(self, trial: Trial, times: float = 1.0) -> bool:
        """Whether the rows are met to so many times rounding, of the values and of the coordinates."""
        return trial.fit.train_error < 2 * times * (ROUNDING * self.size + trial.fit.rounding)

    def _better(self, trial: Trial, best: Trial) -> bool:
        """Whether a larger set is worth it: where it takes long it has to halve the error.

        Where nothing more is to be gained, rows that are met to rounding say more than their leverages.
        """
        settled = trial.score < SETTLED * self.size
        if settled and self.at_rounding(trial) and not self.at_rounding(best):
            return True
        return self._lower(trial, best, WORTHWHILE if settled or _cheap(trial) else WORTH_TWICE)

    def _lower(self, trial: Trial, best: Trial, share: float = WORTHWHILE) -> bool:
        """Whether errors fall to a share, or by more than chance where that takes little time.

        Where most of them are noise, all that there is to gain may be less than a hundredth, and is seen on
        all rows, if at all. Those that are looked at may say that nothing is gained, and not the opposite.
        """
        if trial.score < share * best.score:
            return True
        looked_at = trial.score < (1 + nested_margin(len(trial.fit.rows))) * best.score
        most = (1 - nested_margin(self.samples.n)) * best.fit.cross_validated
        return looked_at and _cheap(trial) and trial.fit.cross_validated < most

    def _worth_trying(self, trial: Trial, fits: float = 1.0) -> bool:
        """Whether as many fits of its size, that may well do no better, take less than a second or two.

        Sums over the rows count where some of them were searched before: trials that were cheap on these
        have been made, and what is left is what all rows alone tell from noise.
        """
        rows = row_flops(self.samples, trial.fit.chosen) if self.known else 0.0
        return affordable(fits * float(trial.count) ** 3 + rows)

    def _enough(self, trial: Trial) -> bool:
        """Whether the rows are met to a few roundings, or nothing more is searched for that takes long."""
        settled = trial.score < SETTLED * self.size
        return self._near_rounding(trial) or (settled and not _cheap(trial))

    def _near_rounding(self, trial: Trial) -> bool:
        """Whether the rows are met to rounding, or to a few where nothing more is searched for."""
        return self.at_rounding(trial, 3.0 if trial.score < SETTLED * self.size else 1.0)

    def _pruned(self, best: Trial) -> Trial:
        """Fewer functions, as long as the rows are met to rounding: each more doubts the rim."""
        ratios = [GROWTH, GROWTH ** (1 / 2), GROWTH ** (1 / 4)]
        for ratio in ratios if self.samples.d == 1 else ratios[:1]:
            while self.at_rounding(best) and best.count / ratio > max(2, self.missed) and _cheap(best):
                terms = best.even(False) if self.kinds else best.shape.terms
                trial = self._fit(replace(best.shape, terms=terms, bound=int(best.count / ratio)))
                if not self.at_rounding(trial):
                    break
                best = trial
        return best

    def _grown(self, best: Trial) -> Trial:
        """More functions, as long as they do better."""
        while not self._near_rounding(best) and self._promises(best):
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
        room = min(GROWTH, self.max_functions / best.count)
        if self.samples.d == 1 or room <= 1 or best.score > UNKNOWN * self.size:
            return True
        share = 1 - nested_margin(self.samples.n) if _cheap(best) else WORTHWHILE
        return self.pace * math.log(room) < math.log(share)

    def _larger(self, best: Trial) -> Trial:
        bound = int(GROWTH * best.count) + 1
        if best.score < SETTLED * self.size:  # more digits, if they take no more than a step or two
            bound = min(bound, int((3 * STEP_FLOPS) ** (1 / 3)))
            if bound < math.sqrt(GROWTH) * best.count:
                return best
        if bound > self.room:
            _warn_of_memory(best.count)
            return best
        if best.count + 1 >= min(bound, self.max_functions):
            return best
        shape = replace(best.shape, bound=bound)
        known = best.score < UNKNOWN * self.size  # amplitudes say something
        trial = self._even(shape, best) if known else self._fit(shape, best)
        if known and self.kinds and not self._better(trial, best):
            trial = self._fit(shape, best)
        if known and self.kinds and not self._better(trial, best) and _cheap(trial):
            trial = self._wider(shape, best)
        fits = PLATEAU_FITS if self.samples.d > 1 else 1.0
        while not self._better(trial, best) and self._worth_trying(trial, fits):
            larger = int(GROWTH * bound) + 1
            if self.samples.d == 1:
                larger = min(larger, self.max_functions)
            if larger > self.max_functions or larger == bound:
                break
            bound = larger
            trial = self._fit(replace(best.shape, bound=bound), best)
        return trial if self._better(trial, best) else best

    def _wider(self, shape: Shape, best: Trial) -> Trial:
        """A larger set that is wider along one axis alone, the best of them.

        Amplitudes at its rim say little about the axes where much of the target lies in few orders.
        """
        axes = range(self.samples.d)
        wider = [replace(shape, terms=best.shape.terms.wider(axis, GROWTH)) for axis in axes]
        return min((self._fit(one, best) for one in wider), key=lambda trial: trial.score)

    def _even(self, shape: Shape, best: Trial) -> Trial:
        """A larger set with amplitudes alike at its rim (on a line there is one), with its best map."""
        shape = replace(shape, accuracy=best.shape.accuracy * self._expected_fall(best))
        kinds = self._kinds(best)
        even = [replace(shape, terms=best.even(kind), by_term=kind) for kind in kinds]
        trials = [self._fit(one, best) for one in even or [shape]]
        return self._with_best_map(min(trials, key=lambda trial: trial.score), best)

    def _kinds(self, best: Trial) -> Sequence[bool]:
        """Whether terms of the next set are to have widths of their own: what is to be tried of both."""
        if len(self.kinds) < 2 or _small(best) or (best.shape.by_term and _cheap(best)):
            return self.kinds
        return (best.shape.by_term,)

    def _expected_fall(self, best: Trial) -> float:
        """Of errors, at the pace so far, where they follow the accuracy of the map; else one."""
        if not self._follows_slope(best) or not math.isfinite(self.pace):
            return 1.0
        fall = max(MAP_STEP**2, math.exp(self.pace * math.log(GROWTH)))
        pays = best.slope * math.log(MAP_STEP) < math.log(WORTHWHILE)
        return min(1.0, fall) if pays else 1.0

    def _with_best_map(self, best: Trial, before: Trial) -> Trial:
        """With a map that is as fine as larger sets ask for.

        Steps are as long as it would take to a tenth of what is left, and never back where one has led
        beyond the best map. This takes half of the time of steps of one length that end when one fails.
        A fit that promises less than half of a step of growth is not made: such fits took nearly half of
        the time of a smooth function on 6,000 rows, and its error stayed the same.
        """
        if not self._follows_slope(best):
            return self._remapped(best, before, MAP_STEP)
        step, sign = -math.log(MAP_STEP), math.copysign(1.0, best.slope)
        while not self._enough(best) and sign * best.slope > 0:
            slope = abs(best.slope)
            length = min(max(math.log(10) / slope, step / 2), step)
            accuracy = best.shape.accuracy * math.exp(-sign * length)
            if not (math.exp(-length * slope) < 1 / math.sqrt(GROWTH) and accuracy <= MAP_STEP):
                break
            trial = self._fit(replace(best.shape, accuracy=accuracy), before)
            if not self._lower(trial, best):
                break
            best = trial
        return best

    def _follows_slope(self, trial: Trial) -> bool:
        """Whether the slope of what is left tells where to go, or steps of one length are tried.

        They are where they take no time, as long as little is resolved; and where there are hardly more
        rows than functions, what is left of them says nothing.
        """
        return self.samples.d > 1 and not (_small(trial) or self._is_full(trial))

    def _is_full(self, trial: Trial) -> bool:
        """Whether there are more functions than rows bear out: finer maps leave more to the rim."""
        return ROWS_PER_PARAMETER * trial.count > self.samples.n

    def _remapped(self, best: Trial, before: Trial, ratio: float) -> Trial:
        """Maps that are made for more digits, or for fewer, as long as they do better."""
        share = WORTH_TWICE if self._is_full(best) else WORTHWHILE
        while (accuracy := ratio * best.shape.accuracy) < 1 and not self.at_rounding(best):
            trial = self._fit(replace(best.shape, accuracy=accuracy), before)
            if not self._lower(trial, best, share):
                break
            best = trial
        return best

    def _damped(self, best: Trial) -> Trial:
        """The ridge for the noise that was found, for this set and for larger ones."""
        for growth in (1.0, GROWTH):
            while not self.at_rounding(best) and _cheap(best):
                shape = replace(best.shape, bound=int(growth * best.count))
                trial = self._fit(shape, best, best.fit.noise)
                if not self._lower(trial, best):
                    break
                best = trial
        return best


def _max_orders(t: Tensor) -> np.ndarray:
    """Orders along each axis that its levels bear: on a lattice there are as few as along one of its lines.

    Rows left out have others at their levels, and say nothing about what functions do between these. On
    lattices that are half empty three functions for four levels, which few gaps bear, have errors that are
    one to seven times smaller than one for two, and reported as 40 to 300 times smaller than they are.
    """
    levels = np.array([len(torch.unique(column)) for column in t.T], dtype=float)
    fill = len(t) / levels.prod()
    orders: np.ndarray = levels * max(1 / ROWS_PER_PARAMETER, 0.75 * fill)
    return orders.astype(int)


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


def _cheap(trial: Trial) -> bool:
    """Whether another fit of its size takes less than a second or two."""
    return affordable(float(trial.count) ** 3)


def _small(trial: Trial) -> bool:
    """Whether many fits of its size take no more time than that."""
    return affordable(PLATEAU_FITS * float(trial.count) ** 3)


def _warn_of_memory(count: int) -> None:
    warnings.warn(
        f"the memory is full with a series of {count} functions; more of them may do better: use a machine "
        "with more memory, or n_modes for the number that is wanted",
        UserWarning,
        stacklevel=2,
    )
