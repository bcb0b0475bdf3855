"""Fits in a child process, so that one that hangs or dies takes nothing else with it."""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.common.child import Child, Lost
from benchmarks.common.results import Outcome, distinct, failure_of
from benchmarks.common.targets import TARGETS, Split, relative_l2

_LOAD_SECONDS = 300.0  # imports, and making the data, which no method is charged for


@dataclass(frozen=True)
class Job:
    """One fit.

    Parameters
    ----------
    target : str
        A name in `TARGETS`; the child looks it up and makes the data.
    seed : int
        Seed of the data.
    make : callable
        Makes the regressor. It is pickled, so it is a module's function or class, or a partial.
    """

    target: str
    seed: int
    make: Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Measured(Outcome):
    """What became of a job.

    Parameters
    ----------
    predict_seconds : float or None
        Time of the prediction.
    details : dict
        What the regressor says about its own fit.
    """

    predict_seconds: float | None = None
    details: dict[str, Any] = field(default_factory=dict)


class Worker:
    """A child process for one job after another: it keeps the data of a target."""

    def __init__(self) -> None:
        self._child = Child(_serve)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close()

    def run(self, job: Job, limit: float) -> Measured:
        """Do `job`; fit and predict may take `limit` seconds each."""
        phases = (("load", _LOAD_SECONDS), ("fit", limit), ("predict", limit))
        try:
            return self._child.run(job, phases, Measured)
        except Lost as lost:
            return Measured(failure=str(lost))


def _serve(connection: Connection) -> None:
    """Do jobs until the pipe ends, with a message after each phase."""
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            outcome = _try(job, connection.send)
        connection.send(replace(outcome, warned=distinct(caught)))


def _try(job: Job, report: Callable[[str], None]) -> Measured:
    try:
        return _measure(job, report)
    except Exception as error:  # whatever a method raises is its result
        return Measured(failure=failure_of(error))


def _measure(job: Job, report: Callable[[str], None]) -> Measured:
    X, y, X_test, y_test = _load(job.target, job.seed)
    report("loaded")
    model = job.make()
    start = time.perf_counter()
    model.fit(X, y)
    fitted = time.perf_counter()
    report("fitted")
    prediction = model.predict(X_test)
    predicted = time.perf_counter()
    error = relative_l2(y_test, prediction)
    if not np.isfinite(error):
        raise FloatingPointError("the prediction is not finite")
    return Measured(
        error=error,
        seconds=fitted - start,
        stop_reason=str(getattr(model, "stop_reason_", "")),
        predict_seconds=predicted - fitted,
        details=details(model),
    )


@functools.lru_cache(maxsize=1)
def _load(target: str, seed: int) -> Split:
    return TARGETS[target].load(seed)


def details(model: Any) -> dict[str, Any]:
    """Details of a fitted model: the settings of a peer; stages and estimated error of ours."""
    found = dict(getattr(model, "chosen_", {}))
    if hasattr(model, "stages_"):
        found["n_stages"] = len(model.stages_)
        heldout = model.heldout_error_
        known = heldout is not None and np.isfinite(heldout)
        found["heldout_error"] = float(heldout) if known else None
    return found
