"""Results as lines of a table, as judged numbers, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy.methods import Method
from benchmarks.common import results as common
from benchmarks.common.results import Outcome, Table, note, number
from benchmarks.common.targets import Target
from benchmarks.common.worker import Measured

FITS = Table(
    "{:<16} {:<18} {:>8} {:>8} {:>9} {:>8} {:<10} {}",
    ("target", "method", "error", "fit s", "predict s", "bound", "verdict", "note"),
)
PROMISES = Table(
    "{:<16} {:>8} {:>9} {:>10} {:>8}  {}",
    ("target", "bound", "measured", "s allowed", "s used", "holds?"),
)


@dataclass(frozen=True)
class Result:
    """One method on one target."""

    target: Target
    method: Method
    outcome: Measured


def misses(target: Target, outcome: Outcome) -> list[str]:
    """Which of the target's promises the outcome breaks: "error", "time"."""
    error, seconds = outcome.error, outcome.seconds
    return [
        *(["error"] if target.bound and (error is None or error > target.bound) else []),
        *(["time"] if target.seconds and (seconds is None or seconds > target.seconds) else []),
    ]


def verdict(result: Result) -> str:
    """`ok`, or what is missed; empty for peers, and for targets that nothing is promised of."""
    if not result.method.is_ours or result.target.bound is None:
        return ""
    return f"MISS {'+'.join(missed)}" if (missed := misses(result.target, result.outcome)) else "ok"


def row(result: Result) -> str:
    """Print one result in a line."""
    target, outcome = result.target, result.outcome
    numbers = (_error(outcome.error), _time(outcome.seconds), _time(outcome.predict_seconds))
    names = (target.name, result.method.name)
    return FITS.line(*names, *numbers, _error(target.bound), verdict(result), _note(outcome))


def promises(results: Iterable[Result]) -> list[str]:
    """Lines of the table of what is promised for a default fit; none without such a fit."""
    promised = (r for r in results if r.method.is_default and r.target.bound is not None)
    return PROMISES.lines(map(_promise, promised))


def holds(results: Iterable[Result]) -> bool:
    """Whether no promise is broken, of error or of time, by a default fit."""
    return not any(r.method.is_default and verdict(r).startswith("MISS") for r in results)


def write_json(results: Sequence[Result], path: Path, **run: Any) -> None:
    """Write the results and what is known of the run."""
    common.write_json(path, map(_record, results), **run)


def _promise(result: Result) -> tuple[str, ...]:
    target, outcome = result.target, result.outcome
    cells = (_error(outcome.error), _time(target.seconds), _time(outcome.seconds))
    return target.name, _error(target.bound), *cells, common.verdict(misses(target, outcome))


def _error(value: float | None) -> str:
    return number(value, ".1e")


def _time(value: float | None) -> str:
    return number(value, ".2f")


def _note(outcome: Measured) -> str:
    """Return the failure, else what the method chose or why it stopped, cut to fit a line."""
    known = outcome.details | ({"stop_reason": outcome.stop_reason} if outcome.stop_reason else {})
    text = ", ".join(f"{name}={_text(value)}" for name, value in known.items())
    return note(outcome.failure or text)


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _record(result: Result) -> dict[str, Any]:
    target, method = result.target, result.method
    promised = {"bound": target.bound, "seconds_allowed": target.seconds}
    names = {"target": target.name, "method": method.name, "ours": method.is_ours}
    return {**names, **promised, "verdict": verdict(result), **asdict(result.outcome)}
