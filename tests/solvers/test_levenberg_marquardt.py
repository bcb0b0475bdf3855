"""Levenberg-Marquardt: single steps by hand, exact problems to rounding."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.utils._param_validation import InvalidParameterError

from skspectral.networks import DenseNetwork, affine_features
from skspectral.solvers import (
    LevenbergMarquardt,
    Limits,
    Status,
    cost,
    eliminate_readout,
    matrix_free,
    minimize,
)
from skspectral.solvers.cost import FORMS, lm_form
from skspectral.solvers.levenberg_marquardt import EQUATIONS

EPS = np.finfo(float).eps
LONG = Limits(300, tol=0.0)


@pytest.fixture(params=FORMS)
def form(request):
    """Every way to solve the damped problem."""
    return request.param


@pytest.mark.parametrize("damping", [1.0, 1e-2])
def test_step_solves_the_damped_problem(damping, form, any_stage, step_by_lapack):
    problem = eliminate_readout(any_stage.data)
    solver = LevenbergMarquardt(damping=damping, form=form)
    state, jacobian = solver.init(problem, any_stage.theta, Limits(10)), any_stage.jacobian()
    shift = damping * float(jacobian.dense().square().sum()) / jacobian.p
    trial = any_stage.theta + torch.tensor(step_by_lapack(jacobian, shift))
    taken = solver.step(problem, state)
    # Where the trial does not lower the loss, the same step at a higher damping does.
    expected = min(problem.evaluate(trial).loss, state.point.loss)
    assert taken.point.loss == pytest.approx(expected, rel=1e-8)


def damping_sensitivity(problem, jacobian, theta, shift, move):
    """Relative change of the damping for a change of the move by one.

    Nielsen's factor is a third at least, and changes six times as fast as the ratio of gain to predicted
    gain. The gain changes as fast as the loss does where the move ends.
    """
    descent = jacobian.descent()
    slope = jacobian.n * problem.gradient(problem.evaluate(theta + move))
    steepest = float(slope.norm() + (2 * shift * move + descent).norm())
    return 18 * steepest / float(move @ (shift * move + descent))


@pytest.mark.parametrize("damping", [1.0, 1e-2, 1e-4])
def test_all_forms_take_the_same_step(damping, make_stage):
    """Several outputs, weights, two layers, features beside the net; accepted or not."""
    network = DenseNetwork((2, 5, 4), ("sin", "tanh"), (0, 1))
    stage = make_stage(network, k=3, n=60, fixed=affine_features, size=1.0)
    problem, moves, dampings = eliminate_readout(stage.data), [], []
    for name in FORMS:
        solver = LevenbergMarquardt(damping=damping, form=name)
        state = solver.init(problem, stage.theta, Limits(10))
        system = EQUATIONS[name](stage.jacobian())
        moves.append(system.solve(damping * system.mean_diagonal))
        dampings.append(solver.step(problem, state).memory.damping)
    bound = 1e-8 * float(moves[0].norm())
    for move in moves[1:]:
        assert float((move - moves[0]).norm()) < bound
    shift = damping * system.mean_diagonal
    bound *= damping_sensitivity(problem, stage.jacobian(), stage.theta, shift, moves[0])
    assert dampings[1:] == pytest.approx(dampings[:1] * 2, rel=bound)


def test_accepted_step_goes_where_the_damped_problem_says(form, solvable, step_by_lapack):
    problem, solver = eliminate_readout(solvable.data), LevenbergMarquardt(damping=1.0, form=form)
    state, jacobian = solver.init(problem, solvable.theta, Limits(10)), solvable.jacobian()
    expected = step_by_lapack(jacobian, float(jacobian.dense().square().sum()) / jacobian.p)
    found = (solver.step(problem, state).point.parameters - solvable.theta).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_damping_follows_the_gain_ratio(form, any_stage, step_by_lapack):
    """Nielsen (1999), eq. 2.21: max(1/3, 1 - (2 rho - 1)^3), rho = gain / predicted gain."""
    problem, solver = eliminate_readout(any_stage.data), LevenbergMarquardt(damping=1.0, form=form)
    state, jacobian = solver.init(problem, any_stage.theta, Limits(10)), any_stage.jacobian()
    shift = float(jacobian.dense().square().sum()) / jacobian.p
    step = step_by_lapack(jacobian, shift)
    residual = state.point.residual.T.reshape(-1).numpy()
    predicted = step @ (shift * step + jacobian.dense().numpy().T @ residual)
    taken = solver.step(problem, state)
    gain = np.square(residual).sum() - float(taken.point.residual.square().sum())
    expected = max(1 / 3, 1 - (2 * gain / predicted - 1) ** 3)
    assert gain > 0 and taken.memory.damping == pytest.approx(expected, rel=1e-7)


def test_rejected_steps_raise_the_damping_faster_and_faster(form, solvable, monkeypatch):
    """At a minimum no step helps: 2, then 4, then 8 times the damping, point and system kept."""
    problem, solver = eliminate_readout(solvable.data), LevenbergMarquardt(damping=1.0, form=form)
    state = solver.init(problem, solvable.theta, Limits(10))
    worse = replace(state.point, loss=state.point.loss * 2)
    monkeypatch.setattr(problem, "evaluate", lambda theta: worse)
    state = solver.step(problem, state)
    system, dampings = state.memory.system, [state.memory.damping]
    assert system is not None
    for _ in range(2):
        state = solver.step(problem, state)
        assert state.memory.system is system
        dampings.append(state.memory.damping)
        assert torch.equal(state.point.parameters, solvable.theta)
    assert dampings == [2, 8, 64]


def test_a_trial_that_is_not_finite_is_rejected(solvable, monkeypatch):
    problem, solver = eliminate_readout(solvable.data), LevenbergMarquardt()
    state = solver.init(problem, solvable.theta, Limits(10))
    lost = replace(state.point, loss=float("nan"))
    monkeypatch.setattr(problem, "evaluate", lambda theta: lost)
    after = solver.step(problem, state)
    assert after.point is state.point and after.memory.damping > state.memory.damping


def test_loss_never_rises(form, any_stage):
    problem, solver = eliminate_readout(any_stage.data), LevenbergMarquardt(form=form)
    solution = minimize(solver, problem, any_stage.theta, Limits(30))
    assert (np.diff(solution.losses) <= 0).all() and solution.losses[-1] < solution.losses[0]


def test_solvable_problem_is_solved_to_rounding(form, solvable):
    """Zero-residual problems converge quadratically: from 0.4 away within 30 steps."""
    problem = eliminate_readout(solvable.data)
    solution = minimize(LevenbergMarquardt(form=form), problem, solvable.theta, LONG)
    size = float(solvable.data.targets.square().mean())
    assert solution.point.loss < (100 * EPS) ** 2 * size
    within = next(i for i, loss in enumerate(solution.losses) if loss < 1e-24 * size)
    assert within <= 30


@pytest.mark.parametrize("d", [1, 2])
def test_tones_are_found_to_rounding(d, form, make_stage):
    """Lines off by less than half their resolution; their frequencies come back to rounding."""
    network = DenseNetwork((d, 2), ("pair",), (0,))
    stage = make_stage(network, n=80, held_out=False)
    wanted = torch.linspace(3.0, 9.0, 2 * d, dtype=torch.float64)
    wanted = torch.cat([wanted, torch.zeros(2, dtype=torch.float64)])
    readout = torch.tensor([[1.0], [0.5], [-0.3], [0.8]], dtype=torch.float64)
    y = network.features(wanted, stage.data.samples.t) @ readout
    data = replace(stage.data, samples=stage.data.samples.with_targets(y))
    start = wanted + 0.3 * torch.cos(torch.arange(len(wanted), dtype=torch.float64))
    solution = minimize(LevenbergMarquardt(form=form), eliminate_readout(data), start, LONG)
    assert solution.point.loss < 1e-28
    # A phase is undone by the readout: only the frequencies are determined.
    found = solution.point.parameters[: 2 * d]
    torch.testing.assert_close(found, wanted[: 2 * d], rtol=0, atol=1e-12)


@pytest.mark.parametrize("k", [1, 2])
def test_more_parameters_than_residuals_leave_nothing(k, form, make_stage, monkeypatch):
    """140 parameters, 24 rows; the matrix-free steps are rough ones."""
    monkeypatch.setattr(matrix_free, "svd_columns", lambda: 0)
    stage = make_stage(DenseNetwork((2, 10, 10), ("sin", "sin"), (1,)), k, 24, held_out=False)
    problem, solver = eliminate_readout(stage.data), LevenbergMarquardt(form=form)
    solution = minimize(solver, problem, stage.theta, LONG)
    assert solution.point.loss < 1e-24


def test_at_a_minimum_it_says_so(form, make_stage):
    """Targets in the span of the constant: nothing is left to fit."""
    stage = make_stage(DenseNetwork((1, 2), ("tanh",), (0,)), held_out=False)
    rows = stage.data.samples.with_targets(torch.ones_like(stage.data.samples.y))
    problem = eliminate_readout(replace(stage.data, samples=rows))
    solution = minimize(LevenbergMarquardt(form=form), problem, stage.theta, LONG)
    assert solution.status in {Status.ROUNDING_FLOOR, Status.STUCK}
    assert solution.point.loss < (10 * EPS) ** 2


@pytest.mark.parametrize("n", [40, 5])
def test_auto_is_the_cheapest_form(n, make_stage):
    stage = make_stage(DenseNetwork((1, 4, 4), ("tanh", "tanh"), (1,)), n=n)
    state = LevenbergMarquardt().init(eliminate_readout(stage.data), stage.theta, Limits(1))
    assert state.memory.form == lm_form(n, 1, stage.data.network.shapes)


def test_auto_takes_rough_steps_before_dear_ones(make_stage, monkeypatch):
    """Every step counts as dear: conjugate gradients first, then the cheapest form alone."""
    monkeypatch.setattr(cost, "affordable", lambda flops: False)
    stage, taken = make_stage(DenseNetwork((1, 4, 4), ("tanh", "tanh"), (0,)), n=20), []

    def watched(name, equations, jacobian):
        taken.append(name)
        return equations(jacobian)

    for name, equations in EQUATIONS.items():
        monkeypatch.setitem(EQUATIONS, name, partial(watched, name, equations))
    minimize(LevenbergMarquardt(), eliminate_readout(stage.data), stage.theta, LONG)
    rough = taken.count("matrix-free")
    assert 0 < rough < len(taken)
    assert taken == ["matrix-free"] * rough + ["dual"] * (len(taken) - rough)


@pytest.mark.parametrize(
    ("name", "value"),
    [("damping", value) for value in (0, -1.0, float("nan"), float("inf"), "1")]
    + [("form", value) for value in ("Dual", None, 1)],
)
def test_bad_parameters_are_named(name, value, solvable):
    solver = LevenbergMarquardt(**{name: value})
    with pytest.raises(InvalidParameterError, match=f"'{name}' parameter of LevenbergMarquardt"):
        solver.init(eliminate_readout(solvable.data), solvable.theta, Limits(1))


def test_forms_that_cannot_fit_are_refused(solvable, monkeypatch):
    monkeypatch.setattr(cost, "memory_of", lambda device: 63.0)
    problem, theta = eliminate_readout(solvable.data), solvable.theta
    with pytest.raises(ValueError, match=r"form='dual' .* 40 residuals and 4 .*form='matrix-free'"):
        LevenbergMarquardt(form="dual").init(problem, theta, Limits(1))
    LevenbergMarquardt(form="matrix-free").init(problem, theta, Limits(1))
