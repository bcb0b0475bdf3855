"""A linear stage on a line: mapped cosines, or Fourier modes where the data are periodic."""

from __future__ import annotations

import math

from .._backend.samples import Samples
from ..selection import (
    GOOD_ENOUGH,
    IMPROVEMENT,
    ROUNDING,
    SETTLED,
    WORTH_TWICE,
    Design,
    LinearFit,
    LinearOptions,
    looks_white,
    margin,
    nested_margin,
)
from ..spectrum import MIN_ROWS_TO_JUDGE, Grid, GriddedRows
from .gaussian_process import fit_process
from .grid_fit import GridPlane, grid_values
from .grid_interpolants import may_interpolate
from .mapped_series import fit_mapped
from .on_grid import fit_on_grid
from .with_gaps import fit_with_gaps


def fit_on_line(
    samples: Samples, design: Design, grid: Grid, gaps: GriddedRows | None, options: LinearOptions
) -> LinearFit | None:
    """The best of mapped cosines, of what few rows can afford, and of all cosines of an even line.

    All cosines are for what few functions leave much of: sound has more lines than a series has modes.
    """
    few = _series(samples, design, grid, options)
    if gaps is None:
        return few
    if few is not None and (few.score < GOOD_ENOUGH * samples.rms() or _is_noise(few, samples)):
        return few
    every = fit_with_gaps(samples, design, gaps, options)
    return every if few is None or every.score < WORTH_TWICE * few.score else few


def _series(samples: Samples, design: Design, grid: Grid, options: LinearOptions) -> LinearFit | None:
    periodic = math.isfinite(grid.periods(grid_values(samples, grid))[0])
    mapped = None if periodic else fit_mapped(samples, design, options)
    if mapped is None:
        return fit_on_grid(samples, grid, options)
    best = mapped.candidate()
    # Of few rows all else costs nothing, and a polynomial of low degree is exact.
    enough = ROUNDING if samples.n < MIN_ROWS_TO_JUDGE else SETTLED
    if best.score < enough * samples.rms():
        return best
    # Few rows may be met by as many functions, under amplitudes that fall by a power.
    if may_interpolate(samples, grid, options):
        other = fit_on_grid(samples, grid, options)
        if other is not None and other.score < IMPROVEMENT * best.score:
            best = other
    process = fit_process(samples, design, options) if samples.n < MIN_ROWS_TO_JUDGE else None
    # What was chosen by rows left out is better on these by chance, and goes on beyond them worse.
    if process is not None and not best.score < (1 - margin(samples.n)) * process.score:
        return process.candidate()
    plane = GridPlane.fit(samples, [0, 1]).alone(samples).candidate()
    return best if best.score < (1 - nested_margin(samples.n)) * plane.score else plane


def _is_noise(fit: LinearFit, samples: Samples) -> bool:
    """Whether what is left is white: more functions would fit noise."""
    return looks_white(samples.y - fit.expansion(samples.t), samples.t, Grid((samples.t[:, 0],)))
