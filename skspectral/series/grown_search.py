"""The best series of products of polynomials on scattered rows of many inputs: sets grow from residuals.

Of many inputs only few products matter, of any of them. A set begins with a plane; what is one or two steps
beyond a member, along one input, joins it in the order of correlations with what is left (forward
selection: Miller 2002, "Subset selection in regression"), a quarter more at a time. Then all that is one
step beyond is taken, more functions than rows, and each gets a prior variance from its own coefficient and
those of its neighbors: a Wiener filter. It meets three functions of 6 to 10 inputs two to six times closer
than the set that was selected, and rows left out show its errors, which after selection are two to five
times as large as they say.

Where rows are few or noisy selection finds chance. A prior learned by its likelihood, from few numbers, is
the rival then (`coefficient_prior`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor

from .._backend.blocks import cached_blocks
from .._backend.budget import SEARCH_STEPS, STEP_FLOPS, affordable
from .._backend.clock import Clock, OutOfTime
from .._backend.device import EPS
from .._backend.parts import spread_rows
from .._backend.samples import MAX_SPATIAL_INPUTS, Samples
from ..linalg.normal_equations import inner_products
from ..selection import (
    ROWS_PER_PARAMETER,
    SETTLED,
    TRUST,
    Design,
    LinearFit,
    LinearOptions,
    halfway,
    missed_between,
    search_ladder,
)
from ..spectrum import GROWTH
from .coefficient_prior import CoefficientPrior, learn_prior
from .grown_fit import GrownFit, first_fit, product_flops
from .polynomial_sets import LegendreProducts, beyond, pairs, plane, smoothed, without
from .wiener import WienerFit, solve_with_best_ridge

# Functions of largest variance that no ridge holds, as a share of the rows. A quarter changes errors of
# eight functions by less than a tenth, half of the rows one of them by a factor of 1.7; with the constant
# alone the last digits are lost to rounding.
FREE_SHARE = 1 / 8


class GrownSearch:
    """Grows sets for the rows `samples`, and filters what has grown."""

    def __init__(self, samples: Samples, options: LinearOptions) -> None:
        self.samples, self.options = samples, options
        self.values = LegendreProducts(samples.t)
        # On few levels polynomials of higher degrees are what others are.
        self.max_degrees = np.array([len(torch.unique(column)) - 1 for column in samples.t.T])
        # With three inputs mapped cosines are the rule, and this is for few products that matter.
        self.steps = 1 if samples.d <= MAX_SPATIAL_INPUTS else SEARCH_STEPS
        flops = self.steps * STEP_FLOPS
        self.max_functions = int(min(samples.n / ROWS_PER_PARAMETER, math.sqrt(flops / (2 * samples.n))))
        # Three inputs may interact where no two do: products of two are grown from in any case.
        few = samples.d * (samples.d - 1) / 2 <= self.max_functions
        self.seeds = pairs(samples.d)[: None if few else 0]
        self.goal, self.paused = math.inf, False
        self.start: GrownFit | None = None
        self.path: list[tuple[int, float]] = []  # numbers of functions, and scores

    def best(self, goal: float = math.inf, start: GrownFit | None = None) -> GrownFit | WienerFit | None:
        """The best fit found, from nothing or from a set on, as far as sets promise to come near a goal."""
        self.goal, self.start, self.paused = goal, start, False
        best: GrownFit | WienerFit | None = None
        with suppress(OutOfTime):
            for fit in self._fits():
                best = fit
        return best

    def _fits(self) -> Iterator[GrownFit | WienerFit]:
        """Ever better fits.

        Products that the prior lists cannot win where the set is far better than these on half of the rows,
        which takes an eighth of the time.
        """
        grown = search_ladder(self._sets(), self.options.clock)
        if grown is not None:
            yield grown
            if grown.exact:
                return
        if not self._has_prior:
            return
        prior = learn_prior(self.samples, self.options.clock)
        some = self._from(prior, self.samples.take(spread_rows(self.samples.n, self.samples.n // 2)))
        if grown is not None and not some.leaves_noise and TRUST * grown.score < some.score:
            yield self._filtered(grown, prior)
            return
        listed = self._from(prior, self.samples)
        if grown is None or listed.leaves_noise:
            yield listed
            return
        yield grown if grown.score < listed.score else listed
        yield min(listed, self._filtered(grown, prior), key=lambda fit: fit.score)

    @property
    def _has_prior(self) -> bool:
        """Whether rows are few enough for products that are more than they."""
        return affordable(2.0 * ROWS_PER_PARAMETER * self.samples.n**3, self.steps)

    def _sets(self) -> Iterator[GrownFit]:
        """From a plane on, ever larger, until the rows are met."""
        samples = self.samples
        if samples.d + 1 > self.max_functions:
            return
        fit = self.start or first_fit(samples, plane(samples.d), self.options.clock)
        while True:
            size = len(fit.degrees)
            flops = product_flops(samples.n, size)
            with self.options.clock.step(GrownFit.KIND, flops):
                score = fit.score
            yield fit
            room = self.max_functions - size
            settled = score < SETTLED * samples.rms() and not affordable(flops)
            if fit.exact or settled or room <= 0:
                return
            self.path.append((size, score))
            if not affordable(flops, 1 / SEARCH_STEPS) and not self._promises():
                self.paused = True
                return
            count = max(samples.d if size < 4 * samples.d else 1, int((GROWTH - 1) / 2 * size))
            fresh = self._strongest(fit, min(count, room))
            if not len(fresh):
                return
            fit = self._with(fit, fresh)

    def _promises(self) -> bool:
        """Whether errors come near the goal where they fall with a power of the number of functions.

        Of 12 functions of three inputs those that meet their rows are found, and no others.
        """
        size, score = self.path[-1]
        smaller = [one for one in self.path if 2 * one[0] <= size]
        if not smaller or self._has_prior:
            return True
        pace = math.log(score / smaller[-1][1]) / math.log(size / smaller[-1][0])
        return bool(score * (self.max_functions / size) ** pace < TRUST * self.goal)

    def _strongest(self, fit: GrownFit, count: int) -> np.ndarray:
        """Products beyond a set that correlate most with what it leaves."""
        found = beyond(np.concatenate([fit.degrees, self.seeds]), 2)
        found = self._distinct(without(np.concatenate([found, self.seeds]), fit.degrees))
        _, shares = self._correlations(found, fit.left, self._deciding_rows(len(found), len(fit.degrees)))
        return found[np.argsort(-shares, kind="stable")[:count]]

    def _distinct(self, degrees: np.ndarray) -> np.ndarray:
        """The products that the levels of each input distinguish from those of lower degrees."""
        distinct: np.ndarray = degrees[(degrees <= self.max_degrees).all(1)]
        return distinct

    def _deciding_rows(self, n_products: int, size: int) -> Tensor | None:
        """Rows that decide which products are next, where all of them take more than a step; else None.

        Each entry of a product is counted as twenty operations: by a hundred, 20,000 rows of ten inputs
        chose so many more products that a fit of 24 seconds took more than 90. Eight rows for each function
        of a set give correlations to a third of what they are if as many functions share what is left.
        """
        count = max(8 * size, int(STEP_FLOPS / (20 * n_products)))
        return None if count >= self.samples.n else spread_rows(self.samples.n, count)

    def _correlations(
        self, degrees: np.ndarray, left: Tensor, rows: Tensor | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Squares of the coefficients of products (q, d), each by itself, and what each would explain.

        By some of the rows, or by all.
        """
        squares, shares, values, root = [], [], self.values, self.samples.root_weight
        if rows is not None:
            rows = rows.to(root.device)
            values, root, left = LegendreProducts(self.samples.t[rows]), root[rows], left[rows]
        for part in cached_blocks(len(degrees), 8 * len(root)):
            self.options.clock.check()
            features = values.features(degrees[part]) * root
            power = features.square().sum(0)
            product = (features.T @ left).square().sum(1)
            squares.append(product / power.square())
            shares.append(product / power)
        return torch.cat(squares).cpu().numpy(), torch.cat(shares).cpu().numpy()

    def _with(self, fit: GrownFit, fresh: np.ndarray) -> GrownFit:
        """More columns, beside those whose inner products are known."""
        check = self.options.clock.check
        columns = self.values.features(fresh) * self.samples.root_weight
        check()
        across = inner_products(fit.table, columns)
        check()
        below = torch.cat([across.T, inner_products(columns, columns)], 1)
        gram = torch.cat([torch.cat([fit.gram, across], 1), below])
        degrees = np.concatenate([fit.degrees, fresh])
        table = torch.cat([fit.table, columns], 1)
        return GrownFit(self.samples, degrees, table, gram, check)

    def _from(self, prior: CoefficientPrior, samples: Samples) -> WienerFit:
        """The products of largest prior variance, fitted to all rows, or to some.

        Two for each row; four change errors of three functions by 0 to 12 %.
        """
        degrees = prior.largest(2 * samples.n, self.max_degrees)
        return solve_with_best_ridge(samples, degrees, prior.logs(degrees), 1, self.options.clock)

    def _filtered(self, grown: GrownFit, prior: CoefficientPrior) -> WienerFit:
        """The set and what is one step beyond, with prior variances from their own coefficients."""
        near = self._distinct(beyond(grown.degrees, 1))
        degrees = np.concatenate([grown.degrees, near])
        beside, _ = self._correlations(near, grown.left)
        squares = np.concatenate([_squares(grown.coefficients), beside])
        first = self._filter(degrees, squares, len(grown.degrees), prior)
        degrees, squares = first.chosen.degrees, _squares(first.coefficients)
        second = self._filter(degrees, squares, len(grown.degrees), prior, first.ridge)
        return min(first, second, key=lambda fit: fit.score)

    def _filter(
        self,
        degrees: np.ndarray,
        squares: np.ndarray,
        n_known: int,
        prior: CoefficientPrior,
        ridge: float | None = None,
    ) -> WienerFit:
        """Products with variances that follow from squares of their coefficients, the first best known."""
        logs = np.log(squares.clip(EPS**2 * squares.max()))
        trend = prior.logs(degrees)
        trend += np.median((logs - trend)[:n_known])
        logs = trend + smoothed(logs - trend, degrees)
        most = np.argsort(-logs, kind="stable")[: 2 * self.samples.n]
        n_free = int(FREE_SHARE * self.samples.n)
        clock = self.options.clock
        return solve_with_best_ridge(self.samples, degrees[most], logs[most], n_free, clock, ridge)


def _squares(coefficients: Tensor) -> np.ndarray:
    """Squares of coefficients (q, k), summed over outputs."""
    squares: np.ndarray = coefficients.square().sum(1).cpu().numpy()
    return squares


@dataclass(frozen=True)
class GrownSeries:
    """What the search has found, and how its rows lie."""

    fit: GrownFit | WienerFit
    design: Design
    search: GrownSearch

    @cached_property
    def score(self) -> float:
        """What fits are chosen by."""
        return halfway(self.fit.score, self._between)

    @cached_property
    def _between(self) -> float:
        """The error between the levels of a lattice."""
        with suppress(OutOfTime):
            return missed_between(self.fit.samples, self.design, partial(self.fit.refit, clock=self._clock))
        return math.inf

    @property
    def _clock(self) -> Clock:
        return self.search.options.clock

    def towards(self, goal: float) -> GrownSeries:
        """With larger sets, where the search was given up for another goal and comes near this one."""
        if not (self.search.paused and isinstance(self.fit, GrownFit)):
            return self
        return replace(self, fit=_searched(self.search, goal, self.fit) or self.fit)

    def candidate(self) -> LinearFit:
        """The series, with the error that is to be expected of it."""
        found = self.fit.candidate(self.design, self._clock)
        return replace(found, score=self.score, error=halfway(found.error, self._between))


def fit_grown(
    samples: Samples, design: Design, options: LinearOptions, goal: float = math.inf
) -> GrownSeries | None:
    """The best series of products; None where rows lie in groups or something else was asked for.

    The search is given up where it takes time and promises nothing near the `goal`.
    """
    if design.grouped or samples.d < 3 or not options.free or options.modes_only:
        return None
    if not samples.in_box or samples.n < 2 * (1 + samples.d):
        return None
    search = GrownSearch(samples, options)
    fit = _searched(search, goal)
    return None if fit is None else GrownSeries(fit, design, search)


def _searched(
    search: GrownSearch, goal: float, start: GrownFit | None = None
) -> GrownFit | WienerFit | None:
    with search.options.clock.recorder.candidate("products of polynomials"):
        return search.best(goal, start)
