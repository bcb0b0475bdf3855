"""Spectra of neurons: input frequencies, generated amplitudes and their bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .drawing import drawable, has_positive, import_pyplot, line_axes, spread, stage_colors
from .expansion import SpectralExpansion

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


class ExpansionDisplay:
    """Amplitudes of the waves that neurons generate, over the length of their frequencies.

    Use :meth:`from_expansion` to make one. All parameters are stored as attributes.

    Parameters
    ----------
    input_frequencies : ndarray of shape (m,)
        Lengths of the input frequencies, in cycles per unit of x.
    frequencies : list of ndarray, each of shape (n_frequencies,)
        For each neuron the lengths of its generated frequencies, in cycles per unit of x.
    amplitudes, bounds : list of ndarray, each of shape (n_frequencies,)
        For each neuron the amplitudes at these frequencies, and their bounds by Theorem 2.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure with the spectra.
    ax_ : matplotlib Axes
        Axes with the spectra.
    input_line_ : matplotlib Line2D
        Marks of the input frequencies, on the axis.
    amplitude_lines_ : list of matplotlib Line2D
        The amplitudes, one line of points for each neuron.
    bound_lines_ : list of matplotlib Line2D
        The largest bound at each frequency or beyond it, one for each neuron.

    See Also
    --------
    ExpansionDisplay.from_expansion : Make the display from expansions.
    spectral_expansion : Expand a neuron.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.inspection import ExpansionDisplay
    >>> display = ExpansionDisplay(
    ...     input_frequencies=np.array([1.0]),
    ...     frequencies=[np.array([1.0, 3.0])],
    ...     amplitudes=[np.array([0.48, 0.005])],
    ...     bounds=[np.array([0.5, 0.006])],
    ... )
    >>> display.plot().ax_.get_yscale()
    'log'
    """

    def __init__(
        self,
        *,
        input_frequencies: np.ndarray,
        frequencies: list[np.ndarray],
        amplitudes: list[np.ndarray],
        bounds: list[np.ndarray],
    ) -> None:
        self.input_frequencies = input_frequencies
        self.frequencies = frequencies
        self.amplitudes = amplitudes
        self.bounds = bounds

    @classmethod
    def from_expansion(
        cls,
        expansion: SpectralExpansion | Sequence[SpectralExpansion],
        *,
        ax: Axes | None = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> ExpansionDisplay:
        """Add up the terms of equal frequency, and draw their amplitudes.

        Parameters
        ----------
        expansion : SpectralExpansion or sequence of SpectralExpansion
            One neuron, or several of a layer.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        line_kwargs : dict, default=None
            Keywords for the amplitudes and bounds, passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : ExpansionDisplay
            The display with its spectra.

        Raises
        ------
        ValueError
            If `expansion` is an empty sequence.
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> from skspectral.inspection import ExpansionDisplay, spectral_expansion
        >>> expansion = spectral_expansion([[3.0, 4.0]], [0.5])  # a frequency of length 5
        >>> display = ExpansionDisplay.from_expansion(expansion)
        >>> print(display.frequencies[0][:2])
        [ 5. 15.]
        """
        neurons = [expansion] if isinstance(expansion, SpectralExpansion) else list(expansion)
        if not neurons:
            raise ValueError("expansion is an empty sequence: there is nothing to draw")
        inputs = [_lengths(neuron.input_frequencies) for neuron in neurons]
        spectra = [neuron.merged() for neuron in neurons]
        display = cls(
            input_frequencies=np.unique(np.concatenate(inputs)),
            frequencies=[_lengths(spectrum.frequencies) for spectrum in spectra],
            amplitudes=[spectrum.amplitudes for spectrum in spectra],
            bounds=[spectrum.bounds for spectrum in spectra],
        )
        return display.plot(ax, line_kwargs=line_kwargs)

    def plot(
        self, ax: Axes | None = None, *, line_kwargs: dict[str, Any] | None = None
    ) -> ExpansionDisplay:
        """Draw the amplitudes, logarithmic, over the length of the frequency.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        line_kwargs : dict, default=None
            Keywords for the amplitudes and bounds, passed to `matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : ExpansionDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not there.

        Examples
        --------
        >>> from skspectral.inspection import ExpansionDisplay, spectral_expansion
        >>> expansion = spectral_expansion([[3.0]], [0.5])
        >>> display = ExpansionDisplay.from_expansion(expansion).plot(line_kwargs={"color": "black"})
        >>> display.ax_.get_yscale()
        'log'
        """
        plt = import_pyplot(type(self).__name__)
        self.ax_, legend = line_axes(plt, ax)
        self.figure_ = self.ax_.figure
        points: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 2.5}
        steps: dict[str, Any] = {"drawstyle": "steps-pre", "linewidth": 1.0}
        colors, own = stage_colors(plt, len(self.frequencies)), line_kwargs or {}
        self._draw_neurons(colors, points | own, steps | own)
        self._label(legend, points, steps)
        return self

    def _draw_neurons(self, colors: list[Any], points: dict[str, Any], steps: dict[str, Any]) -> None:
        named = spread(len(colors)).tolist() if len(colors) > 1 else []
        self.amplitude_lines_, self.bound_lines_ = [], []

        def draw(neuron: int, values: np.ndarray, style: dict[str, Any], **own: Any) -> Line2D:
            x = np.sort(self.frequencies[neuron])
            return self.ax_.plot(x, drawable(values), **{"color": colors[neuron], **own, **style})[0]

        max_points = max(map(len, self.frequencies))
        for neuron, frequencies in enumerate(self.frequencies):
            order = np.argsort(frequencies)
            name = f"neuron {neuron + 1}" if neuron in named else None
            # Neurons of many points are drawn below those of few, which they would hide.
            order_of_drawing = 2.0 - 0.5 * len(frequencies) / max_points
            amplitudes = self.amplitudes[neuron][order]
            line = draw(neuron, amplitudes, points, label=name, zorder=order_of_drawing)
            self.amplitude_lines_.append(line)
            # The largest bound from each frequency on, as single bounds jump from one to the next.
            beyond = np.maximum.accumulate(self.bounds[neuron][order][::-1])[::-1]
            self.bound_lines_.append(draw(neuron, beyond, steps, zorder=2.5))

    def _draw_inputs(self) -> None:
        marks: dict[str, Any] = {"linestyle": "none", "marker": "^", "color": "black", "zorder": 3}
        marks |= {"transform": self.ax_.get_xaxis_transform(), "clip_on": False, "label": "input"}
        feet = np.zeros(len(self.input_frequencies))
        self.input_line_: Line2D = self.ax_.plot(self.input_frequencies, feet, **marks)[0]

    def _label(self, legend: dict[str, Any], points: dict[str, Any], steps: dict[str, Any]) -> None:
        ax = self.ax_
        ax.set_yscale("log" if has_positive(ax) else "linear")
        ax.set(xlabel="frequency [cycles per unit of x]", ylabel="amplitude")
        ax.spines[["top", "right"]].set_visible(False)
        ax.plot([], [], color="0.4", **points, label="generated")
        ax.plot([], [], color="0.4", **steps, label="bound, here and beyond")
        self._draw_inputs()
        ax.legend(**legend)


def _lengths(
    frequencies: np.ndarray,  # shape: (n, d)
) -> np.ndarray:  # shape: (n,)
    lengths: np.ndarray = np.linalg.norm(frequencies, axis=1)
    return lengths
