"""Fields over two features as rows of small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from .grid import Extent
from .labels import Labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage


@dataclass(frozen=True)
class Frame:
    """Where a picture lies, and what its axes are called; without an extent it is an image in pixels."""

    extent: Extent | None
    labels: Labels

    def show(self, ax: Axes, field: np.ndarray, **colors: Any) -> AxesImage:
        """An image with its first row at the top, or the first feature to the right over the extent."""
        if self.extent is None:
            return ax.imshow(field, origin="upper", aspect="auto", **colors)
        turned = field.swapaxes(0, 1)
        return ax.imshow(turned, origin="lower", extent=self.extent, aspect="auto", **colors)

    def name_axes(self, axes: np.ndarray) -> None:  # of Axes, in rows
        """Write names and ticks along the left and the lower side of a block of pictures."""
        right, up = ("column", "row") if self.extent is None else self.labels.features
        for (row, column), ax in np.ndenumerate(axes):
            ax.locator_params(nbins=4)
            ax.tick_params(labelsize="small", labelleft=column == 0, labelbottom=row == len(axes) - 1)
            ax.set_ylabel(up if column == 0 else "", fontsize="small")
            ax.set_xlabel(right if row == len(axes) - 1 else "", fontsize="small")


def picture_grid(
    plt: ModuleType,
    shape: tuple[int, int],
    field: np.ndarray,
    extent: Extent | None,
    *,
    width: float = 1.9,  # of a picture, in inches
) -> np.ndarray:  # of Axes, of the given shape
    """Axes with the aspect of the field, in rows and columns, in a new figure."""
    # The two features need not share a unit, so that the ratio of their ranges may be anything.
    ratio = float(np.clip(_height_over_width(field, extent), 0.5, 1.5))
    rows, columns = shape
    axes: np.ndarray
    _, axes = plt.subplots(
        rows,
        columns,
        # In inches; what is added is room for titles, labels and color bars.
        figsize=(width * columns + 2.0, rows * (width * ratio + 0.45) + 0.4),
        subplot_kw={"box_aspect": ratio},
        squeeze=False,
        layout="compressed",
    )
    return axes


def _height_over_width(field: np.ndarray, extent: Extent | None) -> float:
    if extent is None:
        return float(field.shape[0] / field.shape[1])
    left, right, bottom, top = extent
    return (top - bottom) / (right - left)


def draw_values(
    axes: np.ndarray, fields: Sequence[np.ndarray], frame: Frame, label: str, cmap: str | None
) -> None:
    """Draw the target, which is the first field, and predictions on the target's color scale."""
    low, high = float(fields[0].min()), float(fields[0].max())
    signed = low < 0 < high
    if signed:
        low, high = -max(-low, high), max(-low, high)
    colors = {"cmap": cmap or ("RdBu_r" if signed else "viridis"), "vmin": low, "vmax": high}
    images = [frame.show(ax, field, **colors) for ax, field in zip(axes, fields)]
    _color_bar(axes[-1], images[-1], _beyond(fields, low, high), label)


def draw_errors(
    axes: np.ndarray, errors: Sequence[np.ndarray], frame: Frame, unit: str | None, name: str = "error"
) -> None:
    """Draw errors in units of their sizes, which the titles give; those without a sign begin at zero."""
    signed = any(np.any(error < 0) for error in errors)
    colors = {"cmap": "PuOr_r" if signed else "magma_r", "vmin": -1 if signed else 0, "vmax": 1}
    shown = []
    for ax, error in zip(axes, errors):
        # The largest percent share one color, so that a few spikes do not hide the rest.
        size = np.quantile(np.abs(error), 0.99) or np.abs(error).max() or 1.0
        shown.append(error / size)
        image = frame.show(ax, shown[-1], **colors)
        ax.set_title(f"{name} / {_number(size)}{f' {unit}' if unit else ''}", fontsize="medium")
    bar = _color_bar(axes[-1], image, _beyond(shown, *image.get_clim()), "in units of the title")
    bar.set_ticks([-1, 0, 1] if signed else [0, 0.5, 1])


def draw_comparison(
    axes: np.ndarray,
    target: np.ndarray,
    prediction: np.ndarray,
    frame: Frame,
    cmap: str | None = None,
) -> None:
    """Draw target, prediction and error."""
    draw_values(axes[:2], [target, prediction], frame, frame.labels.target, cmap)
    draw_errors(axes[2:], [target - prediction], frame, frame.labels.target_unit)


def draw_colors(axes: np.ndarray, target: np.ndarray, prediction: np.ndarray, frame: Frame) -> None:
    """Draw red, green and blue on the target's scale, and the error over all three."""
    low, high = _black_and_white(target)
    for ax, field in zip(axes, (target, prediction)):
        frame.show(ax, np.clip((field - low) / (high - low), 0, 1))
    error = np.sqrt(np.mean((target - prediction) ** 2, axis=2))
    draw_errors(axes[2:], [error], frame, frame.labels.target_unit)


def _black_and_white(colors: np.ndarray) -> tuple[float, float]:
    """The values of black and white: 0 and 1 or 255 for images, else the range of these values."""
    low, high = float(colors.min()), float(colors.max())
    if low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return low, high if high > low else low + 1.0


def _color_bar(ax: Axes, image: AxesImage, extend: str, label: str) -> Any:
    bar = ax.figure.colorbar(image, ax=ax, extend=extend)
    bar.set_label(label, fontsize="small")
    bar.ax.tick_params(labelsize="small")
    return bar


def _beyond(fields: Sequence[np.ndarray], low: float, high: float) -> str:
    """Which ends of the colors saturate, by more than one color of 256."""
    color = (high - low) / 256
    below = any(field.min() < low - color for field in fields)
    above = any(field.max() > high + color for field in fields)
    return {(True, True): "both", (True, False): "min", (False, True): "max"}.get((below, above), "neither")


def _number(size: float) -> str:
    if 0.01 <= size < 100:
        return f"{size:.2g}"
    mantissa, exponent = f"{size:.1e}".split("e")
    return rf"${mantissa}\times10^{{{int(exponent)}}}$"
