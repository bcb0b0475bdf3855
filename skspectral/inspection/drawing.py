"""The optional plotting library, and the layout that displays share."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def import_pyplot(display: str) -> ModuleType:
    """Return matplotlib.pyplot, or raise an ImportError that says how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        message = f"{display} needs matplotlib to draw: pip install skspectral[plot]"
        raise ImportError(message) from error
    return plt


def line_axes(plt: ModuleType, ax: Axes | None) -> tuple[Axes, dict[str, Any]]:
    """Return the axes for the lines, new ones by default, and the keywords of their legend."""
    legend: dict[str, Any] = {"frameon": False, "fontsize": "small"}
    if ax is not None:
        return ax, legend
    _, new = plt.subplots(figsize=(7.2, 4.0), layout="constrained")
    # The lines may cover the whole axes, so the legend goes beside them.
    return new, legend | {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}


def stage_colors(plt: ModuleType, count: int) -> list[Any]:
    """One color for each of many, from light to dark, without the palest ones of the color map."""
    return list(plt.get_cmap("viridis_r")(np.linspace(0.3, 0.95, count)))


def stage_styles(count: int) -> list[dict[str, Any]]:
    """Color and marker of each stage; neighbors differ in both, also for the color-blind."""
    # Okabe and Ito, "Color Universal Design" (2008), without yellow, which is pale on white.
    colors = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
    markers = "osD^vPX"  # as many as no multiple of the colors
    return [{"color": colors[i % len(colors)], "marker": markers[i % len(markers)]} for i in range(count)]


def spread(count: int, max_count: int = 8) -> np.ndarray:
    """At most `max_count` of the indices 0..count - 1, evenly spaced, with the first and the last.

    By default as many as a legend or an axis of a figure of the usual size has room for.
    """
    return np.unique(np.linspace(0, count - 1, min(count, max_count)).round().astype(int))


def drawable(values: np.ndarray) -> np.ndarray:
    """Replace what a logarithmic axis cannot show by nan, a gap in the line."""
    return np.where(values > 0, values, np.nan)


def has_positive(ax: Axes) -> bool:
    """Whether a line has positive values, without which a logarithmic axis cannot be drawn."""
    return any(np.any(np.asarray(line.get_ydata()) > 0) for line in ax.lines)
