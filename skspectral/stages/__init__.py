"""The residual driver, and what each method makes a stage of."""

from .driver import Plan, grow
from .multi_grade import GradePlan
from .per_stage import per_stage
from .spectral_multistage import SpectralPlan
from .tuner import TunerPlan
from .whole import solved_on_all

__all__ = [
    "GradePlan",
    "Plan",
    "SpectralPlan",
    "TunerPlan",
    "grow",
    "per_stage",
    "solved_on_all",
]
