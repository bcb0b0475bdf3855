"""A Gaussian process with a length for each input: the limit of all modes, for few rows.

Where rows are few or noisy any choice of functions finds chance. A process has no functions to choose: its
few numbers, a length for each input, the size of a plane beside it and the noise, are those under which the
targets are likely (Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", chapters 2 and
5), and it is averaged with a plane by how likely both are.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from .._backend.budget import affordable
from .._backend.clock import Clock, OutOfTime
from .._backend.device import EPS
from .._backend.samples import Samples
from ..networks import Expansion
from ..selection import TRUST, WORTHWHILE, Design, LeftOut, LinearFit, LinearOptions, missed_aside, widening
from ..spectrum import SPARE
from .coefficient_prior import rows_to_learn_from
from .process_likelihood import FirstGuess, likely_covariances
from .process_mean import ProcessFit, ProcessMean, Shares


@dataclass(frozen=True)
class ProcessSeries:
    """A process, and how its rows lie."""

    fit: ProcessMean
    design: Design
    clock: Clock

    @property
    def _turns(self) -> tuple[Tensor, ...]:
        """Whole groups, or lines of a lattice, that are left out together; none where rows stand alone."""
        if self.design.grouped:
            return self.design.turns
        return () if self.design.lines is None else (self.design.lines,)

    @cached_property
    def score(self) -> float:
        """What fits are chosen by."""
        return max(self.fit.score, self._between_groups if self._turns else 0.0)

    @property
    def bends(self) -> bool:
        """Whether a bend is likelier than a plane."""
        return self._likeliest.weights.bent

    def leaves(self, plane: float) -> bool:
        """Whether a plane is likelier than a bend, and one by least squares of this score does as well."""
        return not self.bends and WORTHWHILE * plane <= ProcessMean(((1.0, self._likeliest),)).score

    @property
    def _likeliest(self) -> ProcessFit:
        return max(self.fit.fits, key=lambda one: one[0])[1]

    def candidate(self) -> LinearFit:
        """The mean, with the error that is to be expected of it."""
        fit = self.fit
        if self._turns:
            error = max(fit.left_out, self._between_groups)
        else:
            # Lengths have seen rows that are left out one by one; fewer rows do with less than all.
            error = math.sqrt(max(fit.left_out, self._missed(self.design.aside, fit.shares)) * fit.left_out)
        left_out = LeftOut(fit.samples.t, fit.squares_left_out)
        return LinearFit(fit.expansion(), self.score, error, fit.rank, self._refit, left_out=left_out)

    @cached_property
    def _between_groups(self) -> float:
        """The error to be expected between the groups."""
        samples, near, ratios = self.fit.samples, self.fit.spread(self.design.places), []
        for aside in self._turns:
            apart = ProcessMean.by_weights(self.fit.shares, samples.take(~aside)).spread(samples.t[aside])
            ratios.append(float(widening(apart, near).log()))
        return self._across(self.fit.shares) * math.exp(sum(ratios) / len(ratios))

    def _across(self, shares: Shares) -> float:
        """Root mean square of what groups are missed by that are left out in turn."""
        squares = [self._missed(aside, shares) ** 2 for aside in self._turns]
        return math.sqrt(sum(squares) / len(squares))

    def longer(self) -> ProcessSeries:
        """With lengths that lead across the groups better: within them rows show other lengths alone."""
        samples = self.fit.samples
        best, across = self.fit.shares, self._across(self.fit.shares)
        for axis in range(samples.d):
            for factor in (1.5, 1 / 1.5):
                before = best
                trial = _stretched(best, axis, factor)
                while (missed := self._across(trial)) < WORTHWHILE * across:
                    best, across = trial, missed
                    trial = _stretched(best, axis, factor)
                    self.clock.check()
                if best is not before:
                    break
        return replace(self, fit=ProcessMean.given(best, samples, self.clock))

    def _missed(self, aside: Tensor | None, shares: Shares) -> float:
        """By weights alone where their rounding does not show in it: functions take far longer."""
        rounding: list[float] = []

        def by_weights(samples: Samples) -> Expansion:
            fit = ProcessMean.by_weights(shares, samples)
            rounding.append(fit.rounding)
            return fit.expansion()

        def refit(samples: Samples) -> Expansion:
            return self._refitted(samples, shares).expansion()

        missed = missed_aside(self.fit.samples, aside, by_weights)
        if sum(rounding) <= (1 - WORTHWHILE) * missed:
            return missed
        return missed_aside(self.fit.samples, aside, refit)

    def _refit(self, samples: Samples) -> Expansion:
        return self._refitted(samples, self.fit.shares).expansion()

    def _refitted(self, samples: Samples, shares: Shares) -> ProcessMean:
        return ProcessMean.given(shares, samples, self.clock, exact=False)


def _promises(guess: FirstGuess, samples: Samples, n: int, rival: float, clock: Clock) -> bool:
    """Whether the error comes near a rival's on n rows where it falls with a power of their number.

    Lengths that few rows show may be as far off as a power of so few numbers is: of 29 fits in three to
    eight inputs those that won were expected to have up to 33 times the error of the rival.
    """
    if rival == math.inf or guess.rows.n == samples.n:
        return True
    found = (ProcessMean.given([(1.0, guess.covariance)], rows, clock) for rows in (guess.rows, samples))
    few, some = (max(fit.left_out, EPS * samples.rms()) for fit in found)
    pace = min(0.0, math.log(some / few) / math.log(samples.n / guess.rows.n))
    return bool(some * (n / samples.n) ** pace < TRUST**2 * rival)


def _stretched(shares: Shares, axis: int, factor: float) -> Shares:
    """With the length of one input times a factor."""
    stretched = []
    for share, covariance in shares:
        lengths = covariance.lengths.clone()
        lengths[axis] *= factor
        stretched.append((share, replace(covariance, lengths=lengths)))
    return stretched


def fit_process(
    samples: Samples,
    design: Design,
    options: LinearOptions,
    to_beat: float = math.inf,
    rival: float = math.inf,
) -> ProcessSeries | None:
    """The likeliest process, averaged with a plane; None of too many rows or too few.

    None, too, where on the rows that the likelihood is of, some of many, it does not beat an error already,
    or promises nothing near the error of a rival.

    None where several rows share each level of every input, but are too few for a lattice: they say nothing
    about what is between the levels, and the process believes them (seen: 2e-6 reported, 0.04 true).
    """
    judged = design.grouped or design.lines is not None
    if not judged and all(2 * len(torch.unique(column)) < samples.n for column in samples.t.T):
        return None
    if not options.free or options.modes_only or not samples.in_box:
        return None
    if not affordable(float(samples.n) ** 3) or samples.n <= SPARE:
        return None
    some = samples.take(rows_to_learn_from(samples))
    recorder = options.clock.recorder
    with suppress(OutOfTime), recorder.candidate("Gaussian process"):
        guess = FirstGuess.of(some, options.clock)
        if not _promises(guess, some, samples.n, rival, options.clock):
            return None
        likely = likely_covariances(some, options.clock, guess)
        if not likely or (
            some.n < samples.n and not ProcessMean.given(likely, some, options.clock).left_out < to_beat
        ):
            return None
        process = ProcessSeries(ProcessMean.given(likely, samples, options.clock), design, options.clock)
        if design.grouped and design.grid is None:  # a grid shows its lengths everywhere
            process = process.longer()
        recorder.note(process.score)
        return process
    return None
