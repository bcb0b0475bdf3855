"""Generators of data whose exact values are known everywhere."""

from ._interpolation import trigonometric_interpolant
from ._samples import make_front, make_line_spectrum
from ._turbulence import make_turbulence

__all__ = [
    "make_front",
    "make_line_spectrum",
    "make_turbulence",
    "trigonometric_interpolant",
]
