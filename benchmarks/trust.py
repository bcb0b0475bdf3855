"""May one trust what the estimators report? Random fits, with the error they claim beside the true one.

    python benchmarks/trust.py
    python benchmarks/trust.py --designs tracks planes --count 60
    python benchmarks/trust.py --indices 17 203

Each fit is drawn from the seed and its index alone: an estimator with its defaults, a design, a function,
rows, dimension and noise. Prints a line per fit, then the acceptance criteria, the same by design,
function, noise and estimator, and the worst fits; writes `trust.json`. `simple` is the error of the best
of the mean, a plane and a cubic spline. The exit status is 1 where a criterion is not met.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Run as a script, modules are found from the root, as they are elsewhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import trust_report as report
from benchmarks.trust_cases import ESTIMATORS, Plan, draw_plan, plans
from benchmarks.trust_designs import DESIGNS
from benchmarks.trust_fits import run_all
from benchmarks.trust_functions import FUNCTIONS
from benchmarks.trust_records import Record

OUTPUT = Path(__file__).resolve().parent / "output"
_WRITE_EVERY = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    path, run = options.out / "trust.json", {"seed": options.seed, "time_limit": options.time_limit}
    records: list[Record] = []
    print(report.header(), flush=True)
    for record in run_all(_plans(options), options.workers, options.time_limit):
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
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=400, help="fits")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds a fit may take")
    parser.add_argument("--workers", type=int, default=2, help="processes, of one thread each")
    parser.add_argument("--out", type=Path, default=OUTPUT)
    names: dict[str, Any] = {"nargs": "+", "metavar": "NAME"}
    parser.add_argument("--estimators", choices=ESTIMATORS, default=list(ESTIMATORS), **names)
    parser.add_argument("--designs", choices=DESIGNS, default=list(DESIGNS), **names)
    parser.add_argument("--functions", choices=FUNCTIONS, default=list(FUNCTIONS), **names)
    parser.add_argument("--indices", type=int, nargs="+", metavar="INDEX", help="these fits alone")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
