"""The likelihood of processes against SciPy's normal distribution, and what it prefers."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from skspectral._backend.clock import Clock
from skspectral._backend.samples import canonical_samples
from skspectral.series.process_likelihood import Covariance, FirstGuess, Likelihood, likely_covariances

LOGARITHMS = np.array([0.1, -0.3, -1.0, -3.0])  # two lengths, tilt, noise


def samples_of(function, n, noise=0.0):
    rng = np.random.default_rng(n)
    X = rng.uniform(-1, 1, (n, 2))
    y = function(X) + noise * rng.standard_normal(n)
    return canonical_samples(torch.tensor(X), torch.tensor(y)[:, None], torch.ones(n).double())[0]


def sloped(X):
    return 1 + X @ [2.0, -1.0]


def bent(X):
    return np.sin(3 * X[:, 0]) * np.cos(2 * X[:, 1])


def likely(samples):
    clock = Clock()
    return likely_covariances(samples, clock, FirstGuess.of(samples, clock))


def test_a_covariance_is_a_gaussian_of_distances_and_that_of_a_plane():
    covariance = Covariance.of(LOGARITHMS, torch.zeros(1, dtype=torch.float64))
    t, u = np.array([[0.3, -0.2]]), np.array([[-0.4, 0.9]])
    distance = np.sum(((t - u) / np.exp(LOGARITHMS[:2])) ** 2)
    expected = math.exp(-distance / 2) + math.exp(-1) * (1 + float((t * u).sum()))
    assert float(covariance.between(torch.tensor(t), torch.tensor(u))) == pytest.approx(expected)


def test_likelihoods_are_those_of_normal_distributions():
    """The size of the target is the likeliest one, so that densities are compared at that size."""
    samples = samples_of(bent, 30)
    root, y = samples.root_weight.numpy(), samples.y[:, 0].numpy()
    covariance = Covariance.of(LOGARITHMS, samples.t)
    matrix = covariance.between(samples.t, samples.t).numpy() * root * root.T
    matrix += covariance.noise * np.eye(30)
    targets = y * root[:, 0]
    size = targets @ np.linalg.solve(matrix, targets) / 30
    density = multivariate_normal(np.zeros(30), size * matrix).logpdf(targets)
    constant = 30 / 2 * (1 + math.log(2 * math.pi))
    assert Likelihood(samples)(LOGARITHMS)[0] == pytest.approx(-density - constant, rel=1e-9)


def test_noisy_planes_have_most_of_the_evidence():
    shares = likely(samples_of(sloped, 60, noise=0.3))
    flat = sum(share for share, one in shares if not bool(one.lengths.isfinite().any()))
    assert flat > 0.5
    assert sum(share for share, _ in shares) == pytest.approx(1)


def test_what_bends_is_no_plane():
    shares = likely(samples_of(bent, 60))
    assert max(shares, key=lambda one: one[0])[1].lengths.max() < 3
    assert all(bool(one.lengths.isfinite().all()) for _, one in shares)


def test_the_share_of_noise_is_found():
    """The variance of the target is about 0.2, that of the noise 0.15^2: a tenth of both."""
    samples = samples_of(bent, 300, noise=0.15)
    _, covariance = max(likely(samples), key=lambda one: one[0])
    weight = float(samples.root_weight.square().mean())  # the variance of a weighted target of unit size
    assert 1 / 30 < covariance.noise / (weight + covariance.noise) < 1 / 3
