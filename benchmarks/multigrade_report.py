"""Outcomes as lines of a table, as judged promises, and as JSON."""

from __future__ import annotations

import datetime
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.multigrade_cases import MAY_MISS, Case, Promise, Reported
from benchmarks.multigrade_fits import Outcome, Result
from benchmarks.report import machine, versions

_ROW = "{:<13} {:<20} {:<20} {:>9} {:>9} {:>11} {:<15} {}"
_PROMISE = "{:<13} {:<20} {:<42} {:<34} {}"
_NOTE = 60  # characters


def header() -> str:
    """Name the columns of `lines`."""
    columns = ("row", "case", "model", "test", "fit s", "parameters", "stopped", "after each grade")
    return _line(_ROW, *columns)


def lines(result: Result) -> list[str]:
    """Tell a case: ours, one grade, the classical answer, and what the authors report."""
    case = result.case
    classical = result.classical or Outcome("classical", failure="n/a")
    outcomes = [result.ours, *([result.single] if result.single else []), classical]
    cells = [_measured(case, outcome) for outcome in outcomes]
    cells += [_reported(figure) for figure in case.reported]
    names = [(case.row, f"{case.name}, {case.metric}" if case.metric != "RSE" else case.name)]
    names += [("", "")] * (len(cells) - 1)
    return [_line(_ROW, *name, *cell) for name, cell in zip(names, cells)]


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
    promised = [result for result in results if result.case.promise != Promise()]
    titles = ("row", "case", "promised", "measured", "holds?")
    return [_line(_PROMISE, *titles), *map(_promise, promised)] if promised else []


def write_json(results: Sequence[Result], path: Path, **about: Any) -> None:
    """Write the results, the machine, and what is known of the run."""
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    run = {"date": date, **about, "machine": machine(), "versions": versions()}
    records = [_record(result) for result in results]
    text = json.dumps({**run, "results": records}, indent=1, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def _falls(rse: Sequence[float], factor: float) -> bool:
    """Whether every grade is that far below the one before; no grade at all does not."""
    return bool(rse) and all(after <= before / factor for before, after in pairwise(rse))


def _line(form: str, *cells: str) -> str:
    return form.format(*cells).rstrip()


def _measured(case: Case, outcome: Outcome) -> tuple[str, ...]:
    if case.metric == "PSNR":
        values = [f"{_decibels(mse):.2f} dB" for mse in outcome.mse]
    else:
        values = [f"{rse:.1e}" for rse in outcome.rse]
    count = "-" if outcome.n_parameters is None else f"{outcome.n_parameters:,}"
    note = " ".join(outcome.failure.split())[:_NOTE] or (" ".join(values) if outcome.grades else "")
    last = values[-1] if values else "-"
    return outcome.model, last, _seconds(outcome.seconds), count, outcome.stop_reason, note


def _reported(figure: Reported) -> tuple[str, ...]:
    value, note = figure.value, figure.by_grade
    if len(value) > 9:  # several images
        value, note = "", value
    return figure.model, value, _seconds(figure.seconds), "", "", note


def _decibels(mse: float) -> float:
    """Peak signal-to-noise ratio of values in [0, 1]."""
    return -10 * math.log10(mse) if mse > 0 else math.inf


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _promise(result: Result) -> str:
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
    missed = misses(result)
    verdict = f"no: {', '.join(missed)}" if missed else "yes"
    return _line(_PROMISE, case.row, case.name, wanted, got, verdict)


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
