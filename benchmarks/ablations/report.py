"""Fits as lines of a table: medians over the seeds, a column for each target."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ablations.fits import Fit
from benchmarks.common import results as common
from benchmarks.common.results import Table, number

# What a part is judged by beside errors and seconds.
GRADIENTS, COUNTS = "bounds", "content"
JUDGED = ("error", "seconds", "slopes", "n_stages")


class Medians:
    """Medians over the seeds of one part; a fit that failed has an infinite error."""

    def __init__(self, fits: Sequence[Fit], part: str):
        self.fits = [fit for fit in fits if fit.part == part]
        self.targets = list(dict.fromkeys(fit.target for fit in self.fits))
        pairs = dict.fromkeys((fit.model, fit.level) for fit in self.fits)
        models = list(dict.fromkeys(model for model, _ in pairs))
        self.rows = sorted(pairs, key=lambda pair: models.index(pair[0]))

    def value(self, model: str, level: str, target: str, name: str = "error") -> float:
        """The median of one number; NaN where there is none."""
        key = (model, level, target)
        same = [fit for fit in self.fits if (fit.model, fit.level, fit.target) == key]
        found = [getattr(fit, name) for fit in same if not fit.failure]
        failed = [math.inf for fit in same if fit.failure and name == "error"]
        values = [value for value in found if value is not None] + failed
        return float(np.median(values)) if values else math.nan


def lines(fits: Sequence[Fit], part: str, title: str) -> list[str]:
    """The table of a part, for a terminal."""
    titles, rows = table(fits, part)
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(titles, *rows)]
    form = "  ".join(f"{{:<{width}}}" for width in widths)
    return ["", f"{title} ({part})", *Table(form, tuple(titles)).lines(rows)]


def table(fits: Sequence[Fit], part: str) -> tuple[list[str], list[list[str]]]:
    """Titles and cells: the model once, its levels, errors and seconds of the processor."""
    medians = Medians(fits, part)
    titles = ["model", "", *medians.targets]
    if part == GRADIENTS:
        titles.append("rough: gradient")
    return titles, list(_rows(medians, part))


def _rows(medians: Medians, part: str) -> Iterator[list[str]]:
    before = ""
    for model, level in medians.rows:
        cells = [_cell(medians, part, (model, level, target)) for target in medians.targets]
        if part == GRADIENTS:
            cells.append(number(medians.value(model, level, medians.targets[-1], "slopes"), ".1e"))
        yield [model if model != before else "", level, *cells]
        before = model


def _cell(medians: Medians, part: str, key: tuple[str, str, str]) -> str:
    error, seconds = medians.value(*key), medians.value(*key, "seconds")
    if math.isnan(error):
        return "-"
    if part == COUNTS:
        kept = medians.value(*key, "n_stages")
        return f"{kept:g} grade{'s' * (kept != 1)}, {error:.1e}"
    return "failed" if math.isinf(error) else f"{error:.1e} in {seconds:.2g} s"


def write_json(fits: Sequence[Fit], path: Path, **about: Any) -> None:
    """Write the fits, and what is known of the run."""
    common.write_json(path, map(asdict, fits), **about)


def medians(fits: Sequence[Fit]) -> list[dict[str, Any]]:
    """One record for all seeds of a row and a target, without what nobody counted."""
    records = []
    for part in dict.fromkeys(fit.part for fit in fits):
        of_part = Medians(fits, part)
        for (model, level), target in itertools.product(of_part.rows, of_part.targets):
            values = {name: of_part.value(model, level, target, name) for name in JUDGED}
            known: dict[str, Any] = {name: value for name, value in values.items() if math.isfinite(value)}
            if values["error"] == math.inf:
                known["failure"] = "most seeds failed"
            if known:
                records.append({"part": part, "model": model, "level": level, "target": target, **known})
    return records


def read(records: Sequence[dict[str, Any]]) -> list[Fit]:
    """Fits as they were written, or their medians."""
    return [Fit(**{"seed": 0, **record, "warned": tuple(record.get("warned", ()))}) for record in records]


def load(path: Path) -> list[Fit]:
    """The fits of a file that did not fail; none where there is no file."""
    records = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []
    return [fit for fit in read(records) if not fit.failure]
