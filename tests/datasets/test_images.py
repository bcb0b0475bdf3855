"""Images as regression: which pixels, where, and how large."""

import numpy as np
import pytest

from skspectral.datasets import make_image_regression


def plane(height, width):
    """An image whose value tells the pixel, and whose position is known."""
    i, j = np.mgrid[:height, :width]
    return i / height / 2 + j / width / 4


@pytest.mark.parametrize("shape", [(6, 8), (5, 7), (4, 9), (1, 1), (2, 1)])
def test_values_belong_to_their_positions(shape):
    pixels = make_image_regression(plane(*shape))
    np.testing.assert_allclose(pixels.y, pixels.X @ [0.25, 0.5], rtol=1e-15)
    np.testing.assert_allclose(pixels.y_test, pixels.X_test @ [0.25, 0.5], rtol=1e-15)


@pytest.mark.parametrize("shape", [(6, 8), (5, 7)])
def test_training_pixels_are_every_second_of_both_axes(shape):
    height, width = shape
    pixels = make_image_regression(plane(height, width))
    expected = [(j / width, i / height) for i in range(0, height, 2) for j in range(0, width, 2)]
    np.testing.assert_array_equal(pixels.X, expected)


def test_test_pixels_are_all_in_the_order_of_the_image():
    pixels = make_image_regression(plane(3, 2))
    expected = [(j / 2, i / 3) for i in range(3) for j in range(2)]
    np.testing.assert_array_equal(pixels.X_test, expected)
    np.testing.assert_array_equal(pixels.y_test.reshape(pixels.shape), plane(3, 2))


def test_every_training_pixel_is_a_test_pixel():
    pixels = make_image_regression(plane(7, 6))
    train = {(*x, y) for x, y in zip(pixels.X, pixels.y)}
    test = {(*x, y) for x, y in zip(pixels.X_test, pixels.y_test)}
    assert len(train) == 12
    assert len(test) == 42
    assert train < test


def test_channels_become_outputs(rng):
    image = rng.integers(0, 256, (5, 4, 3), dtype=np.uint8)
    pixels = make_image_regression(image)
    assert pixels.shape == (5, 4, 3)
    np.testing.assert_array_equal(pixels.y_test.reshape(5, 4, 3), image / 255)
    for c in range(3):
        single = make_image_regression(image[..., c])
        np.testing.assert_array_equal(pixels.y[:, c], single.y)
        np.testing.assert_array_equal(pixels.X, single.X)


def test_one_channel_keeps_its_axis():
    assert make_image_regression(np.zeros((4, 4, 1))).y.shape == (4, 1)


@pytest.mark.parametrize(
    ("dtype", "largest"),
    [(np.uint8, 255), (np.int16, 255), (np.int64, 255), (np.float32, 1), (np.float64, 1)],
)
def test_all_kinds_of_numbers_give_float64_from_0_to_1(dtype, largest):
    pixels = make_image_regression(np.array([[0, largest]], dtype=dtype))
    assert pixels.y_test.tolist() == [0.0, 1.0]
    assert {pixels[key].dtype for key in ("X", "y", "X_test", "y_test")} == {np.dtype(np.float64)}


def test_lists_are_images_too():
    assert make_image_regression([[0, 51], [102, 255]]).y_test.tolist() == [0.0, 0.2, 0.4, 1.0]


def test_the_image_is_not_shared():
    image = plane(4, 4)
    pixels = make_image_regression(image)
    pixels.y_test[:] = 7
    pixels.y[:] = 8
    np.testing.assert_array_equal(image, plane(4, 4))


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros(4), ValueError, r"image must have shape .* got \(4,\)"),
        (np.zeros((2, 2, 2, 2)), ValueError, "image must have shape"),
        (np.zeros((0, 3)), ValueError, r"image must have shape .* got \(0, 3\)"),
        (np.zeros((3, 3, 0)), ValueError, "image must have shape"),
        (0.5, ValueError, "image must have shape"),
        (np.array([[0, 256]]), ValueError, "image has values from 0 to 256"),
        (np.array([[-1, 3]]), ValueError, "image has values from -1 to 3"),
        (np.array([[0.0, 255.0]]), ValueError, "floats from 0 to 1"),
        (np.array([[-0.1, 0.5]]), ValueError, "image has values from -0.1"),
        (np.array([[0.5, np.nan]]), ValueError, "image has values from nan"),
        (np.array([[0.5, np.inf]]), ValueError, "to inf"),
        (np.zeros((2, 2), dtype=complex), TypeError, "complex128"),
        (np.zeros((2, 2), dtype=bool), TypeError, "integers or floats, got dtype bool"),
        (np.array([["a"]]), TypeError, "image must hold"),
        (np.array([[None]]), TypeError, "dtype object"),
    ],
)
def test_bad_images_are_refused(image, error, message):
    with pytest.raises(error, match=message):
        make_image_regression(image)
