"""Error against seconds of every solver from one start, ours and those people use instead, in one run.

    python benchmarks/solvers.py
    python benchmarks/solvers.py --problems composition front --seconds 8 --out some.json

Each method starts from the same network and is timed for `--seconds` (20); judging on held-out rows
stops the clock. Prints the seconds to each level of the held-out relative L2 error, then whether
"auto", what a fit takes unless told otherwise, needs at most twice the time of the best method to
every level. Writes JSON with the curves. The exit status is 1 where "auto" needs more.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import least_squares
from scipy.sparse.linalg import LinearOperator
from torch import Tensor

# Run as a script, modules are found from the root, as they are elsewhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import machine, versions
from skspectral._backend.device import threads_for
from skspectral._backend.samples import Samples
from skspectral.datasets import make_tones
from skspectral.estimators._network_stage import _solver_by_cost
from skspectral.networks import DenseNetwork, deep_start
from skspectral.solvers import (
    LBFGS,
    Adam,
    FullProblem,
    LevenbergMarquardt,
    Problem,
    StageData,
    eliminate_readout,
    lm_step_flops,
)
from skspectral.solvers.cost import MAX_BYTES, lm_bytes, lm_flops
from skspectral.solvers.driver import FLOOR
from skspectral.solvers.problem import Point
from skspectral.spectrum import bandwidth, nearest_pairs

OUTPUT = Path(__file__).resolve().parent / "output" / "solvers.json"
LEVELS = [10.0**-digits for digits in range(1, 16)]
# What "auto" may need of the best method's time, and seconds in which the clock tells nothing.
FACTOR, SLACK = 2.0, 0.02
# A form is left out where one step would fill the time of a core at this many operations a second.
SPEED = 2e10
# scipy gets the Jacobian as a matrix up to this many parameters, as an operator above.
DENSE = 500
JUDGED_AGAIN = 1.02  # growth of the time on the clock between two looks at the held-out rows
N_HELD_OUT = 2000


# Problems


@dataclass(frozen=True)
class Case:
    """One stage to be trained, and where it starts."""

    data: StageData
    theta: Tensor

    @property
    def size(self) -> tuple[int, int, list[tuple[int, int]]]:
        """Rows, outputs, shapes of the weights."""
        return self.data.samples.n, self.data.samples.k, self.data.network.shapes


def _case(t: Tensor, y: Tensor, hidden: Sequence[int], activation: str, seed: int) -> Case:
    """A network for the bandwidth of the rows; the last N_HELD_OUT are held out."""
    y = (y - y.mean(0)) / y.std()
    rows, held_out = (
        Samples(a, b, torch.full((len(a),), 1 / len(a), dtype=a.dtype))
        for a, b in ((t[:-N_HELD_OUT], y[:-N_HELD_OUT]), (t[-N_HELD_OUT:], y[-N_HELD_OUT:]))
    )
    layers = len(hidden)
    network = DenseNetwork((t.shape[1], *hidden), (activation,) * layers, (layers - 1,))
    band = bandwidth(rows.t, rows.y, nearest_pairs(rows.t))
    theta = deep_start(network, rows.t, band, torch.Generator().manual_seed(seed))
    return Case(StageData(rows, held_out, network, lambda t: torch.ones_like(t[:, :1])), theta)


def _drawn(n: int, d: int, seed: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, (n + N_HELD_OUT, d)))


def _composition(seed: int) -> Case:
    t = _drawn(500, 1, seed)
    return _case(t, torch.cos(8 * torch.sin(3 * t)), (12, 12), "sin", seed)


def _front(seed: int) -> Case:
    t = _drawn(4000, 2, seed)
    y = torch.tanh(20 * t[:, :1] + 6 * t[:, 1:]) + torch.sin(3 * t[:, :1] * t[:, 1:])
    return _case(t, y, (16, 16), "tanh", seed)


def _tones(seed: int) -> Case:
    tones = make_tones(2, n_samples=3000, n_test=N_HELD_OUT)
    t, y = np.concatenate([tones.X, tones.X_test]), np.concatenate([tones.y, tones.y_test])
    return _case(torch.from_numpy(2 * t - 1), torch.from_numpy(y[:, None]), (256, 256), "sin", seed)


def _grade(seed: int) -> Case:
    """What a drawn layer leaves, as a function of its features."""
    t = _drawn(6000, 2, seed)
    y = torch.exp(torch.sin(3 * t[:, :1] + 2 * t[:, 1:]))
    first = _case(t, y, (64,), "sin", seed)
    features = first.data.network.features(first.theta, t)
    readout = torch.linalg.lstsq(features[:-N_HELD_OUT], y[:-N_HELD_OUT]).solution
    return _case(features, y - features @ readout, (64,), "sin", seed)


def _large(seed: int) -> Case:
    t = _drawn(50_000, 2, seed)
    a, b = t[:, :1], t[:, 1:]
    y = [torch.cos(4 * torch.sin(3 * a) + b), torch.sin(5 * a * b), torch.exp(torch.sin(4 * a - 3 * b))]
    return _case(t, torch.cat(y, 1), (64, 64), "sin", seed)


PROBLEMS: dict[str, Callable[[int], Case]] = {
    "composition": _composition,
    "front": _front,
    "tones": _tones,
    "grade": _grade,
    "large": _large,
}


class TimeUp(Exception):
    """The time of a method is over."""


@dataclass
class Clock:
    """Held-out error against seconds; looking at held-out rows costs no time on it."""

    seconds: float
    curve: list[tuple[float, float]] = field(default_factory=list)  # (seconds, least error so far)

    def __post_init__(self) -> None:
        self.started, self.best, self.judged, self.due = time.perf_counter(), None, None, 0.0

    def note(self, problem: Problem, point: Point) -> None:
        """Judge the point of the least loss now and then; raise TimeUp at the end."""
        elapsed = time.perf_counter() - self.started
        if self.best is None or point.loss < self.best.loss:
            self.best = point
        over = elapsed > self.seconds
        if self.best is not self.judged and (elapsed >= self.due or over):
            error = problem.validation_error(self.best) / problem.data.validation.rms()
            least = self.curve[-1][1] if self.curve else math.inf
            self.curve.append((elapsed, min(error, least)))
            self.judged, self.due = self.best, JUDGED_AGAIN * elapsed
            self.started = time.perf_counter() - elapsed
        if over:
            raise TimeUp


Method = Callable[[Case, Clock], str]  # returns why it ended by itself


# Ours


def ours(solver: Any, case: Case, clock: Clock) -> str:
    """One of the package's solvers, the readout eliminated."""
    problem = eliminate_readout(case.data)
    state = solver.init(problem, case.theta, _iterations(problem, case.theta, clock))
    while True:
        clock.note(problem, state.point)
        if state.stuck or not FLOOR < state.point.loss < math.inf:
            return "stuck" if state.stuck else "rounding"
        state = solver.step(problem, state)


def _iterations(problem: Problem, theta: Tensor, clock: Clock) -> int:
    """Gradients in the time there is, for a rate that falls to the last of them; not on the clock."""
    started = time.perf_counter()
    for _ in range(3):
        problem.gradient(problem.evaluate(theta))
    spent = time.perf_counter() - started
    clock.started += spent
    return max(1, int(3 * clock.seconds / spent))


def levenberg_marquardt(form: str, case: Case, clock: Clock) -> str:
    """One form of the step, where its matrices fit and a step is not hopeless."""
    size, flops = lm_bytes(form, *case.size), lm_flops(form, *case.size)
    if size > MAX_BYTES:
        return f"n/a: {size / 2**30:.0f} GiB"
    if form != "matrix-free" and flops > SPEED * clock.seconds:
        return f"n/a: {flops:.0e} operations a step"
    return ours(LevenbergMarquardt(form=form), case, clock)


def chosen(case: Case) -> Any:
    """What a fit without a solver of the user's choice trains with."""
    return _solver_by_cost(case.data.network.activations, lm_step_flops(*case.size))


# Peers: all parameters at once, from the same network with its best readout


@dataclass
class ForScipy:
    """The residual of all parameters and its derivative."""

    problem: FullProblem
    clock: Clock

    def point(self, x: np.ndarray) -> Point:
        point = self.problem.evaluate(torch.from_numpy(x.copy()))
        self.clock.note(self.problem, point)
        return point

    def values(self, x: np.ndarray) -> np.ndarray:
        """Shape (n k,)."""
        return self.point(x).residual.numpy().ravel()

    def matrix(self, x: np.ndarray) -> np.ndarray:
        """The Jacobian for one output, shape (n, p)."""
        point = self.point(x)
        theta, readout = self.problem.split(point.theta)
        trained = readout[self.problem.fixed_columns :].T
        factors = self.problem.data.network.factors(theta, point.trace, trained)
        columns = [(a[:, :, None] * b[:, None, :]).flatten(1) for a, b in factors]
        return -torch.cat([*columns, point.basis], 1).numpy()

    def operator(self, x: np.ndarray) -> LinearOperator:
        """The Jacobian by its products, shape (n k, p)."""
        problem, network, point = self.problem, self.problem.data.network, self.point(x)
        theta, readout = problem.split(point.theta)
        trained = readout[problem.fixed_columns :]

        def times(v: np.ndarray) -> np.ndarray:
            self.clock.note(problem, point)
            move, turn = problem.split(torch.from_numpy(v.ravel()))
            change = tangent(network, theta, point.trace, move) @ trained + point.basis @ turn
            return -change.numpy().ravel()

        def against(u: np.ndarray) -> np.ndarray:
            values = torch.from_numpy(u.reshape(point.residual.shape))
            hidden = network.gradient(theta, point.trace, values @ trained.T)
            return -torch.cat([hidden, (point.basis.T @ values).ravel()]).numpy()

        shape = point.residual.numel(), len(x)
        return LinearOperator(shape, matvec=times, rmatvec=against, dtype=np.float64)


def tangent(network: DenseNetwork, theta: Tensor, trace: Any, move: Tensor) -> Tensor:
    """Change of the last layer's activations, shape (n, units), to first order in `move`."""
    change = torch.zeros_like(trace.inputs[0][:, :-1])
    layers = zip(network.weights(theta), network.weights(move), trace.inputs, trace.derivatives)
    for matrix, step, inputs, derivative in layers:
        change = derivative * (inputs @ step + change @ matrix[:-1])
    return change


def by_scipy(case: Case, clock: Clock) -> str:
    """Trust-region reflective, exact derivatives; a matrix for few parameters, LSMR for many."""
    problem = FullProblem(case.data)
    ask, start = ForScipy(problem, clock), problem.start(case.theta).numpy()
    few = len(start) <= DENSE and case.data.samples.k == 1
    jacobian, inner = (ask.matrix, "exact") if few else (ask.operator, "lsmr")
    how = dict.fromkeys(("ftol", "xtol", "gtol"), np.finfo(float).eps)
    how |= {"method": "trf", "tr_solver": inner, "max_nfev": 10**9}
    return least_squares(ask.values, start, jacobian, **how).message


def by_torch(case: Case, clock: Clock) -> str:
    """torch's L-BFGS with as many pairs as ours, gradients without autograd."""
    problem = FullProblem(case.data)
    x = torch.nn.Parameter(problem.start(case.theta))
    how = {"max_iter": 10**9, "history_size": LBFGS().memory, "line_search_fn": "strong_wolfe"}
    optimizer = torch.optim.LBFGS([x], tolerance_grad=0, tolerance_change=0, **how)

    def closure() -> Tensor:
        point = problem.evaluate(x.detach().clone())
        clock.note(problem, point)
        x.grad = problem.gradient(point)
        return x.new_tensor(point.loss)

    optimizer.step(closure)
    return "no longer falls"


METHODS: dict[str, Method] = {
    "auto": lambda case, clock: ours(chosen(case), case, clock),
    "adam": partial(ours, Adam(learning_rate=1e-2, final_rate=1e-5)),
    "lbfgs": partial(ours, LBFGS()),
    "lm primal": partial(levenberg_marquardt, "primal"),
    "lm dual": partial(levenberg_marquardt, "dual"),
    "lm matrix-free": partial(levenberg_marquardt, "matrix-free"),
    "scipy trf": by_scipy,
    "torch lbfgs": by_torch,
}


# Results


@dataclass(frozen=True)
class Outcome:
    """Seconds and least held-out errors of one method, and why it ended."""

    curve: list[tuple[float, float]]
    note: str

    def seconds_to(self, level: float) -> float:
        """Infinite where it is not reached."""
        return next((seconds for seconds, error in self.curve if error <= level), math.inf)


def measure(method: Method, case: Case, seconds: float) -> Outcome:
    """Run a method until it ends or its time is over."""
    clock = Clock(seconds)
    try:
        with threads_for(lm_step_flops(*case.size)):
            note = method(case, clock)
    except TimeUp:
        note = ""
    except torch.linalg.LinAlgError:
        note = "not finite"
    return Outcome(clock.curve, note)


def misses(outcomes: Mapping[str, Outcome]) -> list[tuple[float, float, str, float]]:
    """(level, seconds of "auto", best method, its seconds) wherever "auto" is too slow."""
    found = []
    for level in LEVELS:
        best = min(outcomes, key=lambda name: outcomes[name].seconds_to(level))
        least, used = outcomes[best].seconds_to(level), outcomes["auto"].seconds_to(level)
        if used > FACTOR * least + SLACK:
            found.append((level, used, best, least))
    return found


def table(title: str, outcomes: Mapping[str, Outcome]) -> list[str]:
    """Tell the seconds to each level that some method reaches, and the verdict."""
    levels = [x for x in LEVELS if any(o.seconds_to(x) < math.inf for o in outcomes.values())]
    lines = [title, _row("seconds to", [f"{level:.0e}" for level in levels], "lowest", "")]
    for name, outcome in outcomes.items():
        cells = [_told(outcome.seconds_to(level)) for level in levels]
        lowest = f"{outcome.curve[-1][1]:.1e}" if outcome.curve else "-"
        lines.append(_row(name, cells, lowest, outcome.note[:40]))
    missed = misses(outcomes)
    lines.append(f"auto within {FACTOR:g}x of the best at every level: {'no' if missed else 'yes'}")
    return lines + [f"  {a:.0e}: {_told(b)} s, {c} {_told(d)} s" for a, b, c, d in missed]


def _row(name: str, cells: Sequence[str], lowest: str, note: str) -> str:
    return f"{name:<15}" + "".join(f"{cell:>7}" for cell in cells) + f"{lowest:>9}  {note}".rstrip()


def _told(seconds: float) -> str:
    return f"{seconds:.3g}" if seconds < math.inf else "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    about = {"seconds": options.seconds, "machine": machine(), "versions": versions()}
    for method in METHODS.values():  # what is imported or compiled at first use
        measure(method, PROBLEMS["composition"](0), 0.05)
    records = []
    for name in options.problems:
        case = PROBLEMS[name](options.seed)
        size = dict(zip("nkp", (*case.size[:2], len(case.theta))))
        # The best needs all its time at most: given twice that, "auto" is judged at every level.
        limits = {method: options.seconds * (FACTOR if method == "auto" else 1) for method in METHODS}
        outcomes = {m: measure(METHODS[m], case, limit) for m, limit in limits.items()}
        title = f"{name}, {size}, auto is {chosen(case)}"
        print(*table(title, outcomes), "", sep="\n", flush=True)
        told = {**size, "missed": misses(outcomes)}
        methods = {method: asdict(outcome) for method, outcome in outcomes.items()}
        records.append({"problem": name, **told, "methods": methods})
        text = json.dumps({**about, "results": records}, indent=1)
        options.out.write_text(text + "\n", encoding="utf-8")
    return 1 if any(record["missed"] for record in records) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--problems", choices=PROBLEMS, default=list(PROBLEMS), nargs="+", metavar="NAME"
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="of each method on each problem")
    parser.add_argument("--seed", type=int, default=0, help="of data and first weights")
    parser.add_argument("--out", type=Path, default=OUTPUT)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
