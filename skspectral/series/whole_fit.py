"""Mapped cosines that were found on a part of the rows, solved for on all of them, block by block."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from .._backend.clock import Clock
from .._backend.device import EPS
from .._backend.samples import Samples
from .._backend.threads import threads_for
from ..linalg.cosine_sums import gram_matrix
from ..linalg.normal_equations import cholesky, corrected
from ..networks import affine_features
from ..selection import WholeResidual
from .mapped_fit import IndexSet, MappedFit, SummedRows


@dataclass(frozen=True)
class _Left:
    """Sums over rows of functions times what is left, and of the square of that; moments, if asked for."""

    gradient: Tensor  # shape: (q, k)
    square: Tensor  # shape: (k,)
    moments: Tensor | None

    def __add__(self, other: _Left) -> _Left:
        both = None
        if self.moments is not None and other.moments is not None:
            both = self.moments + other.moments
        return _Left(self.gradient + other.gradient, self.square + other.square, both)


def _left(samples: Samples, affine: Tensor, chosen: IndexSet, coefficients: Tensor, moments: bool) -> _Left:
    rows = SummedRows(samples, chosen)
    rest = samples.y - affine_features(samples.t) @ affine
    left = samples.root_weight * rest - rows.forward(coefficients)
    return _Left(rows.adjoint(left), left.square().sum(0), rows.moments() if moments else None)


def solved_on_all(
    part: MappedFit, affine: Tensor, residual: WholeResidual, clock: Clock
) -> tuple[MappedFit, float]:
    """The same functions, plane and penalty, and the root mean square of what they leave of all rows.

    It begins with the coefficients of the part, which looks at errors on its rows.
    """
    chosen, penalty = part.chosen, part.penalty[:, None]
    first = last = residual.map(_left, affine, chosen, part.coefficients, True)
    assert first.moments is not None

    def gradient(coefficients: Tensor) -> Tensor:
        nonlocal last
        clock.check()
        last = residual.map(_left, affine, chosen, coefficients, False)
        return last.gradient - penalty * coefficients

    q = len(chosen)
    with threads_for(float(q) ** 3 / 3):
        gram = gram_matrix(first.moments, chosen.indices)
        gram.diagonal().add_(part.penalty)
        factor = cholesky(gram)
        # A ten-thousandth of what noise makes of values on rows.
        chance = (EPS**0.5 * first.square * q / residual.n).sqrt()
        slope = first.gradient - penalty * part.coefficients
        coefficients = corrected(gradient, part.coefficients, slope, factor, chance)
        left = math.sqrt(float(last.square.sum()) / residual.n)
        return part.solved(factor, coefficients, residual.n, left), left
