"""FieldDisplay: fields and gradients in their places, in gray and in color."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from skspectral.datasets import grid_points
from skspectral.inspection import FieldDisplay

X9 = grid_points((3, 3))


class Planes(RegressorMixin, BaseEstimator):
    """One plane for each row of slopes, of shape (k, 2); a single row gives values without an axis."""

    def __init__(self, slopes=((1.0, 0.0),)):
        self.slopes = slopes

    def fit(self, X, y):
        self.slopes_ = np.squeeze(np.array(self.slopes), axis=0 if len(self.slopes) == 1 else ())
        return self

    def predict(self, X):
        return X @ self.slopes_.T

    def predict_gradient(self, X):
        return np.tile(self.slopes_, (len(X), *[1] * self.slopes_.ndim))


def planes(*slopes):
    return Planes(slopes).fit(None, None)


@pytest.fixture
def field(grid_points):
    """Model, points and target on a grid longer in the first feature: slopes (3, 4), fitted as (6, 8)."""
    X = grid_points((6, 4), (2.0, 1.0), origin=(5.0, -1.0))
    return planes((6.0, 8.0)), X, X @ [3.0, 4.0]


def test_fields_and_gradients_are_in_their_places(field, rng):
    model, X, y = field
    rows = rng.permutation(len(X))
    display = FieldDisplay.from_estimator(model, X[rows], y[rows])
    assert_array_equal(display.target_field, y.reshape(6, 4))
    assert_allclose(display.predicted_field, 2 * y.reshape(6, 4))
    assert_allclose(display.target_gradient, np.full((6, 4), 5.0))
    assert_allclose(display.predicted_gradient, np.full((6, 4), 10.0))
    assert_allclose(display.extent, [5 - 1 / 6, 7 - 1 / 6, -1.125, -0.125])


def test_gradient_of_the_target_belongs_to_its_pixel(grid_points, rng):
    """|gradient| of (x^2, y) is |2 x| inside the grid, whatever the order of the rows."""
    X = grid_points((5, 4), (1.0, 1.0))
    rows = rng.permutation(len(X))
    shown = X[rows]
    gradient = np.stack([2 * shown[:, 0], 0 * shown[:, 0]], axis=1)
    y = shown[:, 0] ** 2
    display = FieldDisplay.from_predictions(shown, y, y, gradient=gradient)
    assert_allclose(display.target_gradient[1:-1], display.predicted_gradient[1:-1])
    assert_allclose(display.predicted_gradient[:, 0], 2 * np.arange(5) / 5)


def test_pictures_show_the_first_feature_to_the_right(field):
    _, _, y = field
    display = FieldDisplay.from_estimator(*field)
    image = display.axes_[0, 0].images[0]
    assert_array_equal(image.get_array(), y.reshape(6, 4).T)
    assert image.origin == "lower"
    assert_allclose(image.get_extent(), display.extent)


def test_error_is_drawn_in_the_unit_of_its_title(field):
    display = FieldDisplay.from_estimator(*field)
    assert display.axes_.shape == (2, 3)
    assert display.axes_[1, 2].get_title() == "difference / 5"
    assert_allclose(display.axes_[1, 2].images[0].get_array(), 1.0)
    target, prediction = (ax.images[0].get_clim() for ax in display.axes_[0, :2])
    assert target == prediction


def test_the_error_of_the_gradient_is_against_the_given_one(grid_points):
    """Central differences of x^3 are wrong by the square of the step; a model that is not has no error."""
    X = grid_points((10, 4), (1.0, 1.0))
    y, zero = X[:, 0] ** 3, np.zeros(len(X))
    true = np.stack([3 * X[:, 0] ** 2, zero], axis=1)
    estimated = FieldDisplay.from_predictions(X, y, y, gradient=true)
    assert_allclose(estimated.gradient_error[1:-1], 0.1**2)
    assert estimated.axes_[1, 0].get_title() == "central differences of target"
    assert estimated.axes_[1, 2].get_title().startswith("difference / ")
    given = FieldDisplay.from_predictions(X, y, y, gradient=true, true_gradient=true)
    assert_array_equal(given.gradient_error, 0.0)
    assert given.axes_[1, 0].get_title() == "true gradient"
    assert given.axes_[1, 2].get_title().startswith("error / ")


def test_the_error_of_the_gradient_counts_its_direction(field):
    """Slopes (3, 4) against (4, 3): of one size, and sqrt(2) apart."""
    _, X, y = field
    true, other = np.tile([3.0, 4.0], (len(X), 1)), np.tile([4.0, 3.0], (len(X), 1))
    display = FieldDisplay.from_predictions(X, y, y, gradient=other, true_gradient=true)
    assert_allclose(display.gradient_error, np.sqrt(2))


def test_axes_and_color_bars_have_names_and_units(field):
    model, X, y = field
    frame = pd.DataFrame(X, columns=["lon", "depth"])
    units = {"lon": "m", "depth": "m", "y": "K"}
    display = FieldDisplay.from_predictions(
        frame, y, 2 * y, gradient=model.predict_gradient(X), units=units
    )
    assert display.axes_[1, 0].get_xlabel() == "lon [m]"
    assert display.axes_[0, 0].get_ylabel() == "depth [m]"
    assert display.axes_[0, 2].get_title().endswith(" K")
    assert display.axes_[1, 2].get_title() == "difference / 5 K / m"
    bars = {ax.get_ylabel() for ax in display.figure_.axes} - {"", "depth [m]"}
    assert bars == {"y [K]", "size of gradient [K / m]", "in units of the title"}


def test_names_of_the_fit_are_on_the_axes(field):
    model, X, y = field
    model.feature_names_in_ = np.array(["u", "v"], dtype=object)
    display = FieldDisplay.from_estimator(model, X, y)
    assert display.axes_[1, 2].get_xlabel() == "u"
    with pytest.raises(ValueError, match=r"units has \['w'\], but the names are \['u', 'v', 'y'\]"):
        FieldDisplay.from_estimator(model, X, y, units={"w": "m"})


def test_color_bars_say_where_colors_saturate():
    """The prediction is beyond the target's range on one side, and one error is a spike."""
    X = grid_points((20, 20))
    y = X[:, 0] + 1
    prediction = y.copy()
    prediction[-1] += 1
    display = FieldDisplay.from_predictions(X, y, prediction)
    values, errors = (ax.images[0].colorbar for ax in display.axes_[0, 1:])
    assert (values.extend, errors.extend) == ("max", "neither")
    prediction[:20] -= 1e-3
    again = FieldDisplay.from_predictions(X, y, prediction).axes_[0, 2].images[0].colorbar
    assert again.extend == "min"


def test_images_keep_their_first_row_at_the_top():
    X = grid_points((3, 5), lengths=(3, 5))
    y = X @ [1.0, 2.0]
    display = FieldDisplay.from_estimator(planes((2.0, 0.0)), X, y, field_shape=(3, 5), cmap="gray")
    image = display.axes_[0, 0].images[0]
    assert_array_equal(image.get_array(), y.reshape(3, 5))
    assert (image.origin, image.get_cmap().name) == ("upper", "gray")
    assert display.extent is None
    assert_allclose(display.target_gradient, np.full((3, 5), np.sqrt(5.0)))


def test_images_may_have_x_to_the_right():
    """Features in the order of make_image_regression: rows of the image are those of the second."""
    X = grid_points((3, 5))[:, ::-1]
    y = X[:, 1] ** 2
    gradient = np.stack([0 * y, 2 * X[:, 1]], axis=1)
    display = FieldDisplay.from_predictions(X, y, y, gradient=gradient, field_shape=(3, 5))
    assert_array_equal(display.target_field, y.reshape(3, 5))
    assert_allclose(display.target_gradient[1], display.predicted_gradient[1])
    assert_allclose(display.target_gradient[0], 1 / 3 + 1 / 3)


def test_three_outputs_are_red_green_and_blue(rng):
    X = grid_points((4, 6))
    slopes = np.array([[0.5, 0.0], [0.0, 0.5], [0.1, 0.2]])
    y = X @ slopes.T
    display = FieldDisplay.from_estimator(planes(*slopes), X, y + 0.1, field_shape=(4, 6))
    assert_allclose(display.axes_[0, 0].images[0].get_array(), (y + 0.1).reshape(4, 6, 3))
    assert_allclose(display.axes_[0, 1].images[0].get_array(), y.reshape(4, 6, 3))
    assert_allclose(display.axes_[0, 2].images[0].get_array(), 1.0)
    assert display.axes_[0, 2].get_title() == "error / 0.1"
    assert_allclose(display.predicted_gradient, np.sqrt(0.25 + 0.25 + 0.05))
    assert_allclose(display.target_gradient, display.predicted_gradient)


@pytest.mark.parametrize(("values", "shades"), [([0, 51, 255], [0, 0.2, 1]), ([-1, 0, 3], [0, 0.25, 1])])
def test_colors_run_from_black_to_white(values, shades):
    X = grid_points((3, 2))
    y = np.repeat(np.array(values, dtype=float), 2)[:, None] * np.ones(3)
    display = FieldDisplay.from_predictions(X, y, 2 * y, field_shape=(3, 2))
    image, prediction = (ax.images[0].get_array() for ax in display.axes_[0, :2])
    assert_allclose(image[:, 0, 0], shades)
    assert prediction.max() == 1.0


def test_colors_over_two_features_are_turned_like_other_fields():
    X = grid_points((4, 6))
    y = np.stack([X[:, 0], X[:, 1], 0 * X[:, 0]], axis=1)
    display = FieldDisplay.from_predictions(X, y, y)
    image = display.axes_[0, 0].images[0]
    assert_array_equal(image.get_array(), y.reshape(4, 6, 3).swapaxes(0, 1))
    assert image.origin == "lower"


def test_one_output_is_drawn_if_asked_for():
    X = grid_points((4, 6))
    slopes = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 4.0]])
    display = FieldDisplay.from_estimator(planes(*slopes), X, X @ slopes.T, output=2)
    assert_allclose(display.target_field, (X @ [3.0, 4.0]).reshape(4, 6))
    assert_allclose(display.predicted_gradient, 5.0)
    assert_allclose(display.target_gradient, 5.0)


def test_first_of_two_outputs_is_drawn():
    X = grid_points((4, 6))
    slopes = np.array([[1.0, 0.0], [0.0, 2.0]])
    display = FieldDisplay.from_estimator(planes(*slopes), X, X @ slopes.T)
    assert_allclose(display.target_field, X[:, 0].reshape(4, 6))
    assert_allclose(display.predicted_gradient, 1.0)


def test_regressors_without_gradients_have_one_row():
    X = grid_points((4, 6))
    y = X @ [1.0, 2.0]
    display = FieldDisplay.from_estimator(make_pipeline(LinearRegression()).fit(X, y), X, y)
    assert display.axes_.shape == (1, 3)
    assert display.target_gradient is None
    assert display.predicted_gradient is None
    display.figure_.canvas.draw()


def test_given_axes_are_drawn_on(field):
    figure, axes = plt.subplots(4, 3)
    display = FieldDisplay.from_estimator(*field, ax=axes[2:])
    assert display.figure_ is figure
    assert [len(ax.images) for ax in axes[:, 0]] == [0, 0, 1, 1]
    assert plt.get_fignums() == [figure.number]


def test_display_is_drawn_again_from_what_it_stores(field):
    display = FieldDisplay.from_estimator(*field)
    first = [ax.images[0].get_array().copy() for ax in display.axes_.flat]
    again = [ax.images[0].get_array() for ax in display.plot().axes_.flat]
    assert_array_equal(first, again)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [1.0, 300.0, -2.0])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_exact_and_constant_fields_are_drawn(value, channels):
    y = np.full((9, *channels), value)
    gradient = np.zeros((*y.shape, 2))
    FieldDisplay.from_predictions(X9, y, y, gradient=gradient).figure_.canvas.draw()


@pytest.mark.parametrize(
    ("X", "y_true", "y_pred", "options", "message"),
    [
        (np.zeros((9, 3)), np.ones(9), np.ones(9), {}, "X must have two features to be drawn, got 3"),
        (X9**2, np.ones(9), np.ones(9), {}, "X is not a uniform grid"),
        (X9, np.ones(8), np.ones(9), {}, "inconsistent numbers of samples"),
        (X9, np.ones(9), np.ones((9, 3)), {}, r"y_pred must have shape \(9,\) for this"),
        (X9, np.ones(9), np.full(9, np.nan), {}, "y_pred contains NaN"),
        (X9, np.ones(9), np.ones(9), {"gradient": np.ones(9)}, r"gradient must have shape \(9, 2\)"),
        (X9, X9[:, 0], X9[:, 0], {"gradient": X9 * np.inf}, "gradient contains"),
        (
            X9,
            X9[:, 0],
            X9[:, 0],
            {"gradient": X9, "true_gradient": X9[:5]},
            "true_gradient must have shape",
        ),
        (X9, X9[:, 0], X9[:, 0], {"true_gradient": X9}, "gradient, which is missing"),
        (X9, np.ones(9), np.ones(9), {"field_shape": (3, 4)}, "two numbers of product 9"),
        (X9, np.ones(9), np.ones(9), {"field_shape": (9,)}, "two numbers of product 9"),
        (X9, np.ones(9), np.ones(9), {"ax": [[None] * 3] * 2}, r"ax must be of shape \(1, 3\)"),
    ],
)
def test_what_is_no_field_is_refused(X, y_true, y_pred, options, message):
    with pytest.raises(ValueError, match=message):
        FieldDisplay.from_predictions(X, y_true, y_pred, **options)


def test_missing_output_is_refused(field):
    with pytest.raises(IndexError):
        FieldDisplay.from_estimator(*field, output=1)


def test_missing_matplotlib_is_named(field, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install skspectral\[plot\]"):
        FieldDisplay.from_estimator(*field)
