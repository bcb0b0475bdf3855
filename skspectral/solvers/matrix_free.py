"""The damped step from products with J alone, where neither normal matrix fits.

Notation
--------
(J^T J + shift I) x = J^T residual by conjugate gradients on the p parameters. Preconditioner: layer
by layer (A^T A) x (D^T D), the Kronecker-factored curvature of Martens and Grosse (2015) before the
projection, times the number that gives it the trace of J^T J; and the shift.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..linalg.conjugate_gradients import Progress, conjugate_gradients
from .jacobian import ProjectedJacobian

# Compared on tones (p = 66,304) and tanh(8 sin(9 x y)) (p = 4352), iterations to a residual of 0.1:
# none 8..350, diagonal 7..290, Kronecker 3..170, with its exact diagonal the same. A Nystroem sketch
# of rank 100 (Frangella, Tropp and Udell 2021) cost more products than it saved; the dual of a
# subset of rows needed more than none. In the n k unknowns of the dual, steps of an unfinished
# solve are useless.
#
# Far from the solution an exact step is no better than a rough one: a solve ends when an iteration
# adds less than this share of the mean gain so far (Nash and Sofer 1990, their value). 0.1 took
# 1.4x the loss at equal seconds, 0.02 twice.
SHARE, MAX_ITERATIONS = 0.5, 1000
# Systems up to this size are solved to rounding, and their trace is exact. In exact arithmetic as
# many iterations would do as the system is large; rounding lets badly conditioned ones take more.
SMALL, TOLERANCE, REPEATS = 256, 1e-12, 20
# Products that the trace of a larger system is estimated from: |J|_F^2 itself would cost as many as
# there are features, several times the step.
N_PROBES = 8
TINY = 1e-300


class MatrixFreeEquations:
    """Conjugate gradients on J^T J + shift I."""

    products = 0

    def __init__(self, jacobian: ProjectedJacobian) -> None:
        self.jacobian = jacobian
        self.descent = jacobian.descent()
        size = min(jacobian.n * jacobian.k, jacobian.p)
        small = size <= SMALL
        self.stop = (_solved, REPEATS * size) if small else (_pays_no_more, MAX_ITERATIONS)
        square = _square_norm(jacobian, exact=small)
        self.mean_diagonal = square / jacobian.p
        self.layers = [
            (torch.linalg.eigh(a.T @ a), torch.linalg.eigh(_gram(d.flatten(0, 1))))
            for a, d in zip(jacobian.inputs, jacobian.deltas)
        ]
        traces = (float(s.sum() * t.sum()) for (s, _), (t, _) in self.layers)
        self.scale = square / max(sum(traces), TINY)

    def solve(self, shift: float) -> Tensor:
        """(J^T J + shift I)^-1 J^T residual, shape (p,), as far as it pays."""
        jacobian = self.jacobian
        move, iterations = conjugate_gradients(
            lambda v: jacobian.transposed(jacobian.times(v)) + shift * v,
            self.descent,
            lambda v: self._precondition(v, shift),
            *self.stop,
        )
        self.products = iterations + N_PROBES
        return move

    def _precondition(self, v: Tensor, shift: float) -> Tensor:
        sizes = [len(a.eigenvalues) * len(d.eigenvalues) for a, d in self.layers]
        pieces = []
        for piece, ((s, u), (t, w)) in zip(v.split(sizes), self.layers):
            curvature = self.scale * s.clamp_min(0)[:, None] * t.clamp_min(0) + shift
            inside = u.T @ piece.view(curvature.shape) @ w
            pieces.append((u @ (inside / curvature) @ w.T).reshape(-1))
        return torch.cat(pieces)


def _solved(progress: Progress) -> bool:
    return progress.residual <= TOLERANCE


def _pays_no_more(progress: Progress) -> bool:
    return progress.iteration * progress.gain <= SHARE * progress.total


def _gram(table: Tensor) -> Tensor:
    return table.T @ table


def _square_norm(jacobian: ProjectedJacobian, exact: bool) -> float:
    """|J|_F^2: the sum over unit vectors, or a mean over random signs (Hutchinson 1990).

    The signs are the same at every call: the damping must not jump from step to step.
    """
    n, k, p = jacobian.n, jacobian.k, jacobian.p
    size = min(n * k, p)
    if exact:
        probes = torch.eye(size, dtype=torch.float64)
    else:
        generator = torch.Generator().manual_seed(0)
        probes = torch.randint(0, 2, (N_PROBES, size), generator=generator).double() * 2 - 1
    probes = probes.to(jacobian.span.device)
    if p <= n * k:
        images = [jacobian.times(probe) for probe in probes]
    else:
        images = [jacobian.transposed(probe.view(n, k)) for probe in probes]
    total = float(sum(image.square().sum() for image in images))
    return total if exact else total / N_PROBES
