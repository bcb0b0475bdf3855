"""Methods of the race, ours and the usual ones, on a clock that stops where held-out rows are judged."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.optimize import least_squares
from scipy.sparse.linalg import LinearOperator
from torch import Tensor

from benchmarks.common.results import Outcome
from benchmarks.solvers.problems import Case
from skspectral._backend.device import EPS, memory_of
from skspectral._backend.threads import threads_for
from skspectral.solvers import (
    LBFGS,
    Adam,
    FullProblem,
    LevenbergMarquardt,
    Limits,
    Problem,
    StageData,
    eliminate_readout,
)
from skspectral.solvers.cost import lm_bytes, lm_flops, lm_step_flops
from skspectral.solvers.full import FullPoint
from skspectral.solvers.problem import Point
from skspectral.training.train import solver_by_cost

# A form is left out where a core at this many operations a second would spend its time on one step.
SPEED = 2e10
# scipy gets the Jacobian as a matrix up to this many parameters, as an operator above.
DENSE = 500
JUDGED_AGAIN = 1.02  # growth of the time on the clock between two looks at the held-out rows


class TimeUp(Exception):
    """The time of a method is over."""


@dataclass
class Clock:
    """Held-out error against seconds; looking at held-out rows costs no time on it."""

    seconds: float
    curve: list[tuple[float, float]] = field(default_factory=list)  # (seconds, least error so far)

    def __post_init__(self) -> None:
        self.started, self.due = time.perf_counter(), 0.0
        self.best: Point | None = None
        self.judged: Point | None = None

    def note(self, problem: Problem[Any], point: Point) -> None:
        """Judge the point of the least loss now and then; raise TimeUp at the end."""
        elapsed = time.perf_counter() - self.started
        if self.best is None or point.loss < self.best.loss:
            self.best = point
        over = elapsed > self.seconds
        if self.best is not self.judged and (elapsed >= self.due or over):
            validation: Any = problem.data.validation  # every problem of the race has held-out rows
            error = problem.validation_error(self.best) / validation.rms()
            self.curve.append((elapsed, min([error, *(e for _, e in self.curve[-1:])])))
            self.judged, self.due = self.best, JUDGED_AGAIN * elapsed
            self.started = time.perf_counter() - elapsed
        if over:
            raise TimeUp


# Methods: (stage, start, clock) -> why it ended by itself. Ours eliminate the readout.


def ours(solver: Any, data: StageData, theta: Tensor, clock: Clock) -> str:
    """One of our solvers, step by step."""
    problem = eliminate_readout(data)
    state = solver.init(problem, theta, Limits(_iterations(problem, theta, clock)))
    while True:
        clock.note(problem, state.point)
        if state.stuck or not EPS**2 < state.point.loss < math.inf:
            return "stuck" if state.stuck else "rounding"
        state = solver.step(problem, state)


def _iterations(problem: Problem[Any], theta: Tensor, clock: Clock) -> int:
    """Gradients in the time there is: Adam's rate falls to the last of them. Not on the clock."""
    started = time.perf_counter()
    for _ in range(3):
        problem.gradient(problem.evaluate(theta))
    spent = time.perf_counter() - started
    clock.started += spent
    return max(1, int(3 * clock.seconds / spent))


def levenberg_marquardt(form: str, data: StageData, theta: Tensor, clock: Clock) -> str:
    """One form of the step, where its matrices fit and a step is not hopeless."""
    needed, flops = lm_bytes(form, *size(data)), lm_flops(form, *size(data))
    if needed > memory_of(theta.device):
        return f"n/a: {needed / 2**30:.0f} GiB"
    if form != "matrix-free" and flops > SPEED * clock.seconds:
        return f"n/a: {flops:.0e} operations a step"
    return ours(LevenbergMarquardt(form=form), data, theta, clock)


def chosen(data: StageData) -> Any:
    """What a fit without a solver of the user's choice trains with."""
    return solver_by_cost(data, lm_step_flops(*size(data)))


def size(data: StageData) -> tuple[int, int, list[tuple[int, int]]]:
    """Rows, outputs and the shapes of the layers: what costs depend on."""
    return data.samples.n, data.samples.k, data.network.shapes


def jacobian(problem: FullProblem, point: FullPoint, tick: Callable[[], None]) -> LinearOperator:
    """Of the residual in all parameters, (n k, p), by products; `tick` is called at each."""
    network: Any = problem.data.network  # dense: the race has no other
    theta, readout = problem.split(point.parameters)
    trained = readout[problem.fixed_columns :]

    def times(v: np.ndarray) -> np.ndarray:
        tick()
        move, turn = problem.split(torch.from_numpy(v.ravel()))
        change = torch.zeros_like(point.trace.inputs[0][:, :-1])
        layers = zip(network.weights(theta), network.weights(move))
        for (w, dw), a, slope in zip(layers, point.trace.inputs, point.trace.derivatives):
            change = slope * (a @ dw + change @ w[:-1])
        return -(change @ trained + point.features @ turn).numpy().ravel()

    def against(u: np.ndarray) -> np.ndarray:
        values = torch.from_numpy(u.reshape(point.residual.shape))
        hidden = network.gradient(theta, point.trace, values @ trained.T)
        return -torch.cat([hidden, (point.features.T @ values).ravel()]).numpy()

    shape = point.residual.numel(), len(point.parameters)
    return LinearOperator(shape, matvec=times, rmatvec=against, dtype=np.float64)


def dense_jacobian(problem: FullProblem, point: FullPoint) -> np.ndarray:
    """The same for one output, as a matrix (n, p)."""
    theta, readout = problem.split(point.parameters)
    trained = readout[problem.fixed_columns :].T
    factors = problem.data.network.factors(theta, point.trace, trained)
    columns = [(a[:, :, None] * b[:, None, :]).flatten(1) for a, b in factors]
    return -torch.cat([*columns, point.features], 1).numpy()


def by_scipy(data: StageData, theta: Tensor, clock: Clock) -> str:
    """Trust-region reflective on all parameters; a matrix for few of them, LSMR for many."""
    problem = FullProblem(data)
    start = problem.start(theta).numpy()
    dense = len(start) <= DENSE and data.samples.k == 1

    def point(x: np.ndarray) -> FullPoint:
        found = problem.evaluate(torch.from_numpy(x.copy()))
        clock.note(problem, found)
        return found

    def slopes(x: np.ndarray) -> Any:
        at = point(x)
        if dense:
            return dense_jacobian(problem, at)
        return jacobian(problem, at, lambda: clock.note(problem, at))

    how: dict[str, Any] = dict.fromkeys(("ftol", "xtol", "gtol"), np.finfo(float).eps)
    how |= {"method": "trf", "tr_solver": "exact" if dense else "lsmr", "max_nfev": 10**9}
    return least_squares(lambda x: point(x).residual.numpy().ravel(), start, slopes, **how).message


def by_torch(data: StageData, theta: Tensor, clock: Clock) -> str:
    """torch's L-BFGS on all parameters, with as many pairs as ours, gradients without autograd."""
    problem = FullProblem(data)
    x = torch.nn.Parameter(problem.start(theta))
    how: dict[str, Any] = {
        "max_iter": 10**9,
        "history_size": LBFGS().memory,
        "line_search_fn": "strong_wolfe",
    }

    def closure() -> Tensor:
        point = problem.evaluate(x.detach().clone())
        clock.note(problem, point)
        x.grad = problem.gradient(point)
        return x.new_tensor(point.loss)

    optimizer: Any = torch.optim.LBFGS(
        [x], tolerance_grad=0, tolerance_change=0, **how
    )  # `step` has no types
    optimizer.step(closure)
    return "no longer falls"


METHODS: dict[str, Callable[[StageData, Tensor, Clock], str]] = {
    "auto": lambda data, theta, clock: ours(chosen(data), data, theta, clock),
    "adam": partial(ours, Adam(learning_rate=1e-2, final_rate=1e-5)),
    "lbfgs": partial(ours, LBFGS()),
    **{f"lm {f}": partial(levenberg_marquardt, f) for f in ("primal", "dual", "matrix-free")},
    "scipy trf": by_scipy,
    "torch lbfgs": by_torch,
}


@dataclass(frozen=True, kw_only=True)
class Race(Outcome):
    """Seconds and least held-out errors of one method."""

    curve: list[tuple[float, float]]

    def seconds_to(self, level: float) -> float:
        """Infinite where it is not reached."""
        return next((seconds for seconds, error in self.curve if error <= level), math.inf)


def measure(name: str, case: Case, seconds: float) -> Race:
    """Run a method until it ends or its time is over."""
    clock, note = Clock(seconds), ""
    try:
        with threads_for(lm_step_flops(*size(case[0]))):
            note = METHODS[name](*case, clock)
    except TimeUp:
        pass
    except torch.linalg.LinAlgError:
        note = "not finite"
    lowest = clock.curve[-1][1] if clock.curve else None
    return Race(curve=clock.curve, error=lowest, stop_reason=note)
