"""A set of products of polynomials that has grown, fitted to scattered rows by normal equations."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import ClassVar

import numpy as np
from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.samples import Samples
from ..linalg.least_squares import press, squares_left_out
from ..linalg.normal_equations import cholesky, inner_products, least_squares, leverages
from ..networks import Expansion
from ..selection import ROUNDING, Design, LeftOut, LinearFit, missed_aside
from .polynomial_sets import LegendreProducts
from .wiener import as_expansion


@dataclass(frozen=True)
class GrownFit:
    """A set that has grown, fitted without priors: columns of a table of features (n, q).

    `check` may raise; it is called between two parts of the arithmetic.
    """

    samples: Samples
    degrees: np.ndarray
    table: Tensor
    gram: Tensor
    check: Callable[[], None]

    KIND: ClassVar[str] = "products"  # what a clock knows its steps as

    @cached_property
    def factor(self) -> Tensor:
        """Of the normal equations."""
        return cholesky(self.gram, self.check)

    @cached_property
    def coefficients(self) -> Tensor:
        """Shape (q, k)."""
        table, targets = self.table, self.samples.y * self.samples.root_weight
        penalty = table.new_zeros(table.shape[1])
        return least_squares(lambda c: table @ c, lambda v: table.T @ v, targets, self.factor, penalty)

    @cached_property
    def left(self) -> Tensor:
        """What is left of the weighted targets, shape (n, k)."""
        return self.samples.y * self.samples.root_weight - self.table @ self.coefficients

    @cached_property
    def _leverage(self) -> Tensor:
        return leverages(self.factor, self.table, self.check)

    @cached_property
    def _press(self) -> tuple[float, float]:
        score, left_out = press(self.left.square().sum(1), self._leverage)
        return math.sqrt(float(score)), math.sqrt(float(left_out))

    @property
    def score(self) -> float:
        """What fits are chosen by."""
        return self._press[0]

    @property
    def exact(self) -> bool:
        """Whether the rows are met to rounding."""
        return float(self.left.square().sum(1).mean()) < (2 * ROUNDING * self.samples.rms()) ** 2

    def refit(self, samples: Samples, clock: Clock) -> Expansion:
        """The set, solved for on other rows."""
        with clock.step(GrownFit.KIND, product_flops(samples.n, len(self.degrees))):
            return as_expansion(self.degrees, first_fit(samples, self.degrees, clock).coefficients)

    def candidate(self, design: Design, clock: Clock) -> LinearFit:
        """The series, with the error that is to be expected of it."""
        refit, error = partial(self.refit, clock=clock), self._press[1]
        with suppress(OutOfTime):
            error = max(error, missed_aside(self.samples, design.aside, refit))
        expansion = as_expansion(self.degrees, self.coefficients)
        left_out = LeftOut(self.samples.t, squares_left_out(self.left.square().sum(1), self._leverage))
        rank = float(self._leverage.sum())
        return LinearFit(expansion, self.score, error, rank, refit, left_out=left_out)


def product_flops(n: int, size: int) -> float:
    """Operations of the inner products of so many functions; factor and leverages take as many."""
    return 2.0 * n * size**2


def first_fit(samples: Samples, degrees: np.ndarray, clock: Clock) -> GrownFit:
    """Products (q, d) on rows, as a set to begin with."""
    table = LegendreProducts(samples.t).features(degrees) * samples.root_weight
    return GrownFit(samples, degrees, table, inner_products(table, table), clock.check)
