"""What is a feature network? Fourier pairs, dense layers, their features and Jacobians."""

from .dense import ACTIVATIONS, DenseNetwork, Trace
from .expansion import Expansion
from .fitted import FittedFunction, FunctionUnits, StageWeights
from .fourier import affine_features, fourier_features
from .initialization import cosine_start, data_drawn_start, scale_factor_start, xavier_start

__all__ = [
    "ACTIVATIONS",
    "DenseNetwork",
    "Expansion",
    "FittedFunction",
    "FunctionUnits",
    "StageWeights",
    "Trace",
    "affine_features",
    "cosine_start",
    "data_drawn_start",
    "fourier_features",
    "scale_factor_start",
    "xavier_start",
]
