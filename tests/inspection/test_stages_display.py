"""StagesDisplay: errors that are known, and fields in their places."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skspectral.inspection import StagesDisplay

WAVES = [((1.0, 0.0), 1.0), ((0.0, 2.0), 1e-3), ((3.0, 1.0), 1e-7)]


@pytest.fixture
def field(waves, grid_points):
    """Model, points and target on a grid that is longer in the first feature."""
    X = grid_points((24, 10), (2.0, 1.0), origin=(5.0, -1.0))
    model, y = waves(X, *WAVES)
    return model, X, y


def test_errors_are_those_of_the_waves(field):
    """Orthogonal waves: what is left after the first is the norm of the second, and so on."""
    display = StagesDisplay.from_estimator(*field)
    total = np.sqrt(1 + 1e-6 + 1e-14)
    expected = [np.sqrt(1e-6 + 1e-14) / total, 1e-7 / total]
    assert_allclose(display.relative_error, expected, rtol=1e-8)
    assert_allclose(display.train_error, [1.0, 0.1])
    assert_allclose(display.heldout_error, [2.0, 0.2])


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_relative_error_does_not_overflow(scale, waves, grid_points):
    X = grid_points((16,), (1.0,))
    model, y = waves(X, ((1.0,), scale), ((2.0,), 1e-4 * scale))
    expected = 1e-4 / np.sqrt(1 + 1e-8)
    assert_allclose(StagesDisplay.from_estimator(model, X, y).relative_error, expected, rtol=1e-9)


def test_fields_are_in_their_places(field, rng):
    model, X, y = field
    rows = rng.permutation(len(X))
    display = StagesDisplay.from_estimator(model, X[rows], y[rows])
    assert_array_equal(display.target_field, y.reshape(24, 10))
    assert_array_equal(display.predicted_fields[1], model.predict(X).reshape(24, 10))
    assert_allclose(display.extent, [5 - 1 / 24, 7 - 1 / 24, -1.05, -0.05])


def test_pictures_show_the_first_feature_to_the_right(field):
    _, _, y = field
    display = StagesDisplay.from_estimator(*field)
    image = display.target_ax_.images[0]
    assert_array_equal(image.get_array(), y.reshape(24, 10).T)
    assert image.origin == "lower"
    assert_allclose(image.get_extent(), display.extent)
    assert display.field_axes_.shape == (2, 2)


def test_colors_are_symmetric_and_shared(field):
    _, _, y = field
    display = StagesDisplay.from_estimator(*field)
    limits = [ax.images[0].get_clim() for ax in [display.target_ax_, *display.field_axes_[0]]]
    assert set(limits) == {(-np.abs(y).max(), np.abs(y).max())}
    assert {ax.images[0].get_clim() for ax in display.field_axes_[1]} == {(-1.0, 1.0)}


def test_error_pictures_are_in_the_unit_of_their_titles(field):
    model, X, y = field
    display = StagesDisplay.from_estimator(*field)
    error = (y - next(model.staged_predict(X))).reshape(24, 10).T
    picture = display.field_axes_[1, 0]
    # The second wave has five absolute values on the grid, equally often; cos 0.3 is the largest.
    assert picture.get_title() == r"error / $9.6\times10^{-4}$"
    shown = picture.images[0].get_array() * 1e-3 * np.cos(0.3)
    assert_allclose(shown, error, atol=4e-7)


def test_images_keep_their_first_row_at_the_top(waves, rng):
    X = rng.uniform(size=(12, 2))
    model, y = waves(X, *WAVES)
    display = StagesDisplay.from_estimator(model, X, y, field_shape=(3, 4), cmap="gray")
    image = display.target_ax_.images[0]
    assert_array_equal(image.get_array(), y.reshape(3, 4))
    assert (image.origin, image.get_cmap().name) == ("upper", "gray")
    assert display.extent is None


def test_one_output_is_drawn_and_all_are_counted(waves, grid_points):
    X = grid_points((8, 8), (1.0, 1.0))
    last = np.array([3e-3, 4e-3])
    model, y = waves(X, ((1.0, 0.0), np.array([1.0, 0.0])), ((0.0, 1.0), last))
    display = StagesDisplay.from_estimator(model, X, y, output=1)
    assert_array_equal(display.target_field, y[:, 1].reshape(8, 8))
    assert_allclose(display.relative_error, 5e-3 / np.sqrt(1 + 25e-6), rtol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_scattered_points_have_errors_only(d, waves, rng):
    X = rng.uniform(size=(30, d))
    model, y = waves(X, ((1.0,) * d, 1.0), ((2.0,) * d, 1e-3))
    display = StagesDisplay.from_estimator(model, X, y)
    assert display.target_field is None
    assert display.predicted_fields is None
    assert display.field_axes_ is None


def test_given_axes_take_the_errors_alone(field):
    figure, ax = plt.subplots()
    display = StagesDisplay.from_estimator(*field, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert display.field_axes_ is None
    drawn = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert_allclose(drawn["training"], display.train_error)
    assert_allclose(drawn["held out"], display.heldout_error)
    assert_allclose(drawn["these data"], display.relative_error)


def test_many_stages_are_drawn_in_part(waves, grid_points):
    X = grid_points((6, 6), (1.0, 1.0))
    model, y = waves(X, *[((1.0, 0.0), 0.5**s) for s in range(13)])
    display = StagesDisplay.from_estimator(model, X, y)
    titles = [ax.get_title() for ax in display.field_axes_[0]]
    assert len(titles) == 5
    assert (titles[0], titles[-1]) == ("stage 1", "stage 12")
    assert len(display.ax_.lines[0].get_xdata()) == 12


@pytest.mark.parametrize("amplitudes", [[1.0], [1.0, 0.0]], ids=["stageless", "exact"])
def test_models_without_an_error_to_show_are_drawn(amplitudes, waves, grid_points):
    X = grid_points((6, 6), (1.0, 1.0))
    model, y = waves(X, *[((0.0, 0.0), amplitude) for amplitude in amplitudes])
    display = StagesDisplay.from_estimator(model, X, y)
    assert_array_equal(display.relative_error, np.zeros(len(amplitudes) - 1))
    display.figure_.canvas.draw()


def test_stages_without_a_held_out_error(field):
    model, X, y = field
    for stage in model.stages_:
        stage.heldout_error = None
    display = StagesDisplay.from_estimator(model, X, y)
    assert np.all(np.isnan(display.heldout_error))
    assert {line.get_label() for line in display.ax_.lines} == {"training", "these data"}


@pytest.mark.parametrize("shape", [(5, 5), (240,), (2, 3, 40)])
def test_wrong_shapes_of_fields_are_refused(shape, field):
    with pytest.raises(ValueError, match="field_shape must be two numbers of product 240"):
        StagesDisplay.from_estimator(*field, field_shape=shape)


def test_missing_output_is_refused(field):
    with pytest.raises(IndexError):
        StagesDisplay.from_estimator(*field, output=1)


def test_missing_matplotlib_is_named(field, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install skspectral\[plot\]"):
        StagesDisplay.from_estimator(*field)
