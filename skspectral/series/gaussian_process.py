"""A Gaussian process with a length for each input: the limit of all modes, for few rows.

Where rows are few or noisy any choice of functions finds chance. A process has no functions to choose: its
few numbers, a length for each input, the size of a plane beside it and the noise, are those under which the
targets are likely (Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", chapters 2 and
5), and it is averaged with a plane by how likely both are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from .._backend.budget import affordable
from .._backend.clock import Clock, OutOfTime
from .._backend.device import EPS, threads_for
from .._backend.samples import Samples
from ..linalg.least_squares import MIN_FREEDOM, chosen_by
from ..linalg.normal_equations import cholesky
from ..networks import Expansion, affine_features
from ..selection import (
    WORTHWHILE,
    Design,
    LinearFit,
    LinearOptions,
    affine_part,
    missed_aside,
    widening,
)
from ..spectrum import SPARE
from .bells import BellMean, bell_mean
from .coefficient_prior import rows_to_learn_from
from .process_likelihood import Covariance, likely_covariances


@dataclass(frozen=True)
class ProcessFit:
    """A covariance, conditioned on rows."""

    samples: Samples
    covariance: Covariance
    clock: Clock = field(default_factory=Clock)

    @cached_property
    def factor(self) -> Tensor:
        """Of the covariance of the weighted targets, noise included, shape (n, n)."""
        t, root = self.samples.t, self.samples.root_weight
        matrix = self.covariance.between(t, t) * root * root.T
        matrix.diagonal().add_(self.covariance.noise)
        return cholesky(matrix)

    @cached_property
    def precision(self) -> Tensor:
        """Inverse of the variances of rows given all others, noise included, shape (n,)."""
        diagonal: Tensor = torch.cholesky_inverse(self.factor).diagonal()
        return diagonal

    @cached_property
    def solved(self) -> Tensor:
        """Of the weighted targets, shape (n, k)."""
        return torch.cholesky_solve(self.samples.y * self.samples.root_weight, self.factor)

    @cached_property
    def bells(self) -> BellMean | None:
        """The mean by functions that do not cancel, where their sum rounds to less than that of Gaussians.

        Either sum is rounded to eps times its terms: there are as many functions as there are, and weights
        of Gaussians add up to many times the targets.
        """
        if not self.bent:
            return None
        targets = self.samples.y.abs().amax(0).clamp_min(EPS)
        most = float((self.solved.abs().sum(0) / targets).max())
        with suppress(OutOfTime):
            return bell_mean(self.samples, self.covariance, most, self.clock)
        return None

    @property
    def stable(self) -> BellMean | None:
        """The same where weights of Gaussians are known to less than two digits.

        They are to eps times the condition of their matrix, which the noise bounds.
        """
        return self.bells if 100 * EPS * self.samples.n > self.covariance.noise else None

    @cached_property
    def left_out(self) -> Tensor:
        """What rows are missed by when they are left out (their equation 5.12), shape (n, k)."""
        by_weights = self.solved / self.precision[:, None]
        if self.stable is None:
            return by_weights
        samples, free = self.samples, self.freedom[:, None]
        residual = (samples.y - self.stable.expansion(samples.t)) * samples.root_weight
        return torch.where(free > MIN_FREEDOM, residual / free, by_weights)

    @property
    def freedom(self) -> Tensor:
        """Share of itself that each row does not find in the mean, one minus its leverage, shape (n,)."""
        if self.stable is None:
            return self.covariance.noise * self.precision
        return 1 - self.stable.leverage

    def spread(self, t: Tensor) -> Tensor:
        """The variance at coordinates (m, d) over that of the noise, which is included, shape (m,)."""
        samples = self.samples
        near = self.covariance.between(samples.t, t) * samples.root_weight
        own = 1 + self.covariance.tilt * affine_features(t).square().sum(1)
        known = torch.linalg.solve_triangular(self.factor, near, upper=False).square().sum(0)
        spread: Tensor = 1 + (own - known).clamp_min(0) / self.covariance.noise
        return spread

    def gaussians(self) -> Expansion:
        """The mean by Gaussians at the rows and a plane; those of endless length are part of it."""
        weights = self.solved * self.samples.root_weight
        plane: Tensor = self.covariance.tilt * affine_features(self.samples.t).T @ weights
        if not self.bent:
            plane[0] += weights.sum(0)
            return affine_part(plane)
        lengths = self.covariance.lengths
        return replace(affine_part(plane), centers=self.samples.t, lengths=lengths, gaussian=weights)

    @property
    def bent(self) -> bool:
        """Whether it is more than a plane."""
        return bool(self.covariance.lengths.isfinite().any())


@dataclass(frozen=True)
class ProcessMean:
    """The mean of a process, or of a bent one and a plane by their shares."""

    fits: tuple[tuple[float, ProcessFit], ...]

    @classmethod
    def given(
        cls, shares: Sequence[tuple[float, Covariance]], samples: Samples, clock: Clock
    ) -> ProcessMean:
        """Covariances with their shares, conditioned on rows."""
        return cls(tuple((share, ProcessFit(samples, covariance, clock)) for share, covariance in shares))

    @property
    def samples(self) -> Samples:
        """The rows."""
        return self.fits[0][1].samples

    def of(self, samples: Samples) -> ProcessMean:
        """The same covariances, conditioned on other rows."""
        shares = [(share, fit.covariance) for share, fit in self.fits]
        return ProcessMean.given(shares, samples, self.fits[0][1].clock)

    @cached_property
    def _left_out(self) -> Tensor:
        """Squares of what rows are missed by when they are left out, shape (n,)."""
        parts = [share * fit.left_out for share, fit in self.fits]
        return torch.stack(parts).sum(0).square().sum(1)

    @cached_property
    def _freedom(self) -> Tensor:
        return torch.stack([share * fit.freedom for share, fit in self.fits]).sum(0)

    @cached_property
    def _missed(self) -> float:
        """What the rows are missed by: weights that cancel lose digits, and the inverse does not tell."""
        return self.samples.rms(self.samples.y - self.mean()(self.samples.t))

    @property
    def score(self) -> float:
        """What fits are chosen by."""
        chosen = math.sqrt(float(chosen_by(self._left_out, self._freedom)))
        return max(chosen, self._missed)

    @property
    def left_out(self) -> float:
        """Root mean square of what rows are missed by when they are left out."""
        return max(math.sqrt(float(self._left_out.mean())), self._missed)

    @property
    def rank(self) -> float:
        """Sum of the leverages."""
        return float((1 - self._freedom).sum())

    def spread(self, t: Tensor) -> Tensor:
        """The variance at coordinates (m, d) over that of the noise, which is included, shape (m,)."""
        return torch.stack([share * fit.spread(t) for share, fit in self.fits]).sum(0)

    def mean(self) -> Expansion:
        """The sum of the means by their shares."""
        return self._sum([fit.bells.expansion if fit.bells else fit.gaussians() for _, fit in self.fits])

    def again(self) -> Expansion:
        """The same to the digits that its errors take, in less time."""
        return self._sum([fit.stable.expansion if fit.stable else fit.gaussians() for _, fit in self.fits])

    def gaussians(self) -> Expansion:
        """The same by Gaussians at the rows, whose weights may cancel."""
        return self._sum([fit.gaussians() for _, fit in self.fits])

    def _sum(self, parts: Sequence[Expansion]) -> Expansion:
        """One of the parts at most is more than a plane."""
        total = torch.stack([share * part.affine for (share, _), part in zip(self.fits, parts)]).sum(0)
        for (share, _), part in zip(self.fits, parts):
            if part.gaussian is not None:
                return replace(part, affine=total, gaussian=share * part.gaussian)
        return affine_part(total)

    def stretched(self, axis: int, factor: float) -> ProcessMean:
        """With the length of one input times a factor."""
        stretched = []
        for share, fit in self.fits:
            lengths = fit.covariance.lengths.clone()
            lengths[axis] *= factor
            stretched.append((share, replace(fit, covariance=replace(fit.covariance, lengths=lengths))))
        return ProcessMean(tuple(stretched))


@dataclass(frozen=True)
class ProcessSeries:
    """A process, and how its rows lie."""

    fit: ProcessMean
    design: Design

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

    def candidate(self) -> LinearFit:
        """The mean, with the error that is to be expected of it."""
        fit = self.fit
        if self._turns:
            error = max(fit.left_out, self._between_groups)
        else:
            # Lengths have seen rows that are left out one by one; fewer rows do with less than all.
            error = math.sqrt(max(fit.left_out, self._missed(self.design.aside)) * fit.left_out)
        return LinearFit(fit.mean(), self.score, error, fit.rank, self._refit)

    @cached_property
    def _between_groups(self) -> float:
        """The error to be expected between the groups."""
        samples, near, ratios = self.fit.samples, self.fit.spread(self.design.places), []
        for aside in self._turns:
            apart = self.fit.of(samples.take(~aside)).spread(samples.t[aside])
            ratios.append(float(widening(apart, near).log()))
        return self.across * math.exp(sum(ratios) / len(ratios))

    @cached_property
    def across(self) -> float:
        """Root mean square of what groups are missed by that are left out in turn."""
        squares = [self._missed(aside) ** 2 for aside in self._turns]
        return math.sqrt(sum(squares) / len(squares))

    def longer(self, clock: Clock) -> ProcessSeries:
        """With lengths that lead across the groups better: within them rows tell of other lengths alone."""
        best = self
        for axis in range(self.fit.samples.d):
            for factor in (1.5, 1 / 1.5):
                before = best
                while (trial := best._stretched(axis, factor)).across < WORTHWHILE * best.across:
                    best = trial
                    clock.check()
                if best is not before:
                    break
        return best

    def _stretched(self, axis: int, factor: float) -> ProcessSeries:
        return replace(self, fit=self.fit.stretched(axis, factor))

    def _missed(self, aside: Tensor | None) -> float:
        return missed_aside(self.fit.samples, aside, self._refit)

    def _refit(self, samples: Samples) -> Expansion:
        return self.fit.of(samples).again()


def fit_process(
    samples: Samples, design: Design, options: LinearOptions, to_beat: float = math.inf
) -> ProcessSeries | None:
    """The likeliest process, averaged with a plane; None of too many rows or too few.

    None, too, where on the rows that the likelihood is of, some of many, it does not beat an error already.

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
    with (
        threads_for(float(samples.n) ** 3),
        suppress(OutOfTime),
        recorder.candidate("Gaussian process"),
    ):
        likely = likely_covariances(some, options.clock)
        if not likely or (
            some.n < samples.n and not ProcessMean.given(likely, some, options.clock).left_out < to_beat
        ):
            return None
        process = ProcessSeries(ProcessMean.given(likely, samples, options.clock), design)
        if design.grouped and design.grid is None:  # a grid tells of its lengths everywhere
            process = process.longer(options.clock)
        recorder.note(process.score)
        return process
    return None
