"""Units that do little, drawn anew: which ones they are, and that training goes on from a better place."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import Samples
from skspectral.networks import DenseNetwork, first_layer
from skspectral.solvers import LevenbergMarquardt, Limits, StageData, Status, eliminate_readout, minimize
from skspectral.training.relocation import _losses_without, relocate_units
from skspectral.training.starts import FixedFeatures, Start

WAVES = [5.0, 19.0, 33.0, 47.0, 61.0, 75.0]


def samples(n, seed):
    t = torch.tensor(np.random.default_rng(seed).uniform(-1, 1, (n, 1)))
    y = sum(torch.sin(wave * t + wave) for wave in WAVES)
    return Samples(t, y / y.std(), torch.full((n,), 1 / n, dtype=torch.float64))


@pytest.fixture
def start():
    network = DenseNetwork((1, 10), ("sin",), (0,))

    def draw(t, generator):
        return first_layer(network, t, 90.0, generator).reshape(-1)

    return Start(
        network, FixedFeatures(torch.zeros(0, 1, dtype=torch.float64), False), draw, max_steepness=1.0
    )


@pytest.fixture
def problem(start):
    return eliminate_readout(StageData(samples(600, 0), samples(100, 1), start.network, start.beside))


def limits(seconds=60.0):
    return Limits(40, Clock(time.monotonic() + seconds))


@pytest.fixture
def trained(problem, start):
    """Training from one draw, which misses waves."""
    theta = start.draw(problem.data.samples.t, torch.Generator().manual_seed(0))
    solution = minimize(LevenbergMarquardt(), problem, theta, limits())
    assert solution.validation_error > 0.1
    return replace(solution, status=Status.CONVERGED)


def test_what_a_unit_is_worth_is_what_is_lost_without_it(problem, trained):
    data, point = problem.data, trained.point
    features = data.network.features(point.theta, data.samples.t)
    design = torch.cat([torch.ones(600, 1, dtype=torch.float64), features], 1).numpy()
    y = data.samples.y.numpy()
    squares = [np.linalg.lstsq(np.delete(design, 1 + unit, 1), y, rcond=None)[1][0] for unit in range(10)]
    whole = np.linalg.lstsq(design, y, rcond=None)[1][0]
    expected = np.array(squares) - whole
    np.testing.assert_allclose(_losses_without(problem, trained.point), expected, rtol=1e-6)


@pytest.mark.slow
def test_draws_find_the_waves_that_were_missed(problem, start, trained):
    draws = torch.Generator().manual_seed(1)
    found = relocate_units(problem, start, trained, LevenbergMarquardt(), draws, limits())
    assert found.validation_error < 0.5 * trained.validation_error
    assert found.n_iter > trained.n_iter
    assert math.isclose(problem.validation_error(found.point), found.validation_error)


@pytest.mark.parametrize("status", [Status.MAX_TIME, Status.INTERRUPTED, Status.NON_FINITE])
def test_what_was_cut_short_is_left_alone(status, problem, start, trained):
    cut = replace(trained, status=status)
    assert relocate_units(problem, start, cut, LevenbergMarquardt(), torch.Generator(), limits()) is cut


def test_no_time_no_draws(problem, start, trained):
    late = limits(-1.0)
    found = relocate_units(problem, start, trained, LevenbergMarquardt(), torch.Generator(), late)
    assert found is trained


def test_ctrl_c_in_a_draw_ends_the_fit_and_keeps_the_best(problem, start, trained, monkeypatch):
    def interrupted(self, problem, state):
        raise KeyboardInterrupt

    monkeypatch.setattr(LevenbergMarquardt, "step", interrupted)
    draws = torch.Generator().manual_seed(1)
    found = relocate_units(problem, start, trained, LevenbergMarquardt(), draws, limits())
    assert found.status is Status.INTERRUPTED
    assert found.validation_error <= trained.validation_error
