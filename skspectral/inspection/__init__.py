"""Displays: what a fit did to the spectrum, and to the error, stage by stage."""

from ._radial import angle_averaged_spectrum
from ._spectrum import SpectrumDisplay
from ._stages import StagesDisplay

__all__ = ["SpectrumDisplay", "StagesDisplay", "angle_averaged_spectrum"]
