"""The regressors, the records that they give, and the mode finder as a transformer."""

from .features import SpectralFeatures
from .multi_grade import MultiGradeRegressor
from .records import SineLayers, SobolIndices, StageRecord
from .spectral_multistage import SpectralMultistageRegressor
from .tuner import TunerRegressor

__all__ = [
    "MultiGradeRegressor",
    "SineLayers",
    "SobolIndices",
    "SpectralFeatures",
    "SpectralMultistageRegressor",
    "StageRecord",
    "TunerRegressor",
]
