"""TunerRegressor against SIREN, Fourier features, BACON and a local cubic RBF, in one run.

    python -m benchmarks.tuner
    python -m benchmarks.tuner --rows images noisy --seconds 120 --seeds 0 1 2 --grey
    python -m benchmarks.tuner --rows depth bounds init --images hats --size 128 --seconds 30

Every net gets the seconds and the number of parameters that ours has; a baseline's setting is
chosen by short trials before, whose time does not count. Prints medians over the seeds: PSNR of
values and gradients on training and on held-out rows, the relative L2 error, parameters, seconds;
then what is promised. Writes JSON, and a picture of PSNR against seconds beside it. The exit status
is 1 where a promise is missed. All rows on eight images take a day: choose rows and images.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.common.clocks import processor_time
from benchmarks.common.options import OUTPUT, absent, add_data, parser
from benchmarks.tuner import baselines, report
from benchmarks.tuner import fits as fitted
from benchmarks.tuner.cases import IMAGE_ROWS, ROWS, Load, Request, image_files, kodak, unscored
from benchmarks.tuner.fits import N_UNITS, Chosen, Fit, Settings, fits, tuned


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    with processor_time(baselines, fitted) if options.processor_time else nullcontext():
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    settings = Settings(options.seconds, options.units)
    results: list[Fit] = []
    settings = replace(settings, known=_known(options, settings))
    print(report.FITS.header(), flush=True)
    for row, load in _loads(options):
        problem = load()
        for fit in fits(row, problem, options.seeds, settings):
            results.append(fit)
            # after each fit, so that a run cut short leaves what it has found
            report.write_json(results, options.out, options=vars(options))
        print(*report.lines(results, row, problem.name), sep="\n", flush=True)
        _picture(results, options.out.with_suffix(".png"))
    print("", *report.promises(results), sep="\n")
    return 0 if all(holds for _, _, holds in report.judged(results)) else 1


def _known(options: argparse.Namespace, settings: Settings) -> Chosen:
    """Settings of the rivals of our networks, by images that are not scored."""
    if "networks" not in options.rows:
        return {}
    found = tuned(unscored(_request(options)), settings)
    print("settings, by china and flower:", {kind: setting for kind, (setting, _) in found.items()})
    return found


def _request(options: argparse.Namespace) -> Request:
    return Request(options.data, tuple(options.images), options.size, options.grey)


def _loads(options: argparse.Namespace) -> Iterator[tuple[str, Load]]:
    """Every problem of the rows; says which images there are, where rows are of images."""
    request = _request(options)
    if not IMAGE_ROWS.isdisjoint(options.rows):
        if not kodak(request):
            print(f"images are those of sklearn alone: {absent('kodak/*.png', request.data)}")
        print(f"images: {', '.join(image_files(request)) or 'none of these names'}")
    for row in options.rows:
        for load in ROWS[row](request):
            yield row, load


def _picture(results: Sequence[Fit], path: Path) -> None:
    # here, so that the rest runs without matplotlib
    from benchmarks.tuner.picture import draw

    draw(results, path)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("tuner", __doc__)
    names: dict[str, Any] = {"nargs": "+", "metavar": "NAME"}
    asked.add_argument("--rows", choices=ROWS, default=list(ROWS), **names)
    asked.add_argument("--seconds", type=float, default=120.0, help="of each fit")
    asked.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    asked.add_argument("--images", default=[], help="without suffix; all by default", **names)
    asked.add_argument("--size", type=int, default=256, help="pixels along a side")
    asked.add_argument("--grey", action="store_true", help="one channel in place of three")
    processor = "count seconds of processor time, not wall time: for busy machines"
    asked.add_argument("--processor-time", action="store_true", help=processor)
    asked.add_argument("--units", type=int, default=N_UNITS, help="modes, and width of our layer")
    add_data(asked, "kodak/*.png")
    out = OUTPUT / "tuner.json"
    asked.add_argument("--out", type=Path, default=out, help="JSON; the picture gets its name")
    return asked.parse_args(arguments)
