"""What is a feature network? Fourier pairs, dense layers, their features and Jacobians."""

from .bounded import BoundedNetwork
from .dense import ACTIVATIONS, DenseNetwork, Trace
from .expansion import Expansion
from .exported import ExportedFunction
from .fitted import FittedFunction, FunctionUnits, StageFunction, StageWeights
from .fourier import affine_features, fourier_features, gaussian_features, polynomial_features
from .initialization import (
    cosine_start,
    data_drawn_start,
    deep_start,
    first_layer,
    scale_factor_start,
    xavier_start,
)
from .sensitivity import gradient_stretch

__all__ = [
    "ACTIVATIONS",
    "BoundedNetwork",
    "DenseNetwork",
    "Expansion",
    "ExportedFunction",
    "FittedFunction",
    "FunctionUnits",
    "StageFunction",
    "StageWeights",
    "Trace",
    "affine_features",
    "cosine_start",
    "data_drawn_start",
    "deep_start",
    "first_layer",
    "fourier_features",
    "gaussian_features",
    "gradient_stretch",
    "polynomial_features",
    "scale_factor_start",
    "xavier_start",
]
