"""Errors that no row can show: values out of range, and curvature between two nodes."""

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning

from skspectral import SpectralMultistageRegressor
from skspectral.selection import between_two, excess, inner_places
from skspectral.spectrum import detect_grid

TWO_BY_FOUR = torch.cartesian_prod(
    torch.tensor([-1.0, 1.0], dtype=torch.float64), torch.linspace(-1, 1, 4, dtype=torch.float64)
)


def column(*values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_values_may_leave_the_range_by_its_width():
    targets = column(0.0, 1.0)
    assert excess(column(-1.0, 0.5, 2.0), targets) == 0
    assert excess(column(5.0, 0.0, 0.0, 0.0), targets) == pytest.approx(np.sqrt(9 / 4))


def test_a_plane_is_trusted_between_two_nodes():
    grid = detect_grid(TWO_BY_FOUR)
    assert between_two(grid, TWO_BY_FOUR @ column(3.0, -1.0)) < 1e-15
    assert between_two(None, TWO_BY_FOUR) == 0


def test_what_changes_from_line_to_line_is_doubted():
    """Half the change of x y between the nodes is y, of mean square 5/9; half of its size is doubted."""
    grid = detect_grid(TWO_BY_FOUR)
    expected = 0.5 * np.sqrt(5 / 9)
    assert between_two(grid, TWO_BY_FOUR.prod(1, keepdim=True)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_even_along_all_axes_is_doubted_between_two_nodes(seed):
    """A plane met all rows of a sum of squares: an error of 1e-6 was reported where 1.4 was true."""
    rng = np.random.default_rng(seed)
    weights, x = rng.uniform(0.3, 1.5, 2), np.linspace(-1, 1, 16)
    X = np.stack(np.meshgrid(x, [-1.0, 1.0], indexing="ij"), -1).reshape(-1, 2)
    fresh = rng.uniform(-1, 1, (2000, 2))
    with pytest.warns(ConvergenceWarning, match="only two values of input 1"):
        model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, X**2 @ weights)
    error = np.sqrt(np.mean((model.predict(fresh) - fresh**2 @ weights) ** 2)) / np.std(X**2 @ weights)
    assert error / 3 < model.heldout_error_ < 10 * error


def test_inner_places_leave_out_the_rim_alone():
    """Of evenly spread places of a plane all within 0.98 of the box are inner ones, none on its sides."""
    axis = torch.linspace(-1, 1, 401, dtype=torch.float64)
    places = torch.cartesian_prod(axis, axis)
    inner, from_center = inner_places(places), places.abs().amax(1)
    assert bool(inner[from_center < 0.98].all())
    assert not bool(inner[from_center > 0.999].any())
