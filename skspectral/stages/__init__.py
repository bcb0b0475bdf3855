"""The residual driver, and what each method makes a stage of."""

from .driver import Plan, grow
from .graded import GradePlan
from .per_stage import per_stage
from .spectral import SpectralPlan
from .tuned import TunerPlan

__all__ = [
    "GradePlan",
    "Plan",
    "SpectralPlan",
    "TunerPlan",
    "grow",
    "per_stage",
]
