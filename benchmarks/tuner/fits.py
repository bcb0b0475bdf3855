"""Our regressor, the baselines of as many parameters and seconds, the classical one.

`ours` is the one place that builds our regressor; `VARIANTS` names what it is given in ablations.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from benchmarks.common.results import Outcome, failure_of
from benchmarks.common.shapes import even_layers, n_dense
from benchmarks.common.targets import Array, relative_l2
from benchmarks.tuner.baselines import LONGER, TRIAL, Baseline, Rows, better_size, chosen
from benchmarks.tuner.baselines import settings as settings_of
from benchmarks.tuner.cases import LocalRadialBasis, Problem, held_out
from benchmarks.tuner.nets import BASELINES, STARTS
from benchmarks.tuner.rivals import RIVALS
from skspectral import TunerRegressor
from skspectral.inspection import psnr
from skspectral.solvers import Adam

# A fit ends a little after its deadline: with the iteration that is under way.
SHARE = 0.97
UNLIMITED = 1_000_000  # iterations: the time is the limit
VALIDATION = 0.03  # of the training rows, that the baselines are stopped and chosen by
JUDGED_ROWS = 4000  # of the training rows
EARLY = (1 / 16, 1 / 8, 1 / 4, 1 / 2)  # of the time, for our error against seconds
DEPTHS = range(1, 11)
N_UNITS = 256

Parameters = dict[str, Any]
Chosen = dict[str, tuple[float, int]]  # kind -> setting and number of parameters

# Bounds are for training that drifts: under our own falling rate they change nothing (-0.04 dB).
DRIFTING = Adam(learning_rate=3e-2, final_rate=3e-2, batch_size=512, readout="trained")

VARIANTS: dict[str, dict[str, Parameters]] = {
    "bounds": {
        "no bounds": {"bounds": None, "solver": DRIFTING},
        "fixed bounds": {"bounds": (1.0, 0.6), "solver": DRIFTING},
        "tight bounds": {"bounds": (0.4, 0.2), "solver": DRIFTING},
        "learned bounds": {"bounds": "learned", "solver": DRIFTING},
    },
    "init": {
        "two regions": {},
        "uniform": {"low_fraction": 0.0},
        "no modes": {"n_modes": 0},
    },
}


class Model(Protocol):
    """What is fitted elsewhere, and judged here."""

    def predict(self, X: Array) -> Array:
        """Values."""

    def predict_gradient(self, X: Array) -> Array:
        """Derivatives, the last axis along the columns of X."""


@dataclass(frozen=True)
class Settings:
    """What each fit of a run gets."""

    seconds: float = 120.0
    n_units: int = N_UNITS
    known: Chosen = field(default_factory=dict)  # of rivals of our networks, chosen before


@dataclass(frozen=True)
class Fit(Outcome):
    """One fit, judged; None where there is nothing to be judged by.

    Parameters
    ----------
    row, problem, model : str
    seed : int
    train, test : float or None
        PSNR of the values, on rows of the training set and on the held-out rows.
    gradient_train, gradient_test : float or None
        PSNR of the gradient, its peak the largest slope of the reference.
    allowed : float or None
        Seconds that it was given; trials of settings come before, and `seconds` is without them.
    history : tuple of (float, float)
        Seconds and PSNR on the validation rows.
    settings, note : str
        What was fitted; the setting chosen or why the fit stopped.
    """

    row: str
    problem: str
    model: str
    seed: int
    train: float | None = None
    test: float | None = None
    gradient_train: float | None = None
    gradient_test: float | None = None
    allowed: float | None = None
    history: tuple[tuple[float, float], ...] = ()
    settings: str = ""
    note: str = ""


def ours(settings: Settings, seed: int, **parameters: Any) -> TunerRegressor:
    """Our regressor, not fitted, with every default that is not asked for otherwise."""
    limits = {"max_iter": UNLIMITED, "max_time": SHARE * settings.seconds}
    return TunerRegressor(**(limits | {"random_state": seed} | parameters))


def layers(settings: Settings) -> Parameters:
    """The paper's network without a series: input frequencies, and a layer of as many units."""
    return {"n_modes": settings.n_units, "hidden_layer_sizes": (settings.n_units,)}


def two_layers(settings: Settings, d: int, k: int) -> Parameters:
    """As many numbers in two layers, each as wide as the input frequencies are many.

    >>> two_layers(Settings(n_units=127), 2, 3)
    {'n_modes': 88, 'hidden_layer_sizes': (88, 88)}
    """
    count = n_dense((settings.n_units,), settings.n_units, k)

    def numbers(width: int) -> int:  # frequencies, both layers, and their readout with a plane beside it
        return width * d + n_dense((width, width), width, 0) + width + (2 * width + 1 + d) * k

    width = max(width for width in range(1, settings.n_units + 1) if numbers(width) <= count)
    return {"n_modes": width, "hidden_layer_sizes": (width, width)}


def tuned(problems: Sequence[Problem], settings: Settings) -> Chosen:
    """The setting of each rival that is best on average over problems that are not scored."""
    seconds, found = LONGER * TRIAL * settings.seconds, {}
    for kind in RIVALS:
        count = _count(problems[0], settings)

        def error(setting: float, kind: str = kind, count: int = count) -> float:
            nets = [Baseline(kind, setting) for _ in problems]
            about: Parameters = {"seconds": seconds, "seed": 0, "n_parameters": count}
            histories = [net.fit(_rows(one, 0), **about).history_ for net, one in zip(nets, problems)]
            return math.prod(min(rms for _, rms in history) for history in histories)

        found[kind] = min(settings_of(kind, *problems[0].X.shape), key=error), count
    return found


def fits(row: str, problem: Problem, seeds: Sequence[int], settings: Settings) -> Iterator[Fit]:
    """Every fit of a row on a problem, as each is done."""
    chosen_settings: Chosen = dict(settings.known) if row == "networks" else {}
    for seed in seeds:
        empty = Fit(row, problem.name, "tuner", seed, allowed=settings.seconds)
        if row == "depth":
            yield from _depths(empty, problem, settings)
        elif row == "networks":
            yield fit_ours(
                empty, problem, settings, **two_layers(settings, problem.X.shape[1], _outputs(problem))
            )
            for kind in RIVALS:
                named, counts = replace(empty, model=kind), [_count(problem, settings)]
                yield fit_baseline(named, problem, settings.seconds, counts, chosen_settings)
        elif row in VARIANTS:
            yield from _ablated(empty, problem, settings)
        else:
            yield from _compared(empty, problem, settings, chosen_settings)
    if row not in ("depth", *VARIANTS):
        classical = Fit(row, problem.name, "rbf", seeds[0])  # nothing of it is random
        yield fit_classical(classical, problem)


def _ablated(empty: Fit, problem: Problem, settings: Settings) -> Iterator[Fit]:
    for name, parameters in VARIANTS[empty.row].items():
        given = layers(settings) | parameters
        yield fit_ours(replace(empty, model=name), problem, settings, **given)
    counts = [_count(problem, settings)]
    for kind in STARTS if empty.row == "init" else ():
        yield fit_baseline(replace(empty, model=kind), problem, settings.seconds, counts, {})


def _depths(empty: Fit, problem: Problem, settings: Settings) -> Iterator[Fit]:
    """As many parameters as one layer has, equal seconds."""
    for depth in DEPTHS:
        shape, named = even_layers(settings.n_units, depth), replace(empty, model=f"depth {depth}")
        yield fit_ours(named, problem, settings, n_modes=settings.n_units, hidden_layer_sizes=shape)


def _compared(empty: Fit, problem: Problem, settings: Settings, chosen_settings: Chosen) -> Iterator[Fit]:
    mine = fit_ours(empty, problem, settings)
    yield mine
    if empty.row in ("images", "noisy"):
        named = replace(empty, model="layers alone")
        yield fit_ours(named, problem, settings, **layers(settings))
    for share in EARLY if empty.row == "images" else ():
        seconds = share * settings.seconds
        named = replace(empty, model=f"tuner, {share:g} of the time", allowed=seconds)
        yield fit_ours(named, problem, replace(settings, seconds=seconds))
    # as many as our layers have, or as our default fit has: whichever is better for them
    counts = sorted({_count(problem, settings), mine.n_parameters or _count(problem, settings)})
    for kind in BASELINES:
        named = replace(empty, model=kind)
        yield fit_baseline(named, problem, settings.seconds, counts, chosen_settings)


def _outputs(problem: Problem) -> int:
    return problem.y.size // len(problem.y)


def _count(problem: Problem, settings: Settings) -> int:
    return n_dense((settings.n_units,), settings.n_units, _outputs(problem))


def fit_ours(empty: Fit, problem: Problem, settings: Settings, **parameters: Any) -> Fit:
    """Fit our regressor and judge it."""

    def fit() -> Fit:
        model = ours(settings, empty.seed, **parameters)
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the stop reason says the same
            model.fit(problem.X, problem.y)
        seconds = time.perf_counter() - started
        stored = sum(values.numel() for values in model.to_torch().parameters())
        count = min(stored, problem.y.size)  # a series has waves twice: rows hold no more than themselves
        about: Parameters = {"settings": str(model), "note": str(model.stop_reason_), "n_parameters": count}
        return judged(replace(empty, seconds=seconds, **about), model, problem)

    return _caught(fit, empty)


def fit_baseline(
    empty: Fit,
    problem: Problem,
    seconds: float,
    counts: Sequence[int],
    chosen_settings: Chosen,
) -> Fit:
    """Fit and judge a baseline; size and setting are chosen by the first seed and kept for the others."""
    rows, kind = _rows(problem, empty.seed), empty.model

    def fit() -> Fit:
        if kind not in chosen_settings:
            size = better_size(kind, rows, seconds=TRIAL * seconds, seed=empty.seed, counts=counts)
            about: Parameters = {"seed": empty.seed, "n_parameters": size}
            chosen_settings[kind] = chosen(kind, rows, seconds=TRIAL * seconds, **about), size
        setting, size = chosen_settings[kind]
        net = Baseline(kind, setting).fit(rows, seconds=seconds, seed=empty.seed, n_parameters=size)
        known: Parameters = {
            "seconds": net.history_[-1][0],
            "n_parameters": net.n_parameters_,
            "history": tuple((at, _decibels(rms / problem.data_range)) for at, rms in net.history_),
            "note": f"setting {net.setting:g}",
        }
        return judged(replace(empty, **known), net, problem)

    return _caught(fit, empty)


def _rows(problem: Problem, seed: int) -> Rows:
    train, rest = held_out(len(problem.X), seed, VALIDATION)
    return Rows(problem.X[train], problem.y[train], problem.X[rest], problem.y[rest])


def _caught(fit: Callable[[], Fit], empty: Fit) -> Fit:
    """Make the outcome; what is raised is one too, and the run goes on."""
    try:
        return fit()
    except Exception as error:
        return replace(empty, failure=failure_of(error))


def fit_classical(empty: Fit, problem: Problem) -> Fit:
    """Judge the local cubic radial basis; its seconds are those of the held-out values."""
    started = time.perf_counter()
    model = LocalRadialBasis().fit(problem.X, problem.y)
    model.predict(problem.X_test)
    return judged(replace(empty, seconds=time.perf_counter() - started), model, problem)


def judged(outcome: Fit, model: Model, problem: Problem) -> Fit:
    """The outcome with the errors of the model."""
    rows = np.random.default_rng(0).permutation(len(problem.X))[:JUDGED_ROWS]
    train, test = model.predict(problem.X[rows]), model.predict(problem.X_test)
    found = replace(
        outcome,
        train=psnr(problem.y[rows], train, data_range=problem.data_range),
        test=psnr(problem.y_test, test, data_range=problem.data_range),
        error=relative_l2(problem.y_test, test),
    )
    if problem.slopes is None or problem.slopes_test is None:
        return found
    peak = max(_norms(slopes).max() for slopes in (problem.slopes, problem.slopes_test))
    return replace(
        found,
        gradient_train=slope_psnr(problem.slopes[rows], model.predict_gradient(problem.X[rows]), peak),
        gradient_test=slope_psnr(problem.slopes_test, model.predict_gradient(problem.X_test), peak),
    )


def slope_psnr(slopes: Array, predicted: Array, peak: float) -> float:
    """PSNR of gradients as vectors: `gradient_psnr` on rows that are no grid, with the peak given."""
    off = _norms(predicted - slopes)
    return psnr(np.zeros_like(off), off, data_range=peak)


def _norms(slopes: Array) -> Array:
    return np.linalg.norm(slopes, axis=-1)


def _decibels(relative: float) -> float:
    return float(-20 * np.log10(relative)) if relative > 0 else np.inf
