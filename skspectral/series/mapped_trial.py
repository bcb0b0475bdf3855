"""Sets of mapped cosines as they are tried: what a set is made of, what its fit predicts of others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .._backend.budget import affordable
from ..linalg.cosine_sums import gram_order
from ..linalg.mapped_cosines import bend
from .decay import Decay
from .index_sets import Terms, even_axes, even_terms
from .mapped_fit import IndexSet, MappedFit

# Where so many fits cost no more than one step of the budget, larger sets are tried until one does better.
# On a line one is enough: there are few sizes to try, and a chirp shows nothing before its last wave is in.
PLATEAU_FITS = 1e3
# Accuracy that the map is made for at first, when sets are small, and the steps it is refined in: over 12
# fits steps of 1e-3 and 1e-4 lose 0.2 and 0.4 digits. A larger set or a finer map is supposed to leave this
# share of what the best one left, which is noise to the ridge: over 12 fits a tenth loses half a digit, and
# rounding alone as much as five digits where rows are few at the rim.
MAP_STEP = 1e-2


@dataclass(frozen=True)
class Shape:
    """What a set is made of."""

    terms: Terms
    bound: int  # on the number of functions
    accuracy: float  # of the map
    by_term: bool = False  # whether terms have widths of their own

    def functions(self, most: np.ndarray, like: Tensor) -> IndexSet:
        """Those of orders up to `most` (d,) along each axis."""
        indices = self.terms.ball(self.bound)
        indices = indices[(indices <= most).all(1)]
        functions = torch.from_numpy(indices)
        functions = functions[gram_order(functions)].to(like.device)
        return IndexSet(functions, _bends(functions, self.accuracy).to(like))


def _bends(functions: Tensor, accuracy: float) -> Tensor:
    """Of the map of each axis (d,), for orders (q, d)."""
    return torch.tensor([bend(int(order), accuracy) for order in functions.amax(0)], dtype=torch.float64)


@dataclass(frozen=True)
class Trial:
    """A shape, fitted."""

    shape: Shape
    fit: MappedFit
    score: float

    @property
    def count(self) -> int:
        return len(self.fit.chosen)

    @cached_property
    def _indices(self) -> np.ndarray:
        return self.fit.chosen.indices.cpu().numpy()

    @cached_property
    def _squares(self) -> np.ndarray:
        return self.fit.coefficients.square().sum(1).cpu().numpy()

    @cached_property
    def decay(self) -> Decay:
        """How amplitudes fall; the rows' noise in a coefficient of a product of cosines is taken off."""
        fit = self.fit
        noise = fit.train_error**2 * 2**fit.samples.d / fit.samples.n
        return Decay.of(self.shape.terms.lengths(self._indices), self._squares, noise)

    @cached_property
    def slope(self) -> float:
        """By how much the logarithm of what is left falls with that of the accuracy of the map."""
        chosen, share = self.fit.chosen, 0.99  # rounding and curvature change the slope by a few percent
        finer = _bends(chosen.indices, share * self.shape.accuracy).to(chosen.bends)
        return self.fit.change_with(finer) / math.log(share)

    def even(self, by_term: bool) -> Terms:
        """Terms at whose rims amplitudes would be alike."""
        sizes = np.sqrt(self._squares)
        if by_term:
            return even_terms(self.shape.terms, self._indices, sizes, self.decay.fall)
        return even_axes(self.shape.terms, self._indices, sizes)


def is_cheap(trial: Trial) -> bool:
    """Whether another fit of its size takes less than a second or two."""
    return affordable(float(trial.count) ** 3)


def is_small(trial: Trial) -> bool:
    """Whether many fits of its size take no more time than that."""
    return affordable(PLATEAU_FITS * float(trial.count) ** 3)
