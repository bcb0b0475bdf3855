"""Kaufman's Jacobian: its rows against the projection written out, its products against its rows."""

import numpy as np
import pytest
import torch

from skspectral.solvers import eliminate_readout

EPS = np.finfo(float).eps


def test_jacobian_is_projected(any_stage):
    expected = any_stage.projected_jacobian()
    found = any_stage.jacobian().dense()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("rows", [slice(0, 1), slice(7, 19), slice(None)])
def test_rows_are_those_of_the_jacobian_before_the_projection(rows, any_stage):
    jacobian = any_stage.jacobian()
    projected = torch.cat([jacobian.project(table) for table in jacobian.raw(slice(None))])
    torch.testing.assert_close(projected, jacobian.dense(), rtol=0, atol=0)
    for part, whole in zip(jacobian.raw(rows), jacobian.raw(slice(None))):
        torch.testing.assert_close(part, whole[rows], rtol=0, atol=0)


def test_products_are_those_of_the_matrix(any_stage, rng):
    jacobian, matrix = any_stage.jacobian(), any_stage.jacobian().dense()
    v = torch.tensor(rng.standard_normal(jacobian.p))
    u = torch.tensor(rng.standard_normal((jacobian.n, jacobian.k)))
    size = sum(float(table.norm()) for table in jacobian.raw(slice(None)))
    expected = (matrix @ v).view(jacobian.k, jacobian.n).T
    bound = 10 * EPS * size * float(v.norm())
    torch.testing.assert_close(jacobian.times(v), expected, rtol=0, atol=bound)
    expected = matrix.T @ u.T.reshape(-1)
    bound = 10 * EPS * size * float(u.norm())
    torch.testing.assert_close(jacobian.transposed(u), expected, rtol=0, atol=bound)


def test_descent_is_the_exact_gradient_turned_round(any_stage):
    """Kaufman's Jacobian is approximate, its gradient exact: J^T r = -n/2 d loss / d theta."""
    problem, jacobian = eliminate_readout(any_stage.data), any_stage.jacobian()
    expected = -problem.gradient(problem.evaluate(any_stage.theta)) * any_stage.data.samples.n / 2
    bound = 1e-11 * float(jacobian.dense().norm() * jacobian.residual.norm())
    torch.testing.assert_close(jacobian.descent(), expected, rtol=0, atol=bound)
