"""Ladders of mode sets, from few modes to many: what a linear stage tries, in order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .._backend.budget import svd_columns
from .axis import AxisPolynomials, AxisSeries, linear_series, mirrored_series
from .grid import Grid
from .lattice import count_modes, lattice

# Period over box where the data are not periodic: in one and two dimensions 2 is best of {1.25, 1.5, 2}.
EXTENSION = 2.0
# Real functions for each node of an axis, at most: with nearly as many as nodes, a rate that is known from
# counts on a line is lost.
MAX_FILL = 0.9
# Rows or nodes beyond the functions, at least, to estimate errors by: with one or two to spare, even and
# odd data are met exactly by half as many functions, and no error shows.
SPARE = 3
# A set grows by this factor where functions are chosen for it: over 21 fits in two and three inputs 1.3 and
# 1.7 lose 0.1 digits. Where all that is added is tried at once it grows by half as much: by as much instead
# raises errors of four functions of 6 to 10 inputs by 0, 30, 70 and 900 %.
GROWTH = 1.5


Rung = tuple[AxisSeries | AxisPolynomials, ...]


@dataclass(frozen=True)
class LatticeRung:
    """Integer wave vectors (m, d) of harmonics of `period`, in units of t."""

    period: float
    vectors: np.ndarray

    @property
    def n_columns(self) -> int:
        """Real functions, the affine part included."""
        return 2 * len(self.vectors) + 1 + int(self.vectors.shape[1])


def grid_ladders(grid: Grid, periods: tuple[float, ...], max_modes: int | None) -> list[list[Rung]]:
    """One ladder per way to continue the data: periodic, extended, mirrored."""
    if all(math.isfinite(period) for period in periods):
        return [_ladder(grid, periods, False, max_modes)]
    extended = tuple(p if math.isfinite(p) else 2 * EXTENSION for p in periods)
    return [_ladder(grid, extended, False, max_modes), _ladder(grid, periods, True, max_modes)]


def is_period(series: AxisSeries | AxisPolynomials) -> bool:
    """Whether an axis has a period of the data: those of other series are longer."""
    return isinstance(series, AxisSeries) and series.period < 2 * EXTENSION


def polynomial_rungs(grid: Grid) -> list[Rung]:
    """A ladder of polynomials of the same degree along every axis, as far as its nodes go."""
    rungs: list[Rung] = []
    for degree in _orders():
        rung = tuple(AxisPolynomials(min(degree, _limit(n, AxisPolynomials(0)))) for n in grid.shape)
        if rungs and rung == rungs[-1]:
            break
        rungs.append(rung)
    return rungs


def scaled_series(grid: Grid, rung: Rung, axis: int, factor: float) -> Rung | None:
    """The rung with one axis' harmonics times `factor`, or None where the axis has no room."""
    series = rung[axis]
    order = round(series.order * factor)
    if order == series.order or grid.shape[axis] == 2 or not 1 <= order <= _limit(grid.shape[axis], series):
        return None
    return (*rung[:axis], replace(series, order=order), *rung[axis + 1 :])


def _orders() -> Iterator[int]:
    """Orders that are tried: all low ones, then ever fewer."""
    order = 1
    while True:
        yield order
        order = max(order + 1, round((1 + GROWTH) / 2 * order))


def _ladder(grid: Grid, periods: tuple[float, ...], mirror: bool, max_modes: int | None) -> list[Rung]:
    rungs: list[Rung] = []
    for order in _orders():
        rung = tuple(_series(grid, i, period, order, mirror) for i, period in enumerate(periods))
        if (rungs and rung == rungs[-1]) or _too_many(rung, max_modes):
            break
        rungs.append(rung)
    return rungs


def _series(grid: Grid, axis: int, period: float, order: int, mirror: bool) -> AxisSeries:
    n, t = grid.shape[axis], grid.axes[axis]
    if n == 2:
        return linear_series()
    mirrored = mirror and not math.isfinite(period)
    series = mirrored_series(t, order) if mirrored else AxisSeries(period, order, float(t[0]))
    return replace(series, order=min(order, _limit(n, series)))


def _limit(n: int, series: AxisSeries | AxisPolynomials) -> int:
    """Highest order of a series on n nodes; two nodes hold a straight line."""
    functions = 2 if n == 2 else int(min(MAX_FILL * n, n - SPARE, svd_columns()))
    return max(0, (functions - 1) // (replace(series, order=1).n_functions - 1))


def _too_many(rung: Rung, max_modes: int | None) -> bool:
    if max_modes is None:
        return False
    return (math.prod(2 * series.order + 1 for series in rung) - 1) // 2 > max_modes


def scattered_ladders(n: int, d: int, max_modes: int | None) -> Iterator[Iterator[LatticeRung]]:
    """Ladders of growing radius, one per largest number of interacting coordinates."""
    for order in [d] if d <= 3 else [1, 2, 3]:
        yield _radii(n, d, order, max_modes)


def _radii(n: int, d: int, order: int, max_modes: int | None) -> Iterator[LatticeRung]:
    most = int(
        min(MAX_FILL * n, n - SPARE, svd_columns())
    )  # as many functions as rows leave nothing to judge by
    seen = -1
    for radius in (order / 2 for order in _orders()):
        m = count_modes(d, radius, order)
        if 2 * m + 1 + d > most or (max_modes is not None and m > max_modes):
            return
        if m > seen:
            seen = m
            yield LatticeRung(2 * EXTENSION, lattice(d, radius, order))
