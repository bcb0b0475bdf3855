"""The damped step from products with J alone, where neither normal matrix fits.

Notation
--------
(J^T J + shift I) x = J^T residual by conjugate gradients on the p parameters. Preconditioner: layer
by layer (A^T A) x (D^T D), the Kronecker-factored curvature of Martens and Grosse (2015) before the
projection, times the number that gives it the trace of J^T J; and the shift.
"""

from __future__ import annotations

import sys

import torch
from torch import Tensor

from .._backend.budget import svd_columns
from ..linalg.conjugate_gradients import Progress, conjugate_gradients
from .jacobian import ProjectedJacobian
from .problem import TRAINING_PRECISION

# Compared on tones (p = 66,304) and tanh(8 sin(9 x y)) (p = 4352), iterations to a residual of 0.1:
# none 8..350, diagonal 7..290, Kronecker 3..170, with its exact diagonal the same. A Nystroem sketch
# of rank 100 (Frangella, Tropp and Udell 2021) cost more products than it saved; the dual of a
# subset of rows needed more than none. In the n k unknowns of the dual, steps of an unfinished
# solve are useless.


class MatrixFreeEquations:
    """Conjugate gradients on J^T J + shift I."""

    products = 0

    def __init__(self, jacobian: ProjectedJacobian) -> None:
        self.jacobian = jacobian
        self.descent = jacobian.descent()
        size = min(jacobian.n * jacobian.k, jacobian.p)
        small = size <= svd_columns()  # dense algebra of this size takes no more than a step
        self.is_done = _is_solved if small else _gains_little
        self.max_iter = 10 * size  # as SciPy's cg: in exact arithmetic `size` of them solve the system
        square = _square_norm(jacobian, exact=small)
        self.mean_diagonal = square / jacobian.p
        self.layers = [
            (torch.linalg.eigh(a.T @ a), torch.linalg.eigh(_gram(d.flatten(0, 1))))
            for a, d in zip(jacobian.inputs, jacobian.deltas)
        ]
        traces = (float(s.sum() * t.sum()) for (s, _), (t, _) in self.layers)
        self.scale = square / max(sum(traces), sys.float_info.min)

    def solve(self, shift: float) -> Tensor:
        """(J^T J + shift I)^-1 J^T residual, shape (p,), as far as it pays."""
        jacobian = self.jacobian
        move, iterations = conjugate_gradients(
            lambda v: jacobian.transposed(jacobian.times(v)) + shift * v,
            self.descent,
            lambda v: self._precondition(v, shift),
            self.is_done,
            self.max_iter,
        )
        self.products = iterations + 1  # and one for the trace
        return move

    def _precondition(self, v: Tensor, shift: float) -> Tensor:
        sizes = [len(a.eigenvalues) * len(d.eigenvalues) for a, d in self.layers]
        pieces = []
        for piece, ((s, u), (t, w)) in zip(v.split_with_sizes(sizes), self.layers):
            curvature = self.scale * s.clamp_min(0)[:, None] * t.clamp_min(0) + shift
            inside = u.T @ piece.view(curvature.shape) @ w
            pieces.append((u @ (inside / curvature) @ w.T).reshape(-1))
        return torch.cat(pieces)


def _is_solved(progress: Progress) -> bool:
    return progress.residual <= TRAINING_PRECISION


def _gains_little(progress: Progress, share: float = 0.5) -> bool:
    """Whether an iteration adds less than a share of the mean gain so far.

    The rule and the share are those of Nash and Sofer (1990). Far from the solution an exact step is no
    better than a rough one: a share of 0.1 took 1.4x the loss at equal seconds, 0.02 twice.
    """
    return progress.iteration * progress.gain <= share * progress.total


def _gram(table: Tensor) -> Tensor:
    return table.T @ table


def _square_norm(jacobian: ProjectedJacobian, exact: bool) -> float:
    """|J|_F^2: the sum over unit vectors, or one vector of random signs (Hutchinson 1990).

    The exact sum costs as many products as there are unknowns, several times the step. The signs are the
    same at every call, so that the damping, which makes up for the error, does not jump from step to step.
    Several vectors gain nothing: twelve trainings ended at the same mean loss with 1 and with 8 of them,
    and 0.07 digits lower with 30.
    """
    n, k, p = jacobian.n, jacobian.k, jacobian.p
    size = min(n * k, p)
    if exact:
        probes = torch.eye(size, dtype=torch.float64)
    else:
        signs = torch.randint(0, 2, (1, size), generator=torch.Generator().manual_seed(0))
        probes = signs.double() * 2 - 1
    probes = probes.to(jacobian.span.device)
    if p <= n * k:
        images = [jacobian.times(probe) for probe in probes]
    else:
        images = [jacobian.transposed(probe.view(n, k)) for probe in probes]
    return sum(float(image.square().sum()) for image in images)
