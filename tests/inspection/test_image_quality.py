"""PSNR and gradient PSNR: decibels that are known beforehand."""

import math

import numpy as np
import pytest

from skspectral.inspection import gradient_psnr, psnr

EPS = np.finfo(float).eps
REFERENCES = ["central", "sobel"]


@pytest.mark.parametrize(("error", "decibels"), [(0.1, 20.0), (0.01, 40.0), (2.0, -6.0206)])
def test_psnr_of_a_known_error(error, decibels, rng):
    y = rng.permutation(np.linspace(0, 1, 50)).reshape(10, 5)
    signs = rng.choice([-1, 1], y.shape)
    assert psnr(y, y + error * signs) == pytest.approx(decibels, rel=1e-5)


def test_psnr_is_over_the_range_of_the_reference_unless_it_is_given():
    y_true, y_pred = np.array([1.0, 3.0]), np.array([1.2, 3.2])
    assert psnr(y_true, y_pred) == pytest.approx(20.0)
    assert psnr(y_true, y_pred, data_range=20.0) == pytest.approx(40.0)
    assert psnr([2.0, 2.0], [2.1, 1.9], data_range=1.0) == pytest.approx(20.0)


def test_psnr_of_bytes_does_not_wrap():
    y_true, y_pred = np.array([0, 255], dtype=np.uint8), np.array([255, 0], dtype=np.uint8)
    assert psnr(y_true, y_pred) == 0.0


def test_psnr_of_the_truth_is_infinite_without_a_warning():
    with np.errstate(all="raise"):
        assert psnr([0.0, 1.0], [0.0, 1.0]) == math.inf


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_psnr_does_not_overflow(scale):
    y = np.array([0.0, 0.5, 1.0])
    assert psnr(scale * y, scale * (y + 0.1)) == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "data_range", "message"),
    [
        ([0, 1], [0, 1, 2], None, r"y_true has shape \(2,\), y_pred has \(3,\)"),
        ([[0, 1]], [0, 1], None, "y_pred has"),
        ([1, 1], [0, 1], None, "y_true is constant"),
        ([0, np.nan], [0, 1], None, "y_true contains NaN"),
        ([0, 1], [0, np.inf], None, "y_pred contains infinity"),
        ([0, 1], [0, 1], 0.0, "data_range must be positive and finite, got 0.0"),
        ([0, 1], [0, 1], np.nan, "data_range must be positive"),
    ],
)
def test_psnr_refuses_what_it_cannot_compare(y_true, y_pred, data_range, message):
    with pytest.raises(ValueError, match=message):
        psnr(y_true, y_pred, data_range=data_range)


def plane(shape, lengths, slopes):
    """A plane over the cells of a box."""
    axes = np.ix_(*[L * (np.arange(n) + 0.5) / n for n, L in zip(shape, lengths)])
    return sum(slope * axis for slope, axis in zip(slopes, axes))


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("shape", [(6,), (5, 4), (4, 2, 3), (3, 4, 2, 3)])
def test_slopes_of_a_plane_are_exact_to_its_edges(shape, reference):
    lengths = np.arange(1.0, len(shape) + 1)
    slopes = np.array([3.0, -4.0, 1.0, 2.0])[: len(shape)]
    gradient = np.tile(slopes, (math.prod(shape), 1))
    field = plane(shape, lengths, slopes)
    found = gradient_psnr(field, gradient, lengths=lengths, reference=reference)
    assert found > -20 * math.log10(1000 * EPS)


@pytest.mark.parametrize("reference", REFERENCES)
def test_wrong_slopes_count_by_their_length(reference):
    """r = (3, 4) is of length 5, and (3, 4) + (0.3, -0.4) off by 0.5."""
    field = plane((6, 5), (1.0, 1.0), (3.0, 4.0))
    gradient = np.tile([3.3, 3.6], (30, 1))
    assert gradient_psnr(field, gradient, reference=reference) == pytest.approx(20.0)


def test_magnitude_leaves_the_direction_out():
    field = plane((6, 5), (1.0, 1.0), (3.0, 4.0))
    gradient = np.tile([4.4, -3.3], (30, 1))  # of length 5.5, turned by a right angle
    assert gradient_psnr(field, gradient, magnitude=True) == pytest.approx(20.0)
    assert gradient_psnr(field, gradient) == pytest.approx(-20 * math.log10(math.hypot(1.1, 1)))


@pytest.mark.parametrize(
    ("reference", "across"), [("central", lambda k: 1.0), ("sobel", lambda k: (1 + np.cos(k)) / 2)]
)
def test_a_wave_has_the_known_share_of_its_slope_in_differences(reference, across):
    """Of k radians per cell sin(k) / k of the slope is left, and Sobel's averages across it."""
    k, m = 0.7, 0.6
    cells = np.indices((12, 15))
    phase = np.tensordot([k, m], cells, axes=1)
    slopes = np.array([np.sin(k) * across(m), np.sin(m) * across(k)])
    gradient = np.multiply.outer(np.cos(phase).ravel(), slopes)
    inside = np.pad(np.ones((10, 13), dtype=bool), 1)
    options = {"lengths": (12, 15), "reference": reference, "mask": inside}
    assert gradient_psnr(np.sin(phase), gradient, **options) > -20 * math.log10(1000 * EPS)


@pytest.mark.parametrize("reference", REFERENCES)
def test_channels_are_counted_together(reference, rng):
    slopes = np.array([[3.0, 4.0], [0.0, 1.0], [2.0, 0.0]])
    channels = [plane((4, 6), (1.0, 1.0), s) for s in slopes]
    gradient = np.tile(slopes, (24, 1, 1))
    gradient[:, 1, 0] += 0.5  # a third of all is off by a tenth of the longest
    found = gradient_psnr(np.stack(channels, axis=-1), gradient, reference=reference)
    assert found == pytest.approx(20 + 10 * math.log10(3))


def test_masked_cells_do_not_count_but_hold_the_peak():
    field = np.array([0.0, 1.0, 2.0, 13.0, 24.0, 35.0])  # slopes 1 1 6 11 11 11
    gradient = 6 * np.array([[2.1], [2.1], [6.0], [11.0], [11.0], [11.0]])
    first = np.arange(6) < 2
    assert gradient_psnr(field, gradient, mask=first) == pytest.approx(20.0)
    assert gradient_psnr(field, gradient, mask=~first) == math.inf


def test_masks_have_the_shape_of_the_grid_or_of_the_rows(rng):
    field, gradient = rng.normal(size=(4, 5)), rng.normal(size=(20, 2))
    mask = rng.uniform(size=(4, 5)) < 0.5
    by_rows = gradient_psnr(field, gradient, mask=mask.ravel())
    assert gradient_psnr(field, gradient, mask=mask) == by_rows


def test_units_change_nothing(rng):
    field, gradient = rng.normal(size=(4, 5)), rng.normal(size=(20, 2))
    expected = gradient_psnr(field, gradient)
    assert gradient_psnr(1e200 * field, 1e200 * gradient) == pytest.approx(expected)
    assert gradient_psnr(field, gradient / 8, lengths=8.0) == pytest.approx(expected)


FIELD, GRADIENT = np.eye(3), np.zeros((9, 2))


@pytest.mark.parametrize(
    ("field", "gradient", "options", "message"),
    [
        (FIELD, np.zeros((9, 3)), {}, r"field of shape \(3, 3\), got \(9, 3\)"),
        (FIELD, np.zeros((8, 2)), {}, "gradient must have shape"),
        (FIELD, np.zeros((9, 1, 2)), {}, "gradient must have shape"),
        (FIELD, np.zeros(9), {}, "gradient must have shape"),
        (np.zeros((3, 3, 2, 1)), np.zeros((9, 2, 2)), {}, "gradient must have shape"),
        (np.zeros((1, 9)), GRADIENT, {}, "two cells or more along each axis"),
        (np.ones((3, 3)), GRADIENT, {}, "field is constant"),
        (FIELD * np.nan, GRADIENT, {}, "field contains NaN"),
        (FIELD, GRADIENT * np.nan, {}, "gradient contains NaN"),
        (FIELD, GRADIENT, {"reference": "prewitt"}, "reference must be one of"),
        (FIELD, GRADIENT, {"lengths": (1.0, 2.0, 3.0)}, "lengths must be a positive number"),
        (FIELD, GRADIENT, {"mask": np.ones(9)}, "mask must be bools"),
        (FIELD, GRADIENT, {"mask": np.ones(8, dtype=bool)}, r"got bool of shape \(8,\)"),
        (FIELD, GRADIENT, {"mask": np.zeros(9, dtype=bool)}, "mask leaves no cell"),
    ],
)
def test_gradient_psnr_refuses_what_it_cannot_compare(field, gradient, options, message):
    with pytest.raises(ValueError, match=message):
        gradient_psnr(field, gradient, **options)
