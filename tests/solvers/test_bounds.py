"""Bounded parameters: known constrained minimizers, SciPy's L-BFGS-B, and no step outside."""

import math

import numpy as np
import pytest
import torch
from scipy import optimize

from skspectral.networks import BoundedNetwork
from skspectral.solvers import (
    LBFGS,
    Adam,
    FullProblem,
    LevenbergMarquardt,
    Limits,
    StageData,
    eliminate_readout,
    minimize,
)

SIZE = 8
EPS, CURVATURE, GTOL = np.finfo(float).eps, 0.4, 1e-11
LONG = Limits(1000, tol=0.0)
ROOT = torch.randn(SIZE, SIZE, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
COUPLED = ROOT @ ROOT.T + torch.eye(SIZE, dtype=torch.float64)
CENTER = torch.linspace(-3, 3, SIZE, dtype=torch.float64)


def separable(x):
    """Each parameter on its own, curvatures from 1 to 100: cutting the center at the bounds solves it."""
    return (torch.logspace(0, 2, SIZE, dtype=torch.float64) * (x - CENTER) ** 2).sum() / 2


def coupled(x):
    return (x - CENTER) @ COUPLED @ (x - CENTER) / 2


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


@pytest.fixture
def bounded(formula):
    """A formula whose parameters stay between two numbers."""

    def problem(function, low, high):
        made = formula(function)
        made.clip = lambda theta: theta.clamp(low, high)
        return made

    return problem


def by_scipy(function, start, low, high):
    """SciPy's L-BFGS-B to its last digit."""

    def value_and_slope(x):
        theta = torch.tensor(x)
        return float(function(theta)), torch.func.grad(function)(theta).numpy()

    return optimize.minimize(
        value_and_slope,
        start.numpy(),
        jac=True,
        method="L-BFGS-B",
        bounds=[(low, high)] * len(start),
        options={"maxcor": 50, "ftol": 0, "gtol": GTOL, "maxiter": 5000, "maxfun": 50_000},
    )


def reach_of_rounding(loss):
    """How far from a minimizer a search may end: where it gains less than the rounding of SIZE terms.

    A loss rises by CURVATURE / 2 times the square of the distance: that is the least curvature of all
    three formulas at their minimizers, along the parameters that are not at a bound. Where the loss falls
    to zero, ten times the tolerance of SciPy's gradient over the curvature is what remains.
    """
    return math.sqrt(2 * SIZE * EPS * loss / CURVATURE) + 10 * GTOL / CURVATURE


STARTS = {
    "inside": torch.zeros(SIZE, dtype=torch.float64),
    "all at a bound": torch.ones(SIZE, dtype=torch.float64),
    "all at the other": -torch.ones(SIZE, dtype=torch.float64),
    "in both corners": torch.tensor([1.0, -1.0] * (SIZE // 2), dtype=torch.float64),
}


@pytest.fixture(params=STARTS.values(), ids=STARTS)
def start(request):
    return request.param


def test_lbfgs_cuts_a_separable_minimizer_at_the_bounds(bounded, start):
    found = minimize(LBFGS(), bounded(separable, -1.0, 1.0), start, LONG).point
    bound = reach_of_rounding(found.loss)
    np.testing.assert_allclose(found.parameters, CENTER.clamp(-1, 1), rtol=0, atol=bound)


@pytest.mark.parametrize("high", [0.3, 1.0, 10.0])
@pytest.mark.parametrize("function", [coupled, rosenbrock])
def test_lbfgs_finds_the_minimizer_of_scipy(function, high, bounded, start):
    """Where the problem is convex, or its constrained minimum is the only one in the box."""
    found = minimize(LBFGS(), bounded(function, -1.0, high), start.clamp(-1, high), LONG).point
    expected = by_scipy(function, start.clamp(-1, high), -1.0, high)
    assert found.loss <= expected.fun * (1 + 1e-9) + 1e-15
    np.testing.assert_allclose(found.parameters, expected.x, rtol=0, atol=reach_of_rounding(expected.fun))


def test_lbfgs_leaves_a_bound_that_the_loss_does_not_want(bounded):
    """The minimizer is inside, the start at the upper bound of every parameter."""
    start = torch.full((SIZE,), 5.0, dtype=torch.float64)
    found = minimize(LBFGS(), bounded(coupled, -5.0, 5.0), start, LONG).point.parameters
    np.testing.assert_allclose(found, CENTER, rtol=0, atol=1e-7)


def test_lbfgs_stays_where_everything_leads_outside(bounded):
    problem = bounded(lambda x: -x.sum(), -1.0, 1.0)
    solver, corner = LBFGS(), STARTS["all at a bound"]
    state = solver.init(problem, corner, LONG)
    assert torch.equal(solver.step(problem, state).point.parameters, corner)


FREQUENCIES = torch.tensor([[0.25], [0.5], [1.0]], dtype=torch.float64)
TIGHT = torch.tensor([0.3, 0.2, 0.1], dtype=torch.float64)
SOLVERS = {
    "lm": LevenbergMarquardt(),
    "lbfgs": LBFGS(),
    "adam": Adam(learning_rate=0.05, final_rate=0.05),
    "mini-batches": Adam(learning_rate=0.05, final_rate=0.05, batch_size=16),
    "all at once": Adam(learning_rate=1e-3, final_rate=1e-3, readout="trained"),
}


@pytest.fixture(params=SOLVERS.values(), ids=SOLVERS)
def solver(request):
    return request.param


@pytest.fixture
def trained(make_stage):
    """A problem for a solver, on targets that want weights of ten times the bounds, and its start."""
    samples = make_stage(BoundedNetwork(FREQUENCIES, (3,), None).inner, n=80, even=True).data.samples
    wish = BoundedNetwork(FREQUENCIES, (3,), None).start(torch.Generator().manual_seed(1))
    wish[3:12] = wish[3:12].sign() * 10 * TIGHT.repeat_interleave(3)

    def problem(solver, bounds, learned=False, hidden=(3,)):
        network = BoundedNetwork(FREQUENCIES, hidden, bounds, learned)
        y = BoundedNetwork(FREQUENCIES, (3,), None).features(wish, samples.t).sum(1, keepdim=True)
        data = StageData(samples.with_targets(y), None, network, lambda t: torch.ones_like(t[:, :1]))
        theta, full = network.start(torch.Generator().manual_seed(0)), FullProblem(data)
        made = {True: (eliminate_readout(data), theta), False: (full, full.start(theta))}
        return made[getattr(solver, "eliminates", True)]

    return problem


def steps(solver, problem, theta, count):
    """Parameters after each of so many steps."""
    state, path = solver.init(problem, theta, Limits(count)), []
    for _ in range(count):
        state = solver.step(problem, state)
        path.append(state.point.parameters)
    return torch.stack(path)


def least_loss(problem, path):
    """Adam's losses go up and down."""
    return min(problem.evaluate(theta).loss for theta in path)


def test_every_step_from_a_corner_ends_inside(solver, trained):
    problem, theta = trained(solver, TIGHT)
    theta[3:12] = theta[3:12].sign() * TIGHT.repeat_interleave(3)
    path = steps(solver, problem, theta, 40)
    weights = path[:, 3:12].reshape(-1, 3, 3).abs()
    assert (weights <= TIGHT[:, None]).all()
    assert (weights[0] == TIGHT[:, None]).any()  # some of them were led outside
    assert (weights[-1] < TIGHT[:, None]).any()
    assert least_loss(problem, path) < problem.evaluate(theta).loss


def test_phases_and_biases_are_free(solver, trained):
    problem, theta = trained(solver, TIGHT)
    moved = steps(solver, problem, theta, 60)[-1] - theta
    assert (moved[[0, 1, 2, 12, 13, 14]] != 0).all()


def test_deeper_layers_stay_inside_too(solver, trained):
    problem, theta = trained(solver, TIGHT, hidden=(3, 2))
    for point in steps(solver, problem, theta, 20):
        assert torch.equal(problem.clip(point), point)


def test_wide_bounds_change_nothing(solver, trained):
    """Bounds that are never reached change no bit of the path."""
    free, theta = trained(solver, None)
    wide, _ = trained(solver, torch.full((3,), 1e6, dtype=torch.float64))
    assert torch.equal(steps(solver, free, theta, 20), steps(solver, wide, theta, 20))


@pytest.mark.parametrize("name", ["lbfgs", "adam", "all at once"])
def test_learned_bounds_are_in_the_loss_and_its_gradient(name, trained):
    """Central differences of the loss; the penalty's slope alone is thousands of times their error."""
    problem, theta = trained(SOLVERS[name], TIGHT, learned=True)
    theta = theta + 0.1 * torch.cos(torch.arange(len(theta)))
    point = problem.evaluate(theta)
    squares = float(point.residual.square().mean())
    network, p = problem.data.network, problem.data.network.n_parameters
    assert point.loss - squares == pytest.approx(network.penalty(theta[:p]), rel=1e-6)
    ahead = 1e-5 * torch.eye(len(theta), dtype=torch.float64)
    losses = [[problem.evaluate(theta + side * h).loss for h in ahead] for side in (1, -1)]
    expected = np.subtract(*losses) / 2e-5
    assert math.isfinite(expected.sum())
    np.testing.assert_allclose(problem.gradient(point), expected, rtol=1e-6, atol=2e-9)


@pytest.mark.parametrize("name", ["lbfgs", "adam", "mini-batches", "all at once"])
def test_learned_bounds_are_trained(name, trained):
    problem, theta = trained(SOLVERS[name], TIGHT, learned=True)
    path = steps(SOLVERS[name], problem, theta, 60)
    p = problem.data.network.n_parameters
    bounds = path[-1, p - 3 : p]
    assert (bounds > 0).all()
    assert (bounds != TIGHT).all()
    assert least_loss(problem, path) < problem.evaluate(theta).loss


def test_a_box_of_one_point_stays(trained, solver):
    """Bounds of no width: nothing to train but phases and biases, and no division by zero."""
    problem, theta = trained(solver, torch.full((3,), 1e-300, dtype=torch.float64))
    path = steps(solver, problem, theta, 5)
    assert torch.isfinite(path).all()
    assert path[:, 3:12].abs().max() <= 1e-300
