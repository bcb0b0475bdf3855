"""What each part of the three methods is worth: one part changed at a time, all else alike.

    python -m benchmarks.ablations
    python -m benchmarks.ablations --only bounds depth --seeds 0 1 2 3 4
    python -m benchmarks.ablations --quick

Prints a table for each part, with the median over the seeds of the held-out relative L2 error and of the
seconds of the processor, on one thread. Writes JSON and a picture. The whole takes eighteen minutes of a
processor, `--quick` half a one; its figures say nothing but that every row runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from benchmarks.ablations import report, series
from benchmarks.ablations.fits import Fit, run
from benchmarks.ablations.parts import FULL, PARTS, QUICK, Effort
from benchmarks.common.options import OUTPUT, parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status: 1 where a fit failed."""
    options = _options(arguments)
    effort, seeds = (QUICK, options.seeds[:1]) if options.quick else (FULL, options.seeds)
    fits = report.load(options.out) if options.resume else []
    if "series" in options.only and not series.available():
        print("series are left out: statsmodels is not installed, the extra `bench` has it")
    for name in options.only:
        for found in _outcomes(name, effort, seeds, options.jobs, fits):
            fits.extend(found)
            _write(fits, options)  # after each fit, so that a run cut short leaves what it has found
        print(*report.lines(fits, name, PARTS[name].title), sep="\n", flush=True)
    _write(fits, options)
    failed = [fit for fit in fits if fit.failure]
    for fit in failed:
        print(f"{fit.part}, {fit.model}, {fit.level}, {fit.target}, seed {fit.seed}: {fit.failure}")
    _draw(fits, options.out.with_suffix(".png"))
    return 1 if failed else 0


def _outcomes(
    name: str, effort: Effort, seeds: Sequence[int], jobs: int, known: Sequence[Fit]
) -> Iterator[list[Fit]]:
    """Fits of a part that are not known yet, each on one thread of one of so many processes."""
    done = {(fit.part, fit.model, fit.target, fit.seed, fit.level) for fit in known}
    cases = (
        (name, case, seed)
        for seed in seeds
        for case in PARTS[name].cases(effort, seed)
        if (name, case.model, case.problem.name, seed, case.levels[0]) not in done
    )
    yield from Parallel(jobs, return_as="generator")(delayed(run)(*about) for about in cases)


def _write(fits: Sequence[Fit], options: argparse.Namespace) -> None:
    about = {"seeds": options.seeds, "quick": options.quick, "resumed": options.resume}
    report.write_json(fits, options.out, **about)


def _draw(fits: Sequence[Fit], path: Path) -> None:
    from benchmarks.ablations.picture import draw  # here, so that the rest runs without matplotlib

    draw(fits, path)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("ablations", __doc__)
    names: dict[str, Any] = {"nargs": "+", "metavar": "NAME", "help": ", ".join(PARTS)}
    asked.add_argument("--only", choices=PARTS, default=list(PARTS), **names)
    asked.add_argument("--quick", action="store_true", help="one seed, few rows and iterations")
    asked.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    asked.add_argument("--jobs", type=int, default=1, help="processes, of one thread each")
    asked.add_argument("--resume", action="store_true", help="keep the fits that --out has, add the others")
    out = OUTPUT / "ablations.json"
    asked.add_argument("--out", type=Path, default=out, help="JSON; the picture gets its name")
    return asked.parse_args(arguments)
