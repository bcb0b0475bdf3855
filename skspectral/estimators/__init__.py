"""The regressors."""

from ._spectral_multistage import SpectralMultistageRegressor

__all__ = ["SpectralMultistageRegressor"]
