"""Results as lines of a table, as judged numbers, and as JSON."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from benchmarks.methods import Method
from benchmarks.targets import Target
from benchmarks.worker import Outcome

_ROW = "{:<16} {:<18} {:>8} {:>8} {:>9} {:>8} {:<10} {}"
_NUMBERS = "{:<16} {:>8} {:>9} {:>10} {:>8}  {}"
_NOTE = 60  # characters
_PACKAGES = ("skspectral", "numpy", "scipy", "scikit-learn", "torch", "finufft")


@dataclass(frozen=True)
class Result:
    """One method on one target."""

    target: Target
    method: Method
    outcome: Outcome


def misses(target: Target, outcome: Outcome) -> list[str]:
    """Which of the target's promises the outcome breaks: "error", "time"."""
    error, seconds = outcome.error, outcome.fit_seconds
    return [
        *(["error"] if target.bound and (error is None or error > target.bound) else []),
        *(["time"] if target.seconds and (seconds is None or seconds > target.seconds) else []),
    ]


def verdict(result: Result) -> str:
    """`ok`, or what is missed; empty for peers, and for targets that nothing is promised of."""
    if not result.method.is_ours or result.target.bound is None:
        return ""
    return f"MISS {'+'.join(missed)}" if (missed := misses(result.target, result.outcome)) else "ok"


def header() -> str:
    """Name the columns of `row`."""
    columns = ("target", "method", "error", "fit s", "predict s", "bound", "verdict", "note")
    return _line(_ROW, *columns)


def row(result: Result) -> str:
    """Tell one result in a line."""
    target, outcome = result.target, result.outcome
    numbers = (_error(outcome.error), _time(outcome.fit_seconds), _time(outcome.predict_seconds))
    names = (target.name, result.method.name)
    return _line(_ROW, *names, *numbers, _error(target.bound), verdict(result), _note(outcome))


def numbers(results: Iterable[Result]) -> list[str]:
    """Lines of the table of what is promised for a default fit; none without such a fit."""
    promised = [r for r in results if r.method.is_default and r.target.bound is not None]
    titles = ("target", "bound", "measured", "s allowed", "s used", "holds?")
    return [_line(_NUMBERS, *titles), *map(_number, promised)] if promised else []


def holds(results: Iterable[Result]) -> bool:
    """Whether no promise is broken, of error or of time, by a default fit."""
    return not any(r.method.is_default and verdict(r).startswith("MISS") for r in results)


def write_json(results: Sequence[Result], path: Path, **run: Any) -> None:
    """Write the results, the machine, and what is known of the run."""
    about = {"date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")}
    about |= {**run, "machine": machine(), "versions": versions()}
    records = [_record(result) for result in results]
    text = json.dumps({**about, "results": records}, indent=1, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def _line(form: str, *cells: str) -> str:
    return form.format(*cells).rstrip()


def _number(result: Result) -> str:
    target, outcome = result.target, result.outcome
    missed = misses(target, outcome)
    cells = (_error(outcome.error), _time(target.seconds), _time(outcome.fit_seconds))
    judged = f"no: {', '.join(missed)}" if missed else "yes"
    return _line(_NUMBERS, target.name, _error(target.bound), *cells, judged)


def _error(value: float | None) -> str:
    return "-" if value is None else f"{value:.1e}"


def _time(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _note(outcome: Outcome) -> str:
    """Return the failure, else what the method chose or why it stopped, cut to fit a line."""
    told = ", ".join(f"{name}={_told(value)}" for name, value in outcome.details.items())
    text = " ".join((outcome.failure or told).split())
    return text if len(text) <= _NOTE else text[: _NOTE - 3] + "..."


def _told(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _record(result: Result) -> dict[str, Any]:
    target, method = result.target, result.method
    promised = {"bound": target.bound, "seconds_allowed": target.seconds}
    names = {"target": target.name, "method": method.name, "ours": method.is_ours}
    return {**names, **promised, "verdict": verdict(result), **asdict(result.outcome)}


def machine() -> dict[str, Any]:
    """Threads are those of the linear algebra; a child has the same, its environment is."""
    pools = [pool["num_threads"] for pool in threadpool_info()]
    kind = {"system": platform.system(), "processor": platform.machine()}
    return {"cores": os.cpu_count(), "threads": max(pools, default=1), **kind}


def versions() -> dict[str, str | None]:
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
