"""Children, and the command with two fits."""

import json
import math

import pytest

from benchmarks.trust.cases import ESTIMATORS, Plan, draw_case, draw_plan, plans
from benchmarks.trust.command import main
from benchmarks.trust.fits import run_all

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


SMALL = Plan(0, 0, "SpectralMultistageRegressor", "uniform", "affine", 20, 1, 0.0)


def test_a_fit_that_takes_too_long_is_killed_and_the_next_goes_on():
    large = Plan(0, 1, "TunerRegressor", "uniform", "kinked", 5000, 4, 0.0)
    results = {result.index: result for result in run_all([large, SMALL], workers=1, limit=1.0)}
    assert results[1].timeout and "fit takes more than" in results[1].failure
    assert not results[0].timeout
    assert results[0].error < 1e-13


def test_what_is_raised_is_the_result():
    (result,) = run_all([Plan(0, 1, "NoRegressor", "grid", "even", 9, 1, 0.0)], workers=1, limit=9)
    assert "NoRegressor" in result.failure and not result.timeout


def test_command(tmp_path, capsys):
    """Two small fits, with records as in the data."""
    indices = [plan.index for plan in plans(0, 200, ESTIMATORS, ["grid"], ["affine"]) if plan.n < 60][:2]
    out = tmp_path / "new"
    status = main(["--indices", *map(str, indices), "--workers", "1", "--out", str(out)])
    written = json.loads((out / "trust.json").read_text())
    assert [r["index"] for r in written["results"]] == sorted(indices)
    assert status == (0 if all(c["holds"] for c in written["criteria"]) else 1)
    for r in written["results"]:
        case = draw_case(draw_plan(0, r["index"]))
        assert r["n"] == len(case.y)
        assert math.isfinite(r["error"]) and r["simple"]["mean"] > 0
    printed = capsys.readouterr().out
    assert "criterion, 2 fits" in printed
