"""Rows of a uniform grid as pictures: values of the drawn outputs, and sizes of gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .grid import UniformGrid, check_field_shape, uniform_grid
from .image_quality import reference_gradient
from .samples import check_values


def check_like(values: ArrayLike, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Return finite values as float64, or raise ValueError unless they have the shape of the target."""
    array = check_values(values, name)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape} for this target, got {array.shape}")
    return array


def grid_of_two(points: np.ndarray, field_shape: tuple[int, int] | None) -> UniformGrid:
    """The grid that points of two features fill, or ValueError."""
    if points.shape[1] != 2:
        raise ValueError(f"X must have two features to be drawn, got {points.shape[1]}")
    if field_shape is not None:
        check_field_shape(field_shape, len(points))
    return uniform_grid(points)


def drawn_outputs(target: np.ndarray, output: int | None) -> list[int]:
    """Three outputs as red, green and blue; of any other number the one asked for, or the first."""
    n_outputs = target.shape[1] if target.ndim == 2 else 1
    if output is None:
        return [0, 1, 2] if n_outputs == 3 else [0]
    return [range(n_outputs)[output]]


def rows_first(values: np.ndarray) -> np.ndarray:  # shape: (n, k)
    """Values of one or several outputs, a row for each row."""
    return values.reshape(len(values), -1)


def gradient_sizes(
    gradient: ArrayLike,
    true_gradient: ArrayLike | None,
    grid: UniformGrid,
    target: np.ndarray,  # shape: (n,) or (n, k)
    outputs: list[int],
) -> list[np.ndarray]:  # of the rows, each of shape (n, 1)
    """Sizes of the target's gradient, of the prediction's, and of their difference."""
    shape = (*target.shape, 2)
    slopes = check_like(gradient, shape, "gradient").reshape(len(target), -1, 2)[:, outputs]
    if true_gradient is None:
        reference = _differences(grid, rows_first(target)[:, outputs])
    else:
        given = check_like(true_gradient, shape, "true_gradient")
        reference = given.reshape(slopes.shape[0], -1, 2)[:, outputs]
    return [_size(reference), _size(slopes), _size(slopes - reference)]


def _differences(
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


def arrange(
    values: np.ndarray,  # of the rows, shape: (n, 1) or (n, 3)
    grid: UniformGrid,
    field_shape: tuple[int, int] | None,
) -> np.ndarray:  # shape: (n_0, n_1) or (n_0, n_1, 3)
    """The rows as a picture: those of an image in their own order, else in that of the grid."""
    in_order = values[grid.rows] if field_shape is None else values
    field = in_order.reshape(*(field_shape or grid.shape), -1)
    picture: np.ndarray = field if field.shape[2] == 3 else field[:, :, 0]
    return picture
