"""The normal matrix of the parameters: blocks of rows, and QR where Cholesky fails."""

import numpy as np
import pytest
import torch

from skspectral._backend import blocks
from skspectral.solvers import primal as module
from skspectral.solvers.primal import PrimalEquations


@pytest.mark.parametrize("budget", [10**9, 5000, 1], ids=["one block", "blocks", "single rows"])
def test_normal_equations_are_the_jacobians(budget, any_stage, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", budget)
    system = PrimalEquations(any_stage.jacobian())
    jacobian, (_, residual) = any_stage.projected_jacobian(), any_stage.best_readout()
    expected = jacobian.T @ jacobian
    bound = 1e-10 * np.abs(expected).max()
    np.testing.assert_allclose(system.gram, expected, rtol=0, atol=bound)
    assert system.mean_diagonal == pytest.approx(np.diag(expected).mean(), rel=1e-10)
    downhill = jacobian.T @ residual.T.reshape(-1)
    bound = 1e-10 * np.linalg.norm(jacobian) * np.linalg.norm(residual)
    np.testing.assert_allclose(system.descent, downhill, rtol=0, atol=bound)


@pytest.mark.parametrize("shift", [1.0, 1e-4])
def test_factorizations_agree(shift, rng):
    jacobian, residual = (torch.tensor(rng.standard_normal(shape)) for shape in ((30, 6), (15, 2)))
    descent = jacobian.T @ residual.T.reshape(-1)
    by_cholesky = module.solve_damped(jacobian.T @ jacobian, descent, shift)
    by_qr = module.solve_damped_by_qr(jacobian, residual, shift)
    torch.testing.assert_close(by_qr, by_cholesky, rtol=1e-12, atol=1e-13)


def test_qr_steps_where_cholesky_fails(rng):
    """Singular values to 1e-12: squared they are lost, by QR the step keeps four digits."""
    left = np.linalg.qr(rng.standard_normal((30, 4)))[0]
    right = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    singular = np.array([1.0, 1e-3, 1e-6, 1e-12])
    jacobian, target = left * singular @ right.T, left @ np.ones(4)
    J = torch.tensor(jacobian)
    # Pushed below zero by as much as rounding does.
    gram = J.T @ J - 1e-15 * torch.eye(4, dtype=torch.float64)
    assert module.solve_damped(gram, J.T @ torch.tensor(target), 1e-24) is None
    found = module.solve_damped_by_qr(J, torch.tensor(target)[:, None], 1e-24).numpy()
    expected = right @ (singular / (singular**2 + 1e-24))
    assert np.linalg.norm(found - expected) < 1e-3 * np.linalg.norm(expected)


def test_qr_alone_takes_the_same_step(any_stage, monkeypatch):
    system = PrimalEquations(any_stage.jacobian())
    by_cholesky = system.solve(1e-2 * system.mean_diagonal)
    monkeypatch.setattr(module, "solve_damped", lambda *system: None)
    by_qr = system.solve(1e-2 * system.mean_diagonal)
    assert float((by_qr - by_cholesky).norm()) < 1e-9 * float(by_cholesky.norm())
