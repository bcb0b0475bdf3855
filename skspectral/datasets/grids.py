"""Images and fields as regression: positions of the cells of a grid, and values back in place."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array

from .checks import check_count, check_positive


def grid_points(shape: int | Sequence[int], *, lengths: float | Sequence[float] = 1.0) -> np.ndarray:
    """Compute the centers of the cells of a grid over a box.

    Cell ``(i, j, ...)`` of a grid of `shape` ``(n_0, n_1, ...)`` has its center at
    ``(L_0 (i + 1/2) / n_0, L_1 (j + 1/2) / n_1, ...)``, with `L` the `lengths` of the box: features
    come in the order of the array's axes, so that of an image the first points downwards.

    The cells of any shape fill the same box. A model of a field of one shape is therefore evaluated
    on a finer, a coarser or an oddly shaped grid by the points of that shape, without a shift.
    Positions ``i / n``, as in :func:`make_image_regression`, would shift the picture by half the
    difference of the two cells.

    Parameters
    ----------
    shape : int or sequence of ints
        Number of cells along each axis, without an axis of channels; any number of axes.
    lengths : float or sequence of floats, default=1.0
        Side of the box along all axes, or along each. By default a unit box, whatever the shape:
        square pixels of an image that is not square have ``lengths=(height / width, 1)``. Gradients
        with respect to the points are per unit of these lengths.

    Returns
    -------
    X : ndarray of shape (n_cells, n_axes)
        Centers in C order, that of ``field.ravel()``.

    Raises
    ------
    TypeError
        If a number of cells is not an integer, or a length is not a number.
    ValueError
        If `shape` is empty, if a number is not positive, or if there are not as many lengths as
        axes.

    See Also
    --------
    grid_coordinates : The points of an array, with its values.
    as_grid : Values at the points, as an array.

    Examples
    --------
    >>> from skspectral.datasets import grid_points
    >>> grid_points((1, 2))
    array([[0.5 , 0.25],
           [0.5 , 0.75]])
    >>> grid_points(4, lengths=8.0).ravel()
    array([1., 3., 5., 7.])
    """
    counts = _check_shape(shape)
    sides = _check_lengths(lengths, len(counts))
    centers = [side * (np.arange(n) + 0.5) / n for side, n in zip(sides, counts)]
    return np.stack(np.meshgrid(*centers, indexing="ij"), axis=-1).reshape(-1, len(counts))


def grid_coordinates(
    field: ArrayLike, *, multichannel: bool = False, lengths: float | Sequence[float] = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Turn an image or a field on a grid into samples: the positions of its cells and their values.

    Parameters
    ----------
    field : array-like of shape (n_0, ...) or, with `multichannel`, (n_0, ..., n_channels)
        Real values on a grid of any number of axes: a signal, an image, a volume, a volume in
        time. Values may be nan, to mark cells without one: ``X[np.isfinite(y)]`` has the others.
    multichannel : bool, default=False
        Whether the last axis holds the channels of each cell, such as red, green and blue. It has
        to be given, as an image in color and a volume have the same number of axes.
    lengths : float or sequence of floats, default=1.0
        Side of the box along all axes of the grid, or along each; see :func:`grid_points`.

    Returns
    -------
    X : ndarray of shape (n_cells, n_axes)
        Centers of the cells, those of :func:`grid_points`.
    y : ndarray of shape (n_cells,) or (n_cells, n_channels)
        The values, unscaled, as a float64 copy.

    Raises
    ------
    TypeError
        If a length is not a number.
    ValueError
        If the field is empty, complex or not numeric, if no axis is left for the grid, if a length
        is not positive, or if there are not as many lengths as axes.

    See Also
    --------
    as_grid : The way back.
    make_image_regression : An image split as in a paper, with x to the right.

    Examples
    --------
    Super-resolution is a prediction at the points of a finer grid:

    >>> import numpy as np
    >>> from skspectral import SpectralMultistageRegressor
    >>> from skspectral.datasets import as_grid, grid_coordinates, grid_points
    >>> coarse = np.cos(2 * np.pi * grid_points((8, 8)).sum(axis=1)).reshape(8, 8)
    >>> X, y = grid_coordinates(coarse)
    >>> model = SpectralMultistageRegressor(hidden_layer_sizes=(), random_state=0).fit(X, y)
    >>> as_grid(model.predict(grid_points((32, 24))), (32, 24)).shape
    (32, 24)
    """
    values: np.ndarray = check_array(
        field,
        dtype=np.float64,
        copy=True,
        ensure_2d=False,
        allow_nd=True,
        ensure_all_finite=False,
        ensure_min_samples=0,
        ensure_min_features=0,
        input_name="field",
    )
    n_axes = values.ndim - bool(multichannel)
    if n_axes < 1 or values.size == 0:
        kind = "a grid and a last axis of channels" if multichannel else "a grid"
        raise ValueError(f"field must have the shape of {kind}, got {values.shape}")
    X = grid_points(values.shape[:n_axes], lengths=lengths)
    return X, values.reshape(-1, *values.shape[n_axes:])


def as_grid(values: ArrayLike, shape: int | Sequence[int]) -> np.ndarray:
    """Put the values of samples back onto their grid.

    Parameters
    ----------
    values : array-like of shape (n_cells, ...)
        One row for each cell, in the order of :func:`grid_points`: predictions, of shape (n_cells,)
        or (n_cells, n_channels), or gradients, whose rows have one or two axes of their own.
    shape : int or sequence of ints
        Shape of the grid, without the axis of channels.

    Returns
    -------
    field : ndarray of shape ``(*shape, ...)``
        The rows in their places; a view of `values` where that is possible.

    Raises
    ------
    TypeError
        If a number of cells is not an integer.
    ValueError
        If the number of cells differs from the number of rows.

    See Also
    --------
    grid_coordinates : Samples of an array.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.datasets import as_grid
    >>> as_grid([1, 2, 3, 4], (2, 2))
    array([[1, 2],
           [3, 4]])
    >>> as_grid(np.zeros((6, 3)), (2, 3)).shape
    (2, 3, 3)
    """
    rows = np.asarray(values)
    counts = _check_shape(shape)
    n_cells = math.prod(counts)
    if rows.shape[:1] != (n_cells,):
        raise ValueError(
            f"a grid of shape {counts}, without an axis of channels, has {n_cells} cells; "
            f"values has shape {rows.shape}"
        )
    return rows.reshape(*counts, *rows.shape[1:])


def _check_shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    counts = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if not counts:
        raise ValueError("shape must have at least one number of cells, got ()")
    return tuple(check_count(n, f"shape[{axis}]") for axis, n in enumerate(counts))


def _check_lengths(lengths: float | Sequence[float], n_axes: int) -> list[float]:
    given = np.atleast_1d(lengths).tolist()
    sides = given * n_axes if np.ndim(lengths) == 0 else given
    if len(sides) != n_axes:
        raise ValueError(f"lengths must be one number, or {n_axes} for this grid, got {lengths!r}")
    return [check_positive(side, f"lengths[{axis}]") for axis, side in enumerate(sides)]
