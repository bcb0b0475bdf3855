"""A series of mapped cosines on scattered rows, by normal equations and then to rounding on the rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from .._backend.clock import Clock
from .._backend.device import EPS
from .._backend.parts import even_rows
from .._backend.samples import Samples
from ..linalg.cosine_sums import CosineSums, gram_matrix
from ..linalg.least_squares import MIN_FREEDOM, press, squares_left_out, white_part
from ..linalg.mapped_cosines import angles, center_frequencies, product_features
from ..linalg.normal_equations import cholesky, half_solved, least_squares, leverages
from ..selection import LeftOut, inner_places


@dataclass(frozen=True, eq=False)
class IndexSet:
    """Functions: their orders (q, d) along each axis, and the bend (d,) of each axis."""

    indices: Tensor
    bends: Tensor

    def __len__(self) -> int:
        return len(self.indices)

    def features(self, t: Tensor) -> Tensor:
        """The functions at coordinates (n, d), shape (n, q)."""
        return product_features(t, self.indices, self.bends)

    @property
    def orders(self) -> list[int]:
        """The highest order along each axis."""
        return [int(order) for order in self.indices.amax(0)]


class DenseRows:
    """Sums over rows, by a table of all functions at all rows."""

    def __init__(self, samples: Samples, chosen: IndexSet) -> None:
        self.table = chosen.features(samples.t) * samples.root_weight

    def gram(self) -> Tensor:
        """Inner products of the functions (q, q), at least those on the diagonal and above it."""
        return self.table.T @ self.table

    def forward(self, coefficients: Tensor) -> Tensor:
        """Values (n, k) of coefficients (q, k)."""
        return self.table @ coefficients

    def adjoint(self, values: Tensor) -> Tensor:
        """Sums (q, k) of values (n, k) times functions."""
        return self.table.T @ values


class SummedRows:
    """Sums over rows, by transforms and no table of functions; `check`, called between them, may raise."""

    def __init__(
        self, samples: Samples, chosen: IndexSet, check: Callable[[], None] = lambda: None
    ) -> None:
        self.theta, self.root, self.check = angles(samples.t, chosen.bends), samples.root_weight, check
        self.sums, self.chosen = CosineSums(self.theta, chosen.orders, check), chosen
        self.place = tuple(chosen.indices.T)

    def gram(self) -> Tensor:
        """Inner products of the functions (q, q), at least those on the diagonal and above it."""
        return gram_matrix(self.moments(), self.chosen.indices, self.check)

    def moments(self) -> Tensor:
        """Sums over rows of functions of up to twice the orders, shape (2 K_1 + 1, ..)."""
        twice = CosineSums(self.theta, [2 * order for order in self.chosen.orders], self.check)
        return twice.moments(self.root.square())[..., 0]

    def forward(self, coefficients: Tensor) -> Tensor:
        """Values (n, k) of coefficients (q, k)."""
        box = coefficients.new_zeros(*self.sums.shape, coefficients.shape[1])
        box[self.place] = coefficients
        return self.root * self.sums.values(box)

    def adjoint(self, values: Tensor) -> Tensor:
        """Sums (q, k) of values (n, k) times functions."""
        return self.sums.moments(self.root * values)[self.place]


def rows_of(
    samples: Samples, chosen: IndexSet, check: Callable[[], None] = lambda: None
) -> DenseRows | SummedRows:
    """By what is done in less time; `check` may raise.

    An entry of the Gram matrix is gathered from moments in the time of 1,600 operations (15 ns); a fit asks
    for some 20 sums over rows of all functions of the box.
    """
    dense, summed = _sum_flops(samples, chosen)
    return DenseRows(samples, chosen) if dense < summed else SummedRows(samples, chosen, check)


def _sum_flops(samples: Samples, chosen: IndexSet) -> tuple[float, float]:
    """Operations of all sums over rows, by a table and by transforms."""
    q = len(chosen)
    return 2.0 * samples.n * q**2, 1600 * q**2 + row_flops(samples, chosen)


def row_flops(samples: Samples, chosen: IndexSet) -> float:
    """Operations of the sums over rows of a fit, by transforms."""
    box = math.prod(order + 1.0 for order in chosen.orders)
    return math.inf if samples.d > 3 else 40.0 * samples.n * box


def fit_flops(samples: Samples, chosen: IndexSet, looked_at: int, ridge: bool) -> float:
    """Operations of a fit: sums, factorization, errors at rows and places, an eigenvalue for a ridge."""
    q = float(len(chosen))
    return min(_sum_flops(samples, chosen)) + (q + looked_at) * q**2 + (4 * q**3 if ridge else 0.0)


def largest_eigenvalue(samples: Samples, chosen: IndexSet) -> Tensor:
    """Of the Gram matrix of the functions: what a ridge is relative to."""
    values: Tensor = torch.linalg.eigvalsh(rows_of(samples, chosen).gram(), UPLO="U")
    return values[-1]


# What a fit keeps of the rows that errors are looked at on.
LOOKED_AT = ("_leverage", "score")
# And of the places.
SPREADS = ("_spread", "_spread_of_few")


class MappedFit:
    """A set fitted to rows, with a penalty (q,) on squared coefficients, in units of the sum over rows.

    Errors are looked at on `rows`, and at `places` (m, d) between the rows.

    Raises
    ------
    OutOfTime
        If the clock says so between two parts of the arithmetic.
    """

    KIND = "mapped cosines"  # what a clock knows its steps as

    def __init__(
        self,
        samples: Samples,
        chosen: IndexSet,
        penalty: Tensor,
        rows: Tensor,
        places: Tensor,
        clock: Clock | None = None,
    ) -> None:
        self.samples, self.chosen, self.penalty = samples, chosen, penalty
        self.rows, self.places, self.n = rows, places, samples.n
        check = (clock or Clock()).check
        sums, root = rows_of(samples, chosen, check), samples.root_weight
        gram = sums.gram()
        gram.diagonal().add_(penalty)
        check()
        self.factor = cholesky(gram, check)
        check()
        targets = samples.y * root
        # Where rows are not met, half of the digits of what is left say as much about the set as all.
        self.coefficients = least_squares(
            sums.forward, sums.adjoint, targets, self.factor, penalty, tolerance=EPS**0.5
        )
        self.left = targets - sums.forward(self.coefficients)

    @property
    def _features(self) -> Tensor:
        """The weighted functions at the rows that are looked at, shape (m, q)."""
        return self.chosen.features(self.samples.t[self.rows]) * self.samples.root_weight[self.rows]

    @cached_property
    def _leverage(self) -> Tensor:
        return leverages(self.factor, self._features)

    @property
    def _square(self) -> Tensor:
        """What rows are missed by, squared, as if those that are looked at were missed by as much as all.

        Of noise a thousand rows have three percent more or less than others by chance, which decides where
        sets are compared that are looked at on more and on fewer rows.
        """
        square = self.left[self.rows].square().sum(1)
        return square * (self.train_error**2 / square.mean().clamp_min(torch.finfo(square.dtype).tiny))

    @cached_property
    def score(self) -> float:
        """What fits are chosen by: rows left out, those at the rim not so much.

        And not below what the fit makes of its own variance at a typical place: on rows of a grid with
        gaps, functions that the grid cannot tell apart meet every row that is left out.
        """
        left_out = press(self._square, self._leverage)[0]
        if self.samples.d == 1:  # a place in a wide gap counts as any other; those at the rim are known
            spread = self._spread[inner_places(self.places)]
            return math.sqrt(float(torch.maximum(left_out, self._white * spread.mean())))
        own = self._white * self._spread_of_few.log().mean().exp()
        return math.sqrt(float(torch.maximum(left_out, own)))

    def score_below(self, most: float, check: Callable[[], None]) -> float:
        """The score where it is below `most`, and else no more than it, which takes little time.

        Rows that are left out are missed by more than they are when they are fitted. `check` may raise.
        """
        least = math.sqrt(float(self._square.mean())) if len(self.rows) else 0.0
        if least >= most:
            return least
        self._leverage = leverages(self.factor, self._features, check)
        return self.score

    @cached_property
    def _spread(self) -> Tensor:
        return self._spread_at(self.places)

    @cached_property
    def _spread_of_few(self) -> Tensor:
        return self._spread_at(self.places[::4])

    def _spread_at(self, places: Tensor) -> Tensor:
        return 1 + leverages(self.factor, self.chosen.features(places))

    @property
    def left_out(self) -> LeftOut:
        """What the rows that are looked at are missed by when each is left out."""
        return LeftOut(self.samples.t[self.rows], squares_left_out(self._square, self._leverage))

    @property
    def _white(self) -> Tensor:
        return white_part(self._square, self._leverage)

    @cached_property
    def train_error(self) -> float:
        """Root mean square of what is left."""
        return math.sqrt(float(self.left.square().sum() / self.samples.n))

    @property
    def rounding(self) -> float:
        """What rounding of coordinates makes of values: an epsilon of how steep these are."""
        waves = 2 * math.pi * center_frequencies(self.chosen.indices, self.chosen.bends)
        square = self.coefficients.square().sum(1) @ waves.square().sum(1) / 2
        return EPS * math.sqrt(float(square))

    @property
    def noise(self) -> float:
        """What is left, for the freedom that is left."""
        return self.train_error / math.sqrt(max(MIN_FREEDOM, 1 - self.rank / self.n))

    @property
    def cross_validated(self) -> float:
        """The error of generalized cross-validation, of all rows (Golub, Heath and Wahba 1979)."""
        free = max(MIN_FREEDOM, 1 - self.rank / self.n)
        return self.train_error / float(free)

    @property
    def rank(self) -> float:
        """Number of coefficients that the rows determine."""
        return min(1.0, float(self._leverage.mean())) * self.n

    def change_with(self, bends: Tensor) -> float:
        """By how much of itself what is left grows, to first order, with other maps that are near.

        What coefficients make up for, those of a fit of the change, does not count.
        """
        sums = rows_of(self.samples, self.chosen)
        other = rows_of(self.samples, replace(self.chosen, bends=bends))
        values = self.samples.y * self.samples.root_weight - self.left
        change = other.forward(self.coefficients) - values
        tolerance = 0.01  # two digits tell which way to go
        made_up = least_squares(sums.forward, sums.adjoint, change, self.factor, self.penalty, tolerance)
        apart = change - sums.forward(made_up)
        return -float((self.left * apart).sum() / self.left.square().sum())

    def expected_error(self, aside: Tensor | None, brief: bool = False) -> float:
        """The error at the places, as `selection.expected_error` has it, without another fit.

        Of those few places that the score has looked at, where it shall take no time.

        If H is the part of the hat matrix of the rows set `aside` (n,), these are missed by (I - H)^-1
        times their residuals when they are left out together, and the diagonal of that inverse is their
        spread.
        """
        spread = (self._spread_of_few if brief else self._spread).mean()
        own = self._white * spread
        left_out = press(self._square, self._leverage)[1]
        if aside is not None:
            apart = self._on(torch.nonzero(aside)[:, 0])
            eye = torch.eye(len(apart.rows), dtype=own.dtype, device=own.device)
            basis = half_solved(self.factor, apart._features.T)
            inverse = torch.linalg.inv((1 + MIN_FREEDOM) * eye - basis.T @ basis)
            missed = (inverse @ apart.left[apart.rows]).square().sum(1).mean()
            left_out = torch.maximum(left_out, missed * (spread / inverse.diagonal().mean()).clamp(0, 1))
        return math.sqrt(float(torch.maximum(own, (own * left_out).sqrt())))

    def fitted_to(self, samples: Samples, clock: Clock) -> MappedFit:
        """The same functions with the same penalty, fitted to other rows."""
        with clock.step(self.KIND, fit_flops(samples, self.chosen, 0, False)):
            return MappedFit(samples, self.chosen, self.penalty, self.rows[:0], self.places, clock)

    def solved(self, factor: Tensor, coefficients: Tensor, n: int, error: float) -> MappedFit:
        """The same with what `n` rows give that these are some of, and that are missed by `error`.

        Errors are looked at on the same rows, as if these were missed by as much as all are.
        """
        other = copy(self)
        for name in (*LOOKED_AT, *SPREADS, "train_error"):
            vars(other).pop(name, None)
        other.factor, other.coefficients, other.n = factor, coefficients, n
        sums, root = SummedRows(self.samples, self.chosen), self.samples.root_weight
        left = self.samples.y * root - sums.forward(coefficients)
        seen = float(left[self.rows].square().sum(1).mean().sqrt())
        other.left = left * (error / seen) if seen > 0 else left
        return other

    def _on(self, rows: Tensor) -> MappedFit:
        """The same, looked at on other rows, on as many at most."""
        other = copy(self)
        other.__dict__ = {name: part for name, part in vars(self).items() if name not in LOOKED_AT}
        other.rows = rows[even_rows(len(rows), len(self.rows), rows.device)]
        return other
