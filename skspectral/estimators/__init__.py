"""The regressors, and the records of their stages."""

from .multi_grade import MultiGradeRegressor
from .records import SineLayers, StageRecord
from .spectral_multistage import SpectralMultistageRegressor
from .tuner import TunerRegressor

__all__ = [
    "MultiGradeRegressor",
    "SineLayers",
    "SpectralMultistageRegressor",
    "StageRecord",
    "TunerRegressor",
]
