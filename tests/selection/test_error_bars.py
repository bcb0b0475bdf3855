"""What error bars keep of the rows."""

import numpy as np
import pytest
import torch
from scipy.stats import t as student

from skspectral import SpectralMultistageRegressor
from skspectral.selection.error_bars import _distance, _few_tell, _kept
from skspectral.selection.places import bend
from skspectral.spectrum import N_PROBES, detect_grid


def test_of_many_nodes_some_are_kept_and_both_ends():
    t = torch.linspace(-1, 1, 40_000, dtype=torch.float64)[:, None]
    (nodes,) = _kept(t, detect_grid(t))
    assert len(nodes) < 2 * N_PROBES + 2
    assert (nodes[0], nodes[-1]) == (-1, 1)


def test_of_many_rows_some_are_kept():
    t = torch.rand(20_000, 8, dtype=torch.float64)
    (rows,) = _kept(t, None)
    assert len(rows) > 1
    assert rows.size < 4 * N_PROBES


def test_the_distance_to_a_grid_is_that_to_its_nearest_node():
    axes = torch.tensor([-1.0, 0.0, 1.0]), torch.tensor([-1.0, 1.0])
    t = torch.cartesian_prod(*axes).double()
    places = torch.tensor([[0.25, 1.5], [-2.0, -1.0], [0.6, 0.0]], dtype=torch.float64)
    found = _distance(places, _kept(t, detect_grid(t)), True)
    torch.testing.assert_close(found, torch.cdist(places, t).amin(1))


def test_axes_of_two_nodes_may_bend_as_others_do():
    x = torch.linspace(-1, 1, 9, dtype=torch.float64)
    t = torch.cartesian_prod(x, torch.tensor([-1.0, 1.0]).double())
    parabola = (3 * t[:, :1] ** 2 - 2 * t[:, 1:]) @ torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(bend(detect_grid(t), parabola), torch.tensor([[0.0, 0], [3, 0]]).double())


def test_between_two_nodes_bars_cover_what_no_row_tells():
    """Two parabolas were once met to 3e-6 of y at the nodes, and missed by all of y between them."""
    x = np.linspace(-1, 1, 16)
    X = np.stack(np.meshgrid(x, [-1.0, 1.0], indexing="ij"), -1).reshape(-1, 2)
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, X[:, 0] ** 2 + 0.8 * X[:, 1] ** 2)
    between, node = model.predict([[0.3, 0.0], [0.3, 1.0]], return_std=True)[1]
    assert between > 0.4 and node < 1e-6


@pytest.mark.parametrize("groups", [1, 4, 20])
def test_few_groups_tell_less(groups):
    """Two deviations of a normal distribution hold as many as the wider ones of Student's do."""
    share = 2 * student.cdf(2 * _few_tell(groups), groups) - 1
    assert share == pytest.approx(0.9545, abs=1e-4)
    assert _few_tell(0) == 1


@pytest.mark.parametrize("seed", range(3))
def test_where_noise_is_left_the_level_is_that_of_its_coefficients(seed):
    """The errors of a tenth of the rows once made error bars of planes 3 times too wide, by chance."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, (3000, 1))
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(
        X, X[:, 0] + 0.1 * rng.standard_normal(3000)
    )
    std = model.predict(X, return_std=True)[1]
    assert 0.1 * np.sqrt(2 / 3000) < np.sqrt(np.mean(std**2)) < 0.1 * np.sqrt(1.5 * 8 / 3000)


def in_clusters(rng, n):
    """Three narrow ones, far apart."""
    return rng.choice([-0.8, 0.1, 0.7], n)[:, None] + 0.04 * rng.standard_normal((n, 1))


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("seed", range(3))
def test_within_clusters_bars_are_of_the_size_of_errors(noise, seed):
    """They were once a tenth of the true errors, as errors between clusters were averaged over rows."""
    rng = np.random.default_rng(seed)
    X, fresh = in_clusters(rng, 400), in_clusters(rng, 2000)

    def kinked(X):
        return np.abs(X[:, 0] - 0.12) + 0.5 * X[:, 0]

    y = kinked(X) + noise * rng.standard_normal(400)
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, y)
    predicted, std = model.predict(fresh, return_std=True)
    error = np.abs(predicted - kinked(fresh))
    assert np.mean(error <= 2 * std) > 0.85
    assert np.median(std / error) < 20
