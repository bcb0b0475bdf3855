"""One fit of an ablation, and what became of it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.ablations.problems import Problem
from benchmarks.common.clocks import one_thread, processor_time
from benchmarks.common.results import Outcome, distinct, failure_of
from benchmarks.common.targets import relative_l2


@dataclass(frozen=True)
class Case:
    """What is fitted.

    Parameters
    ----------
    model : str
        What is alike in all cases that are compared.
    level : str
        What the part is set to.
    problem : Problem
    make : callable
        Makes the regressor.
    stages : sequence of int
        Numbers of stages that are each judged, and are levels of their own; none judges the whole.
    """

    model: str
    level: str
    problem: Problem
    make: Callable[[], Any]
    stages: Sequence[int] = ()

    @property
    def levels(self) -> list[str]:
        """The levels of its outcomes."""
        return [str(count) for count in self.stages] or [self.level]


@dataclass(frozen=True, kw_only=True)
class Fit(Outcome):
    """One fit, judged; `seconds` are those of the processor.

    Parameters
    ----------
    part, model, level, target : str
    seed : int
    slopes : float or None
        Relative L2 error of the gradient, where it is judged.
    n_stages : int or None
        Stages that were kept.
    """

    part: str
    model: str
    level: str
    target: str
    seed: int
    slopes: float | None = None
    n_stages: int | None = None


def run(part: str, case: Case, seed: int) -> list[Fit]:
    """Fit a case on one thread; what is raised is an outcome too, and the run goes on."""
    empty = Fit(part=part, model=case.model, level=case.level, target=case.problem.name, seed=seed)
    try:
        with one_thread(), processor_time(), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = case.make()
            start = time.process_time()
            model.fit(case.problem.X, case.problem.y)
            seconds = time.process_time() - start
            known = replace(empty, seconds=seconds, stop_reason=str(getattr(model, "stop_reason_", "")))
            fits = list(_judged(known, model, case))
        return [replace(fit, warned=distinct(caught)) for fit in fits]
    except Exception as error:
        return [replace(empty, failure=failure_of(error))]


def _judged(known: Fit, model: Any, case: Case) -> Iterator[Fit]:
    problem, mean = case.problem, case.problem.y.mean()
    kept = getattr(model, "n_stages_", None)

    def error(prediction: Any) -> float:
        return relative_l2(problem.y_test - mean, prediction - mean)

    if not case.stages:
        fit = replace(known, n_stages=kept, error=error(model.predict(problem.X_test)))
        if problem.slopes is not None and hasattr(model, "predict_gradient"):
            fit = replace(fit, slopes=relative_l2(problem.slopes, model.predict_gradient(problem.X_test)))
        yield fit
        return
    staged = [error(prediction) for prediction in model.staged_predict(problem.X_test)] or [1.0]
    spent = [stage.seconds for stage in model.stages_] or [0.0]
    for count in case.stages:
        seconds = (known.seconds or 0.0) * sum(spent[:count]) / max(sum(spent), 1e-9)
        last = min(count, len(staged)) - 1  # a stage that brought nothing was not kept
        yield replace(known, level=str(count), n_stages=kept, error=staged[last], seconds=seconds)
