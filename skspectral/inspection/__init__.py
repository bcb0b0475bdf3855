"""Displays: what a fit did to the spectrum, and to the error, stage by stage."""

from .expansion import SpectralExpansion, spectral_expansion
from .expansion_display import ExpansionDisplay
from .field_display import FieldDisplay
from .image_quality import gradient_psnr, psnr
from .merged import MergedSpectrum
from .pipeline_gradient import pipeline_gradient
from .radial import angle_averaged_spectrum
from .spectrum import SpectrumDisplay
from .stages import StagesDisplay

__all__ = [
    "ExpansionDisplay",
    "FieldDisplay",
    "MergedSpectrum",
    "SpectralExpansion",
    "SpectrumDisplay",
    "StagesDisplay",
    "angle_averaged_spectrum",
    "gradient_psnr",
    "pipeline_gradient",
    "psnr",
    "spectral_expansion",
]
