"""L-BFGS against the dense formula, SciPy, and known minimizers."""

import numpy as np
import pytest
import torch
from scipy import optimize
from sklearn.utils._param_validation import InvalidParameterError

from skspectral.solvers import LBFGS, Limits, eliminate_readout, minimize
from skspectral.solvers import lbfgs as module

START = torch.tensor([-1.2, 1.0] * 5, dtype=torch.float64)


def tensor(values):
    return torch.tensor(np.asarray(values, float))


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def quadratic(x):
    """Curvatures from 1 to 1e4, least at 1, 2, .. , 10, where it is zero."""
    curvature = torch.logspace(0, 4, 10, dtype=torch.float64)
    return (curvature * (x - torch.arange(1, 11)) ** 2).sum() / 2


FUNCTIONS = {"quadratic": (quadratic, np.arange(1, 11)), "rosenbrock": (rosenbrock, np.ones(10))}


def by_scipy(function, **options):
    value = lambda x: float(function(tensor(x)))  # noqa: E731
    slope = lambda x: torch.func.grad(function)(tensor(x)).numpy()  # noqa: E731
    options = {"maxcor": 50, "ftol": 0, "gtol": 1e-10, "maxiter": 1000} | options
    return optimize.minimize(value, START.numpy(), jac=slope, method="L-BFGS-B", options=options)


@pytest.mark.parametrize(("function", "minimizer"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_minimizer_is_found(function, minimizer, formula):
    """The loss is 1e-20 and less: within 1e-9 of the minimizer at these curvatures."""
    solution = minimize(LBFGS(), formula(function), START, Limits(1000, tol=0.0))
    np.testing.assert_allclose(solution.point.parameters, minimizer, rtol=0, atol=1e-9)


@pytest.mark.parametrize("function", [quadratic, rosenbrock])
def test_no_slower_than_scipy(function, formula):
    expected = by_scipy(function)
    solution = minimize(LBFGS(), formula(function), START, Limits(1000, tol=0.0))
    reached = next(i for i, loss in enumerate(solution.losses) if loss <= max(expected.fun, 1e-18))
    assert reached <= 1.5 * expected.nit


def pairs(rng, count, size):
    """Steps and gradient changes of a convex quadratic."""
    root = rng.standard_normal((size, size))
    steps = [tensor(rng.standard_normal(size)) for _ in range(count)]
    return steps, [tensor(root @ root.T @ s.numpy() + s.numpy()) for s in steps]


@pytest.mark.parametrize("count", [0, 1, 3, 8])
def test_direction_is_the_dense_update(count, rng):
    """Nocedal and Wright, eq. 7.16 with H_0 = (s.y / y.y) I of the last pair."""
    size = 6
    steps, changes = pairs(rng, count, size)
    gradient = tensor(rng.standard_normal(size))
    scales = [1.0, *(float(s @ y / (y @ y)) for s, y in zip(steps, changes))]
    inverse = scales[-1] * np.eye(size)
    for s, y in zip(steps, changes):
        s, y = s.numpy(), y.numpy()
        left = np.eye(size) - np.outer(s, y) / (s @ y)
        inverse = left @ inverse @ left.T + np.outer(s, s) / (s @ y)
    memory = module._Memory(gradient, tuple(steps), tuple(changes))
    expected = -inverse @ gradient.numpy()
    bound = 1e-12 * np.linalg.norm(inverse) * float(gradient.norm()) * 100
    np.testing.assert_allclose(module._direction(memory), expected, rtol=0, atol=bound)


@pytest.mark.parametrize("power", [-80, 80])
def test_loss_may_have_any_scale(power, formula):
    """Powers of two change no bit of the path: no threshold is absolute."""
    plain, scaled = formula(rosenbrock), formula(lambda x: rosenbrock(x) * 2.0**power)
    solver = LBFGS(memory=5)
    first, second = (solver.init(problem, START, Limits(30)) for problem in (plain, scaled))
    for _ in range(30):
        first, second = solver.step(plain, first), solver.step(scaled, second)
        assert torch.equal(first.point.parameters, second.point.parameters)


def test_each_step_meets_the_weak_wolfe_conditions(formula):
    problem, solver = formula(rosenbrock), LBFGS()
    state = solver.init(problem, START, Limits(30))
    for _ in range(30):
        before, state = state, solver.step(problem, state)
        move = state.point.parameters - before.point.parameters
        slope, after = before.memory.gradient @ move, state.memory.gradient @ move
        assert slope < 0 and after >= 0.9 * slope
        assert state.point.loss <= before.point.loss + 1e-4 * float(slope)


def test_a_first_step_too_short_is_lengthened(formula):
    """One unit towards a minimizer a thousand away leaves 0.999 of the slope: 0.9 is too much."""
    problem, solver = formula(lambda x: ((x - 1000) ** 2).sum() / 2), LBFGS()
    state = solver.init(problem, torch.zeros(1, dtype=torch.float64), Limits(1))
    assert float(solver.step(problem, state).point.parameters) >= 100


@pytest.mark.parametrize("memory", [1, 3])
def test_memory_is_bounded(memory, formula):
    problem, solver = formula(rosenbrock), LBFGS(memory=memory)
    state = solver.init(problem, START, Limits(20))
    for _ in range(20):
        state = solver.step(problem, state)
    assert len(state.memory.steps) == len(state.memory.changes) == memory


def test_at_a_minimum_it_stays(formula):
    problem, solver = formula(lambda x: 3 + rosenbrock(x)), LBFGS()
    minimizer = torch.ones(10, dtype=torch.float64)
    after = solver.step(problem, solver.init(problem, minimizer, Limits(1)))
    assert torch.equal(after.point.parameters, minimizer)


def test_where_no_step_helps_it_is_stuck(formula):
    """A slope that promises what the loss does not keep."""
    problem, solver = formula(lambda x: x.sum()), LBFGS()
    state = solver.init(problem, torch.zeros(2, dtype=torch.float64), Limits(1))
    problem.function = lambda x: 1 + x.abs().sum()
    after = solver.step(problem, state)
    assert after.stuck and after.point is state.point


def test_concave_start_still_goes_down(formula):
    """A step along negative curvature teaches nothing and is not remembered."""
    problem, solver = formula(lambda x: torch.cos(x).sum()), LBFGS()
    state = solver.init(problem, torch.tensor([0.1, -0.2], dtype=torch.float64), Limits(40))
    for _ in range(40):
        before, state = state, solver.step(problem, state)
        assert state.point.loss <= before.point.loss
    np.testing.assert_allclose(np.cos(state.point.parameters.numpy()), -1, rtol=0, atol=1e-14)


def test_eliminated_problem_is_solved(solvable):
    solution = minimize(LBFGS(), eliminate_readout(solvable.data), solvable.theta, Limits(600, tol=0.0))
    assert solution.point.loss < 1e-20


@pytest.mark.parametrize("memory", [0, -1, 2.5, None])
def test_bad_parameters_are_named(memory, formula):
    with pytest.raises(InvalidParameterError, match="'memory' parameter of LBFGS"):
        LBFGS(memory=memory).init(formula(rosenbrock), START, Limits(1))
