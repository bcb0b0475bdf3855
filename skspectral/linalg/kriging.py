"""Least squares with more functions than rows: a few are free, each other has a prior variance.

Notation
--------
P (n, p) are the functions that are free, Z (n, m) the others, each times its prior standard deviation; b
(n, k) are targets. The columns of Q span what P leaves of the rows. With K = Q^T Z Z^T Q + ridge I and
M = Q K^-1 Q^T, row i is missed by (M b)_i / M_ii when it is left out, and rows I by (M_II)^-1 (M b)_I
when they are left out together, with neither ridge nor priors changed (Dubrule 1983, "Cross validation of
Kriging in a unique neighborhood", Mathematical Geology 15).

Functions that are free cost no digits: the condition of K is that of what they leave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from .._backend.budget import cheap_rows
from .._backend.parts import even_rows
from .normal_equations import cholesky, half_solved, other_half_solved, products_above


@dataclass(frozen=True)
class KrigingFit:
    """Coefficients of one ridge, and what leaving out rows shows."""

    free: Tensor  # shape: (p, k)
    penalized: Tensor  # of the columns of Z, shape: (m, k)
    missed: Tensor  # M b, shape: (n, k)
    factor: Tensor  # of K, shape: (n - p, n - p)
    outside: Tensor  # Q, shape: (n, n - p)
    rows: Tensor  # that errors are looked at on, shape: (m,)
    shift: Tensor  # what the ridge adds to the diagonal of the kernel, shape: ()

    @cached_property
    def whitened(self) -> Tensor:
        """W with M = W^T W, shape (n - p, n)."""
        return half_solved(self.factor, self.outside.T)

    @cached_property
    def diagonal(self) -> Tensor:
        """Of M, shape (n,)."""
        return self.whitened.square().sum(0)

    @cached_property
    def looked_at(self) -> KrigingFit:
        """The rows that errors are looked at on, as if there were no others."""
        return replace(self, missed=self.missed[self.rows], outside=self.outside[self.rows])

    @property
    def leverage(self) -> Tensor:
        """Diagonal of the hat matrix, shape (n,)."""
        return 1 - self.shift * self.diagonal

    @property
    def residual(self) -> Tensor:
        """What the fit leaves of the targets, shape (n, k)."""
        return self.shift * self.missed

    @property
    def left_out(self) -> Tensor:
        """Squares of what rows are missed by when each is left out, summed over outputs, shape (n,)."""
        squares: Tensor = (self.missed / self.diagonal[:, None]).square().sum(1)
        return squares

    def left_out_together(self, rows: Tensor) -> Tensor:
        """What some rows (n,) are missed by when all of them are left out, shape (m, k)."""
        part = self.whitened[:, rows]
        missed: Tensor = torch.linalg.solve(part.T @ part, self.missed[rows])
        return missed


class Kriging:
    """The problem, reduced to what the free functions leave.

    The rows are turned by the reflections of the QR of P, which takes p products with a row for each of the
    other functions, where a product with all columns of Q takes n.
    """

    def __init__(self, free: Tensor, penalized: Tensor, targets: Tensor) -> None:
        n, p = free.shape
        self.reflections = torch.geqrf(free)
        self.triangle = self.reflections[0][:p].triu()
        self.outside = self._turned(torch.eye(n, n - p).to(free).roll(p, 0))
        self.inside, self.left = self._turned(penalized, back=True).tensor_split([p])
        self.explained, self.targets = self._turned(targets, back=True).tensor_split([p])
        self.kernel = products_above(self.left)
        # As many as take no longer than the factor of the kernel, or little.
        self.rows = even_rows(n, max((n - p) // 3, cheap_rows(n - p)), free.device)

    def solve(self, ridge: float) -> KrigingFit:
        """For a ridge relative to the mean of the diagonal of the kernel."""
        shift = ridge * self.kernel.diagonal().mean()
        kernel = self.kernel.clone()
        kernel.diagonal().add_(shift)
        factor = cholesky(kernel)
        dual = other_half_solved(factor, half_solved(factor, self.targets))
        penalized = self.left.T @ dual
        explained = self.explained - self.inside @ penalized
        free: Tensor = torch.linalg.solve_triangular(self.triangle, explained, upper=True)
        missed = self.outside @ dual
        return KrigingFit(free, penalized, missed, factor, self.outside, self.rows, shift)

    def _turned(self, values: Tensor, back: bool = False) -> Tensor:
        """Columns (n, m) times all columns of Q, those of P first, or times their transpose."""
        return torch.ormqr(*self.reflections, values, transpose=back)
