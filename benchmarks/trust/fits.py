"""Fits in reused child processes of one thread each, killed at the time limit."""

from __future__ import annotations

import os
import queue
import time
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.common.child import Child, Lost
from benchmarks.common.results import distinct, failure_of
from benchmarks.trust.cases import Case, Plan, draw_case
from benchmarks.trust.peers import relative_error, simple_errors
from benchmarks.trust.records import FLOOR, Record, record

_LOAD_SECONDS = 300.0  # imports of a new child, and making the data
_LATE_SECONDS = 120.0  # prediction and peers, which are not what is timed


def run_all(plans: Iterable[Plan], workers: int, limit: float) -> Iterator[Record]:
    """Records of all plans, in the order in which they end."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # children read it when they import NumPy
    children = [Child(_serve) for _ in range(workers)]
    idle: queue.SimpleQueue[Child] = queue.SimpleQueue()
    for child in children:
        idle.put(child)

    def run(plan: Plan) -> Record:
        child = idle.get()
        try:
            phases = (("load", _LOAD_SECONDS), ("fit", limit), ("predict", _LATE_SECONDS))
            return child.run(plan, phases, Record)
        except Lost as lost:
            return record(plan, failure=str(lost), timeout=lost.late)
        finally:
            idle.put(child)

    pool = ThreadPoolExecutor(workers)
    try:
        for future in as_completed([pool.submit(run, plan) for plan in plans]):
            yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.close()


def measure(plan: Plan, case: Case, model: Any, seconds: float) -> Record:
    """The record of a fitted model."""
    prediction, std = model.predict(case.probes, return_std=True)
    error = relative_error(case, prediction)
    if not np.isfinite(error):
        raise FloatingPointError("the prediction is not finite")
    expected = float(np.hypot(error, case.noise / np.std(case.y)))
    heldout = model.heldout_error_
    reported = float(heldout) if heldout is not None and np.isfinite(heldout) else None
    ratio = None if reported is None else max(reported, FLOOR) / max(expected, FLOOR)
    return record(
        plan,
        n=len(case.y),
        error=error,
        expected=expected,
        reported=reported,
        ratio=ratio,
        seconds=seconds,
        stop_reason=str(model.stop_reason_),
        simple=simple_errors(case),
        **_bars(case, prediction, std),
    )


def _bars(case: Case, prediction: np.ndarray, std: np.ndarray) -> dict[str, float]:
    """How the true errors at the probes lie to their standard deviations."""
    floor = FLOOR * np.abs(case.y).max()
    missed, std = np.maximum(abs(prediction - case.clean), floor), np.maximum(std, floor)
    covered, overstated = np.mean(missed <= 2 * std), np.median(std / missed)
    return {"covered": float(covered), "overstated": float(overstated)}


def _serve(connection: Connection) -> None:
    """Do fits until the pipe ends, with a message after each phase."""
    import torch  # here: the parent needs neither

    import skspectral

    torch.set_num_threads(1)
    while True:
        try:
            plan = connection.recv()
        except EOFError:
            return
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                made = _fit(plan, getattr(skspectral, plan.estimator), connection)
            except Exception as error:  # whatever is raised is the result
                made = record(plan, failure=failure_of(error))
        users = [w for w in caught if issubclass(w.category, UserWarning)]
        connection.send(replace(made, warned=distinct(users)))


def _fit(plan: Plan, make: Any, connection: Connection) -> Record:
    case = draw_case(plan)
    connection.send("loaded")
    start = time.perf_counter()
    wishes: dict[str, Any] = {"hidden_layer_sizes": ()} if plan.series else {}
    if plan.series and plan.estimator == "MultiGradeRegressor":  # grades of layers alone have successors
        wishes["n_stages"] = 1
    model = make(random_state=plan.index, **wishes).fit(case.X, case.y)
    seconds = time.perf_counter() - start
    connection.send("fitted")
    return measure(plan, case, model, seconds)
