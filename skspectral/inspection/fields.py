"""Fields over two features as rows of small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from .grid import Extent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage


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
        figsize=(width * columns + 1.5, rows * (width * ratio + 0.45)),
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
    axes: np.ndarray, fields: Sequence[np.ndarray], extent: Extent | None, cmap: str | None
) -> None:
    """Draw the target, which is the first field, and predictions on the target's color scale."""
    low, high = float(fields[0].min()), float(fields[0].max())
    signed = low < 0 < high
    if signed:
        low, high = -max(-low, high), max(-low, high)
    colors = {"cmap": cmap or ("RdBu_r" if signed else "viridis"), "vmin": low, "vmax": high}
    images = [_picture(ax, field, extent, colors) for ax, field in zip(axes, fields)]
    axes[0].figure.colorbar(images[-1], ax=axes[-1])


def draw_errors(axes: np.ndarray, errors: Sequence[np.ndarray], extent: Extent | None) -> None:
    """Draw errors in units of their sizes, which the titles give, with zero in the middle of the colors."""
    colors = {"cmap": "PuOr_r", "vmin": -1, "vmax": 1}
    for ax, error in zip(axes, errors):
        # The largest percent share one color, so that a few spikes do not hide the rest.
        size = np.quantile(np.abs(error), 0.99) or np.abs(error).max() or 1.0
        image = _picture(ax, error / size, extent, colors)
        ax.set_title(f"error / {_number(size)}", fontsize="medium")
    axes[-1].figure.colorbar(image, ax=axes[-1], ticks=[-1, 0, 1], extend="both")


def draw_comparison(
    axes: np.ndarray,
    target: np.ndarray,
    prediction: np.ndarray,
    extent: Extent | None,
    cmap: str | None = None,
) -> None:
    """Draw target, prediction and error."""
    draw_values(axes[:2], [target, prediction], extent, cmap)
    draw_errors(axes[2:], [target - prediction], extent)


def draw_colors(
    axes: np.ndarray, target: np.ndarray, prediction: np.ndarray, extent: Extent | None
) -> None:
    """Draw red, green and blue on the target's scale, and the error over all three."""
    low, high = _black_and_white(target)
    for ax, field in zip(axes, (target, prediction)):
        picture = np.clip((field - low) / (high - low), 0, 1)
        place: dict[str, Any] = {"origin": "upper"}
        if extent is not None:
            picture, place = picture.swapaxes(0, 1), {"origin": "lower", "extent": extent}
        ax.imshow(picture, aspect="auto", **place)
        ax.set(xticks=[], yticks=[])
    draw_errors(axes[2:], [np.sqrt(np.mean((target - prediction) ** 2, axis=2))], extent)


def _black_and_white(colors: np.ndarray) -> tuple[float, float]:
    """The values of black and white: 0 and 1 or 255 for images, else the range of these values."""
    low, high = float(colors.min()), float(colors.max())
    if low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return low, high if high > low else low + 1.0


def _picture(ax: Axes, field: np.ndarray, extent: Extent | None, colors: dict[str, Any]) -> AxesImage:
    """An image with its first row at the top, or the first feature to the right over `extent`."""
    if extent is None:
        image = ax.imshow(field, origin="upper", aspect="auto", **colors)
    else:
        image = ax.imshow(field.T, origin="lower", extent=extent, aspect="auto", **colors)
    ax.set(xticks=[], yticks=[])
    return image


def _number(size: float) -> str:
    if 0.01 <= size < 100:
        return f"{size:.2g}"
    mantissa, exponent = f"{size:.1e}".split("e")
    return rf"${mantissa}\times10^{{{int(exponent)}}}$"
