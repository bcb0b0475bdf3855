"""Power spectra of target, prediction and residual after each stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from .drawing import drawable, has_positive, import_pyplot, line_axes, spread, stage_styles
from .grid import UniformGrid, uniform_grid
from .labels import Labels, Units, names_of, with_unit
from .radial import Shells, make_shells
from .samples import check_samples, regressor_of, staged_predictions
from .scattered import ScatteredSpectra

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
        Wavenumber up to which the shells are complete; beyond lie the corners of the box of
        wavenumbers.
    rounding_power : ndarray of shape (n_shells,), default=None
        Power that remains where the target is met to one rounding: white, of the relative size of
        float64's epsilon. It is drawn as a shade.
    stems : bool, default=False
        Whether there is a stem for each wavenumber, as of one feature, where a shell is one wave.
    feature_unit, target_unit : str, default=None
        Units of X and y, for the labels.

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
    SpectrumDisplay.from_estimator : Make the display from an estimator and data.
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
        rounding_power: np.ndarray | None = None,
        stems: bool = False,
        feature_unit: str | None = None,
        target_unit: str | None = None,
    ) -> None:
        self.wavenumbers = wavenumbers
        self.target_power = target_power
        self.model_power = model_power
        self.residual_power = residual_power
        self.nyquist = nyquist
        self.rounding_power = rounding_power
        self.stems = stems
        self.feature_unit = feature_unit
        self.target_unit = target_unit

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: ArrayLike,
        y: ArrayLike,
        *,
        window: str | None = "auto",
        units: Units | None = None,
        ax: Axes | None = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> SpectrumDisplay:
        """Compute the spectra, and draw them.

        Parameters
        ----------
        estimator : estimator instance
            Fitted regressor with `staged_predict`, or a pipeline that ends in one.
        X : array-like of shape (n_samples, n_features)
            Points of one to three features, in any order. Those of a full uniform grid are taken as
            one period: the end point, where values would repeat, is not part of it. Of scattered
            points the box is the period, and a quarter as many waves as points are fitted to the
            values by least squares; what is shorter than these waves adds to their power.
            Of data that are not periodic the spectrum is that of the periodic extension, whose jump
            has a tail that falls slowly; see `window`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target values. The spectra of several outputs are averaged.
        window : {"auto", "hann"} or None, default="auto"
            Weights put on target, model and residual; see :func:`angle_averaged_spectrum`. "auto" is
            "hann" for scattered points, and None on a grid.
        units : dict of str to str, default=None
            Units of the features, by their name in `feature_names_in_`, or "x_1", "x_2" and "x_3"
            where there is none, and of the target, under "y".
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
            If X does not have one to three features or one of them has one value only, if X or y is
            not finite, if their lengths or outputs do not match, or if the window or a name in `units`
            is unknown.
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
        labels = Labels(names_of(estimator, X), points.shape[1], units)
        spectra = _spectra(points, window)
        predictions = list(staged_predictions(estimator, X, target))
        shells = spectra.shells
        display = cls(
            wavenumbers=shells.wavenumbers,
            target_power=spectra.power(target),
            model_power=_stack([spectra.power(p) for p in predictions], shells),
            residual_power=_stack([spectra.power(target - p) for p in predictions], shells),
            nyquist=shells.nyquist,
            rounding_power=spectra.shares * _rounding(target),
            stems=points.shape[1] == 1,
            feature_unit=labels.feature_unit,
            target_unit=labels.target_unit,
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
        self._draw_lines(line_kwargs or {})
        self._label(legend)
        return self

    def _draw_lines(self, kwargs: dict[str, Any]) -> None:
        waves, styles = self.wavenumbers > 0, stage_styles(len(self.residual_power))
        named = spread(len(styles))
        wavenumbers = self.wavenumbers[waves]
        points: dict[str, Any] = {"linestyle": "none"} if self.stems else {}

        def draw(power: np.ndarray, **own: Any) -> Line2D:
            return self.ax_.plot(wavenumbers, drawable(power[waves]), **{**own, **points, **kwargs})[0]

        # The target is broad and pale below what may coincide with it.
        pale: dict[str, Any] = {"color": "0.75", "linewidth": 4.0, "marker": "o" if self.stems else None}
        self.target_line_ = draw(self.target_power, label="target", **pale)
        self.model_lines_, self.residual_lines_ = [], []
        every = max(1, len(wavenumbers) // 12)
        for stage, style in enumerate(styles):
            marks: dict[str, Any] = {
                **style,
                "markersize": 4.0,
                "markevery": 1 if self.stems else (stage % every, every),
            }
            name = f"residual, stage {stage + 1}" if stage in named else None
            residual = draw(self.residual_power[stage], label=name, linewidth=1.3, **marks)
            self.residual_lines_.append(residual)
            hollow: dict[str, Any] = (
                {"markerfacecolor": "none"} if self.stems else {"marker": None, "linestyle": "--"}
            )
            self.model_lines_.append(draw(self.model_power[stage], **{**marks, "linewidth": 1.3, **hollow}))

    def _label(self, legend: dict[str, Any]) -> None:
        ax = self.ax_
        ax.set(xscale="log", yscale="log" if has_positive(ax) else "linear")
        unit = self.target_unit
        squared = unit and f"{unit if unit.isalpha() else f'({unit})'}$^2$"
        ax.set_xlabel(f"wavenumber [cycles per {self.feature_unit or 'unit of X'}]")
        ax.set_ylabel(with_unit("power" if self.stems else "power per shell", squared))
        ax.spines[["top", "right"]].set_visible(False)
        own: dict[str, Any] = (
            {"linestyle": "none", "marker": "o", "markerfacecolor": "none"} if self.stems else {}
        )
        ax.plot([], [], **{"color": "0.4", "linestyle": "--", **own}, label="model, same colors")
        if self.nyquist is not None and self.nyquist < self.wavenumbers[-1]:
            ax.axvline(self.nyquist, color="0.7", linewidth=0.8, zorder=1, label="Nyquist")
        if ax.get_yscale() == "log":
            self._shade_rounding()
            self._draw_stems()
        ax.legend(**legend)

    def _shade_rounding(self) -> None:
        """Shade what is below one rounding of the target, where a line comes near it."""
        if self.rounding_power is None:
            return
        level = np.maximum(self.rounding_power, np.finfo(float).tiny)
        drawn = np.concatenate([np.asarray(line.get_ydata()) for line in self.ax_.lines])
        lowest = drawn[drawn > 0].min()
        if lowest < 1e4 * level.max():
            bottom = 0.1 * min(lowest, level[1:].min(initial=lowest))
            self.ax_.set_ylim(bottom=bottom)
            place: dict[str, Any] = {"color": "0.9", "linewidth": 0, "zorder": 0.5, "label": "rounding"}
            self.ax_.fill_between(self.wavenumbers[1:], bottom, level[1:], **place)

    def _draw_stems(self) -> None:
        if self.stems:
            bottom, _ = self.ax_.get_ylim()
            waves = self.wavenumbers > 0
            self.ax_.set_ylim(bottom=bottom)
            place: dict[str, Any] = {"color": "0.75", "linewidth": 1.0, "zorder": 1}
            self.ax_.vlines(self.wavenumbers[waves], bottom, self.target_power[waves], **place)


class _GridSpectra:
    """Spectra of values on a grid that is one period."""

    def __init__(self, grid: UniformGrid, window: str | None) -> None:
        self._grid = grid
        self.shells: Shells = make_shells(grid.shape, grid.lengths, window)

    @property
    def shares(self) -> np.ndarray:  # shape: (n_shells,)
        """Share of each shell in the power of white noise."""
        shares: np.ndarray = np.bincount(self.shells.members) / len(self.shells.members)
        return shares

    def power(
        self,
        values: np.ndarray,  # shape: (n,) or (n, k)
    ) -> np.ndarray:  # shape: (n_shells,)
        """Power of each shell, averaged over the outputs."""
        power: np.ndarray = np.mean([self.shells.power(f) for f in self._grid.fields(values)], axis=0)
        return power


def _spectra(
    points: np.ndarray,  # shape: (n, d)
    window: str | None,
) -> _GridSpectra | ScatteredSpectra:
    if window not in ("auto", "hann", None):
        raise ValueError(f'window must be "auto", "hann" or None, got {window!r}')
    try:
        grid = uniform_grid(points)
    except ValueError:  # no grid
        return ScatteredSpectra(points, "hann" if window == "auto" else window)
    return _GridSpectra(grid, None if window == "auto" else window)


def _stack(powers: Sequence[np.ndarray], shells: Shells) -> np.ndarray:  # shape: (n_stages, n_shells)
    return np.reshape(powers, (len(powers), len(shells.wavenumbers)))


def _rounding(target: np.ndarray) -> float:
    """Mean square of the rounding errors of the target's values."""
    size = np.abs(target).max()
    return float(np.finfo(float).eps ** 2 * size * size * np.mean((target / (size or 1.0)) ** 2))
