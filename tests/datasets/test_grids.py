"""Grids: where the cells are, which value belongs to which, and the way back."""

import numpy as np
import pytest

from skspectral.datasets import as_grid, grid_coordinates, grid_points

SHAPES = [(5,), (3, 4), (2, 3, 4), (2, 3, 2, 3)]
CHANNELS = [(), (1,), (3,)]


def test_points_are_the_centers_of_the_cells():
    expected = [((i + 0.5) / 2, (j + 0.5) / 4) for i in range(2) for j in range(4)]
    np.testing.assert_array_equal(grid_points((2, 4)), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_cells_fill_the_box_evenly(shape):
    lengths = np.arange(1.0, len(shape) + 1)
    X = grid_points(shape, lengths=lengths).reshape(*shape, len(shape))
    for axis, (n, length) in enumerate(zip(shape, lengths)):
        centers = np.moveaxis(X[..., axis], axis, -1)
        np.testing.assert_allclose(centers[..., 0], length / n / 2, rtol=1e-15)
        np.testing.assert_allclose(np.diff(centers), length / n, rtol=1e-14)
        np.testing.assert_allclose(centers[..., -1], length - length / n / 2, rtol=1e-15)


def test_one_length_holds_for_all_axes():
    np.testing.assert_array_equal(grid_points((2, 3), lengths=2.0), 2 * grid_points((2, 3)))


def test_a_number_is_the_shape_of_a_signal():
    np.testing.assert_array_equal(grid_points(4), [[0.125], [0.375], [0.625], [0.875]])


@pytest.mark.parametrize("factor", [2, 3])
def test_cells_of_a_finer_grid_are_centered_on_those_they_divide(factor):
    coarse, fine = grid_points((4, 3)), grid_points((4 * factor, 3 * factor))
    blocks = fine.reshape(4, factor, 3, factor, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(blocks.reshape(-1, 2), coarse, rtol=1e-15)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("channels", CHANNELS)
def test_there_and_back_is_the_field(shape, channels, rng):
    field = rng.normal(size=(*shape, *channels))
    X, y = grid_coordinates(field, multichannel=bool(channels))
    assert y.shape == (len(X), *channels)
    np.testing.assert_array_equal(X, grid_points(shape))
    np.testing.assert_array_equal(as_grid(y, shape), field)


@pytest.mark.parametrize("shape", SHAPES)
def test_values_belong_to_their_points(shape):
    slopes = 10.0 ** np.arange(len(shape))
    centers = np.ix_(*[(np.arange(n) + 0.5) / n for n in shape])
    X, y = grid_coordinates(sum(s * c for s, c in zip(slopes, centers)))
    np.testing.assert_allclose(X @ slopes, y, rtol=1e-15)


def test_channels_are_no_axis_of_the_grid(rng):
    image = rng.uniform(size=(4, 5, 3))
    X, y = grid_coordinates(image, multichannel=True, lengths=(0.8, 1))
    assert (X.shape, y.shape) == ((20, 2), (20, 3))
    np.testing.assert_array_equal(X, grid_points((4, 5), lengths=(0.8, 1)))
    assert grid_coordinates(image)[0].shape == (60, 3)


def test_super_resolution_is_the_function_on_the_finer_grid():
    """A stand-in for a model that has learned the plane exactly."""
    X, y = grid_coordinates(as_grid(grid_points((3, 5)) @ [2.0, 1.0], (3, 5)))
    weights = np.linalg.lstsq(X, y)[0]
    fine = as_grid(grid_points((7, 4)) @ weights, (7, 4))
    np.testing.assert_allclose(fine[:, 1] - fine[:, 0], 1 / 4, rtol=1e-12)
    np.testing.assert_allclose(fine[1] - fine[0], 2 / 7, rtol=1e-12)


def test_gradients_have_axes_of_their_own(rng):
    gradient = rng.normal(size=(12, 3, 2))
    np.testing.assert_array_equal(as_grid(gradient, (3, 4))[1, 2], gradient[6])


def test_bytes_become_numbers_that_do_not_wrap():
    field = np.array([[0, 255]], dtype=np.uint8)
    _, y = grid_coordinates(field)
    assert y.dtype == np.float64
    assert y[0] - y[1] == -255


def test_the_field_is_not_shared():
    field = np.zeros((2, 2))
    _, y = grid_coordinates(field)
    y[:] = 1
    assert not field.any()


def test_holes_stay_where_they_are():
    X, y = grid_coordinates([[1.0, np.nan], [3.0, 4.0]])
    np.testing.assert_array_equal(X[np.isnan(y)], [[0.25, 0.75]])


@pytest.mark.parametrize(
    ("field", "multichannel", "message"),
    [
        (np.float64(1.0), False, r"field must have the shape of a grid, got \(\)"),
        (np.zeros(3), True, r"a grid and a last axis of channels, got \(3,\)"),
        (np.zeros((2, 0)), False, r"field must have the shape of a grid, got \(2, 0\)"),
        (np.zeros((2, 2, 0)), True, "a last axis of channels"),
        (np.zeros((2, 2), dtype=complex), False, "[Cc]omplex data not supported"),
        ([["a", "b"]], False, "could not convert string"),
    ],
)
def test_bad_fields_are_refused(field, multichannel, message):
    with pytest.raises(ValueError, match=message):
        grid_coordinates(field, multichannel=multichannel)


@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        ((), ValueError, "shape must have at least one number of cells"),
        ((3, 0), ValueError, r"shape\[1\] == 0"),
        ((3.0, 2), TypeError, r"shape\[0\] must be an instance of"),
        (-1, ValueError, r"shape\[0\] == -1"),
    ],
)
def test_bad_shapes_are_refused(shape, error, message):
    for function in (grid_points, lambda s: as_grid(np.zeros(6), s)):
        with pytest.raises(error, match=message):
            function(shape)


@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        ((1.0,), ValueError, r"lengths must be one number, or 2 for this grid, got \(1.0,\)"),
        ((1.0, 0.0), ValueError, r"lengths\[1\] == 0"),
        (np.inf, ValueError, r"lengths\[0\] == inf"),
        (("1", 1.0), TypeError, r"lengths\[0\] must be an instance of"),
    ],
)
def test_bad_lengths_are_refused(lengths, error, message):
    with pytest.raises(error, match=message):
        grid_points((3, 2), lengths=lengths)


@pytest.mark.parametrize("values", [np.zeros(5), np.zeros((2, 3)), 1.0])
def test_values_of_another_grid_are_refused(values):
    with pytest.raises(ValueError, match=r"shape \(2, 3\), without an axis of channels, has 6 cells"):
        as_grid(values, (2, 3))
