"""Where are the modes? Grids, periods, ladders of mode sets, and the strongest lines of a spectrum."""

from .axis import AxisSeries, mirrored_series
from .grid import Grid, detect_grid
from .lattice import count_modes, lattice
from .neighbors import bandwidth, nearest_pairs
from .nonuniform import Periodogram, periodogram, strongest_lines, type_1
from .rungs import LatticeRung, grid_ladders, scaled_series, scattered_ladders
from .whiteness import looks_white

__all__ = [
    "AxisSeries",
    "Grid",
    "LatticeRung",
    "Periodogram",
    "bandwidth",
    "count_modes",
    "detect_grid",
    "grid_ladders",
    "lattice",
    "looks_white",
    "mirrored_series",
    "nearest_pairs",
    "periodogram",
    "scaled_series",
    "scattered_ladders",
    "strongest_lines",
    "type_1",
]
