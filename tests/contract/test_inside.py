"""Whether rows lie in what the training rows cover: boxes, holes, clusters, tracks, grids."""

import numpy as np
import pytest

from contract.cases import fitted_once, on_quick_ones, samples
from skspectral import SpectralMultistageRegressor

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.filterwarnings("ignore:The rows of X lie in clusters")
MODEL = SpectralMultistageRegressor(n_modes=2, n_stages=1, hidden_layer_sizes=())


def inside(rows, places):
    """Whether rows are inside, as a model of the training rows says."""
    return fitted_once(MODEL, rows, rows[:, 0] ** 2).inside(places)


@on_quick_ones
def test_its_own_rows_are_inside_and_far_ones_are_not(estimator):
    X, y = samples(n=60, d=2)
    model = fitted_once(estimator, X, y)
    found = model.inside(X)
    assert found.dtype == bool and found.all()
    assert not model.inside(np.array([[1.2, 0], [0, -9], [1e200, -1e300]])).any()


@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_new_rows_like_the_others_are_inside(d):
    rows, new = RNG.uniform(-3, 5, (500, d)), RNG.uniform(-2.9, 4.9, (500, d))
    assert inside(rows, new).mean() > 0.97


def test_a_hole_and_the_corners_of_the_box_are_outside():
    plane = RNG.uniform(-1, 1, (1200, 2))
    rows = plane[np.abs(np.hypot(*plane.T) - 0.75) < 0.25]
    angle = np.linspace(0, 2 * np.pi, 50)
    around = np.stack([np.cos(angle), np.sin(angle)], 1)
    assert inside(rows, 0.75 * around).all()
    assert not inside(rows, 0.2 * around).any()
    assert not inside(rows, np.array([[0.95, 0.95], [-0.95, 0.95]])).any()


@pytest.mark.parametrize("spread", [[0.1, 0.1], [0.1, 0.01]])
def test_between_clusters_is_outside(spread):
    clusters = RNG.normal(0, spread, (2, 200, 2)) + np.array([[[0.0, 0.0]], [[2.0, 1.0]]])
    rows = clusters.reshape(-1, 2)
    assert not inside(rows, np.array([[1.0, 0.5], [0.0, 1.0]])).any()
    assert inside(rows, np.array([[0.0, 0.0], [2.0, 1.0]])).all()


def test_a_row_that_stands_alone_covers_little():
    rows = np.vstack([RNG.normal(0, 0.1, (300, 2)), [[5.0, 5.0]]])
    assert inside(rows, np.array([[5.0, 5.0]])).all()
    assert not inside(rows, np.array([[4.5, 4.6], [2.5, 2.5]])).any()


def test_between_tracks_is_inside():
    tracks = np.stack([np.repeat(np.linspace(0, 1, 12), 100), RNG.uniform(0, 1, 1200)], 1)
    assert inside(tracks, RNG.uniform(0.1, 0.9, (300, 2))).all()


def test_gaps_of_a_grid_are_outside():
    gappy = np.concatenate([np.linspace(0, 0.3, 12), np.linspace(0.7, 1, 12)])
    even = np.linspace(0, 1, 15)
    rows = np.stack(np.meshgrid(gappy, even, indexing="ij"), -1).reshape(-1, 2)
    found = inside(rows, np.array([[0.5, 0.5], [0.15, 0.5], [0.99, 0.01], [0.15, 1.2]]))
    np.testing.assert_array_equal(found, [False, True, True, False])


@pytest.mark.parametrize("nodes", [np.cos(np.pi * np.arange(31) / 30), np.geomspace(1, 1e3, 31)])
def test_uneven_nodes_leave_no_gaps(nodes):
    assert inside(nodes[:, None], RNG.uniform(nodes.min(), nodes.max(), (300, 1))).all()


def test_one_row_and_a_constant_column():
    np.testing.assert_array_equal(
        inside(np.array([[2.0, 3.0]]), np.array([[2.0, 3.0], [2.0, 3.1]])), [True, False]
    )
    rows = np.column_stack([RNG.uniform(0, 1, 100), np.full(100, 3.0)])
    assert inside(rows, rows).all()
    assert not inside(rows, rows + np.array([0, 0.1])).any()
