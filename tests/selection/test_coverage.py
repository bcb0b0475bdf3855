"""Which places the rows cover: grids axis by axis, scattered rows as far as they are apart."""

import numpy as np
import pytest
import torch

from skspectral.selection.coverage import _allowed, _near, covered
from skspectral.selection.error_bars import ErrorBars


def bars_of(*nodes, on_grid=True, grouped=False, reach=0.0):
    """Error bars of which nothing counts here but where the rows are."""
    nothing = np.zeros(1)
    return ErrorBars(
        nothing, nothing, nothing, nodes, on_grid, grouped, 0, np.eye(1), nothing, reach, nothing, 1.0
    )


def places(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def test_a_grid_covers_its_box():
    bars = bars_of(np.linspace(-1, 1, 9)[:, None].ravel(), np.linspace(-1, 1, 5))
    inside = covered(places([0.9, -0.9], [1.0, 1.0], [1.01, 0.0], [0.0, -3.0], [1e300, 0.0]), bars)
    assert inside.tolist() == [True, True, False, False, False]


def test_a_hole_in_one_axis_of_a_grid_is_a_hole_in_all_of_it():
    """Of 41 nodes of an axis 25 are missing, twelve steps from either side."""
    axis = np.linspace(-1, 1, 41)
    bars = bars_of(axis[np.abs(axis) > 0.61], axis)
    assert covered(places([0.0, 0.9], [0.62, 0.9], [0.8, 0.0]), bars).tolist() == [False, True, True]


@pytest.mark.parametrize(("grouped", "expected"), [(False, False), (True, True)])
def test_between_tracks_places_count_as_far_as_those_that_were_judged(grouped, expected):
    along = np.linspace(-1, 1, 100)
    rows = np.concatenate([np.column_stack([along, np.full(100, v)]) for v in (-1, 0, 1)])
    bars = bars_of(rows, on_grid=False, grouped=grouped, reach=0.51)
    assert covered(places([0.3, 0.5]), bars).tolist() == [expected]
    assert covered(places([0.3, 0.01]), bars).tolist() == [True]


def test_most_places_among_random_rows_are_covered():
    rng = np.random.default_rng(0)
    rows, fresh = rng.uniform(-1, 1, (300, 2)), rng.uniform(-1, 1, (2000, 2))
    assert _near(fresh, rows, 0.0).mean() > 0.96


def test_a_single_row_covers_itself():
    rows = np.array([[0.25, -0.5]])
    assert _near(np.array([[0.25, -0.5], [0.26, -0.5]]), rows, 0.0).tolist() == [True, False]


def test_rows_that_stand_alone_cover_little():
    """The distance that is allowed is that of the rows around: a row far away does not widen it."""
    rows = np.concatenate([np.linspace(-1, 0, 101), [1.0]])[:, None]
    from scipy.spatial import cKDTree

    allowed = _allowed(rows, cKDTree(rows))
    assert allowed.max() < 0.2
    assert _near(np.array([[-0.505], [0.5]]), rows, 0.0).tolist() == [True, False]
