"""Where are the modes? Grids, periods, ladders of mode sets, and the strongest lines of a spectrum."""

from .aliases import STEEP_EXPONENT, folded_power, unfolded
from .axis import AxisPolynomials, AxisSeries, linear_series, mirrored_series
from .gaps import GriddedRows, detect_gaps, detect_lattice
from .grid import SEAM_ORDER, Grid, detect_grid, mean_nyquist, rounding_of
from .input_modes import PowerLaw, count_input_modes, input_modes, random_modes
from .lattice import count_modes, lattice
from .line_periodogram import LinePeriodogram, frequency_step, resolution, strongest_peaks, window_repeats
from .neighbors import (
    MIN_ROWS_TO_JUDGE,
    N_PROBES,
    bandwidth,
    nearest_pairs,
    probes,
)
from .nonuniform import Periodogram, nufft_type1, periodogram, strongest_lines
from .power import FALLS, Tail, completed_power, smoothed_power, spectral_tail, squared_wavenumbers
from .roughness import amplitude_exponent
from .rungs import (
    EXTENSION,
    GROWTH,
    MAX_FILL,
    SPARE,
    LatticeRung,
    Rung,
    grid_ladders,
    is_period,
    polynomial_rungs,
    scaled_series,
    scattered_ladders,
)

__all__ = [
    "EXTENSION",
    "FALLS",
    "GROWTH",
    "MAX_FILL",
    "MIN_ROWS_TO_JUDGE",
    "N_PROBES",
    "SEAM_ORDER",
    "SPARE",
    "STEEP_EXPONENT",
    "AxisPolynomials",
    "AxisSeries",
    "Grid",
    "GriddedRows",
    "LatticeRung",
    "LinePeriodogram",
    "Periodogram",
    "PowerLaw",
    "Rung",
    "Tail",
    "amplitude_exponent",
    "bandwidth",
    "completed_power",
    "count_input_modes",
    "count_modes",
    "detect_gaps",
    "detect_grid",
    "detect_lattice",
    "folded_power",
    "frequency_step",
    "grid_ladders",
    "input_modes",
    "is_period",
    "lattice",
    "linear_series",
    "mean_nyquist",
    "mirrored_series",
    "nearest_pairs",
    "nufft_type1",
    "periodogram",
    "polynomial_rungs",
    "probes",
    "random_modes",
    "resolution",
    "rounding_of",
    "scaled_series",
    "scattered_ladders",
    "smoothed_power",
    "spectral_tail",
    "squared_wavenumbers",
    "strongest_lines",
    "strongest_peaks",
    "unfolded",
    "window_repeats",
]
