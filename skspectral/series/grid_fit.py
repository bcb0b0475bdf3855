"""Series on a tensor grid, fitted: what they are compared by, and how they become modes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from .._backend.samples import Samples
from ..linalg.axis_table import AxisTable
from ..linalg.tensor_least_squares import TensorFit
from ..networks import Expansion, affine_features
from ..selection import UNKNOWN, LinearFit, solve_rows
from ..spectrum import N_PROBES, SPARE, AxisSeries, Grid, Rung, detect_grid, is_period


@dataclass(frozen=True)
class GridFit:
    """A series beside a plane; `score` is what fits are chosen by (`TensorFit`).

    `noise` is the root mean square of the white noise that was taken out of the values; 0 where none was.
    """

    rung: Rung
    fit: TensorFit
    plane: GridPlane
    again: Callable[[Samples, Grid], TensorFit] | None = None  # on other rows, less their plane
    noise: float = 0.0

    @property
    def score(self) -> float:
        """Root mean square error expected between the nodes."""
        return math.sqrt(self.fit.score)

    @property
    def left_out(self) -> float:
        """Root mean square error on lines left out."""
        return math.sqrt(self.fit.left_out)

    def candidate(self) -> LinearFit:
        """The series as modes."""
        again = self.again

        def refit(samples: Samples) -> Expansion:
            assert again is not None
            grid = detect_grid(samples.t)
            assert grid is not None  # lines were taken out of a grid
            plane = self.plane.refit(samples, grid)
            return self._sum(again(plane.rest(samples), grid), plane)

        expansion = self._sum(self.fit, self.plane)
        error, rank = self.fit.error, self.fit.rank
        goes_on = tuple(is_period(series) for series in self.rung)
        return LinearFit(
            expansion, self.score, error, rank, refit if again else None, noise=self.noise, goes_on=goes_on
        )

    def _sum(self, fit: TensorFit, plane: GridPlane) -> Expansion:
        return series_expansion(self.rung, fit.coefficients).plus_affine(plane.affine)


def axis_tables(rung: Rung, grid: Grid) -> list[AxisTable]:
    """Functions at the nodes, and halfway between them."""
    return [
        AxisTable(series.matrix(t), series.matrix((t[1:] + t[:-1]) / 2), t.diff())
        for series, t in zip(rung, grid.axes)
    ]


@dataclass(frozen=True)
class GridPlane:
    """A constant and slopes along some axes; none of it where `used` is empty."""

    affine: Tensor  # shape: (1 + d, k)
    used: list[int]

    @classmethod
    def fit(cls, samples: Samples, used: list[int]) -> GridPlane:
        """By least squares, from the columns `used` of [1, t]."""
        affine = samples.y.new_zeros(1 + samples.d, samples.k)
        if used:
            affine[used] = solve_rows(lambda t: affine_features(t)[:, used], samples).solve()
        return cls(affine, used)

    def refit(self, samples: Samples, grid: Grid) -> GridPlane:
        """The same slopes on other rows, as far as these determine them."""
        return self.fit(samples, [i for i in self.used if i == 0 or grid.shape[i - 1] > 1])

    def rest(self, samples: Samples) -> Samples:
        """What the plane leaves."""
        return samples.with_targets(samples.y - affine_features(samples.t) @ self.affine)

    def alone(self, samples: Samples) -> GridFit:
        """The plane as a fit, with nothing beside it."""
        square = self.rest(samples).rms() ** 2 * samples.n
        score = _expected_of_plane(square, samples, len(self.used))
        rung = tuple(AxisSeries(2.0, 0) for _ in range(samples.d))
        nothing = samples.y.new_zeros(*(1,) * samples.d, samples.k)
        fit = TensorFit(nothing, score, score, len(self.used))
        return GridFit(rung, fit, self, lambda _samples, _grid: fit)


def grid_values(samples: Samples, grid: Grid) -> Tensor:
    """Targets as a field of the grid's shape, outputs last; on a line times root weights."""
    y = samples.y * samples.root_weight if samples.d == 1 else samples.y
    return y.view(*grid.shape, samples.k)


def _expected_of_plane(square: float, samples: Samples, count: int) -> float:
    """What a place between the rows misses the plane by, of squared residuals in sum; both mean squares."""
    spare = samples.n - count
    if spare < SPARE:
        return max(square / samples.n, (UNKNOWN * samples.rms()) ** 2)
    return square / spare * (1 + count / samples.n)


def evaluation_flops(orders: Iterable[int]) -> float:
    """Of waves up to these orders, at the places that a stage is judged by and as many rows twice.

    Of all axes but the first the waves have both signs, and all of them two parts. To make them of the
    coefficients takes as long as two of these sums (6.6 seconds in all for 128^3 functions).
    """
    first, *others = orders
    return 5 * N_PROBES * 8.0 * first * math.prod(2 * n for n in others)


def series_expansion(rung: Rung, coefficients: Tensor) -> Expansion:
    """Real tensor-product coefficients as waves, one of k and -k each, or as polynomials."""
    modes = [series for series in rung if isinstance(series, AxisSeries)]
    if len(modes) == len(rung):
        return _waves(modes, coefficients)
    return _polynomials(coefficients)


def _waves(rung: list[AxisSeries], coefficients: Tensor) -> Expansion:
    box = coefficients
    for axis, series in enumerate(rung):
        box = series.to_exponentials(box.movedim(axis, 0)).movedim(0, axis)
    ranges: Iterable[Tensor] = (torch.arange(-s.order, s.order + 1) for s in rung)
    vectors = torch.cartesian_prod(*ranges).view(-1, len(rung)).to(coefficients.device)
    flat = box.reshape(-1, coefficients.shape[-1])
    middle = len(flat) // 2
    step = coefficients.new_tensor([1 / series.period for series in rung])
    affine = coefficients.new_zeros(1 + len(rung), flat.shape[1])
    affine[0] = flat[middle].real
    half = slice(middle + 1, None)  # C order: the first non-zero entry is positive
    frequencies = vectors[half] * step
    return Expansion(affine, frequencies, 2 * flat[half].real, -2 * flat[half].imag, step)


def _polynomials(coefficients: Tensor) -> Expansion:
    *sizes, k = coefficients.shape
    ranges = (torch.arange(size) for size in sizes)
    degrees = torch.cartesian_prod(*ranges).view(-1, len(sizes)).to(coefficients.device)
    affine = coefficients.new_zeros(1 + len(sizes), k)
    none = coefficients.new_zeros(0, k)
    flat = coefficients.reshape(-1, k)
    return Expansion(affine, none.new_zeros(0, len(sizes)), none, none, None, degrees, flat)
