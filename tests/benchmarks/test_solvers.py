"""Solvers against seconds: the clock, exact derivatives for peers, every method, the verdict."""

import json
import math

import numpy as np
import pytest
import torch

from benchmarks import solvers
from benchmarks.solvers import METHODS, PROBLEMS, Clock, Outcome, TimeUp, misses
from skspectral.solvers import LBFGS, FullProblem, LevenbergMarquardt


@pytest.fixture(scope="module")
def tiny():
    """One output, one layer: every method learns it at once."""
    t = solvers._drawn(60, 1, 0)
    return solvers._case(t, torch.sin(3 * t), (4,), "sin", 0)


@pytest.fixture(scope="module")
def deep():
    """Two outputs, two layers, all parameters."""
    t = solvers._drawn(30, 2, 0)
    data, theta = solvers._case(t, torch.cat([t.sin(), t.square()], 1)[:, 1:3], (5, 3), "tanh", 0)
    problem = FullProblem(data)
    return problem, problem.evaluate(problem.start(theta))


# Problems

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
    assert data.validation.n == solvers.N_HELD_OUT
    y = torch.cat([data.samples.y, data.validation.y])
    np.testing.assert_allclose([float(y.mean()), float(y.std())], [0, 1], atol=1e-2)


# Derivatives that peers are given


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
    operator = solvers.jacobian(problem, point, lambda: None)
    expected = differences(problem, point.theta)
    np.testing.assert_allclose(operator.matmat(np.eye(expected.shape[1])), expected, atol=1e-12)
    np.testing.assert_allclose(operator.rmatmat(np.eye(len(expected))), expected.T, atol=1e-12)


def test_dense_jacobian(tiny):
    problem = FullProblem(tiny[0])
    point = problem.evaluate(problem.start(tiny[1]))
    found, expected = solvers.dense_jacobian(problem, point), differences(problem, point.theta)
    np.testing.assert_allclose(found, expected, atol=1e-12)


# Methods


@pytest.mark.parametrize("name", METHODS)
def test_methods_learn_from_the_same_start(tiny, name):
    solvers.measure(name, tiny, 0.01)  # what is imported at first use
    outcome = solvers.measure(name, tiny, 0.15)
    seconds, errors = np.transpose(outcome.curve)
    assert np.all(np.diff(seconds) >= 0)
    assert np.all(np.diff(errors) <= 0)
    assert errors[-1] < 0.5 * errors[0]


def test_a_form_that_does_not_fit_is_left_out(monkeypatch, tiny):
    monkeypatch.setattr(solvers, "MAX_BYTES", 0)
    outcome = solvers.measure("lm dual", tiny, 0.1)
    assert (outcome.curve, outcome.note) == ([], "n/a: 0 GiB")
    monkeypatch.undo()
    monkeypatch.setattr(solvers, "SPEED", 1.0)
    assert solvers.measure("lm primal", tiny, 0.1).note.endswith("operations a step")


def test_auto_is_second_order_where_steps_are_cheap(monkeypatch, tiny):
    assert isinstance(solvers.chosen(tiny[0]), LevenbergMarquardt)
    monkeypatch.setattr(solvers, "lm_step_flops", lambda *size: 1e15)
    assert isinstance(solvers.chosen(tiny[0]), LBFGS)


def test_the_clock_stops_for_held_out_rows_and_ends(monkeypatch, deep):
    problem, point = deep
    now = [0.0]
    monkeypatch.setattr(solvers.time, "perf_counter", lambda: now[0])

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


# Verdict


def outcomes(auto, other):
    return {"auto": Outcome(auto), "other": Outcome(other)}


def test_first_time_below_a_level():
    outcome = Outcome([(1.0, 0.5), (2.0, 0.1), (3.0, 0.01)])
    assert [outcome.seconds_to(x) for x in (0.5, 0.1, 0.05, 1e-3)] == [1.0, 2.0, 3.0, math.inf]


@pytest.mark.parametrize(
    ("auto", "found"),
    [
        ([(2.0, 0.1), (6.0, 0.01)], []),  # twice the time, and no more
        ([(2.1, 0.1), (6.0, 0.01)], [(0.1, 2.1, "other", 1.0)]),
        ([(0.1, 0.1)], [(0.01, math.inf, "other", 3.0)]),
    ],
)
def test_misses(auto, found):
    assert misses(outcomes(auto, [(1.0, 0.1), (3.0, 0.01)])) == found


def test_what_only_auto_reaches_is_no_miss():
    assert misses(outcomes([(5.0, 1e-9)], [])) == []


# Command


@pytest.mark.parametrize(("slower", "status", "holds"), [(1.0, 0, "yes"), (3.0, 1, "no")])
def test_command_tells_and_writes(monkeypatch, tmp_path, capsys, tiny, slower, status, holds):
    """Methods of known speed on a problem of known size."""
    limits = []

    def run_for(seconds):
        def method(data, theta, clock):
            limits.append(clock.seconds)
            clock.curve.append((seconds, 0.05))
            return "done"

        return method

    monkeypatch.setattr(solvers, "METHODS", {"auto": run_for(slower), "other": run_for(1.0)})
    monkeypatch.setattr(solvers, "PROBLEMS", {"tiny": lambda seed: tiny})
    out = tmp_path / "new" / "a.json"
    assert solvers.main(["--seconds", "7", "--out", str(out)]) == status
    assert limits[-2:] == [14.0, 7.0]  # "auto" has twice the time, so that every level is judged
    written = json.loads(out.read_text())
    (record,) = written["results"]
    assert (record["n"], record["k"], record["p"]) == (60, 1, 8)
    assert record["methods"]["other"] == {"curve": [[1.0, 0.05]], "note": "done"}
    assert len(record["missed"]) == status
    assert written["machine"]["cores"] >= 1
    assert f"at every level: {holds}\n" in capsys.readouterr().out


def test_command_refuses_problems_that_it_does_not_know(capsys):
    with pytest.raises(SystemExit) as stop:
        solvers.main(["--problems", "none"])
    assert stop.value.code == 2
    assert "error: " in capsys.readouterr().err
