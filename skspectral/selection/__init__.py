"""How two fits are compared, and by what: the design of the rows, and the errors to be expected."""

from .calmest_noise import most_noise
from .compare import falls, margin
from .design import Design, look_at
from .doubts import doubts
from .fits import (
    WORTHWHILE,
    Candidate,
    FittedParts,
    LinearOptions,
    affine_part,
    climb,
    constant,
    linear_parts,
)
from .places import UNKNOWN, between_two, excess
from .progress import AcceptedStage, Progress, is_white
from .readout import Features, Readout, expected_error, fit_readout, fit_wide_readout, solve_rows
from .thresholds import GOOD_ENOUGH, GOOD_ENOUGH_ON_A_LINE, MIN_ROWS_FOR_NETWORKS
from .undersampling import outruns_sampling

__all__ = [
    "GOOD_ENOUGH",
    "GOOD_ENOUGH_ON_A_LINE",
    "MIN_ROWS_FOR_NETWORKS",
    "UNKNOWN",
    "WORTHWHILE",
    "AcceptedStage",
    "Candidate",
    "Design",
    "Features",
    "FittedParts",
    "LinearOptions",
    "Progress",
    "Readout",
    "affine_part",
    "between_two",
    "climb",
    "constant",
    "doubts",
    "excess",
    "expected_error",
    "falls",
    "fit_readout",
    "fit_wide_readout",
    "is_white",
    "linear_parts",
    "look_at",
    "margin",
    "most_noise",
    "outruns_sampling",
    "solve_rows",
]
