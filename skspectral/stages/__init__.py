"""The residual driver, and what each method makes a stage of."""

from .driver import Plan, grow
from .graded import GradePlan
from .spectral import SpectralPlan
from .tuned import TunerPlan

__all__ = [
    "GradePlan",
    "Plan",
    "SpectralPlan",
    "TunerPlan",
    "grow",
]
