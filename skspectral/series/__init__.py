"""Models that are solved: series on grids, with gaps, by tile and on scattered rows; spectral lines."""

from .best import SolvedStage, fit_series, leaves_noise
from .linear import fit_linear, modes_alone, spectrum_of
from .modes import find_modes

__all__ = [
    "SolvedStage",
    "find_modes",
    "fit_linear",
    "fit_series",
    "leaves_noise",
    "modes_alone",
    "spectrum_of",
]
