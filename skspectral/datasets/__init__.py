"""Generators of data whose exact values can be computed everywhere."""

from .grids import as_grid, grid_coordinates, grid_points
from .images import make_image_regression
from .interpolation import trigonometric_interpolant
from .samples import make_front, make_line_spectrum
from .tones import make_tones, make_tones_on_curve
from .turbulence import make_turbulence

__all__ = [
    "as_grid",
    "grid_coordinates",
    "grid_points",
    "make_front",
    "make_image_regression",
    "make_line_spectrum",
    "make_tones",
    "make_tones_on_curve",
    "make_turbulence",
    "trigonometric_interpolant",
]
