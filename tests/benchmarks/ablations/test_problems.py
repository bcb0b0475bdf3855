"""Data: held out, exact, as rough and as wide as is said."""

import numpy as np
import pytest

from benchmarks.ablations import problems

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


def every():
    return [*problems.three(3, 144), problems.bowl(3, 100, 4), problems.waves(3, 100, 3, 5.0)]


@pytest.mark.parametrize("problem", every(), ids=lambda problem: problem.name)
def test_points_are_held_out_in_the_box(problem):
    assert not {tuple(x) for x in problem.X} & {tuple(x) for x in problem.X_test}
    assert len(problem.X_test) == len(problem.y_test) == problems.N_TEST
    assert len(problem.X) == pytest.approx(144, rel=0.35)
    assert (np.abs(problem.X_test) <= 1).all()


def test_rows_and_points_are_of_one_function():
    """A line between neighboring points of a dense grid is within a pixel's slope of the field."""
    problem = problems.leaves(0, 100**2)
    grid = problem.y.reshape(100, 100)
    nearest = np.rint((problem.X_test + 1) / 2 * 99).astype(int)
    assert np.corrcoef(grid[tuple(nearest.T)], problem.y_test)[0, 1] > 0.95


def test_slopes_are_those_of_the_field():
    """Steps of half a millionth in another direction than those of the differences."""
    problem = problems.leaves(1, 400)
    field = problems._cover(np.random.default_rng(1), width=1 / 20)
    step = 1e-6 * np.array([0.6, 0.8])
    rise = (field(problem.X_test + step) - field(problem.X_test - step)) / 2e-6
    np.testing.assert_allclose(problem.slopes @ [0.6, 0.8], rise, atol=1e-6)


def test_rough_fields_have_edges():
    """Most of a leaf's rise is in a pixel: slopes are far from even."""
    slopes = np.linalg.norm(problems.leaves(0, 900).slopes, axis=1)
    assert slopes.max() > 8 * np.median(slopes)


def test_seeds_draw_anew():
    assert not np.array_equal(problems.leaves(0, 100).y, problems.leaves(1, 100).y)


@pytest.mark.parametrize("cycles", [1.0, 8.0])
def test_waves_have_so_many_cycles(cycles):
    """A sum of cosines of slopes below pi times `cycles` rises no faster than all of them."""
    problem = problems.waves(0, 2000, 1, cycles)
    order = np.argsort(problem.X[:, 0])
    rise = np.abs(np.diff(problem.y[order])) / np.diff(problem.X[order, 0])
    assert np.pi * cycles < rise.max() < 20 * np.pi * cycles
