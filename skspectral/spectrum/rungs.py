"""Ladders of mode sets, from few modes to many: what a linear stage tries, in order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .axis import AxisSeries, mirrored_series
from .grid import Grid
from .lattice import count_modes, lattice

# Period over box where the data are not periodic. In one and two dimensions 2 is best of
# {1.25, 1.5, 2}; above, few harmonics of a long period (close to polynomials) do better on smooth
# targets: both are tried.
EXTENSION = 2.0
LONG_EXTENSION = 4.0
# Most real functions per node of an axis: some nodes must be left to tell errors by.
MAX_FILL = 0.9
# QR and SVD of this many columns take about two seconds on two cores.
MAX_COLUMNS = 1200

_HARMONICS = [*range(1, 8), *(round(2 ** (i / 4)) for i in range(12, 37))]
_RADII = [0, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 24, 28]


@dataclass(frozen=True)
class LatticeRung:
    """Integer wave vectors (m, d) of harmonics of `period`, in units of t."""

    period: float
    vectors: np.ndarray

    @property
    def n_columns(self) -> int:
        """Real functions, the affine part included."""
        return 2 * len(self.vectors) + 1 + self.vectors.shape[1]


def grid_ladders(
    grid: Grid, periods: tuple[float, ...], extension: float | None, max_modes: int | None
) -> list[list[tuple[AxisSeries, ...]]]:
    """One ladder per way to continue the data: periodic, extended, mirrored."""
    if all(math.isfinite(period) for period in periods):
        return [_climb(grid, periods, False, max_modes)]
    length = 2 * (EXTENSION if extension is None else extension)
    extended = tuple(p if math.isfinite(p) else length for p in periods)
    ladders = [_climb(grid, extended, False, max_modes)]
    if extension is None:
        ladders.append(_climb(grid, periods, True, max_modes))
    return ladders


def scaled_series(
    grid: Grid, rung: tuple[AxisSeries, ...], axis: int, factor: float
) -> tuple[AxisSeries, ...] | None:
    """The rung with one axis' harmonics times `factor`, or None where the axis has no room."""
    series = rung[axis]
    order = round(series.order * factor)
    limit = _limit(grid.shape[axis], series.mirrored)
    if order == series.order or not 1 <= order <= limit:
        return None
    changed = AxisSeries(series.period, order, series.origin, series.mirrored)
    return (*rung[:axis], changed, *rung[axis + 1 :])


def _climb(
    grid: Grid, periods: tuple[float, ...], mirror: bool, max_modes: int | None
) -> list[tuple[AxisSeries, ...]]:
    rungs: list[tuple[AxisSeries, ...]] = []
    for order in _HARMONICS:
        rung = tuple(_series(grid, i, period, order, mirror) for i, period in enumerate(periods))
        if rungs and rung == rungs[-1] or _too_many(rung, max_modes):
            break
        rungs.append(rung)
    return rungs


def _series(grid: Grid, axis: int, period: float, order: int, mirror: bool) -> AxisSeries:
    n, t = grid.shape[axis], grid.axes[axis]
    if mirror and not math.isfinite(period):
        return mirrored_series(t, min(order, _limit(n, True)))
    return AxisSeries(period, min(order, _limit(n, False)), float(t[0]))


def _limit(n: int, mirrored: bool) -> int:
    """Most harmonics of an axis with n points."""
    functions = min(MAX_FILL * n, MAX_COLUMNS)
    return int(functions - 1 if mirrored else (functions - 1) / 2)


def _too_many(rung: tuple[AxisSeries, ...], max_modes: int | None) -> bool:
    if max_modes is None:
        return False
    return (math.prod(2 * series.order + 1 for series in rung) - 1) // 2 > max_modes


def scattered_ladders(
    n: int, d: int, extension: float | None, max_modes: int | None
) -> Iterator[Iterator[LatticeRung]]:
    """Ladders of growing radius: per period, and per largest number of interacting coordinates."""
    lengths = [2 * extension] if extension is not None else _default_lengths(d)
    orders = [d] if d <= 3 else [1, 2, 3]
    for length in lengths:
        for order in orders:
            yield _radii(n, d, length, order, max_modes)


def _default_lengths(d: int) -> list[float]:
    return [2 * EXTENSION] if d <= 2 else [2 * EXTENSION, 2 * LONG_EXTENSION]


def _radii(
    n: int, d: int, length: float, order: int, max_modes: int | None
) -> Iterator[LatticeRung]:
    most = min(n - 1, MAX_COLUMNS)  # as many functions as rows leave nothing to judge by
    seen = -1
    for radius in _RADII:
        m = count_modes(d, radius, order)
        if 2 * m + 1 + d > most or (max_modes is not None and m > max_modes):
            return
        if m > seen:
            seen = m
            yield LatticeRung(length, lattice(d, radius, order))
