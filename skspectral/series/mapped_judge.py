"""Fits of sets of mapped cosines to rows, and what tells a better one from chance.

From the second fit on every function has the ridge of a Wiener filter for the decay of amplitudes seen so
far: over 21 fits in two and three inputs it wins 0.4 digits, and more than one where there are two rows for
each function.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from .._backend.budget import affordable, cheap_rows
from .._backend.device import EPS, memory_of
from .._backend.parts import even_rows
from .._backend.samples import Samples
from .._backend.threads import threads_for
from ..selection import (
    ROUNDING,
    ROWS_PER_PARAMETER,
    SETTLED,
    WORTH_TWICE,
    WORTHWHILE,
    LinearOptions,
    nested_margin,
)
from .mapped_fit import IndexSet, MappedFit, fit_flops, largest_eigenvalue, row_flops
from .mapped_trial import MAP_STEP, Shape, Trial, is_cheap


class Judge:
    """Fits shapes to the rows `samples`, of which a plane was taken off, and compares them."""

    def __init__(self, samples: Samples, places: Tensor, options: LinearOptions, known: bool) -> None:
        self.samples, self.options = samples, options
        self.known = known  # whether some of the rows were searched before
        self.places = places[::2]  # over 21 fits as good as all of them, for 15 % less time
        self.found: Trial | None = None  # the best so far
        self.size = samples.rms()
        self.max_functions = max(1, int(samples.n / ROWS_PER_PARAMETER))
        self.max_orders = _max_orders(samples.t)
        if options.max_modes is not None:  # a constant is not a mode
            self.max_functions = min(samples.n, options.max_modes + 1)
        # Five matrices of the size of the factor, in half of the memory.
        self.room = math.sqrt(memory_of(samples.t.device) / 2 / (5 * samples.t.element_size()))

    def fit(self, shape: Shape, before: Trial | None = None, noise: float = 0.0) -> Trial:
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
            trial = Trial(shape, fit, fit.score_below(most, self.options.clock.check))
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
        if self.samples.d < 3:  # terms that have widths of their own fall at rates of their own
            noise = max(noise, MAP_STEP * before.fit.noise)
        return torch.from_numpy(noise**2 / expected).to(none)

    def _rows(self, count: int) -> Tensor:
        """Rows that errors are looked at on: as many as cost no more than the factorization, or little.

        A thousand measure noise better than 500. Without noise 250 choose sets as well: over nine fits in
        two and three inputs errors change by a factor of 0.6 to 3.3, 1.08 in the geometric mean.
        """
        most = max(250, min(1000, cheap_rows(count)), count // 12)
        return even_rows(self.samples.n, most, self.samples.t.device)

    def at_rounding(self, trial: Trial, times: float = 1.0) -> bool:
        """Whether the rows are met to so many times rounding, of the values and of the coordinates."""
        return trial.fit.train_error < 2 * times * (ROUNDING * self.size + trial.fit.rounding)

    def better(self, trial: Trial, best: Trial) -> bool:
        """Whether a larger set is worth it: where it takes long it has to halve the error.

        Where nothing more is to be gained, rows that are met to rounding say more than their leverages.
        """
        settled = trial.score < SETTLED * self.size
        if settled and self.at_rounding(trial) and not self.at_rounding(best):
            return True
        return self.lower(trial, best, WORTHWHILE if settled or is_cheap(trial) else WORTH_TWICE)

    def lower(self, trial: Trial, best: Trial, share: float = WORTHWHILE) -> bool:
        """Whether errors fall to a share, or by more than chance where that takes little time.

        Where most of them are noise, all that there is to gain may be less than a hundredth, and is seen on
        all rows, if at all. Those that are looked at may say that nothing is gained, and not the opposite.
        """
        if trial.score < share * best.score:
            return True
        looked_at = trial.score < (1 + nested_margin(len(trial.fit.rows))) * best.score
        most = (1 - nested_margin(self.samples.n)) * best.fit.cross_validated
        return looked_at and is_cheap(trial) and trial.fit.cross_validated < most

    def worth_trying(self, trial: Trial, fits: float = 1.0) -> bool:
        """Whether as many fits of its size, that may well do no better, take less than a second or two.

        Sums over the rows count where some of them were searched before: trials that were cheap on these
        have been made, and what is left is what all rows alone tell from noise.
        """
        rows = row_flops(self.samples, trial.fit.chosen) if self.known else 0.0
        return affordable(fits * float(trial.count) ** 3 + rows)

    def enough(self, trial: Trial) -> bool:
        """Whether the rows are met to a few roundings, or nothing more is searched for that takes long."""
        settled = trial.score < SETTLED * self.size
        return self.near_rounding(trial) or (settled and not is_cheap(trial))

    def near_rounding(self, trial: Trial) -> bool:
        """Whether the rows are met to rounding, or to a few where nothing more is searched for."""
        return self.at_rounding(trial, 3.0 if trial.score < SETTLED * self.size else 1.0)

    def is_full(self, trial: Trial) -> bool:
        """Whether there are more functions than rows bear out: finer maps leave more to the rim."""
        return ROWS_PER_PARAMETER * trial.count > self.samples.n


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
