"""Levenberg-Marquardt: single steps by hand, exact problems to rounding."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skspectral.networks import DenseNetwork
from skspectral.solvers import LevenbergMarquardt, Limits, Status, eliminate_readout, minimize
from skspectral.solvers import levenberg_marquardt as module

EPS = np.finfo(float).eps
LONG = Limits(300, tol=0.0)


def damped_step(problem, point, damping):
    """argmin |J h - r|^2 + damping mean(diag J^T J) |h|^2 by LAPACK on the stacked system."""
    jacobian = problem.jacobian(point).numpy()
    shift = damping * np.square(jacobian).sum() / jacobian.shape[1]
    tall = np.vstack([jacobian, np.sqrt(shift) * np.eye(jacobian.shape[1])])
    targets = np.append(point.residual.T.reshape(-1).numpy(), np.zeros(jacobian.shape[1]))
    return np.linalg.lstsq(tall, targets)[0]


@pytest.mark.parametrize("damping", [1.0, 1e-2])
def test_step_solves_the_damped_problem(damping, any_stage):
    problem, solver = eliminate_readout(any_stage.data), LevenbergMarquardt(damping=damping)
    state = solver.init(problem, any_stage.theta, 10)
    trial = any_stage.theta + torch.tensor(damped_step(problem, state.point, damping))
    taken = solver.step(problem, state)
    # Where the trial does not lower the loss, the same step at a higher damping does.
    expected = min(problem.evaluate(trial).loss, state.point.loss)
    assert taken.point.loss == pytest.approx(expected, rel=1e-8)


def test_accepted_step_goes_where_the_damped_problem_says(solvable):
    problem, solver = eliminate_readout(solvable.data), LevenbergMarquardt(damping=1.0)
    state = solver.init(problem, solvable.theta, 10)
    expected = damped_step(problem, state.point, 1.0)
    found = (solver.step(problem, state).point.theta - solvable.theta).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_damping_follows_the_gain_ratio(any_stage):
    """Nielsen (1999), eq. 2.21: max(1/3, 1 - (2 rho - 1)^3), rho = gain / predicted gain."""
    problem, solver = eliminate_readout(any_stage.data), LevenbergMarquardt(damping=1.0)
    state = solver.init(problem, any_stage.theta, 10)
    step = damped_step(problem, state.point, 1.0)
    jacobian = problem.jacobian(state.point).numpy()
    residual = state.point.residual.T.reshape(-1).numpy()
    shift = np.square(jacobian).sum() / len(step)
    predicted = step @ (shift * step + jacobian.T @ residual)
    taken = solver.step(problem, state)
    gain = np.square(residual).sum() - float(taken.point.residual.square().sum())
    expected = max(1 / 3, 1 - (2 * gain / predicted - 1) ** 3)
    assert 0 < gain and taken.memory.damping == pytest.approx(expected, rel=1e-7)


def test_rejected_steps_raise_the_damping_faster_and_faster(solvable, monkeypatch):
    """At a minimum no step helps: 2, then 4, then 8 times the damping, the point kept."""
    problem, solver = eliminate_readout(solvable.data), LevenbergMarquardt(damping=1.0)
    state = solver.init(problem, solvable.theta, 10)
    worse = replace(state.point, loss=state.point.loss * 2)
    monkeypatch.setattr(problem, "evaluate", lambda theta: worse)
    dampings = []
    for _ in range(3):
        state = solver.step(problem, state)
        dampings.append(state.memory.damping)
        assert torch.equal(state.point.theta, solvable.theta)
    assert dampings == [2, 8, 64]


def test_a_trial_that_is_not_finite_is_rejected(solvable, monkeypatch):
    problem, solver = eliminate_readout(solvable.data), LevenbergMarquardt()
    state = solver.init(problem, solvable.theta, 10)
    lost = replace(state.point, loss=float("nan"))
    monkeypatch.setattr(problem, "evaluate", lambda theta: lost)
    after = solver.step(problem, state)
    assert after.point is state.point and after.memory.damping > state.memory.damping


def test_loss_never_rises(any_stage):
    solution = minimize(
        LevenbergMarquardt(), eliminate_readout(any_stage.data), any_stage.theta, Limits(60)
    )
    assert (np.diff(solution.losses) <= 0).all() and solution.losses[-1] < solution.losses[0]


def test_solvable_problem_is_solved_to_rounding(solvable):
    """Zero-residual problems converge quadratically: from 0.4 away within 30 steps."""
    problem = eliminate_readout(solvable.data)
    solution = minimize(LevenbergMarquardt(), problem, solvable.theta, LONG)
    size = float(solvable.data.targets.square().mean())
    assert solution.point.loss < (100 * EPS) ** 2 * size
    within = next(i for i, loss in enumerate(solution.losses) if loss < 1e-24 * size)
    assert within <= 30


@pytest.mark.parametrize("d", [1, 2])
def test_tones_are_found_to_rounding(d, make_stage):
    """Lines off by less than half their resolution; their frequencies come back to rounding."""
    network = DenseNetwork((d, 2), ("pair",), (0,))
    stage = make_stage(network, n=80, held_out=False)
    wanted = torch.linspace(3.0, 9.0, 2 * d, dtype=torch.float64)
    wanted = torch.cat([wanted, torch.zeros(2, dtype=torch.float64)])
    readout = torch.tensor([[1.0], [0.5], [-0.3], [0.8]], dtype=torch.float64)
    y = network.features(wanted, stage.data.samples.t) @ readout
    data = replace(stage.data, samples=stage.data.samples.with_targets(y))
    start = wanted + 0.3 * torch.cos(torch.arange(len(wanted), dtype=torch.float64))
    solution = minimize(LevenbergMarquardt(), eliminate_readout(data), start, LONG)
    assert solution.point.loss < 1e-28
    # A phase is undone by the readout: only the frequencies are determined.
    found = solution.point.theta[: 2 * d]
    torch.testing.assert_close(found, wanted[: 2 * d], rtol=0, atol=1e-12)


@pytest.mark.parametrize("shift", [1.0, 1e-4])
def test_factorizations_agree(shift, rng):
    jacobian, residual = (torch.tensor(rng.standard_normal(shape)) for shape in ((30, 6), (15, 2)))
    descent = jacobian.T @ residual.T.reshape(-1)
    by_cholesky = module._solve_damped(jacobian.T @ jacobian, descent, shift)
    by_qr = module._solve_damped_by_qr(jacobian, residual, shift)
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
    assert module._solve_damped(gram, J.T @ torch.tensor(target), 1e-24) is None
    found = module._solve_damped_by_qr(J, torch.tensor(target)[:, None], 1e-24).numpy()
    expected = right @ (singular / (singular**2 + 1e-24))
    assert np.linalg.norm(found - expected) < 1e-3 * np.linalg.norm(expected)


def test_training_by_qr_alone_takes_the_same_path(any_stage, monkeypatch):
    problem, limits = eliminate_readout(any_stage.data), Limits(4)
    by_cholesky = minimize(LevenbergMarquardt(), problem, any_stage.theta, limits)
    monkeypatch.setattr(module, "_solve_damped", lambda *system: None)
    by_qr = minimize(LevenbergMarquardt(), problem, any_stage.theta, limits)
    np.testing.assert_allclose(by_qr.losses, by_cholesky.losses, rtol=1e-6)


def test_at_a_minimum_it_says_so(make_stage):
    """Targets in the span of the constant: nothing is left to fit."""
    stage = make_stage(DenseNetwork((1, 2), ("tanh",), (0,)), held_out=False)
    rows = stage.data.samples.with_targets(torch.ones_like(stage.data.samples.y))
    problem = eliminate_readout(replace(stage.data, samples=rows))
    solution = minimize(LevenbergMarquardt(), problem, stage.theta, LONG)
    assert solution.status in {Status.ROUNDING_FLOOR, Status.STUCK}
    assert solution.point.loss < (10 * EPS) ** 2
