"""Models that are searched for: trained networks and random features."""

from .network_fit import cross_validated, fit_fewer, fit_network
from .random_features import fit_random_features
from .starts import SHAPES, FixedFeatures, NetworkOptions, Start, starts, strongest
from .train import Training

__all__ = [
    "SHAPES",
    "FixedFeatures",
    "NetworkOptions",
    "Start",
    "Training",
    "cross_validated",
    "fit_fewer",
    "fit_network",
    "fit_random_features",
    "starts",
    "strongest",
]
