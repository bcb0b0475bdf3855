"""The trigonometric interpolant against functions that it must reproduce."""

import numpy as np
import pytest

from skspectral.datasets import trigonometric_interpolant


def axes(n_x, n_y):
    """The two axes of a grid, shaped to broadcast."""
    x = 2 * np.pi * np.arange(n_x) / n_x
    return x[:, None], (2 * np.pi * np.arange(n_y) / n_y)[None, :]


def band_limited(x, y):
    """Degree 5 in x and 4 in y, with a mean."""
    return 0.3 + np.sin(3 * x - 4 * y + 1) - 2 * np.cos(5 * x + 2 * y) + np.cos(4 * y) * np.sin(x)


@pytest.mark.parametrize("shape", [(16, 16), (15, 13), (12, 33), (11, 10)])
def test_band_limited_functions_are_reproduced(shape, rng):
    points = rng.uniform(-7, 14, (3000, 2))
    found = trigonometric_interpolant(band_limited(*axes(*shape)))(points)
    # The function itself rounds phases of up to 100 to 1e-14.
    np.testing.assert_allclose(found, band_limited(*points.T), rtol=0, atol=1e-13)


@pytest.mark.parametrize("shape", [(8, 8), (9, 8), (8, 9), (256, 4), (1, 6)])
def test_any_values_are_met_on_the_grid(shape, rng):
    field = rng.standard_normal(shape)
    x, y = np.broadcast_arrays(*axes(*shape))
    points = np.column_stack([x.ravel(), y.ravel()])
    found = trigonometric_interpolant(field)(points)
    np.testing.assert_allclose(found, field.ravel(), rtol=0, atol=1e-12)


def test_nyquist_mode_is_a_cosine_on_both_axes(rng):
    x, y = axes(8, 6)
    points = rng.uniform(0, 2 * np.pi, (50, 2))
    found = trigonometric_interpolant(np.cos(4 * x) + np.cos(3 * y) + np.cos(4 * x) * np.cos(3 * y))
    p, q = np.cos(4 * points[:, 0]), np.cos(3 * points[:, 1])
    np.testing.assert_allclose(found(points), p + q + p * q, rtol=0, atol=1e-14)


def test_high_wavenumbers_keep_their_phase(rng):
    """cos(100 x) to rounding: a phase 100 x that is rounded once would be wrong by 5e-14.

    Exact phases on this side too: those of the grid are reduced as integers, and x = a + b, with
    few enough bits in a and in b that 100 a and 100 b are exact, and x as well.
    """
    field = np.cos(2 * np.pi * (100 * np.arange(256) % 256) / 256)[:, None] * np.ones(4)
    a = rng.integers(2**18, 6 * 2**18, 500) / 2**18
    b = rng.integers(0, 2**30, 500) / 2**50
    found = trigonometric_interpolant(field)(np.column_stack([a + b, a]))
    expected = np.cos(100 * a) * np.cos(100 * b) - np.sin(100 * a) * np.sin(100 * b)
    np.testing.assert_allclose(found, expected, rtol=0, atol=4e-15)


def test_no_points_no_values():
    assert trigonometric_interpolant(np.ones((4, 4)))(np.empty((0, 2))).shape == (0,)


@pytest.mark.parametrize("points", [np.ones((3, 1)), np.ones((3, 3)), np.ones(2), [[np.nan, 0.0]]])
def test_bad_points_are_refused(points):
    with pytest.raises(ValueError, match=r"points|Expected 2D"):
        trigonometric_interpolant(np.ones((4, 4)))(points)


@pytest.mark.parametrize("field", [np.ones(4), np.full((4, 4), np.inf), np.ones((4, 4), complex)])
def test_bad_fields_are_refused(field):
    with pytest.raises(ValueError, match=r"field|Expected 2D|Complex"):
        trigonometric_interpolant(field)
