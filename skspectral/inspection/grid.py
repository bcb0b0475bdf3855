"""Rows of samples as a uniform tensor grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# The box of a picture: ends of the first feature, which runs to the right, then of the second.
Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class UniformGrid:
    """A tensor grid with equal steps, and the row of the samples that holds each of its points."""

    shape: tuple[int, ...]
    origin: np.ndarray  # shape: (d,)
    steps: np.ndarray  # shape: (d,)
    rows: np.ndarray  # row of each grid point in C order, shape: (n,)

    @property
    def lengths(self) -> np.ndarray:  # shape: (d,)
        """Period of each axis when the grid is one period: points times step."""
        lengths: np.ndarray = self.steps * self.shape
        return lengths

    @property
    def extent(self) -> Extent:
        """The box that the cells of a grid of two features fill, half a step wider than the points."""
        low = self.origin - self.steps / 2
        high = low + self.lengths
        return float(low[0]), float(high[0]), float(low[1]), float(high[1])

    def fields(
        self,
        values: np.ndarray,  # shape: (n,) or (n, k)
    ) -> np.ndarray:  # shape: (k, *grid shape)
        """Values of the rows in their places on the grid, one output after the other."""
        columns = values.reshape(len(values), -1)
        fields: np.ndarray = columns[self.rows].T.reshape(-1, *self.shape)
        return fields


def check_field_shape(shape: tuple[int, int], n: int) -> None:
    """Raise ValueError unless an image of this shape has `n` pixels."""
    if len(shape) != 2 or shape[0] * shape[1] != n:
        raise ValueError(f"field_shape must be two numbers of product {n}, got {shape!r}")


def uniform_grid(
    X: np.ndarray,  # shape: (n, d)
) -> UniformGrid:
    """Recover the uniform tensor grid that rows in any order fill.

    Raises
    ------
    ValueError
        If there are not one to three features, or the rows are not a full uniform grid; the message
        says what is wrong.
    """
    if not 1 <= X.shape[1] <= 3:
        raise ValueError(f"X must have one to three features to be a grid, got {X.shape[1]}")
    found = [np.unique(column, return_inverse=True) for column in X.T]
    axes = [axis for axis, _ in found]
    shape = tuple(len(axis) for axis in axes)
    if math.prod(shape) != len(X):
        sizes = " x ".join(map(str, shape))
        raise ValueError(
            f"X is not a full tensor grid: its {len(X)} rows hold {sizes} different coordinates"
        )
    places = np.ravel_multi_index([places for _, places in found], shape)
    rows = np.argsort(places)
    if not np.array_equal(places[rows], np.arange(len(X))):
        raise ValueError("X is not a full tensor grid: some points are missing, others repeated")
    steps = np.array([_step(axis, i) for i, axis in enumerate(axes)])
    return UniformGrid(shape, np.array([axis[0] for axis in axes]), steps, rows)


def _step(
    axis: np.ndarray,  # increasing, shape: (n,)
    feature: int,
) -> float:
    if len(axis) < 2:
        raise ValueError(f"X is not a grid: feature {feature} has one value only, {axis[0]:.6g}")
    step = (axis[-1] - axis[0]) / (len(axis) - 1)
    line = axis[0] + step * np.arange(len(axis))
    # Coordinates may have been stored in single precision; each is compared with two that are rounded too.
    rounding = 2 * np.finfo(np.float32).eps * np.max(np.abs(axis))
    if np.max(np.abs(axis - line)) > rounding:
        gaps = np.diff(axis)
        raise ValueError(
            f"X is not a uniform grid: the steps of feature {feature} run from {gaps.min():.6g} "
            f"to {gaps.max():.6g}"
        )
    return float(step)
