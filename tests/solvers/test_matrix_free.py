"""Conjugate gradients on J^T J: small systems to rounding, large ones as far as it pays."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.linalg import block_diag

from skspectral.networks import DenseNetwork
from skspectral.solvers import LevenbergMarquardt, Limits, eliminate_readout
from skspectral.solvers import matrix_free as module
from skspectral.solvers.cost import ROUGH_STEP_PRODUCTS
from skspectral.solvers.matrix_free import MatrixFreeEquations


@pytest.fixture(params=[(20, 1), (200, 2)], ids=["few rows", "few parameters"])
def stage(request, make_stage):
    n, k = request.param
    return make_stage(DenseNetwork((2, 8, 6), ("sin", "tanh"), (1,)), k, n)


@pytest.fixture
def large(monkeypatch):
    """Every system counts as large."""
    monkeypatch.setattr(module, "svd_columns", lambda: 0)


@pytest.mark.parametrize("damping", [1.0, 1e-2, 1e-4])
def test_small_systems_are_solved(damping, any_stage, step_by_lapack, product_rounding):
    """The inverse, 1 / shift at most, multiplies what the solve leaves and what its products round."""
    system = MatrixFreeEquations(any_stage.jacobian())
    jacobian, shift = system.jacobian, damping * system.mean_diagonal
    expected = step_by_lapack(jacobian, shift)
    image = float(torch.linalg.matrix_norm(jacobian.dense(), 2)) * np.linalg.norm(expected)
    rounding = product_rounding(jacobian) * (float(jacobian.residual.norm()) + image)
    off = np.linalg.norm(system.solve(shift).numpy() - expected)
    assert off < (rounding + module.TRAINING_PRECISION * float(system.descent.norm())) / shift


def test_trace_of_small_systems_is_exact(stage):
    jacobian = stage.jacobian()
    expected = float(jacobian.dense().square().sum()) / jacobian.p
    assert MatrixFreeEquations(jacobian).mean_diagonal == pytest.approx(expected, rel=1e-10)


def test_trace_of_large_systems_is_estimated(stage, large):
    """Variance of Hutchinson's estimate: twice the squares off the diagonal."""
    jacobian = stage.jacobian()
    gram = jacobian.dense().T @ jacobian.dense()
    deviation = 2**0.5 * float(gram.norm())
    found = MatrixFreeEquations(jacobian).mean_diagonal
    assert 0 < abs(found * jacobian.p - float(gram.trace())) < 3 * deviation
    assert found == MatrixFreeEquations(jacobian).mean_diagonal


def test_large_systems_are_solved_as_far_as_it_pays(stage, large):
    """At most what the exact step gains on the damped model, at least two thirds of it."""
    system = MatrixFreeEquations(stage.jacobian())
    shift = 1e-2 * system.mean_diagonal
    matrix = system.jacobian.dense()
    damped = matrix.T @ matrix + shift * torch.eye(system.jacobian.p, dtype=torch.float64)

    def gain(step):
        return float(2 * system.descent @ step - step @ damped @ step)

    share = gain(system.solve(shift)) / gain(torch.linalg.solve(damped, system.descent))
    assert 2 / 3 < share < 1 - 1e-12


def test_preconditioner_is_the_kronecker_factored_curvature(stage, rng):
    """Each layer's (A^T A) x (D^T D), with the trace of J^T J, written out and inverted."""
    system, shift = MatrixFreeEquations(stage.jacobian()), 0.3
    jacobian, v = system.jacobian, rng.standard_normal(system.jacobian.p)
    matrix = block_diag(
        *(
            np.kron(a.T @ a, sum(table.T @ table for table in d))
            for a, d in zip(jacobian.inputs, jacobian.deltas)
        )
    )
    matrix *= float(jacobian.dense().square().sum()) / np.trace(matrix)
    expected = np.linalg.solve(matrix + shift * np.eye(len(v)), v)
    found = system._precondition(torch.tensor(v), shift)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_rough_steps_take_about_as_many_products_as_their_cost_counts(make_stage, large):
    """The mean over a training on two waves."""
    stage = make_stage(DenseNetwork((2, 20, 20), ("tanh", "tanh"), (1,)), n=400)
    samples = stage.data.samples
    waves = torch.sin(5 * samples.t[:, :1]) + torch.cos(7 * samples.t.prod(1, keepdim=True))
    data = replace(stage.data, samples=samples.with_targets(waves))
    solver, problem = LevenbergMarquardt(form="matrix-free"), eliminate_readout(data)
    state = solver.init(problem, stage.theta, Limits(150))
    for _ in range(150):
        state = solver.step(problem, state)
    products = -state.memory.head_start / 150
    assert ROUGH_STEP_PRODUCTS / 4 < products < 4 * ROUGH_STEP_PRODUCTS
