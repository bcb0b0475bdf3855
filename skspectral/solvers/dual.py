"""The damped step from the normal matrix of the residuals, for n below p.

Notation
--------
K_ij = sum over layers of (A A^T) o (D_i D_j^T), one (n, n) block per pair of outputs: J J^T before
the projection, without J. G = P K P, and the step is J^T (G + shift I)^-1 residual.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from .._backend.blocks import BLOCK_BYTES, row_blocks
from .._backend.budget import svd_columns
from .._backend.device import EPS
from ..linalg.conjugate_gradients import Progress, conjugate_gradients
from ..linalg.errors import LinAlgError
from .jacobian import ProjectedJacobian
from .problem import TRAINING_PRECISION


class DualEquations:
    """J J^T (n k, n k), Cholesky of it where needed raised by rounding, and refinement.

    K can be 1e12 times its projection: G is off by rounding of that size. The step is therefore
    refined with products by J, projected one side at a time; one or two suffice unless G was lost.
    """

    products = 0  # those of the refinement cost little next to the Cholesky factorization

    def __init__(self, jacobian: ProjectedJacobian) -> None:
        self.jacobian = jacobian
        self.gram, largest = _residual_gram(jacobian)
        self.rounding = EPS * largest * math.sqrt(len(self.gram))
        self.descent = jacobian.descent()

    @property
    def mean_diagonal(self) -> float:
        """|J|_F^2 / p."""
        return max(float(self.gram.diagonal().sum()), 0.0) / self.jacobian.p

    def solve(self, shift: float, max_refinements: int = 30) -> Tensor:
        """J^T (J J^T + shift I)^-1 residual, shape (p,).

        At most as many refinements as in LAPACK's dsposv.
        """
        jacobian = self.jacobian
        if not self.descent.any():
            return torch.zeros_like(self.descent)
        factor = self._factor(shift)

        def inverse(u: Tensor) -> Tensor:
            stacked = torch.cholesky_solve(u.T.reshape(-1, 1), factor)
            return stacked.view(jacobian.k, jacobian.n).T

        def matrix(u: Tensor) -> Tensor:
            return jacobian.times(jacobian.transposed(u)) + shift * u

        residual = jacobian.residual
        refined, _ = conjugate_gradients(matrix, residual, inverse, _is_refined, max_refinements)
        return jacobian.transposed(refined)

    def _factor(self, shift: float) -> Tensor:
        """Cholesky factor of G + shift I, raised where rounding has made that indefinite."""
        for raised in (0.0, *(self.rounding * 10**i for i in range(16))):
            factor = self.gram.clone()
            factor.diagonal().add_(shift + raised)
            failed = torch.empty((), dtype=torch.int32, device=factor.device)
            torch.linalg.cholesky_ex(factor, out=(factor, failed))
            if not int(failed):
                return factor
        raise LinAlgError("J J^T is not finite")


def _is_refined(progress: Progress) -> bool:
    return progress.residual <= TRAINING_PRECISION


def _residual_gram(jacobian: ProjectedJacobian) -> tuple[Tensor, float]:
    """The lower triangle of G (n k, n k), and the largest diagonal entry of K."""
    n, k, largest = jacobian.n, jacobian.k, 0.0
    gram = jacobian.span.new_zeros(n * k, n * k)
    for i in range(k):
        for j in range(i + 1):
            block = gram[i * n : (i + 1) * n, j * n : (j + 1) * n]
            _fill(block, jacobian, i, j)
            largest = max(largest, float(block.diagonal().max()))
            _project(block, jacobian.span, i == j)
    return gram, largest


def _fill(block: Tensor, jacobian: ProjectedJacobian, i: int, j: int) -> None:
    """K_ij; the upper triangle of K_ii is copied from the lower one."""
    for rows, columns in _stripes(len(block), i == j):
        for a, d in zip(jacobian.inputs, jacobian.deltas):
            block[rows, columns].addcmul_(a[rows] @ a[columns].T, d[i, rows] @ d[j, columns].T)
        if i == j:
            block[: rows.start, rows] = block[rows, : rows.start].T


def _project(block: Tensor, span: Tensor, symmetric: bool) -> None:
    """P block P as one product of rank 2 r; where that is symmetric, its lower triangle."""
    right = block @ span
    left = right if symmetric else block.T @ span
    left = left - span @ (right.T @ span)
    tall, wide = torch.cat([right, span], 1), torch.cat([span, left], 1).T
    for rows, columns in _stripes(len(block), symmetric):
        block[rows, columns].addmm_(tall[rows], wide[:, columns], alpha=-1)


def _stripes(n: int, lower: bool) -> Iterator[tuple[slice, slice]]:
    """Few rows at a time, and their columns: all, or up to the diagonal."""
    for rows in row_blocks(n, max(16 * n, BLOCK_BYTES // svd_columns())):
        yield rows, slice(0, rows.stop if lower else n)
