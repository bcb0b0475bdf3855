"""The regressors."""

from ._multi_grade import MultiGradeRegressor
from ._spectral_multistage import SpectralMultistageRegressor

__all__ = ["MultiGradeRegressor", "SpectralMultistageRegressor"]
