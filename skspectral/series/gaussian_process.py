"""A Gaussian process with a length for each input: the limit of all modes, for few rows.

Where rows are few or noisy any choice of functions finds chance. A process has no functions to choose: its
few numbers, a length for each input, the size of a plane beside it and the noise, maximize the likelihood
of the targets (Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", chapters 2 and 5).
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import chdtri
from torch import Tensor

from .._backend.budget import affordable
from .._backend.clock import Clock, OutOfTime
from .._backend.device import EPS, threads_for
from .._backend.samples import Samples
from ..linalg.errors import LinAlgError
from ..linalg.least_squares import chosen_by
from ..linalg.normal_equations import cholesky
from ..networks import Expansion, affine_features, gaussian_features
from ..selection import DEVIATIONS, WORTHWHILE, Design, LinearFit, LinearOptions, missed_aside, widening
from .bells import bell_mean
from .coefficient_prior import rows_to_learn_from


@dataclass(frozen=True)
class Covariance:
    """Of a target of unit size: a Gaussian of distances in units of the lengths, and that of a plane."""

    lengths: Tensor  # shape: (d,)
    tilt: float
    noise: float

    @classmethod
    def of(cls, logarithms: np.ndarray, like: Tensor) -> Covariance:
        """From what is searched for: lengths (d,), tilt, noise."""
        *lengths, tilt, noise = np.exp(logarithms)
        return cls(like.new_tensor(lengths), float(tilt), float(noise))

    def between(self, t: Tensor, centers: Tensor) -> Tensor:
        """Of the target at coordinates (n, d) and (m, d), shape (n, m)."""
        plane = self.tilt * affine_features(t) @ affine_features(centers).T
        return gaussian_features(t, centers, self.lengths) + plane


@dataclass(frozen=True)
class ProcessFit:
    """A covariance, conditioned on rows."""

    samples: Samples
    covariance: Covariance

    @cached_property
    def _factor(self) -> Tensor:
        """Of the covariance of the weighted targets, noise included, shape (n, n)."""
        t, root = self.samples.t, self.samples.root_weight
        matrix = self.covariance.between(t, t) * root * root.T
        matrix.diagonal().add_(self.covariance.noise)
        return cholesky(matrix)

    @cached_property
    def _inverse(self) -> Tensor:
        return torch.cholesky_inverse(self._factor)

    @cached_property
    def _solved(self) -> Tensor:
        return torch.cholesky_solve(self.samples.y * self.samples.root_weight, self._factor)

    @cached_property
    def _left_out(self) -> Tensor:
        """Squares of what rows are missed by when they are left out (their equation 5.12), shape (n,)."""
        return self._solved.square().sum(1) / self._inverse.diagonal().square()

    @cached_property
    def _missed(self) -> float:
        """What the rows are missed by: weights that cancel lose digits, and the inverse does not tell."""
        return self.samples.rms(self.samples.y - self.expansion()(self.samples.t))

    @property
    def score(self) -> float:
        """What fits are chosen by."""
        chosen = math.sqrt(float(chosen_by(self._left_out, self._inverse.diagonal())))
        return max(chosen, self._missed)

    def spread(self, t: Tensor) -> Tensor:
        """The variance at coordinates (m, d) over that of the noise, which is included, shape (m,)."""
        samples = self.samples
        near = self.covariance.between(samples.t, t) * samples.root_weight
        own = 1 + self.covariance.tilt * affine_features(t).square().sum(1)
        known = torch.linalg.solve_triangular(self._factor, near, upper=False).square().sum(0)
        spread: Tensor = 1 + (own - known).clamp_min(0) / self.covariance.noise
        return spread

    @property
    def rank(self) -> float:
        """Sum of the leverages."""
        return float((1 - self.covariance.noise * self._inverse.diagonal()).sum())

    def expansion(self) -> Expansion:
        """The mean of the process: Gaussians at the rows, and a plane."""
        samples, weights = self.samples, self._solved * self.samples.root_weight
        none, nowhere = weights.new_zeros(0, samples.k), weights.new_zeros(0, samples.d)
        return Expansion(
            self.covariance.tilt * affine_features(samples.t).T @ weights,
            nowhere,
            none,
            none,
            centers=samples.t,
            lengths=self.covariance.lengths,
            gaussian=weights,
        )

    def mean(self) -> Expansion:
        """The mean by functions that do not cancel, where their sum rounds to less than that of Gaussians.

        Either sum is rounded to eps times its terms: there are as many functions as there are, and weights
        of Gaussians add up to many times the targets.
        """
        samples, covariance = self.samples, self.covariance
        gaussians = self.expansion()
        assert gaussians.gaussian is not None
        cancelled = gaussians.gaussian.abs().sum(0) / samples.y.abs().amax(0).clamp_min(EPS)
        stable = bell_mean(
            samples, covariance.lengths, covariance.tilt, covariance.noise, float(cancelled.max())
        )
        return gaussians if stable is None else stable

    @property
    def left_out(self) -> float:
        """Root mean square of what rows are missed by when they are left out."""
        return max(math.sqrt(float(self._left_out.mean())), self._missed)


@dataclass(frozen=True)
class ProcessSeries:
    """A process, and how its rows lie."""

    fit: ProcessFit
    design: Design
    bends: bool  # by more than chance: the likelihood of a plane is less

    @property
    def _turns(self) -> tuple[Tensor, ...]:
        """Whole groups, or lines of a lattice, that are left out together; none where rows stand alone."""
        if self.design.grouped:
            return self.design.turns
        return () if self.design.lines is None else (self.design.lines,)

    @cached_property
    def score(self) -> float:
        """What fits are chosen by."""
        between = self._between_groups if self._turns else 0.0
        return max(self.fit.score, between)

    def candidate(self) -> LinearFit:
        """The mean, with the error that is to be expected of it."""
        fit = self.fit
        missed = self._between_groups if self._turns else self._missed(self.design.aside)
        error = max(fit.left_out, missed)
        return LinearFit(fit.mean(), self.score, error, fit.rank, self._refit)

    @cached_property
    def _between_groups(self) -> float:
        """The error to be expected between the groups."""
        samples, covariance, places = self.fit.samples, self.fit.covariance, self.design.places
        near, ratios = self.fit.spread(places), []
        for aside in self._turns:
            apart = ProcessFit(samples.take(~aside), covariance).spread(samples.t[aside])
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
        covariance = self.fit.covariance
        lengths = covariance.lengths.clone()
        lengths[axis] *= factor
        fit = ProcessFit(self.fit.samples, replace(covariance, lengths=lengths))
        return replace(self, fit=fit)

    def _missed(self, aside: Tensor | None) -> float:
        return missed_aside(self.fit.samples, aside, self._refit)

    def _refit(self, samples: Samples) -> Expansion:
        return ProcessFit(samples, self.fit.covariance).expansion()


def fit_process(
    samples: Samples, design: Design, options: LinearOptions, to_beat: float = math.inf
) -> ProcessSeries | None:
    """The process of largest likelihood; None of too many rows or too few.

    None, too, where on the rows that the likelihood is of, some of many, it does not beat an error already.

    None on a lattice with gaps, where several rows share each level of every input, too: they say nothing
    about what is between the levels, and the process believes them (seen: 2e-6 reported, 0.04 true). Of a
    full grid whole lines are left out, which says it.
    """
    if not options.free or options.modes_only or not samples.in_box:
        return None
    if not affordable(float(samples.n) ** 3) or samples.n < samples.d + 2:
        return None
    some = samples.take(rows_to_learn_from(samples))
    recorder = options.clock.recorder
    with (
        threads_for(float(samples.n) ** 3),
        suppress(OutOfTime),
        recorder.candidate("Gaussian process"),
    ):
        likely = _most_likely(some, options.clock)
        if likely is not None:
            covariance, bends = likely
            if some.n < samples.n and not ProcessFit(some, covariance).left_out < to_beat:
                return None
            process = ProcessSeries(ProcessFit(samples, covariance), design, bends)
            if design.grouped and design.grid is None:  # a grid tells of its lengths everywhere
                process = process.longer(options.clock)
            recorder.note(process.score)
            return process
    return None


def _most_likely(samples: Samples, clock: Clock) -> tuple[Covariance, bool] | None:
    """The covariance that a search from the halfwidth of the box ends at, and whether it bends.

    None where none is finite. A process of endless lengths is a plane; twice the logarithm of the ratio of
    likelihoods is at most chi-squared with a degree of freedom for each length where that is the truth.
    """
    d, likelihood = samples.d, _Likelihood(samples, clock)
    scales = [(math.log(EPS), -math.log(EPS) / 4), (math.log(EPS), -math.log(EPS))]  # a large plane cancels
    shortest, longest = math.log(0.01), math.log(1e3)

    def least(start: float, bounds: tuple[float, float]) -> Any:
        first = np.array([*[start] * d, 0.0, math.log(1e-3)])
        return minimize(likelihood, first, jac=True, method="L-BFGS-B", bounds=[bounds] * d + scales)

    found = least(0.0, (shortest, longest))
    if not math.isfinite(found.fun):
        return None
    gain = 2 * (least(longest, (longest, longest)).fun - found.fun)
    return Covariance.of(found.x, samples.t), bool(gain > chdtri(d, math.erfc(DEVIATIONS / 2**0.5)))


class _Likelihood:
    """Minus its logarithm, the size of the target maximized over, and the gradient."""

    def __init__(self, samples: Samples, clock: Clock | None = None) -> None:
        self.clock = Clock() if clock is None else clock
        root = samples.root_weight
        self.pair, self.targets = root * root.T, samples.y * root
        plane = affine_features(samples.t)
        self.plane = plane @ plane.T
        # Squared distances along each input, shape (d, n, n).
        self.distances = (samples.t.T[:, :, None] - samples.t.T[:, None, :]).square()

    def __call__(self, logarithms: np.ndarray) -> tuple[float, np.ndarray]:
        self.clock.check()
        given = torch.from_numpy(logarithms).to(self.targets)
        d, (n, k) = len(self.distances), self.targets.shape
        squares, tilt, noise = (-2 * given[:d]).exp(), given[d].exp(), given[d + 1].exp()
        near = torch.exp(-torch.tensordot(squares, self.distances, 1) / 2) * self.pair
        plane = tilt * self.plane * self.pair
        matrix = near + plane
        matrix.diagonal().add_(noise)
        try:
            factor = cholesky(matrix)
        except LinAlgError:
            return math.inf, np.zeros_like(logarithms)
        inverse = torch.cholesky_inverse(factor)
        solved = inverse @ self.targets
        size = (self.targets * solved).sum() / (n * k)
        value = n * k * size.log() / 2 + k * factor.diagonal().log().sum()
        slope = (k * inverse - solved @ solved.T / size) / 2
        gradient = given.new_empty(d + 2)
        gradient[:d] = squares * torch.tensordot(self.distances, slope * near, 2)
        gradient[d], gradient[d + 1] = (slope * plane).sum(), noise * slope.trace()
        return float(value), gradient.cpu().numpy()
