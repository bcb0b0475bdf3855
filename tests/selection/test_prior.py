"""What a Gaussian process expects to be missed by, against its formulas and true errors."""

import numpy as np
import pytest
import torch
from scipy.spatial import Delaunay

from skspectral import SpectralMultistageRegressor
from skspectral.selection.prior import Covariance, OwnDeviation, Prior, seen


def covariance(d, noise):
    return Covariance(torch.full((d,), 0.8).double(), 0.5, noise)


def rows_of(n, d):
    generator = torch.Generator().manual_seed(0)
    return 2 * torch.rand(n, d, dtype=torch.float64, generator=generator) - 1


def test_the_variance_is_that_of_the_joint_distribution():
    rows, places, given = rows_of(30, 2), rows_of(5, 2) / 2, covariance(2, 1e-2)
    root = torch.linspace(0.5, 1.5, 30).double()[:, None]
    found = given.variance(places, rows, root, given.factor(rows, root))
    every = given.between(torch.cat([places, rows]), torch.cat([places, rows]))
    noisy = every[5:, 5:] + torch.diag(given.noise / root[:, 0] ** 2)
    expected = every[:5, :5] - every[:5, 5:] @ torch.linalg.solve(noisy, every[5:, :5])
    torch.testing.assert_close(found, expected.diagonal(), rtol=1e-8, atol=0)


def test_rounding_is_not_taken_for_a_variance():
    assert seen(torch.tensor([0.5, 1e-15]).double(), 100).tolist() == [0.5, 0]


@pytest.mark.parametrize("kept", [200, 80])
def test_rows_that_are_not_kept_are_made_up_for_at_the_places(kept):
    rows, places, given = rows_of(200, 2), rows_of(300, 2), covariance(2, 1e-3)
    root = torch.ones(200, 1).double()
    variance = given.variance(places, rows, root, given.factor(rows, root))
    prior = Prior(given, torch.tensor([[2.0]]).double(), float(variance.mean()))
    own = OwnDeviation.of(
        prior, prior.spread.norm(dim=0), rows[:kept], root[:kept], places, complete=kept == 200
    )
    deviation, _ = own.given(rows[:kept])(places)
    assert float(deviation.square().mean().sqrt()) == pytest.approx(prior.deviation, rel=1e-8)


def crossing(rng, n):
    """Soundings along curves that cross each other, with holes between them, and places in their hull."""
    along, tracks = np.linspace(-1, 1, n // 10), []
    for _ in range(10):
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.8, 0.8)
        across = offset + 0.1 * np.sin(3 * along + rng.uniform(0, 6))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        tracks.append(np.column_stack([along, across]) @ turn)
    rows = np.concatenate(tracks)
    places = rng.uniform(rows.min(0), rows.max(0), (3000, 2))
    return rows, places[Delaunay(rows).find_simplex(places) >= 0]


def front(X):
    return np.tanh(6 * (X[:, 0] - 0.3 * X[:, 1])) + X[:, 1]


def test_the_error_between_tracks_is_known():
    """Rows left out one by one have others beside them on their track: reports were 300 times too small."""
    within, wide = [], []
    for seed in range(4):
        X, places = crossing(np.random.default_rng(seed), 300)
        model = SpectralMultistageRegressor(hidden_layer_sizes=(), n_stages=1).fit(X, front(X))
        predicted, std = model.predict(places, return_std=True)
        error = np.abs(predicted - front(places))
        assert model.heldout_error_ * front(X).std() > np.sqrt(np.mean(error**2)) / 3
        within.append(np.mean(error <= 2 * std))
        wide.append(np.median(std / error))
    assert np.mean(within) > 0.9
    assert np.median(wide) < 5
