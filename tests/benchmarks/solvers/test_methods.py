"""Sizes of the problems, exact derivatives for peers, every method, the clock."""

import numpy as np
import pytest
import torch

from benchmarks.solvers import methods, problems
from benchmarks.solvers.methods import METHODS, Clock, TimeUp
from benchmarks.solvers.problems import PROBLEMS
from skspectral.solvers import LBFGS, FullProblem, LevenbergMarquardt

SIZES = {  # rows, outputs, parameters
    "composition": (500, 1, 2 * 12 + 13 * 12),
    "front": (4000, 1, 3 * 16 + 17 * 16),
    "tones": (3000, 1, 2 * 256 + 257 * 256),
    "grade": (6000, 1, 65 * 64),
    "large": (50_000, 3, 3 * 64 + 65 * 64),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_sizes(name):
    data, theta = PROBLEMS[name](0)
    assert (data.samples.n, data.samples.k, len(theta)) == SIZES[name]
    assert data.validation.n == problems.N_HELD_OUT
    y = torch.cat([data.samples.y, data.validation.y])
    np.testing.assert_allclose([float(y.mean()), float(y.std())], [0, 1], atol=1e-2)


def differences(problem, theta):
    """The Jacobian of the residual by automatic differentiation, written from the definition."""
    split, data = problem.split(theta)[0].numel(), problem.data
    network, t = data.network, data.samples.t

    def residual(parameters):
        readout = parameters[split:].view(-1, data.samples.k)
        trained = network.features(parameters[:split], t)
        features = torch.cat([torch.ones_like(t[:, :1]), trained], 1)
        return (data.samples.y - features @ readout).ravel()

    return torch.autograd.functional.jacobian(residual, theta).numpy()


def test_products_are_those_of_the_jacobian(deep):
    problem, point = deep
    operator = methods.jacobian(problem, point, lambda: None)
    expected = differences(problem, point.parameters)
    np.testing.assert_allclose(operator.matmat(np.eye(expected.shape[1])), expected, atol=1e-12)
    np.testing.assert_allclose(operator.rmatmat(np.eye(len(expected))), expected.T, atol=1e-12)


def test_dense_jacobian(tiny):
    problem = FullProblem(tiny[0])
    point = problem.evaluate(problem.start(tiny[1]))
    found, expected = methods.dense_jacobian(problem, point), differences(problem, point.parameters)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_methods_learn_from_the_same_start(tiny, name):
    methods.measure(name, tiny, 0.01)  # what is imported at first use
    outcome = methods.measure(name, tiny, 0.15)
    seconds, errors = np.transpose(outcome.curve)
    assert np.all(np.diff(seconds) >= 0)
    assert np.all(np.diff(errors) <= 0)
    assert errors[-1] < 0.5 * errors[0]


def test_a_form_that_does_not_fit_is_left_out(monkeypatch, tiny):
    monkeypatch.setattr(methods, "memory_of", lambda device: 0.0)
    outcome = methods.measure("lm dual", tiny, 0.1)
    assert (outcome.curve, outcome.stop_reason) == ([], "n/a: 0 GiB")
    monkeypatch.undo()
    monkeypatch.setattr(methods, "SPEED", 1.0)
    assert methods.measure("lm primal", tiny, 0.1).stop_reason.endswith("operations a step")


def test_auto_is_second_order_where_steps_are_cheap(monkeypatch, tiny):
    assert isinstance(methods.chosen(tiny[0]), LevenbergMarquardt)
    monkeypatch.setattr(methods, "lm_step_flops", lambda *size: 1e15)
    assert isinstance(methods.chosen(tiny[0]), LBFGS)


def test_the_clock_stops_for_held_out_rows_and_ends(monkeypatch, deep):
    problem, point = deep
    now = [0.0]
    monkeypatch.setattr(methods.time, "perf_counter", lambda: now[0])

    def slow(point):
        now[0] += 100.0
        return 3.0

    monkeypatch.setattr(problem, "validation_error", slow)
    clock = Clock(2.0)
    now[0] = 1.0
    clock.note(problem, point)
    now[0] += 1.5  # 2.5 on the clock, of 2
    with pytest.raises(TimeUp):
        clock.note(problem, point)
    assert clock.curve == [(1.0, 3.0 / problem.data.validation.rms())]
