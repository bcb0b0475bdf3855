"""Series on a tensor grid that meet all nodes, under amplitudes that fall by a power: Kriging."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .._backend.budget import STEP_FLOPS, affordable
from .._backend.clock import Clock
from .._backend.samples import Samples
from ..linalg.axis_table import AxisTable
from ..linalg.tensor_interpolation import interpolate_tensor
from ..linalg.tensor_least_squares import TensorFit
from ..selection import TRUST, WORTH_TWICE, LinearOptions, every_second, max_noise, search_ladder
from ..spectrum import EXTENSION, FALLS, N_PROBES, STEEP_EXPONENT, AxisSeries, Grid, Rung, linear_series
from .grid_fit import GridFit, GridPlane, axis_tables, grid_values


def may_interpolate(samples: Samples, grid: Grid, options: LinearOptions) -> bool:
    """Whether all rows count alike, are few along each axis, and nothing else was asked for."""
    if not (options.free and samples.equally_weighted and max(grid.shape) > 2):
        return False
    rung = _harmonics(grid)
    if any(series.n_functions < len(t) for series, t in zip(rung, grid.axes)):
        return False  # they would not meet all nodes
    return affordable(_flops(rung, grid), 6)  # a second for each fall


def interpolation_flops(grid: Grid) -> float:
    """Operations of the interpolant under one fall."""
    return _flops(_harmonics(grid), grid)


def _flops(rung: Rung, grid: Grid) -> float:
    """Of the factorizations of the functions of each axis at its nodes, with column pivoting."""
    return sum(200.0 * len(t) ** 2 * series.n_functions for series, t in zip(rung, grid.axes))


@dataclass(frozen=True)
class _Interpolant:
    """An interpolant under amplitudes that fall by a power; its score is the error on lines left out."""

    fall: float
    fit: GridFit

    @property
    def score(self) -> float:
        return self.fit.left_out


def or_interpolant(rest: Samples, grid: Grid, plane: GridPlane, best: GridFit, clock: Clock) -> GridFit:
    """The best interpolant, where it is expected to do better between the nodes.

    Noise looks like a rough target, of whose errors an interpolant makes too little: where amplitudes fall
    slowly, it must do better on what is left out too, or be twice as good with the noise that a third of
    the places have at most: a front on 19 x 19 x 6 nodes is met to 0.022 by it, and to 0.088 by what misses
    lines left out by less. Noise of counts is far smaller than that in places. On uneven nodes, what misses
    that by far more is not taken: on 60 jittered nodes of a layer a polynomial is 6e-2 off, this 9e-4. Of
    180 fits on lines two do worse, by 0.5 and 1.2 digits, where that holds for interpolants too; in planes
    it wins up to 1.6. On 40 x 40 even nodes an interpolant of Franke's function is 80 times better that
    would be refused.
    """
    with clock.recorder.candidate("interpolant"):
        falls = [fall for fall in FALLS if fall >= 2]  # of a cubic spline; others have corners at the nodes
        found = search_ladder(_interpolants(rest, grid, plane, clock, falls), clock, len(falls))
    if found is None:
        return best
    uneven = not all(grid.uniform(axis) for axis in range(rest.d))
    if uneven and TRUST * found.score < best.left_out:
        return found.fit
    if found.fit.score > best.score or (uneven and rest.d > 1 and found.score > TRUST * best.left_out):
        return best
    # Noise is never taken for twice the steepest law of fields: 500 noisy grids lose 0.03 digits by it, and
    # 0.07 by the law itself in its place.
    noise = max_noise(grid_values(rest, grid), grid.axes, share=1 / 3)
    clear = math.hypot(found.fit.score, math.sqrt(noise)) < WORTH_TWICE * best.score
    smooth = found.fall >= 2 * STEEP_EXPONENT or clear
    return found.fit if smooth or found.score < best.left_out else best


def _interpolants(
    rest: Samples, grid: Grid, plane: GridPlane, clock: Clock, falls: Sequence[float]
) -> Iterator[_Interpolant]:
    """All harmonics that the nodes tell apart, in a box twice as long; every second fall, then those by it.

    Few nodes hold no series that is cut off: it is too short, or bends at the rim. Off the grid, from
    30 x 30 nodes of tanh(4 (x + 0.3 y)) + sin(3 x y): 1.4e-3 by the best that is cut off, 1.9e-7 by this.
    """
    rung = _harmonics(grid)
    tables = axis_tables(rung, grid)

    def solved(place: int) -> _Interpolant:
        def on(rest: Samples, grid: Grid, tables: Sequence[AxisTable]) -> TensorFit:
            sizes = [_sizes(series, falls[place], t) for series, t in zip(rung, grid.axes)]
            with clock.step("interpolant", _flops(rung, grid)):
                return interpolate_tensor(grid_values(rest, grid), tables, sizes)

        def again(rest: Samples, grid: Grid) -> TensorFit:
            return on(rest, grid, axis_tables(rung, grid))

        return _Interpolant(falls[place], GridFit(rung, on(rest, grid, tables), plane, again))

    yield from every_second(solved, len(falls))


def _harmonics(grid: Grid) -> tuple[AxisSeries, ...]:
    """Up to the Nyquist frequency of the smallest step of each axis, if they are quick to evaluate."""
    orders = [_finest(t) for t in grid.axes]
    # The places that a stage is judged by, and as many rows twice, are to be evaluated in a step.
    while not affordable(3 * N_PROBES * 8.0 * math.prod(2 * order + 1 for order in orders)):
        largest = max(range(len(orders)), key=orders.__getitem__)
        orders[largest] = orders[largest] * 3 // 4
    return tuple(  # about the middle they are even or odd
        linear_series() if len(t) == 2 else AxisSeries(2 * EXTENSION, order, float(t[0] + t[-1]) / 2)
        for t, order in zip(grid.axes, orders)
    )


def _finest(t: Tensor) -> int:
    """Harmonics of a box twice as long that the smallest step tells apart; it is two units wide."""
    n = len(t)
    if n <= 2:
        return n - 1
    finest = math.ceil(EXTENSION / float(t.diff().min()) - 1e-9)
    return min(finest, max(n - 1, int(STEP_FLOPS / 200 / (2 * n**2))))


def _sizes(series: AxisSeries, fall: float, t: Tensor) -> Tensor:
    """Amplitudes that are expected; a straight line between two nodes may have any slope."""
    if series.order == 1 and series.mirrored:
        return torch.stack([torch.ones_like(t[0]), t.new_tensor(series.period / (2 * math.pi))])
    return (1 + series.harmonics(t).square()) ** (-fall / 2)
