"""Held-out error and seconds of ours and of the peers, on every target, in one run.

    python benchmarks/accuracy.py
    python benchmarks/accuracy.py --targets runge ring --peers rbf mlp
    python benchmarks/accuracy.py --no-peers --ours default "linear:hidden_layer_sizes=()"
    python benchmarks/accuracy.py --no-peers --stages

Prints a line a fit and the table of promised numbers, writes `accuracy.json` and `accuracy.png`; with
`--stages` also what `stages.py` shows (five minutes). The exit status is 1 where a default fit of ours
misses a promised error or time, or a start from the spectrum what is promised of it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# Run as a script, modules are found from the root, as they are elsewhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report, stages
from benchmarks.methods import DEFAULT, methods
from benchmarks.peers import PEERS
from benchmarks.targets import TARGETS
from benchmarks.worker import Job, Worker

OUTPUT = Path(__file__).resolve().parent / "output"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    run = {"seed": options.seed, "time_limit": options.time_limit}
    results: list[report.Result] = []
    print(report.header(), flush=True)
    for result in _results(options):
        results.append(result)
        print(report.row(result), flush=True)
        # after each fit, so that a run cut short leaves what it has found
        report.write_json(results, options.out / "accuracy.json", **run)
    _draw(results, options.out / "accuracy.png")
    print("", *report.numbers(results), sep="\n")
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
    from benchmarks.picture import draw  # here, so that children do not import matplotlib

    draw(results, path)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = {"nargs": "+", "metavar": "NAME"}
    parser.add_argument("--targets", choices=TARGETS, default=list(TARGETS), **names)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--peers", choices=PEERS, default=list(PEERS), **names)
    group.add_argument("--no-peers", action="store_const", const=[], dest="peers")
    variant = {"metavar": "NAME[:PARAMETER=VALUE,...]", "default": [DEFAULT]}
    parser.add_argument("--ours", nargs="*", help="none for the peers alone", **variant)
    parser.add_argument("--time-limit", type=float, default=90.0, help="seconds a fit may take")
    parser.add_argument("--stages", action="store_true", help="the paper's claim about starts, too")
    parser.add_argument("--out", type=Path, default=OUTPUT)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        options.methods = methods(options.ours, options.peers)
    except ValueError as error:
        parser.error(str(error))
    return options


if __name__ == "__main__":
    sys.exit(main())
