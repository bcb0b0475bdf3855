"""A field or an image, its prediction by a model, and the gradients of both."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .drawing import import_pyplot
from .field_rows import arrange, check_like, drawn_outputs, gradient_sizes, grid_of_two, rows_first
from .fields import Frame, draw_colors, draw_comparison, draw_errors, draw_values, picture_grid
from .grid import Extent
from .labels import Labels, Units, names_of, with_unit
from .samples import check_samples


class FieldDisplay:
    """Target, prediction and error of a field or an image, above the same of their gradients.

    Use :meth:`from_estimator` or :meth:`from_predictions` to make one. All parameters are stored as
    attributes.

    Parameters
    ----------
    target_field, predicted_field : ndarray of shape (n_0, n_1) or (n_0, n_1, 3)
        Target and prediction on a grid; three channels are red, green and blue.
    target_gradient, predicted_gradient : ndarray of shape (n_0, n_1), default=None
        Sizes of the gradients: root of the sum of squares over features and channels, in units of
        the target per unit of X.
    gradient_error : ndarray of shape (n_0, n_1), default=None
        Size of the difference of the two gradients, which counts their directions too.
    gradient_given : bool, default=True
        Whether `target_gradient` is the true one. If not it was taken by central differences, and
        `gradient_error` holds their error besides the model's; the pictures say so.
    extent : tuple of four floats, default=None
        The box of the fields: ends of the first feature, which is axis 0 of the fields and runs to
        the right, then of the second, which runs upwards. None: the fields are images, with the
        first row at the top.
    feature_names : list of str, default=None
        Names of the two features; by default x_1 and x_2.
    units : dict of str to str, default=None
        Units of the features, by name, and of the target, under "y".

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure with all that was drawn.
    axes_ : ndarray of matplotlib Axes, shape (n_rows, 3)
        Axes of target, prediction and error. The second row has the gradients, if there are any.

    See Also
    --------
    FieldDisplay.from_estimator : Make the display from an estimator and data.
    FieldDisplay.from_predictions : Make it from predictions of any model.
    StagesDisplay : Prediction and error after each stage.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.inspection import FieldDisplay
    >>> image = np.arange(12.0).reshape(3, 4)
    >>> display = FieldDisplay(target_field=image, predicted_field=image + 0.1)
    >>> display.plot().axes_.shape
    (1, 3)
    """

    def __init__(
        self,
        *,
        target_field: np.ndarray,
        predicted_field: np.ndarray,
        target_gradient: np.ndarray | None = None,
        predicted_gradient: np.ndarray | None = None,
        gradient_error: np.ndarray | None = None,
        gradient_given: bool = True,
        extent: Extent | None = None,
        feature_names: list[str] | None = None,
        units: Units | None = None,
    ) -> None:
        self.target_field = target_field
        self.predicted_field = predicted_field
        self.target_gradient = target_gradient
        self.predicted_gradient = predicted_gradient
        self.gradient_error = gradient_error
        self.gradient_given = gradient_given
        self.extent = extent
        self.feature_names = feature_names
        self.units = units

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: ArrayLike,
        y: ArrayLike,
        *,
        true_gradient: ArrayLike | None = None,
        field_shape: tuple[int, int] | None = None,
        output: int | None = None,
        units: Units | None = None,
        ax: ArrayLike | None = None,
        cmap: str | None = None,
    ) -> FieldDisplay:
        """Predict a field, and its gradient, and draw them.

        Parameters
        ----------
        estimator : estimator instance
            Any fitted regressor. The gradients are drawn if it has `predict_gradient`, as those of
            this package do; a pipeline does not have it.
        X : array-like of shape (n_samples, 2)
            Points that fill a uniform grid, rows in any order; they may be the points of a finer
            grid than that of the training data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target values.
        true_gradient : array-like of shape (n_samples, 2) or (n_samples, n_outputs, 2), default=None
            Gradient of the target with respect to X. By default it is estimated from y by central
            differences, one-sided at the ends; what is then drawn as a difference is mostly the
            error of these where the model is good, and the pictures say so.
        field_shape : tuple of two ints, default=None
            Shape of an image whose pixels, row after row, are the samples; drawn as an image, with
            the first row at the top. By default the first feature runs to the right and the second
            upwards.
        output : int, default=None
            The output that is drawn. By default three outputs are red, green and blue, and of
            any other number the first is drawn.
        units : dict of str to str, default=None
            Units of the features, by their name in `feature_names_in_`, or "x_1" and "x_2" where
            there is none, and of the target, under "y".
        ax : array-like of matplotlib Axes, shape (n_rows, 3), default=None
            Where to draw, with two rows if there are gradients and one if not. A new figure by
            default.
        cmap : str, default=None
            Colors of target and prediction, if they are not colors themselves. By default red and
            blue about zero where the target has both signs, "viridis" elsewhere.

        Returns
        -------
        display : FieldDisplay
            The display with its fields.

        Raises
        ------
        ValueError
            If X is not a full uniform grid of two features, if X or y is not finite, if their lengths
            or outputs do not match, if `field_shape` or the shape of `ax` is wrong, or if `units` has
            an unknown name.
        IndexError
            If `output` is not the index of an output.
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> from skspectral.datasets import grid_points
        >>> from skspectral.inspection import FieldDisplay
        >>> X = grid_points((12, 10))
        >>> y = np.exp(X[:, 0]) * X[:, 1]
        >>> true_gradient = np.stack([y, np.exp(X[:, 0])], axis=1)
        >>> model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, y)
        >>> display = FieldDisplay.from_estimator(model, X, y, true_gradient=true_gradient)
        >>> bool(display.gradient_error.max() < 1e-7)
        True
        """
        check_is_fitted(estimator)
        gradient = estimator.predict_gradient(X) if hasattr(estimator, "predict_gradient") else None
        return cls.from_predictions(
            X,
            y,
            estimator.predict(X),
            gradient=gradient,
            true_gradient=true_gradient,
            field_shape=field_shape,
            output=output,
            feature_names=names_of(estimator, X),
            units=units,
            ax=ax,
            cmap=cmap,
        )

    @classmethod
    def from_predictions(
        cls,
        X: ArrayLike,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        gradient: ArrayLike | None = None,
        true_gradient: ArrayLike | None = None,
        field_shape: tuple[int, int] | None = None,
        output: int | None = None,
        feature_names: list[str] | None = None,
        units: Units | None = None,
        ax: ArrayLike | None = None,
        cmap: str | None = None,
    ) -> FieldDisplay:
        """Draw predictions of any model, and their gradients.

        Parameters
        ----------
        X : array-like of shape (n_samples, 2)
            Points that fill a uniform grid, rows in any order.
        y_true, y_pred : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target and prediction.
        gradient : array-like of shape (n_samples, 2) or (n_samples, n_outputs, 2), default=None
            Gradient of the prediction with respect to X.
        feature_names : list of str, default=None
            Names of the two features. By default the columns of X, if it is a frame, or x_1 and x_2.
        true_gradient, field_shape, output, units, ax, cmap
            As in :meth:`from_estimator`.

        Returns
        -------
        display : FieldDisplay
            The display with its fields.

        Raises
        ------
        ValueError
            As in :meth:`from_estimator`, and if `y_pred` or a gradient does not match `y_true`, or if
            there is a `true_gradient` without a `gradient`.
        IndexError
            If `output` is not the index of an output.
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral.inspection import FieldDisplay
        >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        >>> display = FieldDisplay.from_predictions(X, [1, 2, 3, 4], [1, 2, 3, 5])
        >>> display.predicted_field - display.target_field
        array([[0., 0.],
               [0., 1.]])
        """
        points, target = check_samples(X, y_true)
        prediction = check_like(y_pred, target.shape, "y_pred")
        if gradient is None and true_gradient is not None:
            raise ValueError("true_gradient is compared with gradient, which is missing")
        grid = grid_of_two(points, field_shape)
        outputs = drawn_outputs(target, output)
        drawn = [rows_first(v)[:, outputs] for v in (target, prediction)]
        if gradient is not None:
            drawn += gradient_sizes(gradient, true_gradient, grid, target, outputs)
        names = [
            "target_field",
            "predicted_field",
            "target_gradient",
            "predicted_gradient",
            "gradient_error",
        ]
        display = cls(
            **dict(zip(names, [arrange(v, grid, field_shape) for v in drawn])),
            gradient_given=true_gradient is not None,
            extent=grid.extent if field_shape is None else None,
            feature_names=feature_names or names_of(None, X),
            units=units,
        )
        return display.plot(ax, cmap=cmap)

    def plot(self, ax: ArrayLike | None = None, *, cmap: str | None = None) -> FieldDisplay:
        """Draw the fields and, if there are any, the gradients.

        Errors are target minus prediction, drawn in units of their own size, which the title gives;
        that of an image in color is the root mean square over the channels. That of the gradient is
        the size of the difference of two vectors.

        Parameters
        ----------
        ax : array-like of matplotlib Axes, shape (n_rows, 3), default=None
            Where to draw, with two rows if there are gradients and one if not. A new figure by
            default.
        cmap : str, default=None
            Colors of target and prediction; see :meth:`from_estimator`.

        Returns
        -------
        display : FieldDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` has another shape.
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral.inspection import FieldDisplay
        >>> image = np.arange(12.0).reshape(3, 4)
        >>> display = FieldDisplay(target_field=image, predicted_field=image + 0.1)
        >>> [ax.get_title() for ax in display.plot(cmap="gray").axes_[0]][:2]
        ['target', 'prediction']
        """
        self.axes_ = self._make_axes() if ax is None else np.asarray(ax, dtype=object)
        rows = self._n_rows()
        if self.axes_.shape != (rows, 3):
            raise ValueError(f"ax must be of shape {(rows, 3)}, got {self.axes_.shape}")
        self.figure_ = self.axes_[0, 0].figure
        frame = Frame(self.extent, Labels(self.feature_names, 2, self.units))
        self._draw_fields(self.axes_[0], frame, cmap)
        if rows == 2:
            self._draw_gradients(self.axes_[1], frame)
        frame.name_axes(self.axes_)
        return self

    def _n_rows(self) -> int:
        gradients = [self.target_gradient, self.predicted_gradient, self.gradient_error]
        return 1 if any(gradient is None for gradient in gradients) else 2

    def _make_axes(self) -> np.ndarray:
        plt = import_pyplot(type(self).__name__)
        return picture_grid(plt, (self._n_rows(), 3), self.target_field, self.extent, width=2.3)

    def _draw_fields(self, axes: np.ndarray, frame: Frame, cmap: str | None) -> None:
        if self.target_field.ndim == 2:
            draw_comparison(axes, self.target_field, self.predicted_field, frame, cmap)
        else:
            draw_colors(axes, self.target_field, self.predicted_field, frame)
        axes[0].set_title("target", fontsize="medium")
        axes[1].set_title("prediction", fontsize="medium")

    def _draw_gradients(self, axes: np.ndarray, frame: Frame) -> None:
        sizes = [np.asarray(self.target_gradient), np.asarray(self.predicted_gradient)]
        unit = frame.labels.gradient_unit
        draw_values(axes[:2], sizes, frame, with_unit("size of gradient", unit), None)
        error = [np.asarray(self.gradient_error)]
        draw_errors(axes[2:], error, frame, unit, "error" if self.gradient_given else "difference")
        source = "true gradient" if self.gradient_given else "central differences of target"
        axes[0].set_title(source, fontsize="medium")
        axes[1].set_title("gradient of prediction", fontsize="medium")
