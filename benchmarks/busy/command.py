"""Seconds of default fits when nothing else runs, and beside one busy process for each core.

    python -m benchmarks.busy
    python -m benchmarks.busy --targets ripples --beside 4

With a fair share of two cores, a fit of one thread takes 1.5 times as long beside two busy processes. Where
its threads wait for each other it takes many times as long. Prints both times and their ratio, and writes
JSON. The exit status is 1 where a fit failed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.common.options import OUTPUT, parser
from benchmarks.common.results import Table, note, number, write_json
from benchmarks.common.targets import TARGETS
from benchmarks.common.worker import Job, Measured, Worker
from skspectral import SpectralMultistageRegressor

DEFAULT = ("pole_row", "franke_noisy", "cubewave", "ripples", "otl_circuit")
FITS = Table(
    "{:<16} {:>8} {:>8} {:>6} {:>9}  {}", ("target", "alone, s", "busy, s", "ratio", "error", "note")
)


@dataclass(frozen=True)
class Pair:
    """The same fit, alone and beside busy processes."""

    target: str
    alone: Measured
    busy: Measured

    @property
    def failure(self) -> str:
        """Why one of the fits has no error; empty otherwise."""
        return self.alone.failure or self.busy.failure

    def line(self) -> str:
        """A line of the table."""
        alone, busy = self.alone.seconds, self.busy.seconds
        ratio = busy / alone if busy and alone else None
        return FITS.line(
            self.target,
            number(alone, ".2f"),
            number(busy, ".2f"),
            number(ratio, ".1f"),
            number(self.busy.error, ".1e"),
            note(self.failure),
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every pair and write JSON; return the exit status."""
    options = _options(arguments)
    print(FITS.header(), flush=True)
    pairs = []
    with Worker() as worker:
        for target in options.targets:
            job = Job(target, options.seed, SpectralMultistageRegressor)
            alone = worker.run(job, options.time_limit)
            with busy_processes(options.beside):
                pairs.append(Pair(target, alone, worker.run(job, options.time_limit)))
            print(pairs[-1].line(), flush=True)
    write_json(options.out, [asdict(pair) for pair in pairs], beside=options.beside)
    return 1 if any(pair.failure for pair in pairs) else 0


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """So many processes that compute and never wait."""
    # Forks of a process with threads may hang; a fresh one does not.
    context = multiprocessing.get_context("spawn")
    busy = [context.Process(target=_compute, daemon=True) for _ in range(count)]
    try:
        for process in busy:
            process.start()
        yield
    finally:
        for process in busy:
            process.kill()
            process.join()


def _compute() -> None:
    while True:
        pass


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("busy", __doc__)
    asked.add_argument("--targets", nargs="+", choices=TARGETS, default=list(DEFAULT), metavar="NAME")
    asked.add_argument("--beside", type=int, default=os.cpu_count() or 1, help="busy processes")
    asked.add_argument("--time-limit", type=float, default=300.0, help="seconds a fit may take")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--out", type=Path, default=OUTPUT / "busy.json", help="JSON")
    return asked.parse_args(arguments)
