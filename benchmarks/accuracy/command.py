"""Held-out error and seconds of ours and of the peers, on every target, in one run.

    python -m benchmarks.accuracy
    python -m benchmarks.accuracy --targets runge ring --peers rbf mlp
    python -m benchmarks.accuracy --no-peers --ours default "linear:hidden_layer_sizes=()"
    python -m benchmarks.accuracy --no-peers --stages

Prints a line a fit and the table of promised numbers, writes `accuracy.json` and `accuracy.png`; with
`--stages` also what `python -m benchmarks.accuracy.stages` shows (five minutes). The exit status is 1
where a default fit of ours misses a promised error or time, or a start from the spectrum what is
promised of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.accuracy import report, stages
from benchmarks.accuracy.methods import DEFAULT, methods
from benchmarks.common.options import OUTPUT, parser
from benchmarks.common.peers import PEERS
from benchmarks.common.targets import TARGETS
from benchmarks.common.worker import Job, Worker


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    run = {"seed": options.seed, "time_limit": options.time_limit}
    results: list[report.Result] = []
    print(report.FITS.header(), flush=True)
    for result in _results(options):
        results.append(result)
        print(report.row(result), flush=True)
        # after each fit, so that a run cut short leaves what it has found
        report.write_json(results, options.out / "accuracy.json", **run)
    _draw(results, options.out / "accuracy.png")
    print("", *report.promises(results), sep="\n")
    starts_hold = not options.stages or stages.main([]) == 0
    return 0 if report.holds(results) and starts_hold else 1


def _results(options: argparse.Namespace) -> Iterator[report.Result]:
    with Worker() as worker:
        for name in options.targets:
            for method in options.methods:
                job = Job(name, options.seed, method.make)
                outcome = worker.run(job, options.time_limit)
                yield report.Result(TARGETS[name], method, outcome)


def _draw(results: Sequence[report.Result], path: Path) -> None:
    from benchmarks.accuracy.picture import draw  # here, so that children do not import matplotlib

    draw(results, path)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("accuracy", __doc__)
    names: dict[str, Any] = {"nargs": "+", "metavar": "NAME"}
    asked.add_argument("--targets", choices=TARGETS, default=list(TARGETS), **names)
    group = asked.add_mutually_exclusive_group()
    group.add_argument("--peers", choices=PEERS, default=list(PEERS), **names)
    group.add_argument("--no-peers", action="store_const", const=[], dest="peers")
    variant: dict[str, Any] = {"metavar": "NAME[:PARAMETER=VALUE,...]", "default": [DEFAULT]}
    asked.add_argument("--ours", nargs="*", help="none for the peers alone", **variant)
    asked.add_argument("--time-limit", type=float, default=90.0, help="seconds a fit may take")
    asked.add_argument("--stages", action="store_true", help="the paper's claim about starts, too")
    asked.add_argument("--out", type=Path, default=OUTPUT)
    asked.add_argument("--seed", type=int, default=0)
    options = asked.parse_args(arguments)
    try:
        options.methods = methods(options.ours, options.peers)
    except ValueError as error:
        asked.error(str(error))
    return options
