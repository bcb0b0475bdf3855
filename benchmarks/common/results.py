"""Output that the benchmarks share: outcomes of fits, lines of tables, verdicts, and JSON."""

from __future__ import annotations

import datetime
import json
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common.machine import commit, machine, versions

_NOTE = 60  # characters


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one fit; each benchmark adds what else it judges.

    Parameters
    ----------
    error : float or None
        Relative L2 error on held-out rows without noise; None where there is no prediction.
    seconds : float or None
        Time of the fit.
    n_parameters : int or None
        Numbers that the fitted function holds; None where nobody counted.
    stop_reason : str
        Why the fit ended.
    warned : tuple of str
        Each warning once.
    failure : str
        Why there is no error; empty otherwise.
    """

    error: float | None = None
    seconds: float | None = None
    n_parameters: int | None = None
    stop_reason: str = ""
    warned: tuple[str, ...] = ()
    failure: str = ""


def failure_of(error: Exception) -> str:
    """The exception as the failure of an outcome."""
    return f"{type(error).__name__}: {error}"


def distinct(caught: Iterable[warnings.WarningMessage]) -> tuple[str, ...]:
    """Each warning once, in the order in which they came."""
    return tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))


# Tables


@dataclass(frozen=True)
class Table:
    """Lines of one form below a line of titles.

    Parameters
    ----------
    form : str
        A format string with a field for each column.
    titles : tuple of str
        Names of the columns.
    """

    form: str
    titles: tuple[str, ...]

    def header(self) -> str:
        """Name the columns."""
        return self.line(*self.titles)

    def line(self, *cells: str) -> str:
        """Put a cell in each column."""
        return self.form.format(*cells).rstrip()

    def lines(self, rows: Iterable[Sequence[str]]) -> list[str]:
        """The whole table; nothing where it has no rows."""
        lines = [self.line(*cells) for cells in rows]
        return [self.header(), *lines] if lines else []


def number(value: float | None, form: str) -> str:
    """A number as a cell, a dash where there is none."""
    return "-" if value is None or math.isnan(value) else format(value, form)


def note(text: str) -> str:
    """One line of text, cut to fit the last column."""
    text = " ".join(text.split())
    return text if len(text) <= _NOTE else text[: _NOTE - 3] + "..."


def verdict(missed: Sequence[str]) -> str:
    """Whether a promise holds, and else what is missed."""
    return f"no: {', '.join(missed)}" if missed else "yes"


# JSON


def write_json(path: Path, results: Iterable[Mapping[str, Any]], **about: Any) -> None:
    """Write the results and the facts of the run, its machine and commit; inf and NaN become null."""
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    where = {"commit": commit(), "machine": machine(), "versions": versions()}
    run = {"date": date, **about, **where, "results": list(results)}
    text = json.dumps(_finite(run), indent=1, allow_nan=False, default=str)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def _finite(value: Any) -> Any:
    """The same with None for each number that JSON does not have."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
