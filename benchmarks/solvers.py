"""Error against seconds of every solver from one start, ours and the usual ones, in one run.

    python benchmarks/solvers.py
    python benchmarks/solvers.py --problems composition front --seconds 8 --out some.json

Each method starts from the same network and gets `--seconds` (20); judging on held-out rows stops
the clock. Prints the seconds to each level of the held-out relative L2 error, then whether "auto",
what a fit takes unless told otherwise, needs at most twice the time of the best method to every
level. Writes JSON with the curves. The exit status is 1 where "auto" needs more.
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
from skspectral.networks import DenseNetwork, deep_start
from skspectral.solvers import LBFGS, Adam, LevenbergMarquardt, Limits
from skspectral.solvers.cost import MAX_BYTES, lm_bytes, lm_flops, lm_step_flops
from skspectral.solvers.driver import FLOOR
from skspectral.solvers.problem import FullProblem, Point, Problem, StageData, eliminate_readout
from skspectral.spectrum import bandwidth, nearest_pairs
from skspectral.training.train import solver_by_cost

OUTPUT = Path(__file__).resolve().parent / "output" / "solvers.json"
LEVELS = [10.0**-digits for digits in range(1, 16)]
# What "auto" may need of the best method's time, and seconds in which the clock tells nothing.
FACTOR, SLACK = 2.0, 0.02
# A form is left out where a core at this many operations a second would spend its time on one step.
SPEED = 2e10
# scipy gets the Jacobian as a matrix up to this many parameters, as an operator above.
DENSE = 500
JUDGED_AGAIN = 1.02  # growth of the time on the clock between two looks at the held-out rows
N_HELD_OUT = 2000

# Problems: one stage to be trained, and where it starts

Case = tuple[StageData, Tensor]


def _case(t: Tensor, y: Tensor, hidden: Sequence[int], activation: str, seed: int) -> Case:
    """A network for the bandwidth of the rows; the last N_HELD_OUT are held out."""
    y = y - y.mean(0)
    y, sizes = y / y.std(), [len(t) - N_HELD_OUT, N_HELD_OUT]
    rows, held_out = (
        Samples(a, b, torch.full_like(a[:, 0], 1 / len(a)))
        for a, b in zip(t.split(sizes), y.split(sizes))
    )
    layers = len(hidden)
    network = DenseNetwork((t.shape[1], *hidden), (activation,) * layers, (layers - 1,))
    band = bandwidth(rows.t, rows.y, nearest_pairs(rows.t))
    theta = deep_start(network, rows.t, band, torch.Generator().manual_seed(seed))
    return StageData(rows, held_out, network, lambda t: torch.ones_like(t[:, :1])), theta


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
    t, y = torch.from_numpy(2 * t - 1), torch.from_numpy(y[:, None])
    return _case(t, y, (256, 256), "sin", seed)


def _grade(seed: int) -> Case:
    """What a drawn layer leaves, as a function of its features."""
    t = _drawn(6000, 2, seed)
    y = torch.exp(torch.sin(3 * t[:, :1] + 2 * t[:, 1:]))
    first, theta = _case(t, y, (64,), "sin", seed)
    features = first.network.features(theta, t)
    readout = torch.linalg.lstsq(features[:-N_HELD_OUT], y[:-N_HELD_OUT]).solution
    return _case(features, y - features @ readout, (64,), "sin", seed)


def _large(seed: int) -> Case:
    t = _drawn(50_000, 2, seed)
    a, b = t[:, :1], t[:, 1:]
    y = [torch.cos(4 * torch.sin(3 * a) + b), torch.sin(5 * a * b)]
    y += [torch.exp(torch.sin(4 * a - 3 * b))]
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
            self.curve.append((elapsed, min([error, *(e for _, e in self.curve[-1:])])))
            self.judged, self.due = self.best, JUDGED_AGAIN * elapsed
            self.started = time.perf_counter() - elapsed
        if over:
            raise TimeUp


# Methods: (stage, start, clock) -> why it ended by itself. Ours eliminate the readout.


def ours(solver: Any, data: StageData, theta: Tensor, clock: Clock) -> str:
    problem = eliminate_readout(data)
    state = solver.init(problem, theta, Limits(_iterations(problem, theta, clock)))
    while True:
        clock.note(problem, state.point)
        if state.stuck or not FLOOR < state.point.loss < math.inf:
            return "stuck" if state.stuck else "rounding"
        state = solver.step(problem, state)


def _iterations(problem: Problem, theta: Tensor, clock: Clock) -> int:
    """Gradients in the time there is: Adam's rate falls to the last of them. Not on the clock."""
    started = time.perf_counter()
    for _ in range(3):
        problem.gradient(problem.evaluate(theta))
    spent = time.perf_counter() - started
    clock.started += spent
    return max(1, int(3 * clock.seconds / spent))


def levenberg_marquardt(form: str, data: StageData, theta: Tensor, clock: Clock) -> str:
    """One form of the step, where its matrices fit and a step is not hopeless."""
    size, flops = lm_bytes(form, *_size(data)), lm_flops(form, *_size(data))
    if size > MAX_BYTES:
        return f"n/a: {size / 2**30:.0f} GiB"
    if form != "matrix-free" and flops > SPEED * clock.seconds:
        return f"n/a: {flops:.0e} operations a step"
    return ours(LevenbergMarquardt(form=form), data, theta, clock)


def chosen(data: StageData) -> Any:
    """What a fit without a solver of the user's choice trains with."""
    return solver_by_cost(data, lm_step_flops(*_size(data)))


def _size(data: StageData) -> tuple[int, int, list[tuple[int, int]]]:
    return data.samples.n, data.samples.k, data.network.shapes


def jacobian(problem: FullProblem, point: Point, tick: Callable[[], None]) -> LinearOperator:
    """Of the residual in all parameters, (n k, p), by products; `tick` is called at each."""
    network, (theta, readout) = problem.data.network, problem.split(point.theta)
    trained = readout[problem.fixed_columns :]

    def times(v: np.ndarray) -> np.ndarray:
        tick()
        move, turn = problem.split(torch.from_numpy(v.ravel()))
        change = torch.zeros_like(point.trace.inputs[0][:, :-1])
        layers = zip(network.weights(theta), network.weights(move))
        for (w, dw), a, slope in zip(layers, point.trace.inputs, point.trace.derivatives):
            change = slope * (a @ dw + change @ w[:-1])
        return -(change @ trained + point.basis @ turn).numpy().ravel()

    def against(u: np.ndarray) -> np.ndarray:
        values = torch.from_numpy(u.reshape(point.residual.shape))
        hidden = network.gradient(theta, point.trace, values @ trained.T)
        return -torch.cat([hidden, (point.basis.T @ values).ravel()]).numpy()

    shape = point.residual.numel(), len(point.theta)
    return LinearOperator(shape, matvec=times, rmatvec=against, dtype=np.float64)


def dense_jacobian(problem: FullProblem, point: Point) -> np.ndarray:
    """The same for one output, as a matrix (n, p)."""
    theta, readout = problem.split(point.theta)
    trained = readout[problem.fixed_columns :].T
    factors = problem.data.network.factors(theta, point.trace, trained)
    columns = [(a[:, :, None] * b[:, None, :]).flatten(1) for a, b in factors]
    return -torch.cat([*columns, point.basis], 1).numpy()


def by_scipy(data: StageData, theta: Tensor, clock: Clock) -> str:
    """Trust-region reflective on all parameters; a matrix for few of them, LSMR for many."""
    problem = FullProblem(data)
    start = problem.start(theta).numpy()
    dense = len(start) <= DENSE and data.samples.k == 1

    def point(x: np.ndarray) -> Point:
        found = problem.evaluate(torch.from_numpy(x.copy()))
        clock.note(problem, found)
        return found

    def slopes(x: np.ndarray) -> Any:
        at = point(x)
        if dense:
            return dense_jacobian(problem, at)
        return jacobian(problem, at, lambda: clock.note(problem, at))

    how = dict.fromkeys(("ftol", "xtol", "gtol"), np.finfo(float).eps)
    how |= {"method": "trf", "tr_solver": "exact" if dense else "lsmr", "max_nfev": 10**9}
    return least_squares(lambda x: point(x).residual.numpy().ravel(), start, slopes, **how).message


def by_torch(data: StageData, theta: Tensor, clock: Clock) -> str:
    """torch's L-BFGS on all parameters, with as many pairs as ours, gradients without autograd."""
    problem = FullProblem(data)
    x = torch.nn.Parameter(problem.start(theta))
    how = {"max_iter": 10**9, "history_size": LBFGS().memory, "line_search_fn": "strong_wolfe"}

    def closure() -> Tensor:
        point = problem.evaluate(x.detach().clone())
        clock.note(problem, point)
        x.grad = problem.gradient(point)
        return x.new_tensor(point.loss)

    torch.optim.LBFGS([x], tolerance_grad=0, tolerance_change=0, **how).step(closure)
    return "no longer falls"


METHODS: dict[str, Callable[[StageData, Tensor, Clock], str]] = {
    "auto": lambda data, theta, clock: ours(chosen(data), data, theta, clock),
    "adam": partial(ours, Adam(learning_rate=1e-2, final_rate=1e-5)),
    "lbfgs": partial(ours, LBFGS()),
    **{f"lm {f}": partial(levenberg_marquardt, f) for f in ("primal", "dual", "matrix-free")},
    "scipy trf": by_scipy,
    "torch lbfgs": by_torch,
}

# Results


@dataclass(frozen=True)
class Outcome:
    """Seconds and least held-out errors of one method, and why it ended."""

    curve: list[tuple[float, float]]
    note: str = ""

    def seconds_to(self, level: float) -> float:
        """Infinite where it is not reached."""
        return next((seconds for seconds, error in self.curve if error <= level), math.inf)


def measure(name: str, case: Case, seconds: float) -> Outcome:
    """Run a method until it ends or its time is over."""
    clock, note = Clock(seconds), ""
    try:
        with threads_for(lm_step_flops(*_size(case[0]))):
            note = METHODS[name](*case, clock)
    except TimeUp:
        pass
    except torch.linalg.LinAlgError:
        note = "not finite"
    return Outcome(clock.curve, note)


def misses(outcomes: Mapping[str, Outcome]) -> list[tuple[float, float, str, float]]:
    """(level, seconds of "auto", best method, its seconds) wherever "auto" is too slow."""
    found = []
    for level in LEVELS:
        seconds = {name: outcome.seconds_to(level) for name, outcome in outcomes.items()}
        best = min(seconds, key=seconds.__getitem__)
        if seconds["auto"] > FACTOR * seconds[best] + SLACK:
            found.append((level, seconds["auto"], best, seconds[best]))
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
    return f"{name:<15}" + "".join(f"{cell:>8}" for cell in cells) + f"{lowest:>9}  {note}".rstrip()


def _told(seconds: float) -> str:
    return f"{seconds:.2g}" if seconds < math.inf else "-"


def run(name: str, seconds: float, seed: int) -> dict[str, Any]:
    """Measure every method on a problem and print the table."""
    case = PROBLEMS[name](seed)
    # The best takes all its time at most: given twice that, "auto" is judged at every level.
    limits = {method: seconds * (FACTOR if method == "auto" else 1) for method in METHODS}
    outcomes = {method: measure(method, case, limit) for method, limit in limits.items()}
    about = dict(zip("nkp", (*_size(case[0])[:2], len(case[1]))))
    print(*table(f"{name}, {about}, auto is {chosen(case[0])}", outcomes), "", sep="\n", flush=True)
    methods = {method: asdict(outcome) for method, outcome in outcomes.items()}
    # JSON has no infinity
    missed = [[x if x != math.inf else None for x in miss] for miss in misses(outcomes)]
    return {"problem": name, **about, "missed": missed, "methods": methods}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = {"nargs": "+", "metavar": "NAME", "choices": PROBLEMS, "default": list(PROBLEMS)}
    parser.add_argument("--problems", **names)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each method")
    parser.add_argument("--seed", type=int, default=0, help="of data and first weights")
    parser.add_argument("--out", type=Path, default=OUTPUT, help="JSON")
    options = parser.parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    about = {"seconds": options.seconds, "machine": machine(), "versions": versions()}
    for name in METHODS:  # what is imported at first use shall not count
        measure(name, PROBLEMS[options.problems[0]](options.seed), 0.05)
    records = []
    for name in options.problems:
        records.append(run(name, options.seconds, options.seed))
        text = json.dumps({**about, "results": records}, indent=1)
        options.out.write_text(text + "\n", encoding="utf-8")
    return 1 if any(record["missed"] for record in records) else 0


if __name__ == "__main__":
    sys.exit(main())
