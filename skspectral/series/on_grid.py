"""A linear stage on a tensor grid: the series with the least error expected between the nodes."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace

from .._backend.budget import affordable
from .._backend.clock import OutOfTime
from .._backend.samples import Samples
from .._backend.threads import threads_for
from ..linalg.tensor_least_squares import TensorFit, fit_tensor
from ..selection import (
    GOOD_ENOUGH,
    IMPROVEMENT,
    ROUNDING,
    SETTLED,
    WORTH_TWICE,
    WORTHWHILE,
    LinearFit,
    LinearOptions,
    nested_margin,
    search_ladder,
)
from ..spectrum import Grid, Rung, grid_ladders, polynomial_rungs, scaled_series
from .grid_fit import GridFit, GridPlane, axis_tables, evaluation_flops, grid_values
from .grid_interpolants import interpolation_flops, may_interpolate, or_interpolant
from .grid_process import may_be_process, process_on_grid
from .grid_smooth import fit_smooth, may_smooth
from .periodic import fit_periodic


def fit_on_grid(samples: Samples, grid: Grid, options: LinearOptions) -> LinearFit | None:
    """The best of a plane, and of series beside it: polynomials, waves, interpolants, processes."""
    periods = grid.periods(grid_values(samples, grid))
    slopes = [1 + i for i, n in enumerate(grid.shape) if n > 1 and math.isinf(periods[i])]
    beside = options.free and not options.modes_only
    plane = GridPlane.fit(samples, [0, *slopes] if beside else [])
    rest = plane.rest(samples)
    best = _Search(rest, grid, options, plane).best_cut(periods, plane.alone(samples))
    if best is None:
        return None
    # Where errors are settled, nothing that takes longer than a step is tried. On 256 x 256 nodes of a flow
    # that a series meets to 1e-14, interpolants and processes took most of 2 to 3 seconds for nothing.
    enough = ROUNDING if affordable(interpolation_flops(grid)) else SETTLED
    if best.score > enough and may_interpolate(samples, grid, options):
        best = or_interpolant(rest, grid, plane, best, options.clock)
    if best.score > enough and may_be_process(samples, grid, options):
        process = process_on_grid(rest, grid, plane, options.clock)
        best = process if process is not None and process.score < best.score else best
    if best.score > GOOD_ENOUGH and may_smooth(samples, grid, options):
        smooth = fit_smooth(samples, grid, GridPlane.fit(samples, []), options.clock)
        best = best if smooth is None or smooth.left_out >= best.left_out else smooth
    alone = plane.alone(samples)
    if beside and not best.score < (1 - nested_margin(samples.n)) * alone.score:
        best = alone  # no better than a plane, by more than chance
    return best.candidate()


class _Search:
    """Series that are cut off, each fitted to what the plane leaves."""

    def __init__(self, rest: Samples, grid: Grid, options: LinearOptions, plane: GridPlane) -> None:
        self.rest, self.grid, self.options, self.plane = rest, grid, options, plane
        self.best: GridFit | None = None

    def best_cut(self, periods: tuple[float, ...], alone: GridFit) -> GridFit | None:
        """The best rung of all ladders, or the plane alone."""
        options = self.options
        if self._orthogonal(periods):
            return self._periodic(periods[0])
        self.best = alone if self.plane.used else None
        if max(self.grid.shape) <= 2 and self.best is not None:  # two nodes hold a straight line alone
            return self.best
        ladders = grid_ladders(self.grid, periods, options.max_modes)
        if self.plane.used and all(map(math.isinf, periods)):
            ladders.append(polynomial_rungs(self.grid))
        for ladder in ladders:
            if self.best is not None and self.best.score < ROUNDING:
                break
            with options.clock.recorder.candidate("series on a grid"):
                self._search_ladder(ladder)
        if self.best is not None and self.rest.d > 1 and options.max_modes is None:
            with suppress(OutOfTime), options.clock.recorder.candidate("series of other axes"):
                self._stretch_axes()
        return self.best

    def _periodic(self, period: float) -> GridFit:
        """Harmonics, all at once."""
        recorder = self.options.clock.recorder
        with recorder.candidate("harmonics"):
            fit = fit_periodic(self.rest, self.grid, period, self.options.max_modes)
            recorder.note(fit.score)
        return fit

    def _orthogonal(self, periods: tuple[float, ...]) -> bool:
        """Whether the rows are the even nodes of a period, and count alike."""
        alike = self.rest.equally_weighted and self.options.alpha is None
        return len(periods) == 1 and math.isfinite(periods[0]) and alike

    def _search_ladder(self, ladder: list[Rung]) -> None:
        top = search_ladder(map(self._fit, ladder), self.options.clock)
        if top is not None and top.score > ROUNDING and top.rung != ladder[-1]:
            # Lines far above the others lie beyond a gap that no shorter series crosses: the longest series
            # shows them.
            with suppress(OutOfTime):
                last = self._fit(ladder[-1])
                top = last if last.score < WORTH_TWICE * top.score else top
        if top is not None and (self.best is None or top.score < IMPROVEMENT * self.best.score):
            self.best = top

    def _fit(self, rung: Rung) -> GridFit:
        alpha = self.options.alpha or 0.0

        def again(rest: Samples, grid: Grid) -> TensorFit:
            tables = axis_tables(rung, grid)
            if rest.d == 1:
                tables = [replace(tables[0], nodes=tables[0].nodes * rest.root_weight)]
            of_axes = sum(2.0 * table.nodes.numel() * table.nodes.shape[1] for table in tables)
            largest = 2.0 * rest.n * rest.k * max(table.nodes.shape[1] for table in tables)
            # An SVD for each axis; along it values are projected, turned into coefficients, and left out.
            flops = 11 * of_axes + 5 * rest.d * largest
            after = rest.k * self._flops_of_sum(rung)
            with self.options.clock.step("grid", flops, after), threads_for(max(of_axes, largest)):
                return fit_tensor(grid_values(rest, grid), tables, alpha)

        return GridFit(rung, again(self.rest, self.grid), self.plane, again)

    def _flops_of_sum(self, rung: Rung) -> float:
        """Operations for one output's values of the best series: this one, or the best one so far."""
        rungs = [rung] if self.best is None else [rung, self.best.rung]
        return max(evaluation_flops(series.order for series in one) for one in rungs)

    def _stretch_axes(self) -> None:
        """More or fewer harmonics on one axis at a time, while that lowers the error."""
        for axis in range(self.rest.d):
            for factor in (math.sqrt(2), 1 / math.sqrt(2)):
                self._stretch(axis, factor)

    def _stretch(self, axis: int, factor: float) -> None:
        assert self.best is not None
        while (rung := scaled_series(self.grid, self.best.rung, axis, factor)) is not None:
            trial = self._fit(rung)
            self.options.clock.recorder.note(trial.score)
            if trial.score > WORTHWHILE * self.best.score:
                return
            self.best = trial
