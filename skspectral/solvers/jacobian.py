"""Kaufman's Jacobian of the eliminated residual: rows, and products that never form it.

Notation
--------
J_i = P (dH/dtheta) c_i, P = I - Q Q^T, one block of n rows per output i; J stacks them. Before the
projection, each row of J_i is, layer by layer, the outer product of a row of A and one of D_i: the
inputs of the layer, and the deltas of output i times root weights.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .._backend.clock import Clock
from .eliminated import EliminatedPoint, EliminatedProblem


class ProjectedJacobian:
    """J (n k, p) of the trained features at a point, sign of minus the residual's Jacobian.

    What is made of it in many pieces ends between two of them when the clock says so.
    """

    def __init__(
        self, problem: EliminatedProblem, point: EliminatedPoint, clock: Clock | None = None
    ) -> None:
        self.clock = clock or Clock()
        samples, network = problem.data.samples, problem.data.network
        self.span = torch.cat([problem.fixed_basis, point.basis], 1)  # Q
        self.residual = point.residual
        self.n, self.k, self.p = samples.n, samples.k, len(point.theta)
        factors = [
            network.factors(point.theta, point.trace, samples.root_weight * column)
            for column in point.readout.T
        ]
        self.inputs = [a for a, _ in factors[0]]  # A per layer, shapes (n, a)
        # D per layer, shapes (k, n, b)
        self.deltas = [torch.stack(layer) for layer in zip(*([d for _, d in f] for f in factors))]

    def project(self, values: Tensor) -> Tensor:
        """P values, shape (n, anything)."""
        return torch.addmm(values, self.span, self.span.T @ values, alpha=-1)

    def raw(self, rows: slice) -> list[Tensor]:
        """Rows of (dH/dtheta) c, one table (rows, p) per output."""
        self.clock.check()
        sizes = [a.shape[1] * d.shape[2] for a, d in zip(self.inputs, self.deltas)]
        tables = []
        for output in range(self.k):
            table = self.span.new_empty(len(self.span[rows]), self.p)
            for piece, a, d in zip(table.split_with_sizes(sizes, 1), self.inputs, self.deltas):
                left, right = a[rows, :, None], d[output, rows, None, :]
                torch.mul(left, right, out=piece.view(len(piece), a.shape[1], d.shape[2]))
            tables.append(table)
        return tables

    def dense(self) -> Tensor:
        """J itself, shape (n k, p)."""
        return torch.cat([self.project(table) for table in self.raw(slice(None))])

    def times(self, v: Tensor) -> Tensor:
        """J v, shape (n, k); v (p,)."""
        self.clock.check()
        out, start = torch.zeros_like(self.residual), 0
        for a, d in zip(self.inputs, self.deltas):
            end = start + a.shape[1] * d.shape[2]
            moved = a @ v[start:end].view(a.shape[1], d.shape[2])
            out += torch.einsum("nb,knb->nk", moved, d)
            start = end
        return self.project(out)

    def transposed(self, u: Tensor) -> Tensor:
        """J^T u, shape (p,); u (n, k)."""
        u = self.project(u)
        pieces = [a.T @ torch.einsum("nk,knb->nb", u, d) for a, d in zip(self.inputs, self.deltas)]
        return torch.cat([piece.reshape(-1) for piece in pieces])

    def descent(self) -> Tensor:
        """J^T residual: minus half the gradient of n times the loss."""
        return self.transposed(self.residual)
