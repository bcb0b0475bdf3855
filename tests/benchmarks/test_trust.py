"""The benchmark of trust: reproducible draws, covered probes, exact peers, verdicts, the command."""

import json
import math

import numpy as np
import pytest
from scipy.spatial import Delaunay

from benchmarks import trust_report as report
from benchmarks.trust import main
from benchmarks.trust_cases import ESTIMATORS, Case, Plan, draw_case, draw_plan, plans
from benchmarks.trust_designs import DESIGNS, N_PROBES
from benchmarks.trust_fits import run_all
from benchmarks.trust_functions import FUNCTIONS
from benchmarks.trust_geometry import mesh
from benchmarks.trust_peers import simple_errors
from benchmarks.trust_records import Record

# The package's own tests come first: these run with the whole.
pytestmark = pytest.mark.slow

SMALL = Plan(0, 0, "SpectralMultistageRegressor", "uniform", "affine", 20, 1, 0.0)
PAIRS = [(name, d) for name, kind in DESIGNS.items() for d in kind.dims]


def record(**found):
    kept = {"error": 1e-3, "expected": 1e-3, "reported": 1e-3, "ratio": 1.0, "seconds": 0.1}
    names = {
        "seed": 0,
        "index": 0,
        "estimator": "E",
        "design": "grid",
        "function": "even",
        "n": 9,
        "d": 2,
        "noise": 0.0,
    }
    return Record(**{**names, **kept, "simple": {"mean": 1.0, "plane": 0.1}, **found})


def failed(**found):
    return record(error=None, expected=None, reported=None, ratio=None, seconds=None, simple={}, **found)


def found(records):
    return {c.name: (c.value, c.holds) for c in report.criteria(records)}


# Draws


@pytest.mark.parametrize("index", [0, 7, 31])
def test_an_index_is_one_fit(index):
    first, again = draw_case(draw_plan(5, index)), draw_case(draw_plan(5, index))
    for name in ("X", "y", "probes", "clean"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert draw_plan(5, index) != draw_plan(6, index)


def test_names_leave_out_fits_and_change_none():
    chosen = list(plans(0, 5, ESTIMATORS[:1], ["tracks", "planes"], list(FUNCTIONS)))
    assert len(chosen) == 5
    assert chosen == [draw_plan(0, plan.index) for plan in chosen]
    assert {plan.estimator for plan in chosen} == {ESTIMATORS[0]}
    assert {plan.design for plan in chosen} <= {"tracks", "planes"}


def test_plans_are_as_asked():
    drawn = list(plans(0, 600, ESTIMATORS, list(DESIGNS), list(FUNCTIONS)))
    assert {plan.design for plan in drawn} == set(DESIGNS)
    assert {plan.function for plan in drawn} == set(FUNCTIONS)
    assert {plan.d for plan in drawn} == set(range(1, 9))
    assert np.mean([plan.noise == 0 for plan in drawn]) == pytest.approx(0.5, abs=0.06)
    assert all(4 <= plan.n <= 5000 for plan in drawn)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_never_flat(function):
    for index in range(20):
        case = draw_case(Plan(0, index, "", "clusters", function, 30, 1 + index % 4, 0.1))
        assert np.ptp(case.y) > 0
        assert np.isfinite([*case.y, *case.clean]).all()
        assert case.noise > 0


# Designs


@pytest.mark.parametrize("name, d", PAIRS)
def test_probes_lie_where_rows_are(name, d, rng):
    kind = DESIGNS[name]
    design = kind.draw(rng, 400, d)
    assert design.probes.shape == (N_PROBES, d)
    assert design.rows.shape[1] == d
    low, high = design.rows.min(0) - 1e-12, design.rows.max(0) + 1e-12
    assert np.mean((design.probes >= low) & (design.probes <= high)) > (
        0.99 if name == "clusters" else 0.9999
    )
    if d in (2, 3) and name in ("uniform", "latin", "tracks"):
        hull = Delaunay(design.rows)
        assert np.mean(hull.find_simplex(design.probes, tol=1e-8) >= 0) > 0.999


@pytest.mark.parametrize("name", [name for name, kind in DESIGNS.items() if kind.least == 4])
def test_four_rows_will_do(name, rng):
    for d in DESIGNS[name].dims:
        assert 4 <= len(DESIGNS[name].draw(rng, 4, d).rows) <= 27


@pytest.mark.parametrize("name", ["grid", "thin", "uneven", "crowded", "log_spaced"])
def test_rows_of_a_grid_are_its_mesh(name):
    case = draw_case(Plan(0, 3, "", name, "even", 200, 2, 0.0))
    np.testing.assert_allclose(case.X[case.order], mesh(case.axes), rtol=1e-12)
    assert all((np.diff(axis) > 0).all() for axis in case.axes)


def test_log_spaced_axes_are_even_in_log():
    case = draw_case(Plan(0, 3, "", "log_spaced", "even", 200, 2, 0.0))
    for axis in case.axes:
        steps = np.diff(np.log(axis))
        np.testing.assert_allclose(steps, steps[0], rtol=1e-9)
        assert 99 < axis[-1] / axis[0] < 1001


def test_thin_grids_are_thin(rng):
    for _ in range(20):
        few, many = sorted(map(len, DESIGNS["thin"].draw(rng, 500, 2).axes))
        assert 2 <= few <= 9 and many >= 12


# Peers


def grid_case(f, axes, probes):
    X = mesh(axes)
    order = np.random.default_rng(0).permutation(len(X))
    return Case(X[order], f(X[order]), probes, f(probes), 0.0, axes, order.argsort())


@pytest.mark.parametrize("counts", [(5, 7), (6, 4, 5), (2, 9), (3, 8)])
def test_splines_reproduce_polynomials_of_their_degree(counts, rng):
    axes = tuple(np.sort(rng.uniform(-1, 1, count)) for count in counts)
    probes = rng.uniform([axis[0] for axis in axes], [axis[-1] for axis in axes], (50, len(axes)))
    degrees = [min(3, count - 1) for count in counts]
    case = grid_case(lambda u: (u**degrees).prod(1), axes, probes)
    assert simple_errors(case)["spline"] < 1e-9


def test_a_spline_needs_a_curve_or_a_grid(rng):
    X = rng.uniform(-1, 1, (30, 2))
    case = Case(X, X @ [1, 2], X, X @ [1, 2], 0.0, None, np.arange(30))
    errors = simple_errors(case)
    assert set(errors) == {"mean", "plane"}
    assert errors["mean"] == pytest.approx(1)
    assert errors["plane"] < 1e-14


def test_the_cubic_of_a_curve_is_exact(rng):
    x = rng.uniform(-1, 1, (20, 1))
    case = Case(x, x[:, 0] ** 3, x / 2, x[:, 0] ** 3 / 8, 0.0, None, np.arange(20))
    assert simple_errors(case)["spline"] < 1e-10


# Verdicts


def test_criteria_hold():
    assert report.holds(
        [record(), record(ratio=0.9), record(error=2.0, warned=["w"], simple={"mean": 1.0})]
    )


def test_criteria_of_ratios():
    values = found([record(ratio=r) for r in (0.02, 0.3, 0.4, 1.0, 9.0, 11.0, None)])
    assert values["reported/true in [1/3, 10]"] == (pytest.approx(3 / 7), False)
    assert values["reported/true below 1/30"] == (1, False)
    assert values["median reported/true"] == (0.7, True)


def test_criterion_of_the_simple():
    pairs = [(0.31, 0.1), (0.29, 0.1), (9e-14, 1e-16), (1e-12, 1e-16)]
    values = found([record(error=e, simple={"mean": 1.0, "plane": s}) for e, s in pairs])
    assert values["error <= 3 x best of simple"] == (0.5, False)


def test_criterion_of_silence():
    values = found([record(error=1.5), record(error=1.5, warned=["w"]), record(error=0.9)])
    assert values["error > spread of y, no warning"] == (1, False)


def test_failures_count():
    values = found([record(), failed(failure="late", timeout=True), failed(failure="ValueError")])
    assert values["timeouts"] == values["other failures"] == (1, False)
    assert values["reported/true in [1/3, 10]"] == (1, True)


def test_nothing_holds_of_nothing():
    assert not report.holds([failed(failure="late", timeout=True)])


def test_summary_shows_groups_and_the_worst():
    bad = record(index=77, ratio=0.01, design="tracks", error=3.0)
    lines = report.summary([record(), bad, failed(failure="late", timeout=True)])
    text = "\n".join(lines)
    for title in ("design", "function", "noise", "estimator", "no error", "reported below", "worse than"):
        assert any(line.startswith(title) for line in lines), title
    assert "RATIO BELOW SIMPLE SILENT" in text
    assert len(report.row(bad)) < 150


def test_json_has_no_nan(tmp_path):
    report.write_json([failed(failure="late")], tmp_path / "trust.json", seed=3)
    written = json.loads((tmp_path / "trust.json").read_text(), parse_constant=pytest.fail)
    assert written["run"] == {"seed": 3}
    assert written["records"][0]["error"] is None


# Children


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
    assert [r["index"] for r in written["records"]] == sorted(indices)
    assert status == (0 if all(c["holds"] for c in written["criteria"]) else 1)
    for r in written["records"]:
        case = draw_case(draw_plan(0, r["index"]))
        assert r["n"] == len(case.y)
        assert math.isfinite(r["error"]) and r["simple"]["mean"] > 0
    printed = capsys.readouterr().out
    assert "criterion, 2 fits" in printed
