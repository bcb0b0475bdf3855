"""Lines, acceptance criteria with verdicts, breakdowns and the worst fits."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.trust_records import Record

EQUAL = 1e-13  # errors below are the same
_NO_WORSE = 3.0
_WORST = 12
_GROUPS = ("design", "function", "noise", "estimator")


@dataclass(frozen=True)
class Criterion:
    """A promise, with what was found."""

    name: str
    value: float
    target: str
    holds: bool
    fails: int


def is_close(record: Record) -> bool:
    """The reported error is at least a third of the true one, and at most ten times it."""
    return record.ratio is not None and 1 / 3 <= record.ratio <= 10


def is_far_below(record: Record) -> bool:
    return record.ratio is not None and record.ratio < 1 / 30


def over_simple(record: Record) -> float:
    """Error over that of the best simple method, errors below `EQUAL` counted as that."""
    best = min(record.simple.values(), default=math.inf)
    assert record.error is not None
    return max(record.error, EQUAL) / max(best, EQUAL)


def is_no_worse(record: Record) -> bool:
    return over_simple(record) <= _NO_WORSE


def is_silent(record: Record) -> bool:
    """Worse than the mean, and nothing was said."""
    return record.error is not None and record.error > 1 and not record.warned


def criteria(records: Sequence[Record]) -> list[Criterion]:
    """What is promised of all fits."""
    fitted = [r for r in records if r.error is not None]
    timeouts = sum(r.timeout for r in records)
    ratios = [r.ratio for r in fitted if r.ratio is not None]
    middle = median(ratios) if ratios else math.nan
    return [
        _share("reported/true in [1/3, 10]", fitted, is_close, 0.95),
        _none("reported/true below 1/30", sum(map(is_far_below, fitted))),
        Criterion("median reported/true", middle, "0.7 to 2", 0.7 <= middle <= 2, 0),
        _share("error <= 3 x best of simple", fitted, is_no_worse, 0.97),
        _none("error > spread of y, no warning", sum(map(is_silent, fitted))),
        _none("timeouts", timeouts),
        _none("other failures", len(records) - len(fitted) - timeouts),
    ]


def holds(records: Sequence[Record]) -> bool:
    """All criteria are met."""
    return all(criterion.holds for criterion in criteria(records))


def header() -> str:
    """The line above those of `row`."""
    return (
        f"{'index':>5} {'estimator':11} {'design':10} {'function':11} {'n':>5} d {'noise':>5} "
        f"{'true':>7} {'report':>7} {'ratio':>8} {'simple':>7} {'s':>5}  stopped"
    )


def row(record: Record) -> str:
    """The line of a fit; marks at its end tell which criteria it fails."""
    names = (
        f"{record.index:5d} {_short(record.estimator):11} {record.design:10} {record.function:11} "
        f"{record.n:5d} {record.d} {record.noise:5.0e} "
    )
    if record.failure:
        return f"{names}{record.failure}"
    best = min(record.simple.values(), default=math.nan)
    numbers = " ".join(_number(x, ".1e", 7) for x in (record.expected, record.reported))
    return (
        f"{names}{numbers} {_number(record.ratio, '.2g', 8)} {best:7.1e} {record.seconds:5.1f}  "
        f"{record.stop_reason}{' (warned)' if record.warned else ''}{_marks(record)}"
    )


def summary(records: Sequence[Record]) -> list[str]:
    """Criteria, breakdowns and worst fits, as lines."""
    lines = [f"{'criterion, ' + str(len(records)) + ' fits':34} {'found':>8} {'target':>9}  holds"]
    for c in criteria(records):
        failing = f" ({c.fails} fits)" if c.fails and not c.holds else ""
        lines.append(f"{c.name:34} {c.value:8.3g} {c.target:>9}  {'yes' if c.holds else 'NO'}{failing}")
    for group in _GROUPS:
        lines += ["", *_breakdown(records, group)]
    return lines + _worst(records)


def write_json(records: Iterable[Record], path: Path, **run: Any) -> None:
    """All records by index, with the options of the run."""
    ordered = sorted(records, key=lambda record: record.index)
    kept = [{"name": c.name, "value": _finite(c.value), "holds": c.holds} for c in criteria(ordered)]
    content = {"run": run, "criteria": kept, "records": [asdict(record) for record in ordered]}
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")


def _share(name: str, records: list[Record], good: Callable[[Record], bool], target: float) -> Criterion:
    count = sum(map(good, records))
    share = count / len(records) if records else math.nan
    return Criterion(name, share, f">= {target}", share >= target, len(records) - count)


def _none(name: str, count: int) -> Criterion:
    return Criterion(name, count, "none", count == 0, count)


def _breakdown(records: Sequence[Record], group: str) -> list[str]:
    lines = [f"{group:28} fits  close  <1/30 median simple silent   time   fail  seconds"]
    for value in sorted({getattr(r, group) for r in records}):
        part = [r for r in records if getattr(r, group) == value]
        close, below, middle, simple, silent, timeouts, failures = (c.value for c in criteria(part))
        seconds = sum(r.seconds or 0 for r in part) / len(part)
        lines.append(
            f"{value!s:28} {len(part):4d} {close:6.1%} {below:6.0f} {middle:6.2f} {simple:6.1%} "
            f"{silent:6.0f} {timeouts:6.0f} {failures:6.0f} {seconds:8.2f}"
        )
    return lines


def _worst(records: Sequence[Record]) -> list[str]:
    """The fits that miss a criterion by most."""
    fitted = [r for r in records if r.error is not None]
    rated = sorted((r for r in fitted if not is_close(r)), key=lambda r: r.ratio or 0)
    worse = sorted((r for r in fitted if not is_no_worse(r)), key=over_simple, reverse=True)
    silent = sorted(filter(is_silent, fitted), key=lambda r: r.error or 0, reverse=True)
    lists = {
        "reported below the true error": [r for r in rated if (r.ratio or 0) < 1][:_WORST],
        "reported above the true error": [r for r in rated[::-1] if (r.ratio or 0) > 1][:_WORST],
        "worse than the simple methods": worse[:_WORST],
        "worse than the mean, no warning": silent[:_WORST],
        "no error": [r for r in records if r.error is None],
    }
    lines: list[str] = []
    for title, found in lists.items():
        if found:
            lines += ["", title, header(), *map(row, found)]
    return lines


def _marks(record: Record) -> str:
    marks = {
        "RATIO": not is_close(record),
        "BELOW": is_far_below(record),
        "SIMPLE": not is_no_worse(record),
        "SILENT": is_silent(record),
    }
    return "".join(f" {name}" for name, fails in marks.items() if fails)


def _short(estimator: str) -> str:
    return estimator.removesuffix("Regressor").removeprefix("Spectral")


def _number(value: float | None, form: str, width: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:{width}{form}}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
