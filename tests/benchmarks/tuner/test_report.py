"""Verdicts and the picture."""

import math

import pytest

from benchmarks.tuner import report
from benchmarks.tuner.fits import Fit
from benchmarks.tuner.picture import draw

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


def image(model, *tests, gradient=20.0):
    return [
        Fit("images", "a", model, seed, test=test, gradient_test=gradient)
        for seed, test in enumerate(tests)
    ]


def compared(ours, early):
    others = [*image("siren", 30.0, gradient=18.0), *image("ffm", 31.0), *image("bacon", 25.0)]
    classical = image("rbf", 32.0, gradient=19.0)
    return [*image("tuner", *ours), *image("tuner, 0.25 of the time", early), *others, *classical]


def verdicts(outcomes):
    return [(round(found, 6), holds) for _, found, holds in report.judged(outcomes)]


def test_verdicts_are_of_medians():
    good = verdicts(compared([32.0, 50.0, 10.0], 30.0))
    assert good == [(v, True) for v in (1.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.25)]
    bad = verdicts(compared([29.0], 29.5))
    assert bad[:4] == [(-2.0, False), (-2.0, False), (-1.0, False), (-3.0, False)]
    assert bad[-1] == (math.inf, False)


def test_a_fit_that_failed_breaks_promises():
    broken = [Fit("images", "a", "tuner", 0, failure="no"), *compared([], 30.0)]
    assert not any(holds for _, holds in verdicts(broken)[:6])
    depths = [Fit("depth", "a", f"depth {n}", 0, test=30.0) for n in range(9)]
    assert verdicts(depths) == [(0.0, True)]
    assert not verdicts([*depths, Fit("depth", "a", "depth 9", 0)])[0][1]


def test_other_rows_are_judged():
    errors = {"sdf": {"tuner": 1e-3, "siren": 2e-3}, "smooth": {"tuner": 2e-8}}
    outcomes = [
        Fit(row, "p", model, 0, error=error)
        for row, models in errors.items()
        for model, error in models.items()
    ]
    found = [(promise.row, value, holds) for promise, value, holds in report.judged(outcomes)]
    assert found == [("sdf", 0.5, True), ("smooth", 2e-8, False)]


def test_picture(tmp_path):
    history = ((0.1, 10.0), (1.0, 29.0))
    lines = [Fit("images", "a", "siren", 0, test=30.0, seconds=1.0, history=history)]
    ours = [Fit("images", "a", "tuner", 0, test=32.0, seconds=1.0, allowed=1.0)]
    draw([*lines, *ours, *image("rbf", 31.0)], tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
