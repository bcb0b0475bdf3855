"""Means of processes on rows, against the linear algebra of all rows."""

import numpy as np
import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import canonical_samples
from skspectral.networks import affine_features
from skspectral.series.process_likelihood import Covariance
from skspectral.series.process_mean import FunctionSpace, ProcessFit, ProcessMean


@pytest.fixture
def samples(rng):
    X = torch.tensor(rng.uniform(-1, 1, (25, 2)))
    weight = torch.tensor(rng.uniform(0.5, 2.0, 25))
    return canonical_samples(X, torch.sin(2 * X.sum(1, keepdim=True)), weight)[0]


def covariance(noise=1e-3, lengths=(0.8, 1.3)):
    return Covariance(torch.tensor(lengths, dtype=torch.float64), 0.5, noise)


def conditioned(samples, one, t):
    """Mean (m, k) and variances (m,) over the noise at places, of weighted rows."""
    root = samples.root_weight
    matrix = one.between(samples.t, samples.t) * root * root.T + one.noise * torch.eye(
        samples.n, dtype=torch.float64
    )
    near = one.between(t, samples.t) * root.T
    mean = near @ torch.linalg.solve(matrix, samples.y * root)
    own = 1 + one.tilt * affine_features(t).square().sum(1)
    known = (near * torch.linalg.solve(matrix, near.T).T).sum(1)
    return mean, 1 + (own - known) / one.noise


@pytest.fixture
def places(rng):
    return torch.tensor(rng.uniform(-1, 1, (40, 2)))


def test_means_and_spreads_are_those_of_the_conditioned_process(samples, places):
    space = FunctionSpace(samples, covariance())
    mean, spread = conditioned(samples, covariance(), places)
    torch.testing.assert_close(space.expansion()(places), mean, rtol=0, atol=1e-10)
    torch.testing.assert_close(space.spread(places), spread, rtol=1e-8, atol=0)


def test_a_process_of_endless_lengths_is_a_ridge_of_a_plane(samples, places):
    """The constant has a variance of its own: that of the Gaussian that is one everywhere."""
    one = covariance(1e-2, (torch.inf, torch.inf))
    space = FunctionSpace(samples, one)
    assert not space.bent
    assert space.by_functions(Clock()) is None
    mean, _ = conditioned(samples, one, places)
    torch.testing.assert_close(space.expansion()(places), mean, rtol=0, atol=1e-11)


def test_functions_give_the_same_mean(samples, places):
    """Gaussians at the rows, and functions that do not cancel, span the same to the digits there are."""
    space = FunctionSpace(samples, covariance(1e-6))
    found = space.by_functions(Clock())
    mean, _ = conditioned(samples, covariance(1e-6), places)
    expansion = space.expansion() if found is None else found.expansion
    torch.testing.assert_close(expansion(places), mean, rtol=0, atol=1e-7)


@pytest.mark.parametrize(("noise", "loses"), [(1e-16, True), (1e-3, False)])
def test_weights_lose_digits_where_there_is_hardly_any_noise(noise, loses, samples):
    assert FunctionSpace(samples, covariance(noise)).loses_digits == loses


def test_leverages_are_the_diagonal_of_the_hat_matrix(samples):
    one, root = covariance(), samples.root_weight
    kernel = one.between(samples.t, samples.t) * root * root.T
    hat = kernel @ torch.linalg.inv(kernel + one.noise * torch.eye(samples.n, dtype=torch.float64))
    freedom = ProcessFit(FunctionSpace(samples, one)).freedom
    torch.testing.assert_close(freedom, 1 - hat.diagonal(), rtol=0, atol=1e-9)


def test_means_of_several_processes_are_their_weighted_sum(samples, places):
    shares = [(0.3, covariance()), (0.7, covariance(1e-2, (torch.inf, torch.inf)))]
    mixed = ProcessMean.by_weights(shares, samples).expansion()(places)
    parts = [share * conditioned(samples, one, places)[0] for share, one in shares]
    np.testing.assert_allclose(mixed, sum(parts), rtol=0, atol=1e-10)
