"""Priors of coefficients: gains of the inputs that matter, gradients, and products in order of variance."""

import numpy as np
import pytest
import torch
from scipy.special import eval_legendre

from skspectral._backend.budget import affordable
from skspectral._backend.samples import canonical_samples
from skspectral.series.coefficient_prior import (
    CoefficientPrior,
    _Likelihood,
    learn_prior,
    rows_to_learn_from,
)


def samples_of(function, n, d, k=1):
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (n, d))
    weight = torch.tensor(rng.uniform(0.5, 1.5, n))
    return canonical_samples(torch.tensor(X), torch.tensor(function(X.T)).reshape(n, k), weight)[0]


def test_inputs_that_do_not_matter_have_small_gains():
    prior = learn_prior(samples_of(lambda x: np.sin(2 * x[0]) + x[1], 100, 3))
    assert prior.gains[2] < min(prior.gains[:2]) - 2
    assert prior.logs(np.array([[3, 0, 0]])) > prior.logs(np.array([[0, 3, 0]]))


def test_a_prior_is_learned_from_degrees_up_to_the_root_of_the_rows():
    """What is faster is noise to it, which tells no input from another."""

    def apart(degree):
        prior = learn_prior(samples_of(lambda x: eval_legendre(degree, x[0]), 300, 3))
        first, second = prior.logs(degree * np.eye(2, 3, dtype=np.int64))
        return first - second

    assert apart(5) > 20 > apart(24)  # in logarithms, of variances; the root of 300 is 17.3


def test_the_gradient_is_that_of_the_likelihood():
    likelihood = _Likelihood(samples_of(lambda x: np.stack([np.sin(x[0] + x[1]), x[2]], 1), 60, 3, 2))
    at = np.array([-1.0, -2, -3, 0.2, -0.3, 0.1, -5, 1.2])
    steps = 1e-5 * np.eye(len(at))
    numeric = [(likelihood(at + step)[0] - likelihood(at - step)[0]) / 2e-5 for step in steps]
    np.testing.assert_allclose(likelihood(at)[1], numeric, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [0.7, 1.0, 2.0])
def test_the_largest_products_are_listed_in_order(shape):
    prior = CoefficientPrior(np.array([-0.5, -1.0, -0.1]), np.array([0.3, 0.2, 1.0]), shape)
    box = np.stack(np.meshgrid(*[np.arange(12)] * 3, indexing="ij"), -1).reshape(-1, 3)
    largest = np.sort(prior.logs(box))[::-1][:40]
    found = prior.largest(40, np.full(3, 1000))
    np.testing.assert_allclose(prior.logs(found), largest, atol=1e-12)


def test_products_are_listed_up_to_the_degrees_that_levels_bear():
    prior = CoefficientPrior(np.array([-0.5, -1.0]), np.array([0.3, 0.2]), 1.0)
    found = prior.largest(40, np.array([2, 1]))
    assert sorted(found.tolist()) == [[i, j] for i in range(3) for j in range(2)]


def test_a_search_for_a_prior_costs_about_a_step_of_the_budget():
    """A hundred likelihoods of q rows, each of q^3 operations at half the speed of products."""
    samples = samples_of(lambda x: x[0], 2000, 2)
    count = len(rows_to_learn_from(samples))
    assert affordable(100 * 2.0 * count**3)
    assert not affordable(100 * 2.0 * (1.3 * count) ** 3)
