"""Peers that are linear least squares in fixed functions: Fourier extension and Chebyshev.

In one dimension these are the precision anchors; the number of products grows with the dimension.

Sources: D. Huybrechs, "On the Fourier extension of nonperiodic functions", SIAM J. Numer. Anal. 47
(2010) 4326-4355, doi:10.1137/090752456; B. Adcock, D. Huybrechs and J. Martin-Vaquero, "On the
numerical stability of Fourier extensions", Found. Comput. Math. 14 (2014) 635-687,
doi:10.1007/s10208-013-9158-8 (the truncated SVD makes the redundant functions harmless);
L. N. Trefethen, "Multivariate polynomial approximation in the hypercube", Proc. Amer. Math. Soc.
145 (2017) 4837-4844, doi:10.1090/proc/13623 (total degree against tensor products).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebvander

from benchmarks.common.tuned import Array, Predictor, Settings, TunedPeer

_RCOND = 1e-14  # on "runge" 1e-12 loses two digits, 1e-13 one, and 1e-15 gains a factor 2
_MAX_TENSOR_FEATURES = 3  # a tensor product beyond is all corners
_MAX_WORK = 3e10  # rows x terms^2: seconds of SVD on one core
_GROWTH = 1.25  # of the degree, from one candidate to the next


class _Expansion(TunedPeer):
    """Least squares in products of one-dimensional functions, the degree held-out."""

    selection_rows = None

    def candidates(self, n: int, d: int) -> Iterator[Settings]:
        """Degrees up to half as many terms as rows; the held-out part decides where to stop."""
        limit = min(n / 2, np.sqrt(_MAX_WORK / n))
        for degree in _degrees():
            if self.n_terms(degree, d) > limit:
                return
            yield {"degree": degree}

    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """Solve by a truncated SVD."""
        degree = settings["degree"]
        coefficients = np.linalg.lstsq(self.design(U, degree), v, rcond=_RCOND)[0]
        return lambda points: self.design(points, degree) @ coefficients

    def design(self, U: Array, degree: int) -> Array:
        """Products of the functions of each axis at U (n, d); shape (n, n_terms)."""
        terms = self._terms(degree, U.shape[1])
        product = np.ones((len(U), len(terms)))
        for u, index in zip(U.T, terms.T):
            product *= self.axis(u, degree)[:, index]
        return product

    def n_terms(self, degree: int, d: int) -> int:
        """Return how many products there are."""
        return len(self._terms(degree, d))

    def _terms(self, degree: int, d: int) -> Array:
        """Return which function of each axis a product takes; shape (n_terms, d)."""
        degrees = self.axis_degrees(degree)
        terms, total = np.zeros((1, 0), dtype=int), np.zeros(1, dtype=int)
        max_sum = degree if self.is_total(d) else d * degree
        for _ in range(d):
            sums = total[:, None] + degrees
            left, right = np.nonzero(sums <= max_sum)
            terms, total = np.column_stack([terms[left], right]), sums[left, right]
        return terms

    @abstractmethod
    def is_total(self, d: int) -> bool:
        """Whether the degrees of a product's factors may only sum up to the degree."""

    @abstractmethod
    def axis_degrees(self, degree: int) -> Array:
        """Return the degree of each function of one axis."""

    @abstractmethod
    def axis(self, u: Array, degree: int) -> Array:
        """Functions of one axis at u (n,), a column for each entry of `axis_degrees`."""


class FourierExtension(_Expansion):
    """Cosines and sines on a period twice the box; tensor product up to three features."""

    def is_total(self, d: int) -> bool:
        """Total degree where the tensor product would leave too few modes an axis."""
        return d > _MAX_TENSOR_FEATURES

    def axis_degrees(self, degree: int) -> Array:
        """The constant, cosines, sines."""
        modes = np.arange(1, degree + 1)
        return np.concatenate([[0], modes, modes])

    def axis(self, u: Array, degree: int) -> Array:
        """The box is [-1, 1], so the period is 4."""
        angles = np.pi / 2 * np.outer(u, np.arange(degree + 1))
        return np.hstack([np.cos(angles), np.sin(angles[:, 1:])])


class Chebyshev(_Expansion):
    """Chebyshev polynomials of bounded total degree."""

    def is_total(self, d: int) -> bool:
        """Whatever the dimension."""
        return True

    def axis_degrees(self, degree: int) -> Array:
        """Each degree once."""
        return np.arange(degree + 1)

    def axis(self, u: Array, degree: int) -> Array:
        """Chebyshev polynomials of the first kind."""
        return chebvander(u, degree)


def _degrees() -> Iterator[int]:
    """1, 2, 3, ... and then ever wider steps."""
    degree = 0
    for power in count():
        if round(_GROWTH**power) > degree:
            degree = round(_GROWTH**power)
            yield degree
