"""Products of polynomials with prior variances, fitted to rows: a Wiener filter of any number of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.device import EPS
from .._backend.samples import Samples
from ..linalg.kriging import Kriging, KrigingFit
from ..linalg.least_squares import RIDGES, chosen_by
from ..networks import Expansion
from ..selection import UNKNOWN, Design, LinearFit, affine_part, every_second, search_ladder
from .polynomial_sets import LegendreProducts, norms


@dataclass(frozen=True)
class PriorSet:
    """Degrees (q, d) of products, the logarithms of their prior variances (q,), and how many are free."""

    degrees: np.ndarray
    logs: np.ndarray
    n_free: int

    @classmethod
    def of(cls, degrees: np.ndarray, logs: np.ndarray, n_free: int) -> PriorSet:
        """In order of variance; the constant is the first, and free."""
        order = np.lexsort((-logs, degrees.any(1)))
        return cls(degrees[order], logs[order], max(1, n_free))

    def deviations(self) -> np.ndarray:
        """Prior standard deviations of those that are not free."""
        logs = self.logs[self.n_free :]
        deviations: np.ndarray = np.exp((logs - logs.max()).clip(-200) / 2) if len(logs) else logs
        return deviations


@dataclass(frozen=True)
class WienerFit:
    """A set, fitted to rows with one ridge."""

    samples: Samples
    chosen: PriorSet
    ridge: float
    fit: KrigingFit

    @cached_property
    def score(self) -> float:
        """What fits are chosen by: rows left out, those at the rim not so much."""
        some = self.fit.looked_at
        return math.sqrt(float(chosen_by(some.left_out, 1 - some.leverage)))

    @property
    def left_out(self) -> float:
        """Root mean square of what rows are missed by when they are left out."""
        return math.sqrt(float(self.fit.left_out.mean()))

    @property
    def leaves_noise(self) -> bool:
        """Whether the rows are met about as badly as those left out: a choice of functions would fit noise.

        Of fits with noise of 0.1 to 20 % they are met 0.8 to 1.0 times as badly, without 0.0 to 0.5 times.
        """
        left = math.sqrt(float(self.fit.residual.square().sum(1).mean()))
        return left > UNKNOWN * self.left_out

    @cached_property
    def coefficients(self) -> Tensor:
        """Of all products, shape (q, k)."""
        deviations = torch.from_numpy(self.chosen.deviations()).to(self.fit.penalized)
        return torch.cat([self.fit.free, self.fit.penalized * deviations[:, None]])

    def expansion(self) -> Expansion:
        """The sum of all products."""
        return as_expansion(self.chosen.degrees, self.coefficients)

    def refit(self, samples: Samples, clock: Clock) -> Expansion:
        """The set with its ridge, solved for on other rows."""
        return solve_set(samples, self.chosen, [self.ridge], clock).expansion()

    def candidate(self, design: Design, clock: Clock) -> LinearFit:
        """The series, with the error that is to be expected of it."""
        refit = partial(self.refit, clock=clock)
        error = self.left_out
        if design.aside is not None:
            together = self.fit.left_out_together(torch.nonzero(design.aside)[:, 0])
            error = max(error, math.sqrt(float(together.square().sum(1).mean())))
        return LinearFit(self.expansion(), self.score, error, float(self.fit.leverage.sum()), refit)


def solve_set(samples: Samples, chosen: PriorSet, ridges: Sequence[float], clock: Clock) -> WienerFit:
    """The set with the best of the ridges, which rise.

    Raises
    ------
    OutOfTime
        If there is time for none.
    """
    n, q = float(samples.n), float(len(chosen.degrees))
    with clock.step("kernel", 2 * n**2 * (q + n)):  # the basis that is free (n, n), and the kernel
        problem, chosen = _problem(samples, chosen)

    def solved(place: int) -> WienerFit:
        with clock.step("ridge", 2 * n**2 * n):
            return WienerFit(samples, chosen, ridges[place], problem.solve(ridges[place]))

    best = search_ladder(every_second(solved, len(ridges)), clock, len(ridges))
    if best is None:
        raise OutOfTime
    return best


def _problem(samples: Samples, chosen: PriorSet) -> tuple[Kriging, PriorSet]:
    """The rows' problem, and the set with as many functions free as they bear out."""
    features = LegendreProducts(samples.t).features(chosen.degrees) * samples.root_weight
    n_free = min(chosen.n_free, samples.n - 1)
    chosen = replace(chosen, n_free=n_free)
    deviations = torch.from_numpy(chosen.deviations()).to(features)
    free, penalized = features[:, :n_free], features[:, n_free:] * deviations
    return Kriging(free, penalized, samples.y * samples.root_weight), chosen


def solve_with_best_ridge(
    samples: Samples,
    degrees: np.ndarray,
    logs: np.ndarray,
    n_free: int,
    clock: Clock,
    near: float | None = None,
) -> WienerFit:
    """Products (q, d) of prior variances exp(logs), the first `n_free` of them without a ridge.

    All ridges above rounding are looked among, or those next to one that is known.
    """
    chosen = PriorSet.of(degrees, logs, n_free)
    ridges = [ridge for ridge in RIDGES if ridge > EPS] if near is None else [near / 10, near, near * 10]
    return solve_set(samples, chosen, ridges, clock)


def as_expansion(degrees: np.ndarray, coefficients: Tensor) -> Expansion:
    """A series of products of mean square one, of coefficients (q, k); its plane stands apart."""
    d, k = degrees.shape[1], coefficients.shape[1]
    none, nowhere = coefficients.new_zeros(0, k), coefficients.new_zeros(0, d)
    plain = coefficients * torch.from_numpy(norms(degrees)).to(coefficients)[:, None]
    affine = coefficients.new_zeros(1 + d, k)
    flat = degrees.sum(1) <= 1
    place = (degrees[flat] @ np.arange(1, d + 1)).astype(np.int64)
    affine[torch.from_numpy(place)] = plain[torch.from_numpy(flat)]
    members = torch.from_numpy(degrees[~flat]).to(coefficients.device)
    plain = plain[torch.from_numpy(~flat)]
    if not len(members):
        return affine_part(affine)
    return Expansion(affine, nowhere, none, none, degrees=members, legendre=plain)
