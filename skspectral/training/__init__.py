"""Models that are searched for: trained networks and random features."""

from .network_fit import fit_network
from .random_features import fit_drawn_layer
from .starts import Beside, Start, Wishes, starts, strongest
from .train import Training

__all__ = [
    "Beside",
    "Start",
    "Training",
    "Wishes",
    "fit_drawn_layer",
    "fit_network",
    "starts",
    "strongest",
]
