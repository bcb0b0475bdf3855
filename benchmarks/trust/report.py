"""Lines, acceptance criteria with verdicts, breakdowns and the worst fits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.common import results as common
from benchmarks.common.results import Table, number
from benchmarks.trust.records import Record

_NAMES = "{:>5} {:<11} {:<10} {:<11} {:>5} {} {:>5} "
_FAILED = Table(_NAMES + "{}", ())
_TITLES = "index estimator design function n d noise true report ratio simple s stopped"
FITS = Table(_NAMES + "{:>7} {:>7} {:>8} {:>7} {:>5}  {}", tuple(_TITLES.split()))
_GROUP = "{:<28} {:>4} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8}"
_SHARES = ("fits", "close", "<1/30", "median", "simple", "silent", "time", "fail", "seconds")
_BARS = "{:<18} {:>6} {:>11} {:>11} {:>11}"
_CRITERION = "{:<34} {:>8} {:>9}  {}"

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
    """The reported error is less than a thirtieth of the true one."""
    return record.ratio is not None and record.ratio < 1 / 30


def over_simple(record: Record) -> float:
    """Error over that of the best simple method, errors below `EQUAL` counted as that."""
    best = min(record.simple.values(), default=math.inf)
    assert record.error is not None
    return max(record.error, EQUAL) / max(best, EQUAL)


def is_no_worse(record: Record) -> bool:
    """The error is at most three times that of the best simple method."""
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


def row(record: Record) -> str:
    """The line of a fit; marks at its end show which criteria it fails."""
    numbers = str(record.index), str(record.n), str(record.d), f"{record.noise:.0e}"
    kind = _short(record.estimator), record.design, record.function
    names = numbers[0], *kind, *numbers[1:]
    if record.failure:
        return _FAILED.line(*names, record.failure)
    ended = f"{record.stop_reason}{' (warned)' if record.warned else ''}{_marks(record)}"
    return FITS.line(
        *names,
        number(record.expected, ".1e"),
        number(record.reported, ".1e"),
        number(record.ratio, ".2g"),
        number(min(record.simple.values(), default=None), ".1e"),
        number(record.seconds, ".1f"),
        ended,
    )


def summary(records: Sequence[Record]) -> list[str]:
    """Criteria, breakdowns and worst fits, as lines."""
    table = Table(_CRITERION, (f"criterion, {len(records)} fits", "found", "target", "holds"))
    lines = table.lines(map(_judged, criteria(records)))
    for group in _GROUPS:
        lines += ["", *_breakdown(records, group)]
    return [*lines, "", *_error_bars(records), *_worst(records)]


def _error_bars(records: Sequence[Record]) -> list[str]:
    """Of each design, with and without noise: how many errors are within two standard deviations."""
    titles = "error bars", "fits", "within two", "std/error", "within 5x"
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if record.covered is not None:
            groups.setdefault(("noise" if record.noise else "exact", record.design), []).append(record)
    return Table(_BARS, titles).lines(_bars_of(*key, groups[key]) for key in sorted(groups, reverse=True))


def _bars_of(noise: str, design: str, part: list[Record]) -> tuple[str, ...]:
    """Mean share within two; over fits the median of std/error, and how many are within a factor of 5."""
    ratios = [r.overstated for r in part if r.overstated is not None]
    close = sum(1 / 5 <= ratio <= 5 for ratio in ratios) / len(ratios)
    covered = sum(r.covered or 0.0 for r in part) / len(part)
    return f"{noise} {design}", str(len(part)), f"{covered:.1%}", f"{median(ratios):.2g}", f"{close:.0%}"


def write_json(records: Iterable[Record], path: Path, **run: Any) -> None:
    """All records by index, the criteria, and the options of the run."""
    ordered = sorted(records, key=lambda record: record.index)
    kept = [{"name": c.name, "value": c.value, "holds": c.holds} for c in criteria(ordered)]
    common.write_json(path, map(asdict, ordered), criteria=kept, **run)


def _judged(criterion: Criterion) -> tuple[str, ...]:
    failing = f" ({criterion.fails} fits)" if criterion.fails and not criterion.holds else ""
    holds = f"{'yes' if criterion.holds else 'NO'}{failing}"
    return criterion.name, f"{criterion.value:.3g}", criterion.target, holds


def _share(name: str, records: list[Record], good: Callable[[Record], bool], target: float) -> Criterion:
    count = sum(map(good, records))
    share = count / len(records) if records else math.nan
    return Criterion(name, share, f">= {target}", share >= target, len(records) - count)


def _none(name: str, count: int) -> Criterion:
    return Criterion(name, count, "none", count == 0, count)


def _breakdown(records: Sequence[Record], group: str) -> list[str]:
    table, values = Table(_GROUP, (group, *_SHARES)), sorted({getattr(r, group) for r in records})
    return table.lines(
        _group(value, [r for r in records if getattr(r, group) == value]) for value in values
    )


def _group(value: Any, part: Sequence[Record]) -> tuple[str, ...]:
    forms = (".1%", ".0f", ".2f", ".1%", ".0f", ".0f", ".0f")
    cells = [format(c.value, form) for c, form in zip(criteria(part), forms)]
    seconds = sum(r.seconds or 0 for r in part) / len(part)
    return str(value), str(len(part)), *cells, f"{seconds:.2f}"


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
            lines += ["", title, FITS.header(), *map(row, found)]
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
