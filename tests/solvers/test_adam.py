"""Adam against torch's own, step by step, and rates that fall as said."""

import numpy as np
import pytest
import torch

from skspectral.networks import DenseNetwork
from skspectral.solvers import Adam, FullProblem, Limits, eliminate_readout

RATE = 3e-3


def by_torch(loss, start, n_steps, **options):
    """Iterates of torch.optim.Adam on the same loss, gradients by autograd."""
    theta = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([theta], eps=1e-30, foreach=False, **options)
    path = []
    for _ in range(n_steps):
        optimizer.zero_grad()
        loss(theta).backward()
        optimizer.step()
        path.append(theta.detach().clone())
    return torch.stack(path)


def ours(solver, problem, start, n_steps, max_iter=None):
    state, path = solver.init(problem, start, Limits(max_iter or n_steps)), []
    for _ in range(n_steps):
        state = solver.step(problem, state)
        path.append(state.point.parameters)
    return torch.stack(path)


@pytest.mark.parametrize(("norm", "beta_2"), [(2.0, 0.999), (4.0, 0.999), (2.0, 0.95)])
def test_path_is_that_of_torch(norm, beta_2, any_stage):
    """Constant rate, 15 steps: rounding in a gradient near zero is what may differ."""
    problem = FullProblem(any_stage.data, norm)
    start = problem.start(any_stage.theta) + 0.05
    solver = Adam(learning_rate=RATE, final_rate=RATE, norm=norm, readout="trained", beta_2=beta_2)
    found = ours(solver, problem, start, 15)
    expected = by_torch(lambda x: any_stage.loss(norm, x), start, 15, lr=RATE, betas=(0.9, beta_2))
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


def test_rate_falls_along_half_a_cosine_where_asked_to(formula):
    """Halfway it is the mean of the first and the last one."""
    problem = formula(lambda x: 7 * x.sum())
    solver = Adam(learning_rate=1e-2, final_rate=1e-4, annealing="cosine")
    path = ours(solver, problem, torch.zeros(2, dtype=torch.float64), 41)
    rates = -np.diff(path[:, 0].numpy(), prepend=0.0)
    np.testing.assert_allclose(rates[[0, 20, 40]], [1e-2, 5.05e-3, 1e-4], rtol=1e-9)
    assert (np.diff(rates) < 0).all()


def test_large_norms_flatten_spikes(make_stage):
    """From the best readout for p = 2, a tenth of the largest residual goes under p = 10."""
    stage = make_stage(DenseNetwork((2, 3), ("tanh",), (0,)), n=60, even=True)
    problem = FullProblem(stage.data, 10.0)
    start, solver = problem.start(stage.theta), Adam(learning_rate=1e-2, norm=10.0, readout="trained")
    path = ours(solver, problem, start, 200)
    before, after = (problem.evaluate(x).residual.abs().max() for x in (start, path[-1]))
    assert float(after) < 0.9 * float(before)


def test_an_exact_readout_trains_the_hidden_layers_alone(any_stage, monkeypatch):
    """Every step follows the gradient after elimination, which is the exact one, where the path is.

    The gradients are handed to torch. If torch computed them on a path of its own, parameters without
    any slope (the readout undoes a phase) would part by whole steps: rounding alone is their gradient.
    """
    problem = eliminate_readout(any_stage.data)
    start, asked = any_stage.theta, _recorded(problem, monkeypatch)
    found = ours(Adam(learning_rate=RATE, final_rate=RATE), problem, start, 20)
    assert Adam().eliminates and not Adam(readout="trained").eliminates
    places, slopes = (torch.stack(column) for column in zip(*asked))
    assert torch.equal(places, torch.stack([start, *found[:-1]]))
    ahead = iter(slopes)
    rebuilt = by_torch(lambda x: x @ next(ahead), start, 20, lr=RATE)
    torch.testing.assert_close(found, rebuilt, rtol=0, atol=1e-6 * RATE)
    assert problem.evaluate(found[-1]).loss < problem.evaluate(start).loss


def _recorded(problem, monkeypatch):
    """Parameters where the gradient is asked for, each with the gradient."""
    seen, gradient = [], problem.gradient

    def watched(point):
        seen.append((point.parameters, gradient(point)))
        return seen[-1][1]

    monkeypatch.setattr(problem, "gradient", watched)
    return seen


@pytest.mark.parametrize("readout", ["exact", "trained"])
def test_a_batch_of_all_rows_is_the_full_gradient(readout, any_stage):
    """Up to the rounding of either residual, which the Jacobian of the fit multiplies."""
    data = any_stage.data
    full = FullProblem(data)
    problem, theta = {
        "exact": (eliminate_readout(data), any_stage.theta),
        "trained": (full, full.start(any_stage.theta) + 0.05),
    }[readout]
    point = problem.evaluate(theta)
    rows = torch.arange(data.samples.n)
    expected = problem.gradient(point)
    found, loss = problem.on_batches(point)(theta, rows)
    size = float(torch.cat(any_stage.jacobian().raw(slice(None))).norm() + any_stage.design().norm())
    bound = 10 * size * any_stage.rounding() * 2 / data.samples.n
    torch.testing.assert_close(found, expected, rtol=0, atol=bound)
    assert loss == pytest.approx(point.loss, rel=1e-9)


def test_batches_cover_all_rows_once_an_iteration(any_stage):
    solver, problem = Adam(batch_size=7), eliminate_readout(any_stage.data)
    n = any_stage.data.samples.n
    batches = solver._batches(problem, 0)
    assert sorted(torch.cat(batches).tolist()) == list(range(n))
    assert max(map(len, batches)) == min(7, n)
    state = solver.init(problem, any_stage.theta, Limits(10))
    assert solver.step(problem, state).memory.count == len(batches)
    assert [b.tolist() for b in solver._batches(problem, 1)] != [b.tolist() for b in batches]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("learning_rate", {"learning_rate": 0}),
        ("final_rate", {"final_rate": -1.0}),
        ("readout", {"readout": "modes"}),
        ("norm", {"norm": 1}),
        ("norm", {"norm": 4}),
        ("batch_size", {"batch_size": 0}),
        ("beta_2", {"beta_2": 1.0}),
        ("annealing", {"annealing": "linear"}),
        ("precision", {"precision": "half"}),
        ("precision", {"precision": "single"}),
        ("precision", {"precision": "single", "batch_size": 7}),
    ],
)
def test_bad_parameters_are_named(name, parameters, any_stage):
    with pytest.raises(ValueError, match=name):
        Adam(**parameters).init(eliminate_readout(any_stage.data), any_stage.theta, Limits(5))


def test_single_precision_is_that_of_the_gradient_alone(any_stage):
    """Parameters stay in double precision; their first step is the same to single rounding."""
    problem = FullProblem(any_stage.data)
    start = problem.start(any_stage.theta) + 0.05
    options = {"batch_size": any_stage.data.samples.n, "readout": "trained"}
    single, double = (
        problem.on_batches(None, single=each)(start, torch.arange(problem.data.samples.n))[0]
        for each in (True, False)
    )
    assert single.dtype == torch.float64
    assert not torch.equal(single, double)
    torch.testing.assert_close(single, double, rtol=0, atol=1e-4 * float(double.abs().max()))
    found = ours(Adam(**options, precision="single"), problem, start, 1)[0] - start
    assert found.dtype == torch.float64
    assert float(found.abs().max()) == pytest.approx(1e-3)
