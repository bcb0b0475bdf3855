"""Products with prior variances, against the linear algebra written out."""

import numpy as np
import pytest
import torch

from clocks import stopped
from skspectral._backend.clock import Clock, OutOfTime
from skspectral._backend.device import EPS
from skspectral._backend.samples import canonical_samples
from skspectral.series.polynomial_sets import LegendreProducts
from skspectral.series.wiener import PriorSet, as_expansion, solve_set, solve_with_best_ridge

DEGREES = np.array([[i, j] for i in range(6) for j in range(6)])
LOGS = -1.5 * DEGREES.sum(1)


def drawn(rng, n):
    """Rows of unequal weights."""
    X = torch.tensor(rng.uniform(-1, 1, (n, 2)))
    weight = torch.tensor(rng.uniform(0.5, 1.5, n))
    return canonical_samples(X, torch.sin(2 * X.sum(1, keepdim=True)), weight)[0]


@pytest.fixture
def samples(rng):
    """Fewer rows than products."""
    return drawn(rng, 30)


def test_sets_are_in_order_of_variance_and_begin_with_the_constant():
    chosen = PriorSet.of(np.array([[2, 0], [0, 0], [0, 1]]), np.array([0.5, -9.0, 1.0]), 0)
    assert chosen.degrees.tolist() == [[0, 0], [0, 1], [2, 0]]
    assert chosen.n_free == 1
    np.testing.assert_allclose(chosen.deviations(), np.exp([0, -0.25]))


@pytest.mark.parametrize("ridge", [1e-8, 1e-2, 1.0])
def test_coefficients_are_those_of_penalized_least_squares(ridge, samples):
    """The sum of squares of what is left and of coefficients over their deviations, times the ridge."""
    chosen = PriorSet.of(DEGREES, LOGS, 3)
    fit = solve_set(samples, chosen, [ridge], Clock())
    features = LegendreProducts(samples.t).features(chosen.degrees) * samples.root_weight
    shift = float(fit.fit.shift)
    penalty = np.concatenate([np.zeros(3), shift / chosen.deviations() ** 2])
    normal = features.T @ features + torch.diag(torch.tensor(penalty))
    wanted = torch.linalg.solve(normal, features.T @ (samples.y * samples.root_weight))
    np.testing.assert_allclose(features @ fit.coefficients, features @ wanted, rtol=0, atol=1e-7)


def test_a_fit_on_other_rows_keeps_its_ridge(samples):
    fit = solve_set(samples, PriorSet.of(DEGREES, LOGS, 3), [1e-6], Clock())
    again = fit.refit(samples, Clock())
    np.testing.assert_allclose(again(samples.t), fit.expansion()(samples.t), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("noise", "leaves"), [(0.0, False), (0.3, True)])
def test_noise_is_left_and_a_smooth_function_is_not(noise, leaves, rng):
    samples = drawn(rng, 120)
    noisy = samples.with_targets(samples.y + noise * torch.tensor(rng.standard_normal((120, 1))))
    assert solve_with_best_ridge(noisy, DEGREES, LOGS, 1, Clock()).leaves_noise == leaves


def test_expansions_are_sums_of_products(rng):
    degrees = np.array([[0, 0], [0, 1], [1, 0], [1, 2], [3, 0]])
    coefficients = torch.tensor(rng.standard_normal((5, 2)))
    t = torch.tensor(rng.uniform(-1, 1, (9, 2)))
    expected = LegendreProducts(t).features(degrees) @ coefficients
    np.testing.assert_allclose(as_expansion(degrees, coefficients)(t), expected, rtol=0, atol=100 * EPS)


def test_without_time_there_is_no_fit(samples):
    with pytest.raises(OutOfTime):
        solve_set(samples, PriorSet.of(DEGREES, LOGS, 3), [1e-6], stopped())
