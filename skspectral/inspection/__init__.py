"""Displays: what a fit did to the spectrum, and to the error, stage by stage."""

from ._expansion import SpectralExpansion, spectral_expansion
from ._expansion_display import ExpansionDisplay
from ._field_display import FieldDisplay
from ._image_quality import gradient_psnr, psnr
from ._merged import MergedSpectrum
from ._radial import angle_averaged_spectrum
from ._spectrum import SpectrumDisplay
from ._stages import StagesDisplay

__all__ = [
    "ExpansionDisplay",
    "FieldDisplay",
    "MergedSpectrum",
    "SpectralExpansion",
    "SpectrumDisplay",
    "StagesDisplay",
    "angle_averaged_spectrum",
    "gradient_psnr",
    "psnr",
    "spectral_expansion",
]
