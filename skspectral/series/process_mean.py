"""The mean of a Gaussian process that is conditioned on rows, and what rows are missed by when left out.

Notation
--------
In the function-space view the mean is a sum of the covariances of all rows, Gaussians, by weights that
solve a system of n equations; in the weight-space view it is a sum of functions by coefficients that are
found by least squares (Rasmussen and Williams 2006, sections 2.2 and 2.1). The weights cancel, the
coefficients do not (`bells`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.device import EPS
from .._backend.samples import Samples
from ..linalg.least_squares import MIN_FREEDOM, chosen_by
from ..linalg.normal_equations import cholesky, half_solved, inverse_of
from ..networks import Expansion, affine_features
from ..selection import WORTHWHILE, affine_part
from .bells import BellMean, bell_mean
from .process_likelihood import Covariance

Shares = Sequence[tuple[float, Covariance]]


@dataclass(frozen=True)
class FunctionSpace:
    """A covariance, conditioned on rows."""

    samples: Samples
    covariance: Covariance

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
        diagonal: Tensor = inverse_of(self.factor).diagonal()
        return diagonal

    @cached_property
    def solved(self) -> Tensor:
        """Of the weighted targets, shape (n, k)."""
        return torch.cholesky_solve(self.samples.y * self.samples.root_weight, self.factor)

    @property
    def loses_digits(self) -> bool:
        """Whether errors of the weights would show where fits are compared.

        The weights are known to eps times the condition of their matrix, which the noise bounds.
        """
        return EPS * self.samples.n > (1 - WORTHWHILE) * self.covariance.noise

    def spread(self, t: Tensor) -> Tensor:
        """The variance at coordinates (m, d) over that of the noise, which is included, shape (m,)."""
        samples = self.samples
        near = self.covariance.between(samples.t, t) * samples.root_weight
        own = 1 + self.covariance.tilt * affine_features(t).square().sum(1)
        known = half_solved(self.factor, near).square().sum(0)
        spread: Tensor = 1 + (own - known).clamp_min(0) / self.covariance.noise
        return spread

    def expansion(self) -> Expansion:
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

    def by_functions(self, clock: Clock) -> BellMean | None:
        """The weight-space view, where it rounds to less and there is time for it.

        Either sum is rounded to eps times its terms: there are as many functions as there are, and weights
        of Gaussians add up to many times the targets.
        """
        if not self.bent:
            return None
        targets = self.samples.y.abs().amax(0).clamp_min(EPS)
        most = float((self.solved.abs().sum(0) / targets).max())
        with suppress(OutOfTime):
            return bell_mean(self.samples, self.covariance, most, clock)
        return None


@dataclass(frozen=True)
class ProcessFit:
    """A covariance, conditioned on rows, in the view that loses no digits that are asked for."""

    weights: FunctionSpace
    functions: BellMean | None = None  # in their place, where these were needed

    @property
    def freedom(self) -> Tensor:
        """Share of itself that each row does not find in the mean, one minus its leverage, shape (n,)."""
        if self.functions is None:
            return self.weights.covariance.noise * self.weights.precision
        return 1 - self.functions.leverage

    @cached_property
    def left_out(self) -> Tensor:
        """What rows are missed by when they are left out (their equation 5.12), shape (n, k)."""
        by_weights = self.weights.solved / self.weights.precision[:, None]
        if self.functions is None or not self.weights.loses_digits:
            return by_weights
        samples, free = self.weights.samples, self.freedom[:, None]
        residual = (samples.y - self.functions.expansion(samples.t)) * samples.root_weight
        return torch.where(free > MIN_FREEDOM, residual / free, by_weights)

    def expansion(self) -> Expansion:
        """The mean."""
        return self.weights.expansion() if self.functions is None else self.functions.expansion


@dataclass(frozen=True)
class ProcessMean:
    """The mean of a process, or of a bent one and a plane by their shares."""

    fits: tuple[tuple[float, ProcessFit], ...]

    @classmethod
    def given(cls, shares: Shares, samples: Samples, clock: Clock, exact: bool = True) -> ProcessMean:
        """Covariances with their shares, conditioned on rows.

        Where it need not be `exact`, but to the digits that its errors take, it takes less time.
        """
        fits = []
        for share, covariance in shares:
            weights = FunctionSpace(samples, covariance)
            needed = exact or weights.loses_digits
            fits.append((share, ProcessFit(weights, weights.by_functions(clock) if needed else None)))
        return cls(tuple(fits))

    @classmethod
    def by_weights(cls, shares: Shares, samples: Samples) -> ProcessMean:
        """The same in the function-space view alone, of which `rounding` tells the digits."""
        fits = [(share, ProcessFit(FunctionSpace(samples, covariance))) for share, covariance in shares]
        return cls(tuple(fits))

    @property
    def rounding(self) -> float:
        """What the sum of weights times covariances rounds to."""
        return EPS * sum(share * float(fit.weights.solved.abs().sum()) for share, fit in self.fits)

    @property
    def samples(self) -> Samples:
        """The rows."""
        return self.fits[0][1].weights.samples

    @property
    def shares(self) -> Shares:
        """The covariances with their shares."""
        return [(share, fit.weights.covariance) for share, fit in self.fits]

    @cached_property
    def squares_left_out(self) -> Tensor:
        """Squares of what rows are missed by when they are left out, shape (n,)."""
        parts = [share * fit.left_out for share, fit in self.fits]
        return torch.stack(parts).sum(0).square().sum(1)

    @cached_property
    def _freedom(self) -> Tensor:
        return torch.stack([share * fit.freedom for share, fit in self.fits]).sum(0)

    @cached_property
    def _missed(self) -> float:
        """What the rows are missed by: weights that cancel lose digits, which the inverse does not show."""
        return self.samples.rms(self.samples.y - self.expansion()(self.samples.t))

    @property
    def score(self) -> float:
        """What fits are chosen by."""
        chosen = math.sqrt(float(chosen_by(self.squares_left_out, self._freedom)))
        return max(chosen, self._missed)

    @property
    def left_out(self) -> float:
        """Root mean square of what rows are missed by when they are left out."""
        return max(math.sqrt(float(self.squares_left_out.mean())), self._missed)

    @property
    def rank(self) -> float:
        """Sum of the leverages."""
        return float((1 - self._freedom).sum())

    def spread(self, t: Tensor) -> Tensor:
        """The variance at coordinates (m, d) over that of the noise, which is included, shape (m,)."""
        return torch.stack([share * fit.weights.spread(t) for share, fit in self.fits]).sum(0)

    def expansion(self) -> Expansion:
        """The sum of the means by their shares, of which one at most is more than a plane."""
        parts = [(share, fit.expansion()) for share, fit in self.fits]
        total = torch.stack([share * part.affine for share, part in parts]).sum(0)
        for share, part in parts:
            if part.gaussian is not None:
                return replace(part, affine=total, gaussian=share * part.gaussian)
        return affine_part(total)
