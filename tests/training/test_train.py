"""Training of one network: where its draws come from, and what it asks of a solver."""

import numpy as np
import pytest
import torch

from skspectral import TunerRegressor
from skspectral._backend.samples import Samples
from skspectral.networks import DenseNetwork
from skspectral.solvers import LBFGS, Adam, LevenbergMarquardt, Limits, StageData
from skspectral.training.train import Training, error_of, solver_by_cost, train


def draws(generator):
    return torch.rand(20, generator=generator).tolist()


def training(solver=None, seed=3):
    return Training(solver, Limits(20), torch.Generator().manual_seed(seed))


def test_no_stage_draws_what_the_split_of_the_rows_has_drawn():
    streams = [draws(training().generator), *(draws(training().at(i).generator) for i in range(3))]
    assert len({tuple(stream) for stream in streams}) == 4


def test_draws_of_a_stage_do_not_depend_on_those_before():
    used = training()
    draws(used.generator)
    assert draws(used.at(1).generator) == draws(training().at(1).generator)


def problem(activation="tanh"):
    t = torch.linspace(-1, 1, 60, dtype=torch.float64)[:, None]
    samples = Samples(t, torch.sin(3 * t), torch.full((60,), 1 / 60).double())
    network = DenseNetwork((1, 5), (activation,), (0,))
    return StageData(samples, None, network, lambda t: torch.ones_like(t))


@pytest.mark.parametrize("readout", ["exact", "trained"])
def test_the_readout_is_trained_where_the_solver_does_not_eliminate_it(readout):
    """The six numbers of the readout, a constant and five weights, are part of the point then."""
    data = problem()
    theta = torch.from_numpy(np.random.default_rng(0).standard_normal(data.network.n_parameters))
    solution = train(data, theta, training(Adam(readout=readout)), Limits(20))
    extra = len(solution.point.parameters) - data.network.n_parameters
    assert extra == {"exact": 0, "trained": 6}[readout]
    assert error_of(solution) == pytest.approx(np.sqrt(solution.point.loss))


@pytest.mark.parametrize(
    ("activation", "flops", "expected"),
    [
        ("relu", 1.0, LevenbergMarquardt),
        ("relu", 1e15, Adam),
        ("tanh", 1.0, LevenbergMarquardt),
        ("tanh", 1e15, LBFGS),
    ],
)
def test_the_solver_follows_from_the_cost_of_its_steps(activation, flops, expected):
    assert isinstance(solver_by_cost(problem(activation), flops), expected)


class Incomplete:
    """A solver that does not say whether it eliminates the readout."""

    patience, judge_every = 10.0, 1

    def init(self, problem, theta, limits):
        raise AssertionError("never called")

    def step(self, problem, state):
        raise AssertionError("never called")

    def get_params(self, deep=True):
        return {}


def test_a_solver_that_lacks_something_is_refused_by_name():
    with pytest.raises(ValueError, match="lacks eliminates"):
        TunerRegressor(solver=Incomplete()).fit([[0.0], [1.0]], [0.0, 1.0])
