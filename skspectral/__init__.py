"""Functions fitted to machine precision, stage by stage, as scikit-learn regressors."""

from .estimators import (
    MultiGradeRegressor,
    SineLayers,
    SobolIndices,
    SpectralFeatures,
    SpectralMultistageRegressor,
    StageRecord,
    TunerRegressor,
)

__version__ = "0.1.0"
__all__ = [
    "MultiGradeRegressor",
    "SineLayers",
    "SobolIndices",
    "SpectralFeatures",
    "SpectralMultistageRegressor",
    "StageRecord",
    "TunerRegressor",
]
