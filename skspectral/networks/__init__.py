"""What is a feature network? Fourier pairs, dense layers, their features and Jacobians."""

from .beyond import Beyond
from .bounded import BoundedNetwork
from .dense import ACTIVATIONS, DenseNetwork, Trace
from .derivatives import gradients, hessians
from .expansion import Expansion
from .exported import ExportedFunction
from .fitted import MIN_MODES, FittedFunction, FunctionUnits, StageFunction, StageWeights
from .fourier import (
    affine_features,
    bell_features,
    fourier_features,
    gaussian_features,
    polynomial_features,
    power_roots,
)
from .initialization import (
    cosine_start,
    data_drawn_start,
    deep_start,
    first_layer,
    linear_start,
    scale_factor_start,
    xavier_start,
)
from .integrals import Box, box_integrals, box_quadrature
from .prepared import PreparedFunction
from .products import ProductSum, products_of
from .recast import without_cancellation
from .sensitivity import gradient_stretch
from .variances import VarianceParts, variance_parts

__all__ = [
    "ACTIVATIONS",
    "MIN_MODES",
    "Beyond",
    "BoundedNetwork",
    "Box",
    "DenseNetwork",
    "Expansion",
    "ExportedFunction",
    "FittedFunction",
    "FunctionUnits",
    "PreparedFunction",
    "ProductSum",
    "StageFunction",
    "StageWeights",
    "Trace",
    "VarianceParts",
    "affine_features",
    "bell_features",
    "box_integrals",
    "box_quadrature",
    "cosine_start",
    "data_drawn_start",
    "deep_start",
    "first_layer",
    "fourier_features",
    "gaussian_features",
    "gradient_stretch",
    "gradients",
    "hessians",
    "linear_start",
    "polynomial_features",
    "power_roots",
    "products_of",
    "scale_factor_start",
    "variance_parts",
    "without_cancellation",
    "xavier_start",
]
