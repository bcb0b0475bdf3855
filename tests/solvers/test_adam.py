"""Adam against torch's own, step by step, and rates that fall as said."""

import numpy as np
import pytest
import torch

from skspectral.networks import DenseNetwork
from skspectral.solvers import Adam, FullProblem
from skspectral.solvers.adam import EPSILON

RATE = 3e-3


def by_torch(loss, start, n_steps, **options):
    """Iterates of torch.optim.Adam on the same loss, gradients by autograd."""
    theta = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([theta], eps=EPSILON, foreach=False, **options)
    path = []
    for _ in range(n_steps):
        optimizer.zero_grad()
        loss(theta).backward()
        optimizer.step()
        path.append(theta.detach().clone())
    return torch.stack(path)


def ours(solver, problem, start, n_steps, max_iter=None):
    state, path = solver.init(problem, start, max_iter or n_steps), []
    for _ in range(n_steps):
        state = solver.step(problem, state)
        path.append(state.point.theta)
    return torch.stack(path)


@pytest.mark.parametrize("norm", [2.0, 4.0])
def test_path_is_that_of_torch(norm, any_stage):
    """Constant rate, 30 steps: rounding in a gradient near zero is what may differ."""
    problem = FullProblem(any_stage.data, norm)
    start = problem.start(any_stage.theta) + 0.05
    found = ours(Adam(learning_rate=RATE, final_rate=RATE, norm=norm), problem, start, 30)
    expected = by_torch(lambda x: any_stage.loss(norm, x), start, 30, lr=RATE)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6 * RATE)


@pytest.mark.parametrize("scale", [1.0, 1e-20])
def test_small_losses_take_the_same_steps(scale, formula):
    """Gradients of 1e-20 drown in torch's default epsilon; here the path is that of scale one."""
    curvature = torch.tensor([1.0, 30.0, 500.0], dtype=torch.float64)
    start = torch.tensor([1.0, -0.4, 0.7], dtype=torch.float64)
    problem = formula(lambda x: scale * (curvature * x**2).sum())
    found = ours(Adam(learning_rate=RATE, final_rate=RATE), problem, start, 50)
    expected = by_torch(lambda x: (curvature * x**2).sum(), start, 50, lr=RATE)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-10)


def test_rate_falls_geometrically_to_the_final_one(formula):
    """Under a constant gradient every step is as long as the rate."""
    problem = formula(lambda x: 7 * x.sum())
    start = torch.zeros(2, dtype=torch.float64)
    path = ours(Adam(learning_rate=1e-2, final_rate=1e-5), problem, start, 40)
    rates = -np.diff(path[:, 0].numpy(), prepend=0.0)
    np.testing.assert_allclose(rates[1:] / rates[:-1], 1e-3 ** (1 / 39), rtol=1e-9)
    assert rates[-1] == pytest.approx(1e-5, rel=1e-9)
    assert rates[0] == pytest.approx(1e-2, rel=1e-9)


def test_large_norms_flatten_spikes(make_stage):
    """From the best readout for p = 2, a tenth of the largest residual goes under p = 10."""
    stage = make_stage(DenseNetwork((2, 3), ("tanh",), (0,)), n=60, even=True)
    problem = FullProblem(stage.data, 10.0)
    start, solver = problem.start(stage.theta), Adam(learning_rate=1e-2, norm=10.0)
    path = ours(solver, problem, start, 200)
    before, after = (problem.evaluate(x).residual.abs().max() for x in (start, path[-1]))
    assert float(after) < 0.9 * float(before)
