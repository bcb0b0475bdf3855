"""Grades against one grade, in one run: tones, compositions, curves, images, digits with noise.

    python benchmarks/multigrade.py
    python benchmarks/multigrade.py --rows tones narrow --out narrow.json
    python benchmarks/multigrade.py --rows mnist --data DIR --beta 0.5 1 3 --kappa 1 5 10 50

Prints each case with the test error after each grade, beside one grade of as many parameters and
seconds, a classical method and the figures of the authors of arXiv 2410.16105, then what is
promised. Writes JSON, and beside it the spectrum that each narrow grade adds on setting 4.
The exit status is 1 where a promise is missed. All rows take hours; those of tones two minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Run as a script, modules are found from the root, as they are elsewhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import multigrade_report as report
from benchmarks.multigrade_cases import ROWS, Case, Request
from benchmarks.multigrade_fits import Result, run
from skspectral import MultiGradeRegressor

HERE = Path(__file__).resolve().parent
OUTPUT = HERE / "output" / "multigrade.json"
DATA = HERE.parents[1] / "shared" / "data"
PICTURED = ("narrow", "setting 4")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    request = Request(options.seconds, options.data, tuple(options.beta), tuple(options.kappa))
    results: list[Result] = []
    print(report.header(), flush=True)
    for case in _cases(options.rows, request):
        result, model = run(case)
        results.append(result)
        print(*report.lines(result), sep="\n", flush=True)
        # after each case, so that a run cut short leaves what it has found
        report.write_json(results, options.out, rows=options.rows, seconds=options.seconds)
        _picture(case, model, options.out.with_suffix(".png"))
    print("", *report.promises(results), sep="\n")
    return 1 if report.broken_rows(results) else 0


def _cases(rows: Sequence[str], request: Request) -> list[Case]:
    """Return the cases of the rows, and say where data are missing."""
    made = {row: ROWS[row](request) for row in rows}
    where = "no --data" if request.data is None else f"not in {request.data}"
    if "mnist" in made and not made["mnist"]:
        print(f"mnist is left out: mnist_test.npz, {where}")
    if "images" in made and not any(case.name.endswith(".png") for case in made["images"]):
        print(f"images of sklearn alone: kodak/*.png, {where}")
    return [case for cases in made.values() for case in cases]


def _picture(case: Case, model: MultiGradeRegressor | None, path: Path) -> None:
    if model is None or not model.n_stages_ or (case.row, case.name) != PICTURED:
        return
    # here, so that the rest runs without matplotlib
    from benchmarks.multigrade_picture import draw, spectra

    X, y, *_ = case.load()
    draw(spectra(model, X, y), path)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = {"nargs": "+", "metavar": "NAME"}
    parser.add_argument("--rows", choices=ROWS, default=list(ROWS), **names)
    limit = "seconds of each fit that a single grade stands beside, in place of what its row has"
    parser.add_argument("--seconds", type=float, help=limit)
    data = DATA if DATA.is_dir() else None
    parser.add_argument(
        "--data", type=Path, default=data, help="folder with kodak/*.png and mnist_test.npz"
    )
    noise = {"type": float, "nargs": "+", "help": "of the noise on the digits' labels"}
    parser.add_argument("--beta", default=[1.0], **noise)
    parser.add_argument("--kappa", default=[5.0], **noise)
    parser.add_argument("--out", type=Path, default=OUTPUT, help="JSON; the picture gets its name")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
