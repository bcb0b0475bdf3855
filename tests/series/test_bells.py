"""The mean of a Gaussian process by functions that do not cancel, against the process itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.device import EPS
from skspectral.networks import bell_features, gaussian_features, power_roots
from skspectral.selection import LinearOptions
from skspectral.series.bells import _powers, bell_mean
from skspectral.series.gaussian_process import fit_process
from skspectral.series.process_likelihood import Covariance
from skspectral.series.process_mean import FunctionSpace, ProcessMean

from .test_gaussian_process import design_of, rows_of, wave

LENGTHS = [0.4, 1.3, 9.0]


def bells_of(t, lengths):
    powers = torch.from_numpy(_powers(np.array(lengths), np.log(EPS) / 2, 1e6))
    return bell_features(t, powers, t.new_tensor(lengths), power_roots(int(powers.max()), t))


def test_products_of_the_functions_add_up_to_the_covariance():
    t, s = torch.tensor(np.random.default_rng(0).uniform(-1, 1, (2, 40, 3)))
    expected = gaussian_features(t, s, t.new_tensor(LENGTHS))
    found = bells_of(t, LENGTHS) @ bells_of(s, LENGTHS).T
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_no_function_that_is_left_out_is_larger_than_asked():
    """All of one input that reach the bound somewhere in the box are there, and no other."""
    least = np.log(1e-6)
    count = len(_powers(np.array([0.5]), least, 1e6))
    t = torch.linspace(-1, 1, 2001, dtype=torch.float64)[:, None]
    powers = torch.arange(count + 20)[:, None]
    every = bell_features(t, powers, t.new_tensor([0.5]), power_roots(count + 20, t))
    largest = every.amax(0)
    assert bool((largest[:count] >= 0.999e-6).all()) and bool((largest[count:] < 1e-6).all())


def test_more_functions_than_were_asked_for_are_none():
    count = len(_powers(np.array(LENGTHS), np.log(EPS) / 2, 1e6))
    assert _powers(np.array(LENGTHS), np.log(EPS) / 2, count - 1) is None
    assert _powers(np.array([1e-3]), np.log(EPS) / 2, 1e6) is None  # lost at the rim


@pytest.mark.parametrize("noise", [1e-10, 1e-4])
@pytest.mark.parametrize("n", [40, 400])  # more functions than rows, and fewer
def test_it_is_the_mean_of_the_process(n, noise):
    """Left out is what the noise hides: ten times as much would be seen here."""
    samples, _ = rows_of(wave, n, 2, noise=noise**0.5)
    covariance = Covariance(samples.t.new_tensor([0.8, 1.2]), 0.5, noise)
    mean = bell_mean(samples, covariance, 1e6, Clock()).expansion
    t = torch.tensor(np.random.default_rng(1).uniform(-1, 1, (200, 2)))
    expected = FunctionSpace(samples, covariance).expansion()(t)
    missed = float((mean(t) - expected).square().mean().sqrt())
    assert missed < 1e-3 * noise**0.5 + 1e-7 * float(expected.abs().max())


@pytest.mark.parametrize("d", [1, 2, 3])
def test_weights_do_not_cancel(d):
    """Those of Gaussians at the rows add up to 1e7 to 1e9."""
    samples, _ = rows_of(lambda x: np.sin(2 * x.sum(0)), 60 * d, d)
    fit = fit_process(samples, design_of(samples), LinearOptions()).fit
    plain = ProcessMean(tuple((share, replace(one, functions=None)) for share, one in fit.fits))
    mean, by_weights, size = fit.expansion(), plain.expansion(), float(samples.y.abs().max())
    assert mean.powers is not None and by_weights.centers is not None
    assert float(mean.gaussian.norm()) < 1e3 * size < float(by_weights.gaussian.norm())
    left, before = (float((samples.y - f(samples.t)).norm()) for f in (mean, by_weights))
    assert left < before


def test_they_are_summed_again_only_where_weights_of_gaussians_are_lost():
    """Each sum takes a second of 600 rows in four inputs, and refits took two of the three."""
    samples, _ = rows_of(wave, 60, 2)
    lengths = samples.t.new_tensor([0.8, 1.2])
    for noise, exact, summed in [(1e-8, True, True), (1e-8, False, False), (1e-14, False, True)]:
        shares = [(1.0, Covariance(lengths, 0.5, noise))]
        ((_, fit),) = ProcessMean.given(shares, samples, Clock(), exact).fits
        assert (fit.functions is not None) is summed


def test_they_are_not_begun_where_no_time_is_left():
    samples, _ = rows_of(wave, 60, 2)
    covariance = Covariance(samples.t.new_tensor([0.8, 1.2]), 0.5, 1e-8)
    assert FunctionSpace(samples, covariance).by_functions(Clock(deadline=0.0, now=lambda: 1.0)) is None
