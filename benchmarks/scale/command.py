"""Seconds, memory and error of fits of many rows, and seconds of predictions.

    python -m benchmarks.scale
    python -m benchmarks.scale --rows 1e5 1e6 1e7 --workers 0 2
    python -m benchmarks.scale --rows 1e7 --workers 0 2 --functions 5000
    python -m benchmarks.scale --rows --predict 4 6 8
    python -m benchmarks.scale --rows --predict --inputs 1 2 3 8
    OMP_NUM_THREADS=1 python -m benchmarks.scale --rows --predict --passes 5000 20000

Uniform random rows of two inputs are written to files and fitted from memory maps, or from Dask arrays on a
local cluster where `--workers` is not 0, each in a process of its own. `cpu` are seconds of all processors,
of the workers too; memory is the peak that is resident, without pages of the files. Prints a line per fit,
the slope of time against rows, and a line per prediction, and writes JSON. With `--inputs` 100,000 rows in
memory are fitted by the defaults. With `--passes` sums over a million rows of so many functions of one, two
and three inputs are timed. The exit status is 1 where an error is above 1e-12, a peak above 3 GB, a
slope above 1.05, or a fit in memory takes longer than it may.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.common.options import OUTPUT, parser
from benchmarks.common.results import write_json
from benchmarks.scale.fits import Case, Cost, in_child
from benchmarks.scale.in_memory import TARGETS, fitted
from benchmarks.scale.passes import one_pass
from benchmarks.scale.predictions import speed

# Rows that passes are timed on.
PASSED = 1_000_000

Results = dict[Case, Cost]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    options = _options(arguments)
    results: Results = {}
    if options.rows:
        print("rows      workers  functions  error    cpu s   s       GB     GB of a worker")
    for workers in options.workers:
        for rows in options.rows:
            case = Case(int(rows), options.waves, workers, options.noise, options.functions)
            results[case] = in_child(case)
            print(_line(case, results[case]), flush=True)
    slopes = {workers: slope(results, workers) for workers in options.workers if len(options.rows) > 1}
    for workers, found in slopes.items():
        print(f"slope of processor time against rows, {workers} workers: {found:.2f}")
    speeds = [speed(inputs) for inputs in options.predict]
    for one in speeds:
        print(
            f"{one.inputs} inputs, {one.functions} functions: 100,000 predictions {one.seconds:.2f} s, "
            f"one {one.row_ms:.2f} ms"
        )
    passes = [one_pass(inputs, count, PASSED) for count in options.passes for inputs in (1, 2, 3)]
    for cost in passes:
        print(
            f"{cost.inputs} inputs, {cost.functions} functions, microseconds a row: values and sums "
            f"{cost.sums:.2f}, moments {cost.moments:.2f}; values {cost.values:.2f}, by tables "
            f"{cost.values_by_tables:.2f}"
        )
    in_memory = [fitted(inputs, target) for inputs in options.inputs for target in TARGETS[inputs]]
    for fit in in_memory:
        seconds = f"{fit.seconds:.1f} s, cpu {fit.cpu:.1f} s"
        print(f"{fit.inputs} inputs, {fit.target}: {fit.error:.1e} in {seconds}")
    fits = [{**asdict(case), **asdict(cost)} for case, cost in results.items()]
    write_json(
        options.out,
        fits,
        slopes=slopes,
        predictions=[asdict(one) for one in speeds],
        passes=[asdict(cost) for cost in passes],
        in_memory=[asdict(fit) for fit in in_memory],
    )
    return 0 if holds(results, slopes) and all(fit.holds for fit in in_memory) else 1


def holds(results: Results, slopes: dict[int, float]) -> bool:
    """Whether what is promised of many rows holds."""
    fits = all(
        cost.error < 1e-12 and cost.peak_gb < 3 and cost.workers_gb < 3
        for case, cost in results.items()
        if not case.noise
    )
    return fits and all(found < 1.05 for found in slopes.values())


def slope(results: Results, workers: int) -> float:
    """Of the logarithm of processor time against that of rows."""
    points = [(case.rows, cost.cpu) for case, cost in results.items() if case.workers == workers]
    rows, seconds = np.log(np.array(points)).T
    return float(np.polyfit(rows, seconds, 1)[0])


def _line(case: Case, cost: Cost) -> str:
    return (
        f"{case.rows:<10.0e}{case.workers:<9}{cost.functions:<11}{cost.error:<9.1e}{cost.cpu:<8.1f}"
        f"{cost.seconds:<8.1f}{cost.peak_gb:<7.2f}{cost.workers_gb:.2f}"
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    found = parser("scale", __doc__)
    found.add_argument("--rows", type=float, nargs="*", default=[1e5, 1e6, 1e7])
    found.add_argument("--workers", type=int, nargs="+", default=[0], help="of a local cluster; 0: none")
    found.add_argument("--waves", type=float, default=42.0, help="how short the waves are")
    found.add_argument("--noise", type=float, default=0.0, help="standard deviation")
    found.add_argument("--functions", type=int, default=0, help="how many; 0: as many as are found")
    found.add_argument("--predict", type=int, nargs="*", default=[4, 6], help="numbers of inputs")
    found.add_argument("--passes", type=int, nargs="*", default=[], help="numbers of functions")
    found.add_argument(
        "--inputs", type=int, nargs="*", default=[], choices=TARGETS, help="numbers of inputs"
    )
    found.add_argument("--out", type=Path, default=OUTPUT / "scale.json")
    return found.parse_args(arguments)
