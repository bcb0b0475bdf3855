"""Functions of three inputs in decibels per second: ours, SIREN, Fourier features and hash grids.

    python -m benchmarks.volumes
    python -m benchmarks.volumes --problems video --size 64 --seconds 10

mesh: the signed distance of a polyhedron of 76 faces on 128^3 nodes. video: 128 x 128 pixels, 32 frames.
Both are judged at places between the nodes that no fit saw. Every fit has one thread and as many seconds
of the processor as are asked for; nets choose their setting in trials before it, by rows of their own.
Writes JSON after each fit, and with `--resume` makes only those that are missing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.common.clocks import one_thread, processor_time
from benchmarks.common.options import OUTPUT, parser
from benchmarks.common.results import Table, note, number, write_json
from benchmarks.common.shapes import n_dense
from benchmarks.tuner import baselines, fits
from benchmarks.tuner.cases import Problem
from benchmarks.tuner.fits import Fit, Settings, fit_baseline, fit_ours, two_layers
from benchmarks.volumes.problems import PROBLEMS

OURS, RIVALS = ("tuner", "layers alone"), ("siren", "ffm", "hash grid")
FITS = Table(
    "{:<8} {:<14} {:>9} {:>8} {:>8} {:>8} {:>8}  {}",
    ("problem", "model", "numbers", "allowed", "seconds", "train", "test", "note"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every fit and write JSON; return the exit status: 1 where a fit failed."""
    options = _options(arguments)
    found = _known(options.out) if options.resume else []
    print(FITS.header(), *map(_line, found), sep="\n", flush=True)
    for fit in _missing(options, found):
        print(_line(fit), flush=True)
        found.append(fit)
        about = {"size": options.size, "units": options.units}
        write_json(options.out, [{**asdict(one), "history": ()} for one in found], **about)
    return 1 if any(fit.failure for fit in found) else 0


def _missing(options: argparse.Namespace, known: Sequence[Fit]) -> Iterator[Fit]:
    done = {(fit.problem, fit.model, fit.allowed) for fit in known}
    for name in options.problems:
        left = [
            (seconds, model)
            for seconds in options.seconds
            for model in (*OURS, *RIVALS)
            if (name, model, seconds) not in done
        ]
        problem = PROBLEMS[name](options.size) if left else None
        for seconds, model in left:
            assert problem is not None
            with one_thread(), processor_time(fits, baselines):
                yield _fit(model, problem, Settings(seconds, options.units))


def _fit(model: str, problem: Problem, settings: Settings) -> Fit:
    empty = Fit("volumes", problem.name, model, 0, allowed=settings.seconds)
    if model == "tuner":
        return fit_ours(empty, problem, settings)
    if model == "layers alone":
        return fit_ours(empty, problem, settings, **two_layers(settings, problem.X.shape[1], 1))
    count = n_dense((settings.n_units,), settings.n_units, 1)
    return fit_baseline(empty, problem, settings.seconds, [count], {})


def _known(path: Path) -> list[Fit]:
    """The fits of a file that did not fail; none where there is no file."""
    records = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []
    return [Fit(**record) for record in records if not record["failure"]]


def _line(fit: Fit) -> str:
    return FITS.line(
        fit.problem,
        fit.model,
        number(fit.n_parameters, "d"),
        number(fit.allowed, ".0f"),
        number(fit.seconds, ".1f"),
        number(fit.train, ".2f"),
        number(fit.test, ".2f"),
        note(fit.failure or fit.note),
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("volumes", __doc__)
    names: dict[str, Any] = {"nargs": "+", "metavar": "NAME"}
    asked.add_argument("--problems", choices=PROBLEMS, default=list(PROBLEMS), **names)
    asked.add_argument("--size", type=int, default=128, help="nodes along an axis, pixels along a side")
    limit = "of the processor, of each fit; several are made one after another"
    asked.add_argument("--seconds", type=float, nargs="+", default=[15.0, 60.0], help=limit)
    asked.add_argument("--units", type=int, default=256, help="modes, and width of one layer of ours")
    asked.add_argument("--resume", action="store_true", help="keep the fits that --out has, add the others")
    asked.add_argument("--out", type=Path, default=OUTPUT / "volumes.json", help="JSON")
    return asked.parse_args(arguments)
