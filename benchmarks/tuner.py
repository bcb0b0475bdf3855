"""TunerRegressor against SIREN, Fourier features, BACON and a local cubic RBF, in one run.

    python benchmarks/tuner.py
    python benchmarks/tuner.py --rows images noisy --seconds 120 --seeds 0 1 2 --grey
    python benchmarks/tuner.py --rows depth bounds init --images hats --size 128 --seconds 30

Every net gets the seconds and the number of parameters that ours has; a baseline's setting is
chosen by short trials before, whose time does not count. Prints medians over the seeds: PSNR of
values and gradients on training and on held-out rows, the relative L2 error, parameters, seconds;
then what is promised. Writes JSON, and a picture of PSNR against seconds beside it. The exit status
is 1 where a promise is missed. All rows on eight images take a day: choose rows and images.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# Run as a script, modules are found from the root, as they are elsewhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import tuner_report as report
from benchmarks.tuner_cases import ROWS, Load, Request, image_files
from benchmarks.tuner_fits import N_UNITS, Outcome, Settings, outcomes

HERE = Path(__file__).resolve().parent
OUTPUT = HERE / "output" / "tuner.json"
DATA = HERE.parents[1] / "shared" / "data"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    settings = Settings(options.seconds, options.units)
    results: list[Outcome] = []
    print(report.header(), flush=True)
    for row, load in _loads(options):
        problem = load()
        for outcome in outcomes(row, problem, options.seeds, settings):
            results.append(outcome)
            # after each fit, so that a run cut short leaves what it has found
            report.write_json(results, options.out, options=vars(options))
        print(*report.lines(results, row, problem.name), sep="\n", flush=True)
        _picture(results, options.out.with_suffix(".png"))
    print("", *report.promises(results), sep="\n")
    return 0 if all(holds for _, _, holds in report.judged(results)) else 1


def _loads(options: argparse.Namespace) -> Iterator[tuple[str, Load]]:
    """Every problem of the rows; says which images there are."""
    request = Request(options.data, tuple(options.images), options.size, options.grey)
    print(f"images: {', '.join(image_files(request)) or 'none of these names'}")
    for row in options.rows:
        for load in ROWS[row](request):
            yield row, load


def _picture(results: Sequence[Outcome], path: Path) -> None:
    # here, so that the rest runs without matplotlib
    from benchmarks.tuner_picture import draw

    draw(results, path)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = {"nargs": "+", "metavar": "NAME"}
    parser.add_argument("--rows", choices=ROWS, default=list(ROWS), **names)
    parser.add_argument("--seconds", type=float, default=120.0, help="of each fit")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--images", default=[], help="without suffix; all by default", **names)
    parser.add_argument("--size", type=int, default=256, help="pixels along a side")
    parser.add_argument("--grey", action="store_true", help="one channel in place of three")
    parser.add_argument("--units", type=int, default=N_UNITS, help="modes, and width of our layer")
    data = DATA if DATA.is_dir() else None
    parser.add_argument("--data", type=Path, default=data, help="folder with kodak/*.png")
    parser.add_argument("--out", type=Path, default=OUTPUT, help="JSON; the picture gets its name")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
