"""Medians, cells, and what is kept for the documentation."""

import math
import time
from functools import partial

import numpy as np
import pytest

from benchmarks.ablations import report
from benchmarks.ablations.fits import Case, Fit, run
from benchmarks.ablations.picture import draw
from benchmarks.ablations.problems import Problem, bowl
from benchmarks.common.clocks import processor_time
from skspectral import SpectralMultistageRegressor
from skspectral.estimators import base

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


def fit(error, seed, level="a", part="start", **about):
    return Fit(part=part, model="m", level=level, target="t", seed=seed, error=error, seconds=2.0, **about)


FITS = [fit(1e-3, 0), fit(1e-5, 1), fit(1e-4, 2), fit(1e-2, 0, "b"), fit(None, 1, "b", failure="no")]


def test_cells_are_medians_and_the_model_stands_once():
    titles, rows = report.table(FITS[:4], "start")
    assert titles == ["model", "", "t"]
    assert rows == [["m", "a", "1.0e-04 in 2 s"], ["", "b", "1.0e-02 in 2 s"]]


def test_a_row_that_fails_half_the_time_has_failed():
    assert report.table(FITS, "start")[1][1][-1] == "failed"
    assert report.table([*FITS, fit(1e-2, 2, "b")], "start")[1][1][-1] == "1.0e-02 in 2 s"


def test_other_parts_have_other_cells():
    grades = [fit(1e-3, 0, part="content", n_stages=3)]
    assert report.table(grades, "content")[1] == [["m", "a", "3 grades, 1.0e-03"]]
    slopes = [fit(1e-3, 0, part="bounds", slopes=0.25)]
    titles, rows = report.table(slopes, "bounds")
    assert titles[-1] == "rough: gradient" and rows[0][-1] == "2.5e-01"


def test_what_is_kept_draws_the_same_table():
    kept = report.medians(FITS)
    assert [one["level"] for one in kept] == ["a", "b"]
    assert report.table(report.read(kept), "start") == report.table(FITS, "start")


def test_a_part_that_was_not_run_has_no_table():
    assert report.lines(FITS, "depth", "Depth") == []


def test_every_number_of_stages_is_judged():
    X = np.arange(64)[:, None] / 64
    y = np.cos(2 * np.pi * X * np.arange(1, 7)).sum(axis=1)
    model = partial(SpectralMultistageRegressor, n_modes=3, hidden_layer_sizes=())
    case = Case("m", "", Problem("tones", X, y, X[:-1] + 0.01, y[:-1]), model, stages=(1, 2, 9))
    first, second, last = run("stages", case, 0)
    assert [first.level, second.level, last.level] == ["1", "2", "9"]
    assert first.error > second.error == last.error
    assert first.n_stages == 2 and 0 < first.seconds < last.seconds


def test_errors_are_about_the_mean():
    problem = bowl(0, 60, 1)

    class Mean:
        def fit(self, X, y):
            self.mean = y.mean()

        def predict(self, X):
            return [self.mean] * len(X) - 0 * X[:, 0]

    (found,) = run("start", Case("m", "", problem, Mean), 0)
    assert found.error == pytest.approx(1.0, abs=1e-12)
    (failed,) = run("start", Case("m", "", problem, lambda: 1 / 0), 0)
    assert failed.error is None and failed.failure.startswith("ZeroDivisionError")


def test_limits_are_of_the_processor():
    """A wall clock that has long run out ends nothing."""
    with processor_time():
        assert abs(base.Clock(deadline=0.0).left + time.process_time()) < 0.1
        assert base.Clock().left == math.inf
    assert base.Clock(deadline=time.monotonic() + 50).left > 40


def test_pictures(tmp_path):
    curves = [fit(10.0**-n, 0, str(n), part="stages") for n in range(1, 4)]
    draw([*FITS[:4], *curves], tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    draw([], tmp_path / "b.png")
    assert not (tmp_path / "b.png").exists() and math.isnan(report.Medians([], "a").value("m", "a", "t"))
