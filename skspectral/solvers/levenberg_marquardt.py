"""Levenberg-Marquardt: identity damping times the mean diagonal, gain-ratio rule, Cholesky or QR.

Of the dampings compared on three steep targets (identity, running maximum of the diagonal,
Marquardt's diagonal; gain ratio or x5 / :5), this one was best or close to best on each.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from sklearn.base import BaseEstimator
from torch import Tensor

from .driver import State
from .problem import EliminatedProblem

MIN_DAMPING, MAX_DAMPING = 1e-18, 1e12


@dataclass(frozen=True)
class _Memory:
    damping: float
    growth: float
    system: tuple[Tensor, Tensor] | None  # J^T J and -J^T r at the current point


class LevenbergMarquardt(BaseEstimator):
    """Second-order training with the readout eliminated at every step.

    Parameters
    ----------
    damping : float, default=1e-2
        First damping, relative to the mean diagonal of J^T J.

    References
    ----------
    Golub and Pereyra, SIAM J. Numer. Anal. 10 (1973); Nielsen, IMM-REP-1999-05 (the gain-ratio rule).

    Examples
    --------
    >>> from skspectral.solvers import LevenbergMarquardt
    >>> LevenbergMarquardt(damping=0.1)
    LevenbergMarquardt(damping=0.1)
    """

    patience = 40.0
    judge_every = 1

    def __init__(self, *, damping: float = 1e-2) -> None:
        self.damping = damping

    def init(self, problem: EliminatedProblem, theta: Tensor, max_iter: int) -> State:
        """Evaluate the start."""
        return State(problem.evaluate(theta), _Memory(self.damping, 2.0, None))

    def step(self, problem: EliminatedProblem, state: State) -> State:
        """One trial step; a rejected one raises the damping and keeps the point."""
        memory, point = state.memory, state.point
        gram, descent = memory.system or problem.normal_equations(point)
        shift = memory.damping * float(gram.diagonal().mean().clamp_min(1e-300))
        move = _solve_damped(gram, descent, shift)
        if move is None:
            move = _solve_damped_by_qr(problem.jacobian(point), point.residual, shift)
        trial = problem.evaluate(point.theta + move)
        gain = point.loss - trial.loss
        if gain > 0:
            n = problem.data.samples.n
            ratio = gain * n / float(move @ (shift * move + descent)).__abs__()
            factor = max(1 / 3, 1 - (2 * min(ratio, 2.0) - 1) ** 3)
            return State(trial, _Memory(max(memory.damping * factor, MIN_DAMPING), 2.0, None))
        damping = memory.damping * memory.growth
        kept = _Memory(damping, memory.growth * 2, (gram, descent))
        return State(point, kept, stuck=not damping < MAX_DAMPING)


def _solve_damped(gram: Tensor, descent: Tensor, shift: float) -> Tensor | None:
    """(J^T J + shift I)^-1 descent, or None where the sum is not positive definite to rounding."""
    damped = gram.clone()
    damped.diagonal().add_(shift)
    factor, failed = torch.linalg.cholesky_ex(damped)
    if int(failed):
        return None
    return torch.cholesky_solve(descent[:, None], factor)[:, 0]


def _solve_damped_by_qr(jacobian: Tensor, residual: Tensor, shift: float) -> Tensor:
    """The same from [J; sqrt(shift) I] without squaring the condition."""
    p = jacobian.shape[1]
    tall = torch.cat([jacobian, shift**0.5 * torch.eye(p).to(jacobian)])
    targets = torch.cat([residual.T.reshape(-1), residual.new_zeros(p)])
    basis, triangle = torch.linalg.qr(tall)
    return torch.linalg.solve_triangular(triangle, (basis.T @ targets)[:, None], upper=True)[:, 0]
