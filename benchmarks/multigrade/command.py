"""Grades against one grade, in one run: tones, compositions, curves, images, digits with noise.

    python -m benchmarks.multigrade
    python -m benchmarks.multigrade --rows tones narrow --out narrow.json
    python -m benchmarks.multigrade --rows mnist --data DIR --beta 0.5 1 3 --kappa 1 5 10 50

Prints each case with the test error after each grade, beside one grade of as many parameters and
seconds, a classical method and the figures of the authors of arXiv 2410.16105, then what is
promised. Writes JSON, and beside it the spectrum that each narrow grade adds on setting 4.
The exit status is 1 where a promise is missed. All rows take hours; those of tones two minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common.options import OUTPUT, absent, add_data, parser
from benchmarks.multigrade import report
from benchmarks.multigrade.cases import ROWS, Case, Request
from benchmarks.multigrade.fits import Result, run
from skspectral import MultiGradeRegressor

PICTURED = ("narrow", "setting 4")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    request = Request(options.seconds, options.data, tuple(options.beta), tuple(options.kappa))
    results: list[Result] = []
    print(report.FITS.header(), flush=True)
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
    if "mnist" in made and not made["mnist"]:
        print(f"mnist is left out: {absent('mnist_test.npz', request.data)}")
    if "images" in made and not any(case.name.endswith(".png") for case in made["images"]):
        print(f"images are those of sklearn alone: {absent('kodak/*.png', request.data)}")
    return [case for cases in made.values() for case in cases]


def _picture(case: Case, model: MultiGradeRegressor | None, path: Path) -> None:
    if model is None or not model.n_stages_ or (case.row, case.name) != PICTURED:
        return
    # here, so that the rest runs without matplotlib
    from benchmarks.multigrade.picture import draw, spectra

    X, y, *_ = case.load()
    draw(spectra(model, X, y), path)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("multigrade", __doc__)
    names: dict[str, Any] = {"nargs": "+", "metavar": "NAME"}
    asked.add_argument("--rows", choices=ROWS, default=list(ROWS), **names)
    limit = "seconds of each fit that a single grade stands beside, in place of what its row has"
    asked.add_argument("--seconds", type=float, help=limit)
    add_data(asked, "kodak/*.png and mnist_test.npz")
    noise: dict[str, Any] = {"type": float, "nargs": "+", "help": "of the noise on the digits' labels"}
    asked.add_argument("--beta", default=[1.0], **noise)
    asked.add_argument("--kappa", default=[5.0], **noise)
    out = OUTPUT / "multigrade.json"
    asked.add_argument("--out", type=Path, default=out, help="JSON; the picture gets its name")
    return asked.parse_args(arguments)
