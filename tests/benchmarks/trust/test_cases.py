"""Draws: an index is one fit, probes lie where rows are."""

import numpy as np
import pytest
from scipy.spatial import Delaunay

from benchmarks.trust.cases import ESTIMATORS, Plan, draw_case, draw_plan, plans
from benchmarks.trust.designs import DESIGNS, N_PROBES
from benchmarks.trust.functions import FUNCTIONS
from benchmarks.trust.geometry import mesh

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


PAIRS = [(name, d) for name, kind in DESIGNS.items() for d in kind.dims]


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


@pytest.mark.parametrize("name", [name for name, kind in DESIGNS.items() if kind.min_rows == 4])
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
