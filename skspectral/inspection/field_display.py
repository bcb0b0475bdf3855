"""A field or an image, its prediction by a model, and the gradients of both."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .drawing import import_pyplot
from .fields import draw_colors, draw_comparison, picture_grid
from .grid import Extent, UniformGrid, check_field_shape, uniform_grid
from .image_quality import reference_gradient
from .samples import check_samples, check_values


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
    extent : tuple of four floats, default=None
        The box of the fields: ends of the first feature, which is axis 0 of the fields and runs to
        the right, then of the second, which runs upwards. None: the fields are images, with the
        first row at the top.

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
        extent: Extent | None = None,
    ) -> None:
        self.target_field = target_field
        self.predicted_field = predicted_field
        self.target_gradient = target_gradient
        self.predicted_gradient = predicted_gradient
        self.extent = extent

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: ArrayLike,
        y: ArrayLike,
        *,
        field_shape: tuple[int, int] | None = None,
        output: int | None = None,
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
        field_shape : tuple of two ints, default=None
            Shape of an image whose pixels, row after row, are the samples; drawn as an image, with
            the first row at the top. By default the first feature runs to the right and the second
            upwards.
        output : int, default=None
            The output that is drawn. By default three outputs are red, green and blue, and of
            any other number the first is drawn.
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
            or outputs do not match, or if `field_shape` or the shape of `ax` is wrong.
        IndexError
            If there is no such `output`.
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> from skspectral.datasets import grid_points
        >>> from skspectral.inspection import FieldDisplay
        >>> X = grid_points((12, 10))
        >>> y = np.cos(2 * np.pi * X[:, 0]) * np.sin(4 * np.pi * X[:, 1])
        >>> model = SpectralMultistageRegressor(hidden_layer_sizes=(), random_state=0).fit(X, y)
        >>> FieldDisplay.from_estimator(model, X, y).predicted_gradient.shape
        (12, 10)
        """
        check_is_fitted(estimator)
        gradient = estimator.predict_gradient(X) if hasattr(estimator, "predict_gradient") else None
        return cls.from_predictions(
            X,
            y,
            estimator.predict(X),
            gradient=gradient,
            field_shape=field_shape,
            output=output,
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
        field_shape: tuple[int, int] | None = None,
        output: int | None = None,
        ax: ArrayLike | None = None,
        cmap: str | None = None,
    ) -> FieldDisplay:
        """Draw predictions of any model, and their gradients.

        The gradient of the target is taken by central differences, one-sided at the ends.

        Parameters
        ----------
        X : array-like of shape (n_samples, 2)
            Points that fill a uniform grid, rows in any order.
        y_true, y_pred : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target and prediction.
        gradient : array-like of shape (n_samples, 2) or (n_samples, n_outputs, 2), default=None
            Gradient of the prediction with respect to X.
        field_shape, output, ax, cmap
            As in :meth:`from_estimator`.

        Returns
        -------
        display : FieldDisplay
            The display with its fields.

        Raises
        ------
        ValueError
            As in :meth:`from_estimator`, and if `y_pred` or `gradient` does not match `y_true`.
        IndexError
            If there is no such `output`.
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
        prediction = _check_like(y_pred, target.shape, "y_pred")
        grid = _grid_of_two(points, field_shape)
        outputs = _drawn_outputs(target, output)
        fields = [_rows_first(v)[:, outputs] for v in (target, prediction)]
        sizes: list[np.ndarray] = []
        if gradient is not None:
            slopes = _check_like(gradient, (*target.shape, 2), "gradient")
            drawn = slopes.reshape(len(points), -1, 2)[:, outputs]
            sizes = [_size(_target_gradient(grid, fields[0])), _size(drawn)]
        arranged = [_arrange(v, grid, field_shape) for v in [*fields, *sizes]]
        names = ["target_field", "predicted_field", "target_gradient", "predicted_gradient"]
        extent = grid.extent if field_shape is None else None
        return cls(**dict(zip(names, arranged)), extent=extent).plot(ax, cmap=cmap)

    def plot(self, ax: ArrayLike | None = None, *, cmap: str | None = None) -> FieldDisplay:
        """Draw the fields and, if there are any, the gradients.

        Errors are target minus prediction, drawn in units of their own size, which the title gives;
        that of an image in color is the root mean square over the channels.

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
        self._draw_fields(self.axes_[0], cmap)
        if self.target_gradient is not None and self.predicted_gradient is not None:
            draw_comparison(self.axes_[1], self.target_gradient, self.predicted_gradient, self.extent)
            self.axes_[1, 0].set_title("size of gradient", fontsize="medium")
        return self

    def _n_rows(self) -> int:
        return 1 if self.target_gradient is None or self.predicted_gradient is None else 2

    def _make_axes(self) -> np.ndarray:
        plt = import_pyplot(type(self).__name__)
        return picture_grid(plt, (self._n_rows(), 3), self.target_field, self.extent, width=2.3)

    def _draw_fields(self, axes: np.ndarray, cmap: str | None) -> None:
        if self.target_field.ndim == 2:
            draw_comparison(axes, self.target_field, self.predicted_field, self.extent, cmap)
        else:
            draw_colors(axes, self.target_field, self.predicted_field, self.extent)
        axes[0].set_title("target", fontsize="medium")
        axes[1].set_title("prediction", fontsize="medium")


def _check_like(values: ArrayLike, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Return finite values as float64, or raise ValueError unless they have the shape of the target."""
    array = check_values(values, name)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape} for this target, got {array.shape}")
    return array


def _grid_of_two(points: np.ndarray, field_shape: tuple[int, int] | None) -> UniformGrid:
    if points.shape[1] != 2:
        raise ValueError(f"X must have two features to be drawn, got {points.shape[1]}")
    if field_shape is not None:
        check_field_shape(field_shape, len(points))
    return uniform_grid(points)


def _drawn_outputs(target: np.ndarray, output: int | None) -> list[int]:
    n_outputs = target.shape[1] if target.ndim == 2 else 1
    if output is None:
        return [0, 1, 2] if n_outputs == 3 else [0]
    return [range(n_outputs)[output]]


def _rows_first(values: np.ndarray) -> np.ndarray:  # shape: (n, k)
    return values.reshape(len(values), -1)


def _target_gradient(
    grid: UniformGrid,
    values: np.ndarray,  # of the rows, shape: (n, k)
) -> np.ndarray:  # of the rows, shape: (n, k, 2)
    field = np.moveaxis(grid.fields(values), 0, -1)
    slopes = np.empty((*values.shape, 2))
    slopes[grid.rows] = reference_gradient(field, grid.steps, "central").reshape(slopes.shape)
    return slopes


def _size(
    slopes: np.ndarray,  # shape: (n, k, 2)
) -> np.ndarray:  # shape: (n, 1)
    sizes: np.ndarray = np.linalg.norm(slopes.reshape(len(slopes), -1), axis=1, keepdims=True)
    return sizes


def _arrange(
    values: np.ndarray,  # of the rows, shape: (n, 1) or (n, 3)
    grid: UniformGrid,
    field_shape: tuple[int, int] | None,
) -> np.ndarray:  # shape: (n_0, n_1) or (n_0, n_1, 3)
    """The rows as a picture: those of an image in their own order, else in that of the grid."""
    in_order = values[grid.rows] if field_shape is None else values
    field = in_order.reshape(*(field_shape or grid.shape), -1)
    picture: np.ndarray = field if field.shape[2] == 3 else field[:, :, 0]
    return picture
