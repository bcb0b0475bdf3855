"""Errors in gaps between rows, which rows set aside do not show and other draws do."""

import math
from statistics import median_low

import numpy as np
import pytest
import torch

from skspectral import SpectralMultistageRegressor
from skspectral._backend.samples import Samples
from skspectral.linalg.least_squares import RIDGES
from skspectral.networks import DenseNetwork, data_drawn_start
from skspectral.training.opinions import Opinion, Opinions, best_ridge, hidden_error
from skspectral.training.starts import FixedFeatures, Start


def opinion(error, distance=0.0):
    """Values whose root mean square distance from zero is given."""
    return Opinion(torch.full((100, 1), distance, dtype=torch.float64), error)


@pytest.mark.parametrize(
    "distances", [[3.0], [2.0, 2.0], [1.0, 1.5, 1.0], [1e-9, 40.0, 50.0], [1.0, 8.0, 9.0]]
)
def test_a_net_hides_nothing_where_others_are_no_farther_than_their_errors(distances):
    """A net that is much farther away than another is wrong itself."""
    assert hidden_error(opinion(0.01), [opinion(1.0, distance) for distance in distances]) == 0.0


@pytest.mark.parametrize("distances", [[5.0], [4.0, 3.0], [3.0, 4.0, 9.0], [100.0, 90.0, 80.0]])
def test_a_net_that_others_contradict_hides_a_distance(distances):
    """Two independent errors of equal size are sqrt(2) times that apart."""
    others = [opinion(1.0, distance) for distance in distances]
    assert hidden_error(opinion(0.01), others) == pytest.approx(median_low(distances) / math.sqrt(2))


def test_without_others_nothing_is_known_to_be_hidden():
    assert hidden_error(opinion(0.01), []) == 0.0


def test_an_opinion_is_that_of_the_readout_of_least_held_out_error():
    """A net of one unit is met by itself, and so are places between."""
    network = DenseNetwork((1, 1), ("tanh",), (0,))
    fixed = FixedFeatures(torch.zeros(0, 1, dtype=torch.float64), True)
    start = Start(network, fixed, lambda t, g: data_drawn_start(network, t, 3.0, g))
    t = torch.linspace(-1, 1, 40, dtype=torch.float64)[:, None]
    theta = start.draw(t, torch.Generator().manual_seed(0))
    features = start.features_of(theta)

    def rows(t):
        return Samples(t, 2 * features(t)[:, -1:] - 1, torch.full((len(t),), 1 / len(t)).double())

    places = torch.linspace(-0.9, 0.9, 77, dtype=torch.float64)[:, None]
    found = Opinions(rows(t[::2]), rows(t[1::2]), places).of(start, theta)
    assert found.error < 1e-9
    assert torch.allclose(found.values, rows(places).y, atol=1e-9)


def test_the_ridge_is_that_of_least_held_out_error():
    class Solved:
        def solve(self, alpha):
            return torch.tensor([[alpha]], dtype=torch.float64)

    held_out = Samples(torch.zeros(1, 1), torch.tensor([[1e-8]], dtype=torch.float64), torch.ones(1))
    alpha, error = best_ridge(Solved(), held_out, torch.ones(1, 1, dtype=torch.float64))
    assert alpha in RIDGES
    assert error == abs(alpha - 1e-8)
    assert all(error <= abs(other - 1e-8) for other in RIDGES)


BENT = {
    "kink": lambda x: np.abs(x - 0.313),
    "jump": lambda x: (x > 0.217) + 0.3 * x,
    "root": lambda x: np.sqrt(np.abs(x + 0.171)),
    "two kinks": lambda x: np.maximum(0, x - 0.37) + np.maximum(0, -x - 0.41),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BENT)
@pytest.mark.parametrize("seed", [3, 4])
def test_errors_in_gaps_between_rows_are_reported(name, seed):
    """Nets meet rows set aside to 1e-6 to 1e-15 there, and are off by a thousand times that and more."""
    rng = np.random.default_rng(seed)
    X, fresh = rng.uniform(-1, 1, (250, 1)), rng.uniform(-0.95, 0.95, (4000, 1))
    y, truth = BENT[name](X[:, 0]), BENT[name](fresh[:, 0])
    model = SpectralMultistageRegressor(random_state=seed).fit(X, y)
    missed = math.sqrt(np.mean((model.predict(fresh) - truth) ** 2)) / truth.std()
    assert missed < 20 * model.heldout_error_


@pytest.mark.parametrize(
    "steepness", [pytest.param(30, marks=pytest.mark.slow), pytest.param(60, marks=pytest.mark.slow), 100]
)
def test_fronts_that_rows_resolve_are_not_doubted(steepness):
    rng = np.random.default_rng(steepness)
    X, fresh = rng.uniform(-1, 1, (250, 1)), rng.uniform(-0.95, 0.95, (4000, 1))

    def front(X):
        return np.tanh(steepness * (X[:, 0] - 0.1))

    model = SpectralMultistageRegressor(random_state=0).fit(X, front(X))
    assert np.abs(model.predict(fresh) - front(fresh)).max() < 1e-12
    assert model.heldout_error_ < 1e-12
