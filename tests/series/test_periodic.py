"""Periodic data on even nodes of a line: the shortest series that is as good as any, and its refits."""

import math

import pytest
import torch

from skspectral._backend.samples import Samples
from skspectral.series.periodic import fit_periodic
from skspectral.spectrum import detect_grid


def harmonics(t, period):
    """Two outputs of a constant and the harmonics 1 and 5."""
    angle = 2 * math.pi / period * t
    return torch.cat([3 + torch.cos(5 * angle + 0.4), torch.sin(angle) - 2 * torch.cos(5 * angle)], 1)


def line(n, closed=False):
    """Even nodes from -1 to 1, and the period; of a closed line the last node is the first once more."""
    t = torch.linspace(-1, 1, n, dtype=torch.float64)[:, None]
    return t, 2.0 if closed else 2 * n / (n - 1)


def fitted(t, y, period, max_modes=None):
    samples = Samples(t, y, torch.full((len(t),), 1 / len(t), dtype=torch.float64))
    return samples, fit_periodic(samples, detect_grid(t), period, max_modes)


@pytest.mark.parametrize("n", [24, 25])
@pytest.mark.parametrize("closed", [False, True])
def test_a_sum_of_harmonics_takes_as_many_as_there_are(n, closed):
    t, period = line(n, closed)
    _, fit = fitted(t, harmonics(t, period), period)
    (series,), between = fit.rung, torch.linspace(-0.99, 0.99, 77).double()[:, None]
    assert series.order == 5
    assert fit.fit.rank == 11
    torch.testing.assert_close(fit.candidate().expansion(between), harmonics(between, period))
    assert fit.candidate().goes_on == (True,)


@pytest.mark.parametrize(("max_modes", "order"), [(0, 0), (3, 1), (5, 5), (7, 5)])
def test_no_more_modes_than_were_asked_for(max_modes, order):
    t, period = line(40)
    _, fit = fitted(t, harmonics(t, period), period, max_modes)
    assert fit.rung[0].order == order


def test_a_constant_has_no_modes():
    t, period = line(30)
    _, fit = fitted(t, torch.full_like(t, 7.0), period)
    assert fit.rung[0].order == 0
    assert fit.score < 1e-13


def test_noise_has_no_modes_and_the_error_that_it_has():
    """Of a thousand outputs: every node left out is missed by 1 + 1 / n of the variance."""
    t, period = line(32)
    y = torch.randn(32, 1000, generator=torch.Generator().manual_seed(0)).double()
    _, fit = fitted(t, y, period)
    assert fit.rung[0].order == 0
    assert fit.score**2 == pytest.approx(1000 * (1 + 1 / 32), rel=5 * math.sqrt(2 / 31 / 1000))


def test_a_refit_to_some_of_the_nodes_finds_the_same_harmonics():
    t, period = line(40)
    samples, fit = fitted(t, harmonics(t, period), period)
    some = torch.arange(40) % 3 > 0
    again = fit.candidate().refit(samples.take(some))
    torch.testing.assert_close(again(t), samples.y, rtol=0, atol=1e-10)
