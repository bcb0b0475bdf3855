"""J J^T from activations and deltas: against the matrix, and what is done about its rounding."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skspectral._backend import blocks
from skspectral.networks import DenseNetwork
from skspectral.solvers.dual import DualEquations
from skspectral.solvers.primal import PrimalEquations
from skspectral.solvers.problem import TRAINING_PRECISION


def off(found, expected):
    return np.linalg.norm(found.numpy() - expected) / np.linalg.norm(expected)


@pytest.fixture
def accuracy(product_rounding):
    """How far refined steps may be off, relative to the step that is expected.

    The step is J^T u, and u = (J J^T + shift I)^-1 residual is up to |residual| / shift long: products
    with vectors of that length round. What refinement leaves of the residual is multiplied by
    J^T (J J^T + shift I)^-1, whose norm is 1 / (2 sqrt(shift)) at most.
    """

    def bound(jacobian, shift, expected):
        left = product_rounding(jacobian) / shift + TRAINING_PRECISION / (2 * np.sqrt(shift))
        return left * float(jacobian.residual.norm()) / np.linalg.norm(expected)

    return bound


@pytest.fixture
def near_dependent(make_stage):
    """Six tanh units of small weights: their readout is large and cancels, J is what is left."""
    return make_stage(DenseNetwork((1, 3, 3), ("tanh", "tanh"), (1,)), n=20, size=0.1)


@pytest.mark.parametrize("budget", [10**9, 7 * 2**19, 1], ids=["one block", "7 rows", "1 row"])
def test_gram_is_the_jacobians(budget, any_stage, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", budget)
    system, matrix = DualEquations(any_stage.jacobian()), any_stage.projected_jacobian()
    expected = np.tril(matrix @ matrix.T)
    found = np.tril(system.gram.numpy())
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.abs(expected).max())
    mean = np.square(matrix).sum() / matrix.shape[1]
    assert system.mean_diagonal == pytest.approx(mean, rel=1e-10)


@pytest.mark.parametrize("damping", [1.0, 1e-2, 1e-6])
def test_step_is_the_damped_one(damping, any_stage, step_by_lapack, accuracy):
    system = DualEquations(any_stage.jacobian())
    shift = damping * system.mean_diagonal
    expected = step_by_lapack(system.jacobian, shift)
    assert off(system.solve(shift), expected) < accuracy(system.jacobian, shift, expected)


@pytest.mark.parametrize("damping", [1.0, 1e-3])
def test_rounding_is_refined_away(damping, near_dependent, step_by_lapack, accuracy):
    """K is 6e10 times its projection: Cholesky alone is off by far more than products with J are."""
    system = DualEquations(near_dependent.jacobian())
    raw = torch.cat(system.jacobian.raw(slice(None)))
    assert float(raw.square().sum()) > 1e9 * system.mean_diagonal * system.jacobian.p
    shift = damping * PrimalEquations(system.jacobian).mean_diagonal
    expected = step_by_lapack(system.jacobian, shift)
    by_cholesky = torch.cholesky_solve(system.jacobian.residual, system._factor(shift))
    bound = accuracy(system.jacobian, shift, expected)
    assert off(system.jacobian.transposed(by_cholesky), expected) > bound
    assert off(system.solve(shift), expected) < bound


def test_shift_is_raised_where_cholesky_fails(any_stage, step_by_lapack):
    """Pushed below zero by as much as rounding does; refinement undoes most of the raise."""
    system = DualEquations(any_stage.jacobian())
    shift = 1e-2 * system.mean_diagonal
    expected = step_by_lapack(system.jacobian, shift)
    system.gram.diagonal().sub_(2 * shift)
    damped = system.gram + shift * torch.eye(len(system.gram), dtype=torch.float64)
    assert int(torch.linalg.cholesky_ex(damped).info)
    assert off(system.solve(shift), expected) < 1e-6


def test_what_is_not_finite_is_an_error(any_stage):
    system = DualEquations(any_stage.jacobian())
    system.gram[0, 0] = float("nan")
    with pytest.raises(torch.linalg.LinAlgError, match="finite"):
        system.solve(1.0)


def test_saturated_units_are_not_moved(make_stage):
    stage = make_stage(DenseNetwork((1, 2), ("tanh",), (0,)))
    saturated = torch.tensor([0.0, 0.0, 50.0, -60.0], dtype=torch.float64)
    system = DualEquations(replace(stage, theta=saturated).jacobian())
    assert system.mean_diagonal == 0
    assert not system.solve(1e-300).any()
