"""May one trust what the estimators report? Random fits, with the error they claim beside the true one.

    python -m benchmarks.trust
    python -m benchmarks.trust --designs tracks planes --count 60
    python -m benchmarks.trust --indices 17 203
    python -m benchmarks.trust --series

Each fit is drawn from the seed and its index alone: an estimator with its defaults, a design, a function,
rows, dimension and noise. Prints a line per fit, then the acceptance criteria, the same by design,
function, noise and estimator, and the worst fits; writes `trust.json`. `simple` is the error of the best
of the mean, a plane and a cubic spline. The exit status is 1 where a criterion is not met.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.common.options import OUTPUT, parser
from benchmarks.trust import report
from benchmarks.trust.cases import ESTIMATORS, Plan, draw_plan, plans
from benchmarks.trust.designs import DESIGNS
from benchmarks.trust.fits import run_all
from benchmarks.trust.functions import FUNCTIONS
from benchmarks.trust.records import Record

_WRITE_EVERY = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    path, run = options.out / "trust.json", {"seed": options.seed, "time_limit": options.time_limit}
    records: list[Record] = []
    print(report.FITS.header(), flush=True)
    plans_of_all = [replace(plan, series=options.series) for plan in _plans(options)]
    for record in run_all(plans_of_all, options.workers, options.time_limit):
        records.append(record)
        print(report.row(record), flush=True)
        if len(records) % _WRITE_EVERY == 0:  # so that a run cut short leaves what it has found
            report.write_json(records, path, **run)
    report.write_json(records, path, **run)
    print("", *report.summary(records), sep="\n")
    return 0 if report.holds(records) else 1


def _plans(options: argparse.Namespace) -> list[Plan]:
    if options.indices:
        return [draw_plan(options.seed, index) for index in options.indices]
    return list(plans(options.seed, options.count, options.estimators, options.designs, options.functions))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("trust", __doc__)
    asked.add_argument("--count", type=int, default=400, help="fits")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--time-limit", type=float, default=60.0, help="seconds a fit may take")
    asked.add_argument("--workers", type=int, default=2, help="processes, of one thread each")
    asked.add_argument("--series", action="store_true", help="without networks, which is quick")
    asked.add_argument("--out", type=Path, default=OUTPUT)
    names: dict[str, Any] = {"nargs": "+", "metavar": "NAME"}
    asked.add_argument("--estimators", choices=ESTIMATORS, default=list(ESTIMATORS), **names)
    asked.add_argument("--designs", choices=DESIGNS, default=list(DESIGNS), **names)
    asked.add_argument("--functions", choices=FUNCTIONS, default=list(FUNCTIONS), **names)
    asked.add_argument("--indices", type=int, nargs="+", metavar="INDEX", help="these fits alone")
    return asked.parse_args(arguments)
