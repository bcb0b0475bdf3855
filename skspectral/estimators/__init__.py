"""The regressors."""

from ._multi_grade import MultiGradeRegressor
from ._spectral_multistage import SpectralMultistageRegressor
from ._tuner import TunerRegressor

__all__ = ["MultiGradeRegressor", "SpectralMultistageRegressor", "TunerRegressor"]
