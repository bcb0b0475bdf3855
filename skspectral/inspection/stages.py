"""How the error falls, stage by stage."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from .drawing import drawable, has_positive, import_pyplot, spread
from .fields import Frame, draw_errors, draw_values, picture_grid
from .grid import Extent, UniformGrid, check_field_shape, uniform_grid
from .labels import Labels, Units, names_of
from .samples import check_samples, regressor_of, staged_predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class StagesDisplay:
    """Error against stage and, over two features, the fields: target, prediction, error.

    Use :meth:`from_estimator` to make one. All parameters are stored as attributes.

    Parameters
    ----------
    train_error, heldout_error : ndarray of shape (n_stages,)
        The errors in the records of the stages; nan where there is none.
    relative_error : ndarray of shape (n_stages,)
        L2 norm of target minus prediction over that of the target about its mean, after each stage,
        on the data of the display.
    target_field : ndarray of shape (n_0, n_1), default=None
        The target on a grid.
    predicted_fields : ndarray of shape (n_stages, n_0, n_1), default=None
        The prediction on the grid after each stage.
    extent : tuple of four floats, default=None
        The box of the fields, half a step wider than the points: ends of the first feature, which
        is axis 0 of the fields and runs to the right, then of the second, which runs upwards. None:
        the fields are images, with the first row at the top.
    feature_names : list of str, default=None
        Names of the two features of the fields; by default x_1 and x_2.
    units : dict of str to str, default=None
        Units of the features, by name, and of the target, under "y".

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure with all that was drawn.
    ax_ : matplotlib Axes
        Axes with the errors against the stage.
    field_axes_ : ndarray of matplotlib Axes, shape (2, n_columns), or None
        Axes of the predictions (first row) and their errors, None where no fields were drawn.
    target_ax_ : matplotlib Axes or None
        Axes of the target.

    See Also
    --------
    StagesDisplay.from_estimator : Make the display from an estimator and data.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.inspection import StagesDisplay
    >>> display = StagesDisplay(
    ...     train_error=np.array([1e-3, 1e-8]),
    ...     heldout_error=np.array([2e-3, 3e-8]),
    ...     relative_error=np.array([1e-3, 1e-8]),
    ... )
    >>> display.plot().ax_.get_yscale()
    'log'
    """

    def __init__(
        self,
        *,
        train_error: np.ndarray,
        heldout_error: np.ndarray,
        relative_error: np.ndarray,
        target_field: np.ndarray | None = None,
        predicted_fields: np.ndarray | None = None,
        extent: Extent | None = None,
        feature_names: list[str] | None = None,
        units: Units | None = None,
    ) -> None:
        self.train_error = train_error
        self.heldout_error = heldout_error
        self.relative_error = relative_error
        self.target_field = target_field
        self.predicted_fields = predicted_fields
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
        field_shape: tuple[int, int] | None = None,
        output: int = 0,
        units: Units | None = None,
        ax: Axes | None = None,
        cmap: str | None = None,
    ) -> StagesDisplay:
        """Compute the error, and the fields of gridded data, after each stage, and draw them.

        Parameters
        ----------
        estimator : estimator instance
            Fitted regressor with `stages_` and `staged_predict`, or a pipeline that ends in one.
        X : array-like of shape (n_samples, n_features)
            Points, best held out. Where they fill a uniform grid of two features, rows in any
            order, there are fields.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target values.
        field_shape : tuple of two ints, default=None
            Shape of an image whose pixels, row after row, are the samples; drawn as an image, with
            the first row at the top, whatever X is.
        output : int, default=0
            The output that is drawn as a field. The errors are over all outputs.
        units : dict of str to str, default=None
            Units of the two features of the fields, by their name in `feature_names_in_`, or "x_1" and
            "x_2" where there is none, and of the target, under "y".
        ax : matplotlib Axes, default=None
            Where to draw the errors, without the fields. A new figure with both by default.
        cmap : str, default=None
            Colors of target and predictions. By default red and blue about zero where the target
            has both signs, "viridis" elsewhere.

        Returns
        -------
        display : StagesDisplay
            The display with its errors and fields.

        Raises
        ------
        ValueError
            If X or y is not finite, if their lengths or outputs do not match, or if `field_shape`
            does not hold as many samples as there are, or if `units` has an unknown name.
        IndexError
            If `output` is not the index of an output.
        TypeError
            If the estimator has no `staged_predict`.
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> from skspectral.inspection import StagesDisplay
        >>> X = np.arange(64.0)[:, None] / 64
        >>> y = np.cos(6 * np.pi * X[:, 0]) + 1e-3 * np.sin(20 * np.pi * X[:, 0])
        >>> model = SpectralMultistageRegressor(n_stages=1, random_state=0).fit(X, y)
        >>> display = StagesDisplay.from_estimator(model, X, y)
        >>> len(display.relative_error) == model.n_stages_
        True
        """
        stages = regressor_of(estimator, cls.__name__).stages_
        points, target = check_samples(X, y)
        grid, extent = _find_grid(points, field_shape)
        predictions = list(staged_predictions(estimator, X, target))
        fields = None
        if grid is not None:
            fields = np.array([grid.fields(v)[output] for v in [target, *predictions]])
        display = cls(
            train_error=np.array([stage.train_error for stage in stages], dtype=float),
            heldout_error=np.array([stage.heldout_error for stage in stages], dtype=float),
            relative_error=np.array([_relative(target, p) for p in predictions]),
            target_field=None if fields is None else fields[0],
            predicted_fields=None if fields is None else fields[1:],
            extent=extent,
            feature_names=names_of(estimator, X) if extent else None,
            units=units,
        )
        return display.plot(ax, cmap=cmap)

    def plot(self, ax: Axes | None = None, *, cmap: str | None = None) -> StagesDisplay:
        """Draw the errors and, in a new figure, the fields.

        Of many stages, five have their fields drawn, the first and the last among them. Where the
        errors coincide, the broader line shows beside the thinner one.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw the errors, without the fields. A new figure with both by default.
        cmap : str, default=None
            Colors of target and predictions; see :meth:`from_estimator`.

        Returns
        -------
        display : StagesDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral.inspection import StagesDisplay
        >>> errors = np.array([1e-3, 1e-8])
        >>> display = StagesDisplay(train_error=errors, heldout_error=errors, relative_error=errors)
        >>> display.plot().ax_.get_xlabel()
        'stage'
        """
        plt = import_pyplot(type(self).__name__)
        self.target_ax_: Axes | None = None
        self.field_axes_: np.ndarray | None = None
        target, predictions = self.target_field, self.predicted_fields
        if ax is None and target is not None and predictions is not None and len(predictions):
            ax = self._draw_fields(plt, target, predictions, cmap)
        elif ax is None:
            _, ax = plt.subplots(figsize=(4.8, 3.6), layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        self._draw_errors(ax)
        return self

    def _draw_fields(
        self, plt: ModuleType, target: np.ndarray, predictions: np.ndarray, cmap: str | None
    ) -> Axes:
        """Draw the fields, and return the axes that they leave for the errors."""
        stages = spread(len(predictions), max_count=5)
        shown = predictions[stages]
        frame = Frame(self.extent, Labels(self.feature_names, 2, self.units))
        axes = picture_grid(plt, (2, 1 + len(stages)), target, self.extent)
        draw_values(axes[0], [target, *shown], frame, frame.labels.target, cmap)
        draw_errors(axes[1, 1:], target - shown, frame, frame.labels.target_unit)
        frame.name_axes(axes[:, 1:])
        frame.name_axes(axes[:1, :1])
        for ax, title in zip(axes[0], ["target", *(f"stage {s + 1}" for s in stages)]):
            ax.set_title(title, fontsize="medium")
        self.target_ax_, self.field_axes_ = axes[0, 0], axes[:, 1:]
        errors: Axes = axes[1, 0]
        return errors

    def _draw_errors(self, ax: Axes) -> None:
        def draw(error: np.ndarray, **style: Any) -> None:
            if np.any(error > 0):
                ax.plot(np.arange(1, len(error) + 1), drawable(error), **style)

        # Curves may coincide: from broad and pale to thin and dark, and markers from large to small.
        open_marker = {"marker": "s", "markersize": 8, "markerfacecolor": "none"}
        draw(self.train_error, label="training", color="0.8", linewidth=6, marker="o", markersize=9)
        draw(self.heldout_error, label="held out", color="tab:orange", linewidth=2.5, **open_marker)
        style = {"linewidth": 1.2, "linestyle": "--", "marker": "D", "markersize": 3}
        draw(self.relative_error, label="these data", color="black", **style)
        ax.set(xlabel="stage", ylabel="relative error")
        ax.set_xticks(1 + spread(len(self.relative_error)))
        ax.spines[["top", "right"]].set_visible(False)
        if has_positive(ax):
            ax.set_yscale("log")
            low, high = ax.get_ylim()
            # At least three decades, so that small changes look small and the legend has room.
            ax.set_ylim(min(low, 1e-3 * high), 2 * high)
            ax.legend(frameon=False, fontsize="small")


def _find_grid(
    points: np.ndarray,  # shape: (n, d)
    field_shape: tuple[int, int] | None,
) -> tuple[UniformGrid | None, Extent | None]:
    """The grid of the fields, if any, and the box of the features that it fills."""
    if field_shape is not None:
        return _image_grid(field_shape, len(points)), None
    if points.shape[1] != 2:
        return None, None
    try:
        grid = uniform_grid(points)
    except ValueError:  # scattered points: errors, but no fields
        return None, None
    return grid, grid.extent


def _image_grid(shape: tuple[int, int], n: int) -> UniformGrid:
    """The grid of pixels that the rows hold in C order."""
    check_field_shape(shape, n)
    return UniformGrid(tuple(shape), np.zeros(2), np.ones(2), np.arange(n))


def _relative(target: np.ndarray, prediction: np.ndarray) -> float:
    """L2 error over the spread about the mean, as in the records; of a constant, the error's norm."""
    scale = np.abs(target).max() or 1.0  # squares of the values themselves may overflow
    scaled = target / scale
    size = np.linalg.norm(scaled - scaled.mean(axis=0)) or 1.0
    return float(np.linalg.norm((target - prediction) / scale) / size)
