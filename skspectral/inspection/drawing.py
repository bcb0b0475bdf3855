"""The optional library that draws, and the look that displays share."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def import_pyplot(display: str) -> ModuleType:
    """matplotlib.pyplot, or an ImportError that says how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        message = f"{display} needs matplotlib to draw: pip install skspectral[plot]"
        raise ImportError(message) from error
    return plt


def stage_colors(plt: ModuleType, count: int) -> list[Any]:
    """One color per stage, from light to dark; the palest of the map are left out."""
    return list(plt.get_cmap("viridis_r")(np.linspace(0.3, 0.95, count)))


def spread(count: int, most: int) -> np.ndarray:
    """At most `most` of the indices 0..count - 1, evenly, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def drawable(values: np.ndarray) -> np.ndarray:
    """What a logarithmic axis can show; the rest becomes a gap in the line."""
    return np.where(values > 0, values, np.nan)


def has_positive(ax: Axes) -> bool:
    """Whether a line has positive values: a logarithmic axis without any cannot be drawn."""
    return any(np.any(np.asarray(line.get_ydata()) > 0) for line in ax.lines)
