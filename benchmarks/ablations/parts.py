"""The parts that are changed, one at a time, by public parameters.

>>> [case.level for case in PARTS["hidden"].cases(QUICK, 0)][:2]
['x', 'modes']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.ablations import problems, series
from benchmarks.ablations.fits import Case
from benchmarks.ablations.problems import four, three
from benchmarks.common.shapes import even_layers
from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor
from skspectral.solvers import Adam

STAGES = range(1, 7)
# Of the nets: the paper's three layers of 30, as many modes as leave something for later stages.
PAPER_SHAPE, PAPER_MODES = (30, 30, 30), [20, 40, 60]
SMALL_SHAPE, GRADE, N_UNITS = (8, 8), (24,), 64
OURS = (SpectralMultistageRegressor, MultiGradeRegressor, TunerRegressor)


@dataclass(frozen=True)
class Effort:
    """How much each fit may take.

    Parameters
    ----------
    rows : int
        Of each target, about.
    iterations : int
        Of Adam a stage; second-order steps are a fifth as many.
    depths, inputs : tuple of int
        Numbers of layers and of inputs that are tried.
    cycles : tuple of float
        Across the box, of the waves that grades are counted on.
    seconds : float
        Of the processor, that each fit of `inputs` may take.
    """

    rows: int = 600
    iterations: int = 200
    depths: tuple[int, ...] = tuple(range(1, 11))
    inputs: tuple[int, ...] = tuple(range(1, 7))
    cycles: tuple[float, ...] = (2.0, 8.0, 32.0)
    seconds: float = 2.0

    @property
    def steps(self) -> int:
        """Of second order, a stage."""
        return max(1, self.iterations // 5)


QUICK = Effort(rows=64, iterations=5, depths=(1, 10), inputs=(1, 2), cycles=(2.0,), seconds=0.5)
FULL = Effort()
SERIES_ROWS = 3000  # more than any has


@dataclass(frozen=True)
class Part:
    """A part, by the question that its rows answer."""

    title: str
    cases: Callable[[Effort, int], Iterator[Case]]


def _adam(readout: str = "exact", **about: Any) -> Adam:
    return Adam(**{"learning_rate": 1e-2, "final_rate": 1e-4, "readout": readout, **about})


def _paper(effort: Effort, seed: int, readout: str = "exact", **about: Any) -> Callable[[], Any]:
    """The network of arXiv 2407.17213, its readout solved: modes, then three tanh layers."""
    given = {
        "n_stages": 3,
        "n_modes": PAPER_MODES,
        "hidden_layer_sizes": PAPER_SHAPE,
        "max_iter": effort.iterations,
        "solver": _adam(readout, beta_2=0.95),
        "random_state": seed,
    }
    return partial(SpectralMultistageRegressor.from_paper, **{**given, **about})


def _beside(effort: Effort, seed: int, **about: Any) -> Callable[[], Any]:
    """Modes, and a small net beside them by Levenberg-Marquardt: what a default fit tries."""
    given = {"hidden_layer_sizes": SMALL_SHAPE, "max_iter": effort.steps, "random_state": seed}
    return partial(SpectralMultistageRegressor, **{**given, **about})


def _grades(effort: Effort, seed: int, **about: Any) -> Callable[[], Any]:
    """Narrow grades of sines, trained."""
    given = {"hidden_layer_sizes": GRADE, "n_modes": 0, "max_iter": effort.steps, "random_state": seed}
    return partial(MultiGradeRegressor, **{**given, **about})


def _sines(effort: Effort, seed: int, rate: str = "falls", **about: Any) -> Callable[[], Any]:
    """The layers of arXiv 2407.21121 without a series, trained on batches as on photographs."""
    rates = {"falls": {}, "stays": {"learning_rate": 3e-2, "final_rate": 3e-2}}[rate]
    given = {
        "n_modes": N_UNITS,
        "hidden_layer_sizes": (N_UNITS,),
        "max_iter": effort.iterations,
        "solver": _adam("trained", batch_size=256, **rates),
        "random_state": seed,
    }
    return partial(TunerRegressor, **{**given, **about})


def _start(effort: Effort, seed: int) -> Iterator[Case]:
    for problem in four(seed, effort.rows):
        for init in ("spectrum", "random", "scale"):
            yield Case("three tanh layers (paper)", init, problem, _paper(effort, seed, init=init))
        for init in ("spectrum", "random", "scale"):
            n_modes = "auto" if init == "spectrum" else 0
            make = _beside(effort, seed, init=init, n_modes=n_modes)
            yield Case("small net beside modes", init, problem, make)


def _readout(effort: Effort, seed: int) -> Iterator[Case]:
    for problem in four(seed, effort.rows):
        for readout in ("exact", "trained"):
            solver = _adam(readout, beta_2=0.95)
            about: Any = {"solver": solver, "max_iter": effort.iterations}
            yield Case("three tanh layers (paper)", readout, problem, _paper(effort, seed, readout))
            yield Case("narrow grades", readout, problem, _grades(effort, seed, **about))
            yield Case("sine layers", readout, problem, _sines(effort, seed, **about))


def _stages(effort: Effort, seed: int) -> Iterator[Case]:
    for problem in four(seed, effort.rows):
        default = partial(SpectralMultistageRegressor, n_stages=STAGES[-1], random_state=seed)
        yield Case("default", "", problem, default, STAGES)
        yield Case(
            "three tanh layers (paper)", "", problem, _paper(effort, seed, n_stages=STAGES[-1]), STAGES
        )
        long = _paper(effort, seed, n_stages=1, max_iter=STAGES[-1] * effort.iterations)
        yield Case("three tanh layers (paper)", "1, six times as long", problem, long)


def _by_grade(effort: Effort, seed: int) -> Iterator[Case]:
    for problem in three(seed, effort.rows):
        drawn = partial(MultiGradeRegressor, n_modes=0, n_stages=STAGES[-1], random_state=seed)
        yield Case("drawn grades (default, no modes)", "", problem, drawn, STAGES)
        yield Case("narrow grades", "", problem, _grades(effort, seed, n_stages=STAGES[-1]), STAGES)


def _content(effort: Effort, seed: int) -> Iterator[Case]:
    for n_inputs in effort.inputs[:4]:
        for cycles in effort.cycles:
            problem = problems.waves(seed, effort.rows, n_inputs, cycles)
            level = f"{n_inputs} input{'s' * (n_inputs > 1)}"
            yield Case("narrow grades", level, problem, _grades(effort, seed, n_stages=STAGES[-1]))


def _bounds(effort: Effort, seed: int) -> Iterator[Case]:
    """A rate that stays high lets weights drift: what the paper has bounds for."""
    settings: dict[str, Any] = {"none": None, "fixed": (1.0, 0.6), "learned": "learned"}
    for problem in three(seed, effort.rows):
        for level, bounds in settings.items():
            for rate in ("falls", "stays"):
                make = _sines(effort, seed, rate, bounds=bounds)
                yield Case(f"sine layers, the rate {rate}", level, problem, make)
            default = partial(TunerRegressor, bounds=bounds, random_state=seed)
            yield Case("default", level, problem, default)


def _regions(effort: Effort, seed: int) -> Iterator[Case]:
    settings: dict[str, Any] = {"two regions": {}, "uniform": {"low_fraction": 0.0}}
    for problem in three(seed, effort.rows):
        for level, about in settings.items():
            yield Case("sine layers", level, problem, _sines(effort, seed, **about))
            default = partial(TunerRegressor, random_state=seed, **about)
            yield Case("default", level, problem, default)
        yield Case("sine layers", "random, off the lattice", problem, _sines(effort, seed, n_modes=0))


def _hidden(effort: Effort, seed: int) -> Iterator[Case]:
    for problem in three(seed, effort.rows):
        for hidden_input in ("x", "modes"):
            make = _beside(effort, seed, hidden_input=hidden_input, n_modes=PAPER_MODES[0], n_stages=1)
            yield Case("small net beside 20 modes", hidden_input, problem, make)


def _depth(effort: Effort, seed: int) -> Iterator[Case]:
    for problem in three(seed, effort.rows):
        for depth in effort.depths:
            make = _sines(effort, seed, hidden_layer_sizes=even_layers(N_UNITS, depth))
            yield Case("sine layers of as many weights", str(depth), problem, make)


def _inputs(effort: Effort, seed: int) -> Iterator[Case]:
    for n_inputs in effort.inputs:
        problem = problems.bowl(seed, effort.rows, n_inputs)
        for ours in OURS:
            make = partial(ours, max_time=effort.seconds, random_state=seed)
            yield Case(ours.__name__, "default", problem, make)


def _series(effort: Effort, seed: int) -> Iterator[Case]:
    if not series.available():
        return
    for problem in series.problems(seed, SERIES_ROWS if effort == FULL else effort.rows):
        for ours in OURS:
            yield Case(ours.__name__, "default", problem, partial(ours, random_state=seed))
        for name, make in series.RIVALS.items():
            yield Case(name, "rival", problem, partial(make, problem.name))


PARTS = {
    "start": Part("Hidden frequencies at the start", _start),
    "readout": Part("Readout solved or trained", _readout),
    "stages": Part("Stages", _stages),
    "grades": Part("Grades", _by_grade),
    "content": Part("Grades kept, by frequencies and inputs", _content),
    "bounds": Part("Bounds on the weights", _bounds),
    "regions": Part("Input frequencies in two regions", _regions),
    "hidden": Part("What feeds the hidden layers", _hidden),
    "depth": Part("Depth", _depth),
    "inputs": Part("Inputs", _inputs),
    "series": Part("Measured series with gaps", _series),
}
