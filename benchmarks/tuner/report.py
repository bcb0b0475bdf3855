"""Outcomes as lines of a table, as judged promises, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import results as common
from benchmarks.common.results import Table, note, number
from benchmarks.tuner.fits import EARLY, Fit
from benchmarks.tuner.nets import BASELINES
from benchmarks.tuner.rivals import RIVALS

# PSNR in decibels of the values and of the gradient, training rows first.
FITS = Table(
    "{:<8} {:<18} {:<24} {:>7} {:>7} {:>7} {:>7} {:>9} {:>8} {:>10}  {}",
    (
        "row",
        "problem",
        "model",
        "train",
        "test",
        "grad.",
        "g. test",
        "error",
        "fit s",
        "parameters",
        "note",
    ),
)
PROMISED = Table("{:<8} {:<66} {:>9} {:>10}  {}", ("row", "promised", "limit", "measured", "holds?"))
_NUMBERS = {  # the format of each
    "train": ".2f",
    "test": ".2f",
    "gradient_train": ".2f",
    "gradient_test": ".2f",
    "error": ".1e",
    "seconds": ".1f",
    "n_parameters": ",.0f",
}


class Medians:
    """Medians over the seeds; a fit that failed, or was not made, counts as NaN."""

    def __init__(self, outcomes: Sequence[Fit]):
        self.outcomes = outcomes

    def problems(self, row: str) -> list[str]:
        """Problems of a row, in order."""
        return list(dict.fromkeys(o.problem for o in self.outcomes if o.row == row))

    def models(self, row: str, problem: str) -> list[str]:
        """Models that were fitted to a problem, in order."""
        found = (o.model for o in self.outcomes if (o.row, o.problem) == (row, problem))
        return list(dict.fromkeys(found))

    def fits(self, row: str, problem: str, model: str) -> list[Fit]:
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


# Lines of the tables


def lines(outcomes: Sequence[Fit], row: str, problem: str) -> list[str]:
    """Print the medians of every model on a problem."""
    medians = Medians(outcomes)
    return [_cells(medians, row, problem, model) for model in medians.models(row, problem)]


def _cells(medians: Medians, row: str, problem: str, model: str) -> str:
    cells = [number(medians.value(row, problem, model, name), form) for name, form in _NUMBERS.items()]
    last = medians.fits(row, problem, model)[-1]
    return FITS.line(row, problem, model, *cells, note(last.failure or last.note))


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
        """Whether what is measured is within the limit."""
        found = self.measure(medians)
        return found >= self.limit if self.at_least else found <= self.limit


def _mean_gain(row: str, others: Sequence[str], number: str, medians: Medians) -> float:
    return float(medians.gains(row, others, number).mean())


def _least_gain(row: str, others: Sequence[str], medians: Medians) -> float:
    return float(medians.gains(row, others).min())


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
    Promise("images", "test dB above the best baseline, on the worst image", -0.3,
            partial(_least_gain, "images", BASELINES)),
    Promise("networks", "test dB of layers alone above the best rival, mean", 0.0,
            partial(_mean_gain, "networks", RIVALS, "test")),
    Promise("networks", "test dB of layers alone above the best rival, on the worst image", -0.7,
            partial(_least_gain, "networks", RIVALS)),
    Promise("networks", "gradient test dB of layers alone above the best rival, mean", 1.0,
            partial(_mean_gain, "networks", RIVALS, "gradient_test")),
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


def judged(outcomes: Sequence[Fit]) -> list[tuple[Promise, float, bool]]:
    """Promises of the rows that were run, what was measured, and whether they hold."""
    medians = Medians(outcomes)
    made = [promise for promise in PROMISES if medians.problems(promise.row)]
    return [(promise, promise.measure(medians), promise.holds(medians)) for promise in made]


def promises(outcomes: Sequence[Fit]) -> list[str]:
    """Lines of the table of what is promised; none where nothing is."""
    return PROMISED.lines(
        (
            promise.row,
            promise.text,
            f"{'>=' if promise.at_least else '<='} {promise.limit:g}",
            f"{found:.3g}",
            "yes" if holds else "no",
        )
        for promise, found, holds in judged(outcomes)
    )


def write_json(outcomes: Sequence[Fit], path: Path, **about: Any) -> None:
    """Write the outcomes, the promises, and what is known of the run."""
    kept = [
        {"row": promise.row, "promised": promise.text, "limit": promise.limit,
         "measured": found, "holds": holds}
        for promise, found, holds in judged(outcomes)
    ]  # fmt: skip
    common.write_json(path, map(asdict, outcomes), promises=kept, **about)
