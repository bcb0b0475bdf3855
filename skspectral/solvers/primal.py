"""The damped step from the normal matrix of the parameters, for p up to n."""

from __future__ import annotations

import torch
from torch import Tensor

from .._backend.blocks import fold_rows
from .jacobian import ProjectedJacobian


class PrimalEquations:
    """J^T J (p, p), Cholesky, QR of [J; sqrt(shift) I] where that fails."""

    products = 0

    def __init__(self, jacobian: ProjectedJacobian) -> None:
        self.jacobian = jacobian
        self.gram, self.descent = _normal_equations(jacobian)

    @property
    def mean_diagonal(self) -> float:
        """|J|_F^2 / p."""
        return float(self.gram.diagonal().mean())

    def solve(self, shift: float) -> Tensor:
        """(J^T J + shift I)^-1 J^T residual, shape (p,)."""
        move = solve_damped(self.gram, self.descent, shift)
        if move is not None:
            return move
        return solve_damped_by_qr(self.jacobian.dense(), self.jacobian.residual, shift)


def _normal_equations(jacobian: ProjectedJacobian) -> tuple[Tensor, Tensor]:
    """J^T J (p, p) and J^T residual (p,), summed over row blocks.

    Two passes: (dH/dtheta) c can be 1e6 times its projection, so that the sums of raw rows would
    cancel to nothing; here the projection comes first.
    """
    n, row_bytes = jacobian.n, 32 * jacobian.p * jacobian.k
    span, kept = jacobian.span, {}

    def in_span(rows: slice) -> list[Tensor]:
        raw = jacobian.raw(rows)
        if rows.stop - rows.start == n:  # the only block: the second pass needs it again
            kept[rows.start] = raw
        return [span[rows].T @ table for table in raw]

    inside = fold_rows(in_span, _add, n, row_bytes)

    def block(rows: slice) -> list[Tensor]:
        raw = kept.pop(rows.start, None) or jacobian.raw(rows)
        outside = [torch.addmm(j, span[rows], i, alpha=-1) for j, i in zip(raw, inside)]
        gram = [j.T @ j for j in outside]
        descent = [j.T @ r for j, r in zip(outside, jacobian.residual[rows].T)]
        return [sum(gram[1:], gram[0]), sum(descent[1:], descent[0])]

    gram, descent = fold_rows(block, _add, n, row_bytes)
    return gram, descent


def solve_damped(gram: Tensor, right: Tensor, shift: float) -> Tensor | None:
    """(gram + shift I)^-1 right, or None where the sum is not positive definite to rounding."""
    damped = gram.clone()
    damped.diagonal().add_(shift)
    factor, failed = torch.linalg.cholesky_ex(damped)
    if int(failed):
        return None
    return torch.cholesky_solve(right[:, None], factor)[:, 0]


def solve_damped_by_qr(jacobian: Tensor, residual: Tensor, shift: float) -> Tensor:
    """The same from [J; sqrt(shift) I] without squaring the condition."""
    p = jacobian.shape[1]
    tall = torch.cat([jacobian, shift**0.5 * torch.eye(p).to(jacobian)])
    targets = torch.cat([residual.T.reshape(-1), residual.new_zeros(p)])
    basis, triangle = torch.linalg.qr(tall)
    step: Tensor = torch.linalg.solve_triangular(triangle, (basis.T @ targets)[:, None], upper=True)
    return step[:, 0]


def _add(first: list[Tensor], second: list[Tensor]) -> list[Tensor]:
    return [a + b for a, b in zip(first, second)]
