"""The simple methods, where they are exact."""

import numpy as np
import pytest

from benchmarks.trust.cases import Case
from benchmarks.trust.geometry import mesh
from benchmarks.trust.peers import simple_errors

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


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
