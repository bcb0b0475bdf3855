"""How large the coefficients of products of polynomials are to be expected, learned from few rows.

Notation
--------
The prior variance of a product of degrees k is scale times the product, over the inputs in it, of
gain_j exp(-2 slope_j (k_j^shape - 1)): an analysis of variance in which inputs that matter little, or enter
smoothly, have small gains and steep slopes. Summed over all products it is the kernel of a Gaussian
process, prod_j (1 + sum_k gain_j exp(..) P_k(x_j) P_k(x'_j)), so gains, slopes and noise maximize the
likelihood of targets (Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", chapter 5;
Durrande et al. 2013, "ANOVA kernels and RKHS of zero mean functions", J. Multivariate Analysis 115).
"""

from __future__ import annotations

import heapq
import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from .._backend.budget import STEP_FLOPS
from .._backend.clock import Clock, OutOfTime
from .._backend.device import EPS
from .._backend.parts import even_rows
from .._backend.samples import Samples
from ..linalg.normal_equations import inverse_of
from .polynomial_sets import LegendreProducts

# Rows that a prior is learned from, at most: 600 instead lower errors of five fits of 600 and 1,000 rows by
# 0 to 11 % in up to twice the time, 150 raise them by 0 to 12 %, and one with noise three times.
PRIOR_ROWS = 300


@dataclass(frozen=True)
class CoefficientPrior:
    """Logarithms of gains (d,), slopes (d,), and the power of degrees that logarithms fall with."""

    gains: np.ndarray
    slopes: np.ndarray
    shape: float

    def logs(self, degrees: np.ndarray) -> np.ndarray:
        """Logarithms of the variances of products (q, d), up to a constant."""
        profile = self.gains - 2 * self.slopes * (np.maximum(degrees, 1.0) ** self.shape - 1)
        logs: np.ndarray = np.where(degrees > 0, profile, 0.0).sum(1)
        return logs

    def largest(self, count: int, max_degrees: np.ndarray) -> np.ndarray:
        """Degrees of the products of largest variance, in order: each follows one that it grew from."""
        d = len(self.gains)
        first = (0,) * d
        heap, seen = [(0.0, first)], {first}
        found: list[tuple[int, ...]] = []
        while heap and len(found) < count:
            _, degrees = heapq.heappop(heap)
            found.append(degrees)
            room = [j for j in range(d) if degrees[j] < max_degrees[j]]
            grown = [(*degrees[:j], degrees[j] + 1, *degrees[j + 1 :]) for j in room]
            fresh = [one for one in grown if one not in seen]
            seen.update(fresh)
            for cost, one in zip(-self.logs(np.array(fresh).reshape(-1, d)), fresh, strict=True):
                heapq.heappush(heap, (float(cost), one))
        return np.array(found)


def learn_prior(samples: Samples, clock: Clock | None = None) -> CoefficientPrior:
    """The prior of largest likelihood on some of the rows, or of the largest so far when time is up."""
    d = samples.d
    likelihood = _Likelihood(samples.take(rows_to_learn_from(samples)), clock)
    start = np.concatenate([np.full(d, -2.0), np.zeros(d), [np.log(1e-2), 1.0]])
    bounds = [(-14.0, 0.0)] * d + [(-2.5, 2.0)] * d + [(math.log(1e6 * EPS), 3.0), (0.7, 2.0)]
    with suppress(OutOfTime):
        minimize(likelihood, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-6})
    if likelihood.best is None:
        raise OutOfTime
    found = likelihood.best
    return CoefficientPrior(found[:d], np.exp(found[d : 2 * d]), float(found[-1]))


def rows_to_learn_from(samples: Samples) -> Tensor:
    """Rows to learn from, spread over their order: fewer where inputs are so many that it takes long."""
    most = (STEP_FLOPS / (6 * samples.d)) ** 0.4  # of as many tables as inputs, their root wide
    return even_rows(samples.n, min(PRIOR_ROWS, int(most) + 1), samples.t.device)


class _Likelihood:
    """Minus the logarithm of the likelihood, scale maximized over, and its gradient.

    The kernel has degrees up to the square root of the number of rows, which determine no others (Cohen,
    Davenport and Leviatan 2013, Found. Comput. Math. 13); products that are listed may have any.
    """

    def __init__(self, samples: Samples, clock: Clock | None = None) -> None:
        d = samples.d
        self.clock, self.least = clock or Clock(), math.inf
        self.best: np.ndarray | None = None  # parameters of the least value so far
        values = LegendreProducts(samples.t)
        degrees = np.arange(1, math.isqrt(samples.n) + 1)
        tables = [values.features(degrees[:, None] * np.eye(d, dtype=np.int64)[axis]) for axis in range(d)]
        self.tables = torch.stack(tables)  # shape: (d, n, highest degree)
        self.root, self.degrees = samples.root_weight, torch.from_numpy(degrees).to(samples.t)
        self.targets = samples.y * self.root

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        self.clock.check()
        value, gradient = self._with_gradient(parameters)
        if value < self.least:
            self.least, self.best = value, parameters.copy()
        return value, gradient

    def _with_gradient(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        given = torch.from_numpy(parameters).to(self.targets)
        d, (n, k) = len(self.tables), self.targets.shape
        gains, log_slopes, noise, shape = (
            given[:d],
            given[d : 2 * d],
            given[-2].exp(),
            given[-1],
        )
        slopes = 2 * log_slopes.exp()[:, None]
        falls = slopes * (self.degrees**shape - 1)
        weights = (gains[:, None] - falls).exp()
        factors = 1 + (self.tables * weights[:, None]) @ self.tables.transpose(1, 2)
        kernel = factors.prod(0) * self.root * self.root.T
        mean = kernel.diagonal().mean()
        lower = torch.linalg.cholesky(kernel + torch.diag((noise * mean).expand(n)))
        inverse = inverse_of(lower)
        solved = inverse @ self.targets
        square = (self.targets * solved).sum()
        value = n * k / 2 * (square / (n * k)).log() + k * lower.diagonal().log().sum()
        # With respect to the kernel and its noise, then to factors of the kernel, then to their weights.
        slope = k / 2 * (inverse - n * (solved @ solved.T) / square)
        trace = slope.diagonal().sum()
        slope.diagonal().add_(noise / n * trace)
        by_factor = slope * kernel / factors
        by_weight = (self.tables * (by_factor @ self.tables)).sum(1) * weights
        by_shape = -(by_weight * slopes * self.degrees**shape * self.degrees.log()).sum()
        # Gains and slopes that no row determines stay where they are.
        pull = 0.05 * log_slopes.square().sum() + 0.01 * (gains + 3).square().sum()
        gradient = torch.cat(
            [
                by_weight.sum(1) + 0.02 * (gains + 3),
                0.1 * log_slopes - (by_weight * falls).sum(1),
                torch.stack([trace * mean * noise, by_shape]),
            ]
        )
        return float(value + pull), gradient.cpu().numpy()
