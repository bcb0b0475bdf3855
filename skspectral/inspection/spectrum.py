"""Power spectra of target, prediction and residual after each stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from .drawing import drawable, has_positive, import_pyplot, line_axes, spread, stage_colors
from .grid import UniformGrid, uniform_grid
from .radial import Shells, make_shells
from .samples import check_samples, regressor_of, staged_predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


class SpectrumDisplay:
    """Angle-averaged power spectra of the target, and of the model and the residual after each stage.

    Use :meth:`from_estimator` to make one. All parameters are stored as attributes.

    Parameters
    ----------
    wavenumbers : ndarray of shape (n_shells,)
        Centers of the shells, in cycles per unit of X.
    target_power : ndarray of shape (n_shells,)
        Power of the target in each shell: its share of the mean square, averaged over the outputs.
    model_power : ndarray of shape (n_stages, n_shells)
        Power of the prediction after each stage.
    residual_power : ndarray of shape (n_stages, n_shells)
        Power of target minus prediction after each stage. Its sum over the shells is the mean
        square error.
    nyquist : float, default=None
        Wavenumber up to which the shells are complete; beyond lie the corners of the grid's
        wavenumber box.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure with the spectra.
    ax_ : matplotlib Axes
        Axes with the spectra.
    target_line_ : matplotlib Line2D
        The target's spectrum.
    model_lines_, residual_lines_ : list of matplotlib Line2D
        The spectra of the model and of the residual, one for each stage.

    See Also
    --------
    SpectrumDisplay.from_estimator : Make the display from an estimator and data on a grid.
    angle_averaged_spectrum : The spectrum itself.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.inspection import SpectrumDisplay
    >>> display = SpectrumDisplay(
    ...     wavenumbers=np.arange(4.0),
    ...     target_power=np.array([0.0, 1.0, 0.1, 0.01]),
    ...     model_power=np.array([[0.0, 1.0, 0.1, 0.0]]),
    ...     residual_power=np.array([[0.0, 1e-9, 1e-9, 0.01]]),
    ... )
    >>> display.plot().ax_.get_xscale()
    'log'
    """

    def __init__(
        self,
        *,
        wavenumbers: np.ndarray,
        target_power: np.ndarray,
        model_power: np.ndarray,
        residual_power: np.ndarray,
        nyquist: float | None = None,
    ) -> None:
        self.wavenumbers = wavenumbers
        self.target_power = target_power
        self.model_power = model_power
        self.residual_power = residual_power
        self.nyquist = nyquist

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: ArrayLike,
        y: ArrayLike,
        *,
        window: str | None = None,
        ax: Axes | None = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> SpectrumDisplay:
        """Compute the spectra on a grid, and draw them.

        Parameters
        ----------
        estimator : estimator instance
            Fitted regressor with `staged_predict`, or a pipeline that ends in one.
        X : array-like of shape (n_samples, n_features)
            A full uniform tensor grid of one to three features, rows in any order. The grid is
            taken as one period: the end point, where values would repeat, is not part of it. Of
            data that are not periodic this is the spectrum of the periodic extension, whose jump
            has a tail that falls slowly; see `window`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target values. The spectra of several outputs are averaged.
        window : {"hann"} or None, default=None
            Weights put on target, model and residual; see :func:`angle_averaged_spectrum`.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        line_kwargs : dict, default=None
            Keywords for all lines, passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : SpectrumDisplay
            The display with its spectra.

        Raises
        ------
        ValueError
            If X is not a full uniform tensor grid of one to three features, if X or y is not finite,
            or if their lengths or outputs do not match.
        TypeError
            If the estimator has no `staged_predict`.
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> from skspectral.inspection import SpectrumDisplay
        >>> X = np.arange(64.0)[:, None] / 64
        >>> y = np.cos(6 * np.pi * X[:, 0]) + 1e-3 * np.sin(20 * np.pi * X[:, 0])
        >>> model = SpectralMultistageRegressor(n_stages=1, random_state=0).fit(X, y)
        >>> display = SpectrumDisplay.from_estimator(model, X, y)
        >>> print(display.wavenumbers[np.argmax(display.target_power)])
        3.0
        """
        regressor_of(estimator, cls.__name__)
        points, target = check_samples(X, y)
        grid = uniform_grid(points)
        shells = make_shells(grid.shape, grid.lengths, window)
        predictions = list(staged_predictions(estimator, X, target))
        display = cls(
            wavenumbers=shells.wavenumbers,
            target_power=_powers(shells, grid, [target])[0],
            model_power=_powers(shells, grid, predictions),
            residual_power=_powers(shells, grid, [target - p for p in predictions]),
            nyquist=shells.nyquist,
        )
        return display.plot(ax, line_kwargs=line_kwargs)

    def plot(self, ax: Axes | None = None, *, line_kwargs: dict[str, Any] | None = None) -> SpectrumDisplay:
        """Draw the spectra over the wavenumber, both logarithmic; the mean is not shown.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        line_kwargs : dict, default=None
            Keywords for all lines, passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : SpectrumDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral.inspection import SpectrumDisplay
        >>> display = SpectrumDisplay(
        ...     wavenumbers=np.arange(3.0),
        ...     target_power=np.array([0.0, 1.0, 0.1]),
        ...     model_power=np.array([[0.0, 1.0, 0.1]]),
        ...     residual_power=np.array([[0.0, 1e-9, 1e-9]]),
        ... )
        >>> display.plot(line_kwargs={"linewidth": 3.0}).target_line_.get_linewidth()
        3.0
        """
        plt = import_pyplot(type(self).__name__)
        self.ax_, legend = line_axes(plt, ax)
        self.figure_ = self.ax_.figure
        self._draw_lines(stage_colors(plt, len(self.residual_power)), line_kwargs or {})
        self._label(legend)
        return self

    def _draw_lines(self, colors: Sequence[Any], kwargs: dict[str, Any]) -> None:
        waves, named = self.wavenumbers > 0, spread(len(colors))

        def draw(power: np.ndarray, **own: Any) -> Line2D:
            style = {"linewidth": 1.5, **own, **kwargs}
            return self.ax_.plot(self.wavenumbers[waves], drawable(power[waves]), **style)[0]

        self.target_line_ = draw(self.target_power, color="black", label="target", zorder=2.5)
        self.model_lines_, self.residual_lines_ = [], []
        for stage, color in enumerate(colors):
            name = f"residual, stage {stage + 1}" if stage in named else None
            residual = draw(self.residual_power[stage], color=color, label=name)
            self.residual_lines_.append(residual)
            model = draw(self.model_power[stage], color=color, linestyle="--")
            self.model_lines_.append(model)

    def _label(self, legend: dict[str, Any]) -> None:
        ax = self.ax_
        ax.set(xscale="log", yscale="log" if has_positive(ax) else "linear")
        ax.set(xlabel="wavenumber [cycles per unit of X]", ylabel="power per shell")
        ax.spines[["top", "right"]].set_visible(False)
        ax.plot([], [], color="0.4", linestyle="--", label="model, same colors")
        if self.nyquist is not None and self.nyquist < self.wavenumbers[-1]:
            ax.axvline(self.nyquist, color="0.7", linewidth=0.8, zorder=1, label="Nyquist")
        ax.legend(**legend)


def _powers(
    shells: Shells,
    grid: UniformGrid,
    batches: Sequence[np.ndarray],  # each of shape (n,) or (n, k)
) -> np.ndarray:  # shape: (n_batches, n_shells)
    """Power of each batch of values, averaged over the outputs."""
    power = np.empty((len(batches), len(shells.wavenumbers)))
    for row, values in zip(power, batches):
        row[:] = np.mean([shells.power(field) for field in grid.fields(values)], axis=0)
    return power
