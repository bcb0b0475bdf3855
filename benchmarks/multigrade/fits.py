"""Fits of the cases: errors after each grade, one grade beside them, the classical answer."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from benchmarks.common.results import Outcome, failure_of
from benchmarks.common.targets import Array, Split
from benchmarks.multigrade.cases import UNLIMITED, Case
from benchmarks.multigrade.classical import NAMES, Classical
from skspectral import MultiGradeRegressor

# A fit ends a little after its deadline: with the iteration that is under way, and a last readout.
SHARE = 0.97
# Iterations of the two trials whose difference gives the time of one.
TRIALS = (2, 12)
# More would hardly take a step in the time, and the memory of L-BFGS would not fit in 16 GB.
MAX_PARAMETERS = 5_000_000


@dataclass(frozen=True)
class Fit(Outcome):
    """One fit, judged on the test rows.

    Parameters
    ----------
    model : str
        What was fitted.
    rse : tuple of float
        Sum of squared errors over the sum of squares of y, after each grade.
    mse : tuple of float
        Mean of the squared errors, after each grade.
    settings : str
    grades : tuple of dict
        Iterations, seconds and stop reason of each grade.
    """

    model: str
    rse: tuple[float, ...] = ()
    mse: tuple[float, ...] = ()
    settings: str = ""
    grades: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Result:
    """A case with every outcome on it; `single` and `classical` are None where there is none."""

    case: Case
    ours: Fit
    single: Fit | None = None
    classical: Fit | None = None

    @property
    def gain(self) -> float | None:
        """Squared error of the single grade over that of all grades; None where one is missing."""
        if self.single is None or not (self.single.rse and self.ours.rse):
            return None
        return self.single.rse[-1] / max(self.ours.rse[-1], np.finfo(float).tiny)


def run(case: Case) -> tuple[Result, MultiGradeRegressor | None]:
    """Do every fit of a case; also give our fitted regressor, where there is one."""
    try:
        split = case.load()
    except Exception as error:  # a missing package or file is the result
        return Result(case, Fit("grades", failure=failure_of(error))), None
    model = _timed(case, case.make(), split)
    ours = fitted("grades", model, split)
    shape = single_shape(case, ours, split)
    single = None
    if shape:
        single = fitted("one grade", _single(case, shape, split), split)
    classical = None if case.classical is None else by_hand(case.classical, split)
    return Result(case, ours, single, classical), None if ours.failure else model


def fitted(name: str, model: MultiGradeRegressor, split: Split) -> Fit:
    """Fit `model` and judge it after each grade; what it raises is its outcome."""
    X, y, X_test, y_test = split
    started = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the stop reason says the same
            model.fit(X, y)
        seconds = time.perf_counter() - started
        rse, mse = errors(y_test, _predictions(model, X_test))
    except Exception as error:
        return Fit(name, failure=failure_of(error), settings=str(model))
    return Fit(
        model=name,
        rse=rse,
        mse=mse,
        error=math.sqrt(rse[-1]),
        seconds=seconds,
        n_parameters=n_parameters(model),
        stop_reason=str(model.stop_reason_),
        settings=str(model),
        grades=tuple(_grade(stage) for stage in model.stages_),
    )


def n_parameters(model: MultiGradeRegressor) -> int:
    """Numbers in a fitted model."""
    return sum(
        # a grade without a series has slopes of zero in its place
        int(values.count_nonzero()) if name.endswith("affine") else values.numel()
        for name, values in model.to_torch().named_parameters()
    )


def by_hand(classical: Classical, split: Split) -> Fit:
    """Judge a classical method."""
    X, y, X_test, y_test = split
    started = time.perf_counter()
    predictor = classical(X, y)
    seconds = time.perf_counter() - started
    rse, mse = errors(y_test, [predictor(X_test)])
    return Fit(NAMES[classical], rse, mse, error=math.sqrt(rse[-1]), seconds=seconds)


def errors(y: Array, predictions: Iterable[Array]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Relative and mean squared errors of one prediction after another."""
    squares = [float(np.sum(np.square(y - prediction))) for prediction in predictions]
    size = float(np.sum(np.square(y)))
    return tuple(square / size for square in squares), tuple(square / y.size for square in squares)


def single_shape(case: Case, ours: Fit, split: Split) -> tuple[int, ...]:
    """Hidden layers of the single grade, empty where there is none to be compared with."""
    if isinstance(case.single, int) and ours.n_parameters is not None:
        X, y = split[:2]
        count = min(ours.n_parameters, MAX_PARAMETERS)
        return (nearest_width(count, case.single, X.shape[1], y.size // len(y)),) * case.single
    return case.single if isinstance(case.single, tuple) else ()


def nearest_width(count: int, depth: int, d: int, k: int) -> int:
    """Width of `depth` equal layers, from d inputs to k outputs, of about `count` parameters."""
    width = np.arange(1, 20_000)
    # hidden layers with biases, and their readout with its own
    counts = (d + 1) * width + (depth - 1) * (width + 1) * width + k * (width + 1)
    return int(width[np.argmin(np.abs(counts - count))])


def filling(model: MultiGradeRegressor, split: Split, seconds: float) -> MultiGradeRegressor:
    """The model with as many iterations as all its grades can do in `seconds`, by short trials."""
    X, y = split[:2]
    sizes: Any = model.hidden_layer_sizes  # explicit in the rows that fill their time
    features = np.random.default_rng(0).standard_normal((len(X), sizes[-1]))
    cost = _iteration_seconds(model, X, y)
    if model.n_stages > 1:
        cost += (model.n_stages - 1) * _iteration_seconds(model, features, y)
    return clone(model).set_params(max_iter=max(1, int(SHARE * seconds / cost)))


def _timed(case: Case, model: MultiGradeRegressor, split: Split) -> MultiGradeRegressor:
    if case.seconds is None:
        return model
    model.set_params(max_time=SHARE * case.seconds)
    return filling(model, split, SHARE * case.seconds) if case.fills_time else model


def _single(case: Case, shape: tuple[int, ...], split: Split) -> MultiGradeRegressor:
    """One grade, with every second that the row has and the start that suits it best.

    Modes of y in its first layer gained 0.1 dB on a quarter of china.jpg, and on digits the search
    for them took the time: squared error 0.90 where drawn units reached 0.50.
    """
    model = case.make(n_stages=1, n_modes=0, hidden_layer_sizes=shape, tol=0.0)
    return _timed(case, model.set_params(max_iter=UNLIMITED), split)


def _iteration_seconds(model: MultiGradeRegressor, X: Array, y: Array) -> float:
    few, many = (_trial_seconds(model, X, y, n) for n in TRIALS)
    return max(many - few, 1e-6) / (TRIALS[1] - TRIALS[0])


def _trial_seconds(model: MultiGradeRegressor, X: Array, y: Array, max_iter: int) -> float:
    trial = clone(model).set_params(n_stages=1, max_iter=max_iter, max_time=None)
    started = time.perf_counter()
    trial.fit(X, y)
    return time.perf_counter() - started


def _predictions(model: MultiGradeRegressor, X: Array) -> Iterator[Array]:
    """After each grade; the mean where there is none."""
    return model.staged_predict(X) if model.n_stages_ else iter([model.predict(X)])


def _grade(stage: Any) -> dict[str, Any]:
    return {"n_iter": stage.n_iter, "seconds": stage.seconds, "stop_reason": stage.stop_reason}
