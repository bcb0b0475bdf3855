"""The regressors."""

from .multi_grade import MultiGradeRegressor
from .spectral_multistage import SpectralMultistageRegressor
from .tuner import TunerRegressor

__all__ = ["MultiGradeRegressor", "SpectralMultistageRegressor", "TunerRegressor"]
