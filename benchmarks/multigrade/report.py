"""Outcomes as lines of a table, as judged promises, and as JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.common import results as common
from benchmarks.common.results import Table, note, number, verdict
from benchmarks.multigrade.cases import MAY_MISS, Case, Promise, Reported
from benchmarks.multigrade.fits import Fit, Result

FITS = Table(
    "{:<13} {:<20} {:<20} {:>9} {:>9} {:>11} {:<15} {}",
    ("row", "case", "model", "test", "fit s", "parameters", "stopped", "after each grade"),
)
PROMISES = Table("{:<13} {:<20} {:<42} {:<34} {}", ("row", "case", "promised", "measured", "holds?"))


def lines(result: Result) -> list[str]:
    """Print a case: ours, one grade, the classical answer, and what the authors report."""
    case = result.case
    classical = result.classical or Fit("classical", failure="n/a")
    outcomes = [result.ours, *([result.single] if result.single else []), classical]
    cells = [_measured(case, outcome) for outcome in outcomes]
    cells += [_reported(figure) for figure in case.reported]
    names = [(case.row, f"{case.name}, {case.metric}" if case.metric != "RSE" else case.name)]
    names += [("", "")] * (len(cells) - 1)
    return [FITS.line(*name, *cell) for name, cell in zip(names, cells)]


def misses(result: Result) -> list[str]:
    """Which of its promises a case breaks: "error", "grades", "gain", "time"."""
    promise, ours = result.case.promise, result.ours
    broken = {
        "error": promise.rse is not None and not (ours.rse and ours.rse[-1] <= promise.rse),
        "grades": promise.fall is not None and not _falls(ours.rse, promise.fall),
        "gain": promise.gain is not None and not (result.gain or 0) >= promise.gain,
        "time": promise.seconds is not None
        and not (ours.seconds is not None and ours.seconds <= promise.seconds),
    }
    return [name for name, is_broken in broken.items() if is_broken]


def broken_rows(results: Iterable[Result]) -> list[str]:
    """Rows in which more cases miss than may."""
    missed = Counter(result.case.row for result in results if misses(result))
    return [row for row, count in missed.items() if count > MAY_MISS.get(row, 0)]


def promises(results: Sequence[Result]) -> list[str]:
    """Lines of the table of what is promised; none where nothing is."""
    promised = (result for result in results if result.case.promise != Promise())
    return PROMISES.lines(map(_promise, promised))


def write_json(results: Sequence[Result], path: Path, **about: Any) -> None:
    """Write the results and what is known of the run."""
    common.write_json(path, map(_record, results), **about)


def _falls(rse: Sequence[float], factor: float) -> bool:
    """Whether every grade is that far below the one before; no grade at all does not."""
    return bool(rse) and all(after <= before / factor for before, after in pairwise(rse))


def _measured(case: Case, outcome: Fit) -> tuple[str, ...]:
    if case.metric == "PSNR":
        values = [f"{_decibels(mse):.2f} dB" for mse in outcome.mse]
    else:
        values = [f"{rse:.1e}" for rse in outcome.rse]
    after = note(outcome.failure) or (" ".join(values) if outcome.grades else "")
    last = values[-1] if values else "-"
    numbers = number(outcome.seconds, ",.1f"), number(outcome.n_parameters, ",")
    return outcome.model, last, *numbers, outcome.stop_reason, after


def _reported(figure: Reported) -> tuple[str, ...]:
    value, after = figure.value, figure.by_grade
    if len(value) > 9:  # several images
        value, after = "", value
    return figure.model, value, number(figure.seconds, ",.1f"), "", "", after


def _decibels(mse: float) -> float:
    """Peak signal-to-noise ratio of values in [0, 1]."""
    return -10 * math.log10(mse) if mse > 0 else math.inf


def _promise(result: Result) -> tuple[str, ...]:
    promise, ours, case = result.case.promise, result.ours, result.case
    texts = {
        "RSE <= {:.0e}": promise.rse,
        "each grade {:g} x below": promise.fall,
        "{:.3g} x below one grade": promise.gain,
        "{:g} s": promise.seconds,
    }
    wanted = ", ".join(text.format(value) for text, value in texts.items() if value is not None)
    found = {
        "{:.1e}": ours.rse[-1] if ours.rse else None,
        "{:.3g} x": result.gain if promise.gain else None,
        "{:.1f} s": ours.seconds,
    }
    got = ", ".join(text.format(value) for text, value in found.items() if value is not None)
    return case.row, case.name, wanted, got, verdict(misses(result))


def _record(result: Result) -> dict[str, Any]:
    case = result.case
    outcomes = {name: getattr(result, name) for name in ("ours", "single", "classical")}
    return {
        "row": case.row,
        "case": case.name,
        "metric": case.metric,
        "seconds_allowed": case.seconds,
        "promise": asdict(case.promise),
        "missed": misses(result),
        "gain": result.gain,
        **{name: outcome and asdict(outcome) for name, outcome in outcomes.items()},
        "reported": [asdict(figure) for figure in case.reported],
    }
