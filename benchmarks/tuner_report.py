"""Outcomes of `tuner.py` as lines of a table, as judged promises, and as JSON."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import machine, versions
from benchmarks.tuner_fits import EARLY, Outcome
from benchmarks.tuner_nets import BASELINES

_ROW = "{:<8} {:<18} {:<24} {:>7} {:>7} {:>7} {:>7} {:>9} {:>8} {:>10}  {}"
_PROMISE = "{:<8} {:<66} {:>9} {:>10}  {}"
_NUMBERS = ("train", "test", "gradient_train", "gradient_test", "error", "seconds", "n_parameters")
_NOTE = 60  # characters


class Medians:
    """Medians over the seeds; a fit that failed, or was not made, counts as NaN."""

    def __init__(self, outcomes: Sequence[Outcome]):
        self.outcomes = outcomes

    def problems(self, row: str) -> list[str]:
        """Problems of a row, in order."""
        return list(dict.fromkeys(o.problem for o in self.outcomes if o.row == row))

    def models(self, row: str, problem: str) -> list[str]:
        """Models that were fitted to a problem, in order."""
        found = (o.model for o in self.outcomes if (o.row, o.problem) == (row, problem))
        return list(dict.fromkeys(found))

    def fits(self, row: str, problem: str, model: str) -> list[Outcome]:
        """Fits of a model, one for each seed."""
        key = (row, problem, model)
        return [o for o in self.outcomes if (o.row, o.problem, o.model) == key]

    def value(self, row: str, problem: str, model: str, number: str = "test") -> float:
        """Median of one number of the outcomes."""
        values = [getattr(o, number) for o in self.fits(row, problem, model)]
        return float(np.median([math.nan if v is None else v for v in values] or [math.nan]))

    def gains(self, row: str, others: Sequence[str], number: str = "test") -> np.ndarray:
        """Our number minus the best of the others', one for each problem."""
        return np.array(
            [
                self.value(row, problem, "tuner", number)
                - max(self.value(row, problem, other, number) for other in others)
                for problem in self.problems(row)
            ]
        )


# What is told


def header() -> str:
    """Name the columns of `lines`: PSNR in decibels of values and of the gradient, the error."""
    columns = ("row", "problem", "model", "train", "test", "grad.", "g. test", "error", "fit s")
    return _line(_ROW, *columns, "parameters", "note")


def lines(outcomes: Sequence[Outcome], row: str, problem: str) -> list[str]:
    """Tell the medians of every model on a problem."""
    medians = Medians(outcomes)
    return [_told(medians, row, problem, model) for model in medians.models(row, problem)]


def _told(medians: Medians, row: str, problem: str, model: str) -> str:
    forms = ("{:.2f}", "{:.2f}", "{:.2f}", "{:.2f}", "{:.1e}", "{:.1f}", "{:,.0f}")
    values = [medians.value(row, problem, model, number) for number in _NUMBERS]
    cells = [form.format(v) if not math.isnan(v) else "-" for form, v in zip(forms, values)]
    last = medians.fits(row, problem, model)[-1]
    note = " ".join((last.failure or last.note).split())[:_NOTE]
    return _line(_ROW, row, problem, model, *cells, note)


# What is promised


@dataclass(frozen=True)
class Promise:
    """A number that a row must reach, at least or at most; NaN breaks it."""

    row: str
    text: str
    limit: float
    measure: Callable[[Medians], float]
    at_least: bool = True

    def holds(self, medians: Medians) -> bool:
        found = self.measure(medians)
        return found >= self.limit if self.at_least else found <= self.limit


def _mean_gain(row: str, others: Sequence[str], number: str, medians: Medians) -> float:
    return float(medians.gains(row, others, number).mean())


def _least_gain(medians: Medians) -> float:
    return float(medians.gains("images", BASELINES).min())


def time_to_siren(medians: Medians) -> float:
    """The longest, over images, of the shortest shares of the time that reach SIREN's last PSNR."""
    return max(_share(medians, problem) for problem in medians.problems("images"))


def _share(medians: Medians, problem: str) -> float:
    wanted = medians.value("images", problem, "siren")
    names = {share: f"tuner, {share:g} of the time" for share in EARLY} | {1.0: "tuner"}
    reached = [s for s, name in names.items() if medians.value("images", problem, name) >= wanted]
    return min(reached, default=math.inf)


def gain_of_bounds(medians: Medians) -> float:
    """The mean over images of what bounds bring to the gradient, the best ones of three."""
    problems = medians.problems("bounds")
    bounded = [f"{kind} bounds" for kind in ("fixed", "tight", "learned")]

    def mean(model: str) -> float:
        values = [medians.value("bounds", problem, model, "gradient_test") for problem in problems]
        return float(np.mean(values))

    return max(mean(model) for model in bounded) - mean("no bounds")


def worst_depth(medians: Medians) -> float:
    """The largest fall of the test PSNR from the best depth of an image to another one."""
    falls = []
    for problem in medians.problems("depth"):
        models = medians.models("depth", problem)
        falls.append(np.ptp([medians.value("depth", problem, model) for model in models]))
    return float(np.max(falls))


def _largest_error(medians: Medians) -> float:
    problems = medians.problems("smooth")
    return float(np.max([medians.value("smooth", name, "tuner", "error") for name in problems]))


def _field_error(medians: Medians) -> float:
    ours, theirs = (
        [medians.value("sdf", problem, model, "error") for problem in medians.problems("sdf")]
        for model in ("tuner", "siren")
    )
    return float(np.max(np.divide(ours, theirs)))


PROMISES = (
    Promise("images", "test dB above the best baseline, mean", 1.0,
            partial(_mean_gain, "images", BASELINES, "test")),
    Promise("images", "test dB above the best baseline, on the worst image", -0.3, _least_gain),
    Promise("images", "test dB above SIREN, mean", 2.0,
            partial(_mean_gain, "images", ["siren"], "test")),
    Promise("images", "test dB above the local cubic RBF, mean", 0.0,
            partial(_mean_gain, "images", ["rbf"], "test")),
    Promise("images", "gradient test dB above the local cubic RBF, mean", 1.0,
            partial(_mean_gain, "images", ["rbf"], "gradient_test")),
    Promise("images", "gradient test dB above SIREN, mean", 2.0,
            partial(_mean_gain, "images", ["siren"], "gradient_test")),
    Promise("images", "share of the time to SIREN's last PSNR, on the worst image", 0.25,
            time_to_siren, at_least=False),
    Promise("noisy", "test dB above SIREN, against the clean image, mean", 2.0,
            partial(_mean_gain, "noisy", ["siren"], "test")),
    Promise("depth", "test dB between the best depth and the worst, on the worst image", 1.0,
            worst_depth, at_least=False),
    Promise("bounds", "gradient test dB with bounds above that without, mean", 1.0, gain_of_bounds),
    Promise("sdf", "relative L2 error over SIREN's", 1.0, _field_error, at_least=False),
    Promise("smooth", "relative L2 error on the worst target", 1e-8, _largest_error, at_least=False),
)  # fmt: skip


def judged(outcomes: Sequence[Outcome]) -> list[tuple[Promise, float, bool]]:
    """Promises of the rows that were run, what was measured, and whether they hold."""
    medians = Medians(outcomes)
    made = [promise for promise in PROMISES if medians.problems(promise.row)]
    return [(promise, promise.measure(medians), promise.holds(medians)) for promise in made]


def promises(outcomes: Sequence[Outcome]) -> list[str]:
    """Lines of the table of what is promised; none where nothing is."""
    told = [
        _line(
            _PROMISE,
            promise.row,
            promise.text,
            f"{'>=' if promise.at_least else '<='} {promise.limit:g}",
            f"{found:.3g}",
            "yes" if holds else "no",
        )
        for promise, found, holds in judged(outcomes)
    ]
    titles = ("row", "promised", "limit", "measured", "holds?")
    return [_line(_PROMISE, *titles), *told] if told else []


def write_json(outcomes: Sequence[Outcome], path: Path, **about: Any) -> None:
    """Write the outcomes, the promises, the machine, and what is known of the run."""
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    run = {"date": date, **about, "machine": machine(), "versions": versions()}
    kept = [
        {"row": promise.row, "promised": promise.text, "limit": promise.limit,
         "measured": found, "holds": holds}
        for promise, found, holds in judged(outcomes)
    ]  # fmt: skip
    results = [asdict(outcome) for outcome in outcomes]
    text = json.dumps({**run, "promises": kept, "results": results}, indent=1, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def _line(form: str, *cells: str) -> str:
    return form.format(*cells).rstrip()
