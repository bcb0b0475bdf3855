"""Spectral lines: a single one, few lines in noise, and lines that are followed beyond the rows."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from clocks import stopped
from progresses import progress_of
from skspectral import SpectralMultistageRegressor
from skspectral._backend.budget import affordable
from skspectral._backend.clock import Clock
from skspectral.series.lines import few_lines, fit_lines, fit_periods, search_flops
from skspectral.solvers import Limits


def relative(model, x, function):
    truth = function(x)
    return np.linalg.norm(model.predict(x[:, None]) - truth) / np.linalg.norm(truth - truth.mean())


@pytest.mark.parametrize("even", [True, False])
@pytest.mark.parametrize("cycles", [2.3, 5.7])
def test_one_mode_is_the_best_refined_line(even, cycles):
    """Least squares with the frequency known is off by sqrt(2 / 100) of the noise, 0.017 of y."""
    r = np.random.default_rng(0)
    x = np.linspace(0, 1, 100) if even else np.sort(r.uniform(0, 1, 100))

    def function(x):
        return 3 + np.cos(2 * np.pi * cycles * x + 0.3)

    y = function(x) + 0.085 * r.standard_normal(100)
    model = SpectralMultistageRegressor(n_modes=1, hidden_layer_sizes=(), n_stages=1).fit(x[:, None], y)
    assert model.stages_[0].frequencies.ravel() == pytest.approx([cycles], abs=0.05)
    assert relative(model, np.linspace(0.01, 0.99, 500), function) < 0.06


@pytest.mark.slow
def test_tones_are_told_from_noise():
    r = np.random.default_rng(1)
    x = np.sort(r.uniform(0, 1, 400))

    def function(x):
        return np.sin(2 * np.pi * 17.3 * x + 0.2) + 0.5 * np.cos(2 * np.pi * 41.9 * x)

    model = SpectralMultistageRegressor().fit(x[:, None], function(x) + 0.2 * r.standard_normal(400))
    assert relative(model, np.linspace(0.01, 0.99, 1000), function) < 0.06
    assert model.stop_reason_ == "noise_floor"


@pytest.mark.parametrize("all_hours", [True, False])
def test_a_tide_goes_on_beyond_the_rows(all_hours):
    r, periods = np.random.default_rng(2), np.array([12.42, 12.0, 25.82, 23.93, 8.18])
    sizes = np.array([0.85, 0.33, 0.11, 0.18, 0.25])
    hours = np.arange(720.0)[(r.random(720) < 0.9) | all_hours]

    def function(x):
        return np.cos(2 * np.pi * x[:, None] / periods + 7 * sizes) @ sizes

    model = SpectralMultistageRegressor().fit(hours[:, None], function(hours))
    assert relative(model, np.arange(720, 1440, 0.5), function) < 1e-9


@pytest.mark.slow
def test_few_lines_do_not_stand_for_what_many_rows_show():
    """Six lines once met the rows one percent less closely, most of it noise, at twice the true error."""
    r = np.random.default_rng(7)
    x = r.uniform(-1, 1, 10_000)

    def function(x):
        return np.tanh(50 * x) + np.sin(9 * x)

    y = function(x) + 0.4 * r.standard_normal(len(x))
    model = SpectralMultistageRegressor().fit(x[:, None], y)
    assert relative(model, np.linspace(-0.99, 0.99, 3000), function) < 0.04


LINE = np.linspace(-1, 1, 200)[:, None]


def tones(X):
    """Two of them, off any lattice, beside a plane."""
    return 1 + X[:, 0] + np.sin(2 * np.pi * 7.3 * X[:, 0]) + 0.4 * np.cos(2 * np.pi * 12.9 * X[:, 0])


def unit(y):
    """At unit scale, as stages are fitted."""
    return y / np.sqrt(np.square(y).mean())


def lines_of(X, y, to_beat=math.inf, clock=None):
    start = progress_of(X, unit(y))
    return start.residual, fit_lines(start.residual, start, Limits(100, clock or Clock()), to_beat)


def test_tones_are_found_to_rounding_and_go_on():
    _, found = lines_of(LINE, tones(LINE))
    assert found.goes_on == (True,)
    assert found.error < 1e-11
    beyond = np.linspace(1, 2, 50)[:, None]
    values = found.function.values(torch.tensor(beyond), torch.tensor(beyond))[:, 0]
    size = np.sqrt(np.square(tones(LINE)).mean())
    np.testing.assert_allclose(size * values, tones(beyond), atol=1e-9)


def test_each_line_is_three_numbers_beside_the_plane():
    """Two of them on a line: a frequency and two amplitudes."""
    y = tones(LINE) + 0.1 * np.random.default_rng(0).standard_normal(200)
    _, found = lines_of(LINE, y)
    assert (found.n_numbers - 2) % 3 == 0
    assert found.n_numbers <= 100  # two rows for each
    # Of twenty rows that are set aside the noise is known to a sixth of itself.
    assert 0.05 < found.error * np.sqrt(np.square(y).mean()) < 0.2


def test_lines_that_do_not_beat_what_there_is_are_none():
    y = tones(LINE) + 0.1 * np.random.default_rng(0).standard_normal(200)
    _, found = lines_of(LINE, y)
    assert lines_of(LINE, y, 0.99 * found.error)[1] is None
    assert lines_of(LINE, y, 1.01 * found.error)[1].error == found.error


def test_two_nodes_of_an_axis_hold_no_frequency():
    X = np.stack(np.meshgrid(np.linspace(-1, 1, 60), [-1.0, 1.0], indexing="ij"), -1).reshape(-1, 2)
    assert lines_of(X, tones(X))[1] is None


def test_no_lines_are_looked_for_when_time_is_up():
    assert lines_of(LINE, tones(LINE), clock=stopped())[1] is None


@pytest.mark.parametrize("most", [1, 2])
def test_as_many_lines_as_were_asked_for(most):
    start = progress_of(LINE, tones(LINE) - 1 - LINE[:, 0])
    found = few_lines(start.residual, start.design.grid, most, Clock())
    expected = torch.tensor([7.3, 12.9][:most], dtype=torch.float64)[:, None]
    torch.testing.assert_close(
        found.abs().sort(0).values, expected, rtol=0, atol=1e-9 if most == 2 else 0.1
    )


def test_lines_that_have_come_close_are_none():
    """Amplitudes that cancel take the digits of all later stages: of a growing sine they are 1e6."""
    start = progress_of(LINE, (1 + LINE[:, 0]) ** 3 * np.sin(2 * np.pi * 7.3 * LINE[:, 0]))
    assert few_lines(start.residual, start.design.grid, 4, Clock()) is None


def test_lines_that_take_long_are_none():
    start = progress_of(LINE, tones(LINE))
    assert few_lines(start.residual, start.design.grid, 10**6, Clock()) is None


def test_periods_are_for_uneven_rows_of_a_line():
    x = np.sort(np.random.default_rng(0).uniform(-1, 1, 150))[:, None]

    def fast(x):
        return np.sin(2 * np.pi * 110 * x[:, 0])

    start, even = progress_of(x, unit(fast(x))), progress_of(LINE, np.sin(2 * np.pi * 30 * LINE[:, 0]))
    found = fit_periods(start.residual, start)
    between = torch.linspace(-0.99, 0.99, 500).double()[:, None]
    values = found.function.values(between, between)[:, 0]
    size = np.sqrt(np.square(fast(x)).mean())
    np.testing.assert_allclose(size * values, fast(between.numpy()), atol=1e-8)
    assert found.error < 1e-9
    assert fit_periods(even.residual, even) is None
    plane = progress_of(np.hstack([x, x[::-1]]), fast(x))
    assert fit_periods(plane.residual, plane) is None


def test_a_search_takes_longer_of_more_rows_and_inputs():
    """In three inputs it is mostly that of the transform: 64,000 rows take more than a second."""
    few, more, wide, most = (
        search_flops(SimpleNamespace(n=n, d=d, t=torch.tensor([[-1.0] * d, [1.0] * d])))
        for n, d in ((100, 1), (1000, 1), (1000, 2), (64_000, 3))
    )
    assert few < more / 5 < more < wide
    assert affordable(wide) and not affordable(most, steps=5)
