"""Levenberg-Marquardt: identity damping times the mean diagonal, gain-ratio rule, three solves.

Of the dampings compared on three steep targets (identity, running maximum of the diagonal,
Marquardt's diagonal; gain ratio or x5 / :5), this one was best or close to best on each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ClassVar, Protocol

from sklearn.utils._param_validation import Interval, StrOptions
from torch import Tensor

from .._backend.clock import Clock
from .._backend.device import EPS, memory_of
from .._backend.sklearn_base import BaseEstimator
from .cost import lm_form, lm_head_start, refuse_oversized
from .driver import Limits, State
from .dual import DualEquations
from .eliminated import EliminatedPoint, EliminatedProblem
from .jacobian import ProjectedJacobian
from .matrix_free import MatrixFreeEquations
from .primal import PrimalEquations


class Equations(Protocol):
    """The damped linear problem at a point, for any number of shifts."""

    descent: Tensor  # J^T residual, shape: (p,)
    products: int  # with J and its transpose, for the last step

    @property
    def mean_diagonal(self) -> float:
        """|J|_F^2 / p."""

    def solve(self, shift: float) -> Tensor:
        """The step, shape (p,)."""


EQUATIONS: dict[str, Callable[[ProjectedJacobian], Equations]] = {
    "primal": PrimalEquations,
    "dual": DualEquations,
    "matrix-free": MatrixFreeEquations,
}


@dataclass(frozen=True)
class _Memory:
    damping: float
    growth: float
    form: str
    clock: Clock
    head_start: int = 0  # products left for rough steps
    system: Equations | None = None  # at the current point, once it is known


class LevenbergMarquardt(BaseEstimator):
    """Second-order training with the readout eliminated at every step.

    Parameters
    ----------
    damping : float, default=1e-2
        First damping, relative to the mean diagonal of J^T J.
    form : {"auto", "primal", "dual", "matrix-free"}, default="auto"
        How the damped step is found from n rows of k outputs and p parameters: Cholesky of J^T J
        (p, p), Cholesky of J J^T (n k, n k), which never forms J, or conjugate gradients with
        products by J. The first two take the same step up to rounding; so does the third where
        n k or p is at most 256, a rougher one elsewhere. "auto" is the cheapest whose matrices fit,
        after as many rough steps as its first one costs where that is dear.

    References
    ----------
    Golub and Pereyra, SIAM J. Numer. Anal. 10 (1973); Nielsen, IMM-REP-1999-05 (gain-ratio rule);
    Nash and Sofer, Operations Research Letters 9 (1990) (when conjugate gradients have done enough).

    Examples
    --------
    >>> from skspectral.solvers import LevenbergMarquardt
    >>> LevenbergMarquardt(damping=0.1)
    LevenbergMarquardt(damping=0.1)
    """

    patience = 40.0
    judge_every = 1
    eliminates = True

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "damping": [Interval(Real, 0, None, closed="neither")],
        "form": [StrOptions({"auto", *EQUATIONS})],
    }

    def __init__(self, *, damping: float = 1e-2, form: str = "auto") -> None:
        self.damping = damping
        self.form = form

    def init(
        self, problem: EliminatedProblem, parameters: Tensor, limits: Limits
    ) -> State[EliminatedPoint]:
        """Evaluate the start and choose the form.

        Raises
        ------
        InvalidParameterError
            If a parameter is not one of those above.
        ValueError
            If the matrix of the form asked for does not fit in memory.
        """
        self._validate_params()
        samples, shapes = problem.data.samples, problem.data.network.shapes
        size = samples.n, samples.k, shapes
        memory = _Memory(self.damping, 2.0, self.form, limits.clock)
        if self.form == "auto":
            there = memory_of(parameters.device)
            memory = replace(memory, form=lm_form(*size, there), head_start=lm_head_start(*size, there))
        else:
            refuse_oversized(self.form, *size, parameters.device)
        return State(problem.evaluate(parameters), memory)

    def step(self, problem: EliminatedProblem, state: State[EliminatedPoint]) -> State[EliminatedPoint]:
        """One trial step; a rejected one raises the damping and keeps the point."""
        memory, point = state.memory, state.point
        form = "matrix-free" if memory.head_start > 0 else memory.form
        system = memory.system or EQUATIONS[form](ProjectedJacobian(problem, point, memory.clock))
        # The mean diagonal is zero where nothing moves the residual.
        shift = memory.damping * max(system.mean_diagonal, sys.float_info.min)
        move = system.solve(shift)
        memory = replace(memory, head_start=memory.head_start - system.products)
        trial = problem.evaluate(problem.clip(point.parameters + move))
        gain = point.loss - trial.loss
        if gain > 0:
            n = problem.data.samples.n
            ratio = gain * n / abs(float(move @ (shift * move + system.descent)))
            factor = max(1 / 3, 1 - (2 * min(ratio, 2.0) - 1) ** 3)
            damping = max(memory.damping * factor, EPS**2)  # the square of the smallest singular values
            return State(trial, replace(memory, damping=damping, growth=2.0, system=None))
        damping = memory.damping * memory.growth
        kept = replace(memory, damping=damping, growth=memory.growth * 2, system=system)
        return State(point, kept, stuck=not damping < 1 / EPS)
