"""Least squares with more functions than rows: a few are free, each other has a prior variance.

Notation
--------
P (n, p) are the functions that are free, Z (n, m) the others, each times its prior standard deviation; b
(n, k) are targets. The columns of Q span what P leaves of the rows. With K = Q^T Z Z^T Q + ridge I and
M = Q K^-1 Q^T, row i is missed by (M b)_i / M_ii when it is left out, with neither ridge nor priors changed
(Dubrule 1983, "Cross validation of Kriging in a unique neighborhood", Mathematical Geology 15).

Functions that are free cost no digits: the condition of K is that of what they leave.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .normal_equations import cholesky, half_solved, other_half_solved


@dataclass(frozen=True)
class KrigingFit:
    """Coefficients of one ridge, and what leaving out rows tells."""

    free: Tensor  # shape: (p, k)
    penalized: Tensor  # of the columns of Z, shape: (m, k)
    left_out: Tensor  # squares, summed over outputs, shape: (n,)
    leverage: Tensor  # shape: (n,)


class Kriging:
    """The problem, reduced to what the free functions leave."""

    def __init__(self, free: Tensor, penalized: Tensor, targets: Tensor) -> None:
        p = free.shape[1]
        basis, triangle = torch.linalg.qr(free, mode="complete")
        self.inside, self.outside, self.triangle = basis[:, :p], basis[:, p:], triangle[:p]
        self.penalized, self.targets = penalized, targets
        self.left = self.outside.T @ penalized
        self.kernel = self.left @ self.left.T

    def solve(self, ridge: float) -> KrigingFit:
        """For a ridge relative to the mean of the diagonal of the kernel."""
        shift = ridge * self.kernel.diagonal().mean()
        kernel = self.kernel.clone()
        kernel.diagonal().add_(shift)
        factor = cholesky(kernel)
        dual = other_half_solved(factor, half_solved(factor, self.outside.T @ self.targets))
        missed = self.outside @ dual
        diagonal = half_solved(factor, self.outside.T).square().sum(0)
        penalized = self.left.T @ dual
        explained = self.inside.T @ (self.targets - self.penalized @ penalized)
        free: Tensor = torch.linalg.solve_triangular(self.triangle, explained, upper=True)
        left_out = (missed / diagonal[:, None]).square().sum(1)
        return KrigingFit(free, penalized, left_out, 1 - shift * diagonal)
