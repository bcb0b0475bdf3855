"""Uniform grids are recovered from rows whose coordinates are rounded, and only from those."""

import numpy as np
import pytest

from skspectral.inspection.grid import uniform_grid


@pytest.mark.parametrize("n", [5, 100, 4096])
def test_single_precision_coordinates_are_a_uniform_grid(n):
    x = np.linspace(0, 1, n).astype(np.float32).astype(float)
    grid = uniform_grid(x[:, None])
    np.testing.assert_allclose(grid.steps, 1 / (n - 1), rtol=1e-6)


def test_a_share_of_a_thousandth_of_a_step_is_not_rounding():
    x = np.arange(20.0)
    x[7] += 1e-3
    with pytest.raises(ValueError, match="not a uniform grid: the steps of feature 0"):
        uniform_grid(x[:, None])


def test_the_box_is_half_a_step_wider_than_the_points():
    x, y = np.meshgrid([0.0, 1.0, 2.0], [5.0, 7.0], indexing="ij")
    grid = uniform_grid(np.column_stack([x.ravel(), y.ravel()]))
    assert grid.extent == (-0.5, 2.5, 4.0, 8.0)
