"""What a fit is, how two fits are compared, and when one is good enough; how the rows lie."""

from .compare import falls, margin, nested_margin
from .coverage import covered
from .design import Design, look_at
from .doubts import doubts
from .error_bars import ErrorBars, error_bars
from .fits import (
    LeftOut,
    LinearFit,
    LinearOptions,
    StageFit,
    affine_part,
    constant,
    every_second,
    linear_stage,
    search_ladder,
)
from .followed import beyond_of
from .levels import halfway, judged_between, missed_between
from .noise_bound import max_noise
from .outliers import OutlierTest
from .places import between_two, excess, inner_places
from .progress import AcceptedStage, Progress
from .readout import (
    Features,
    Readout,
    expected_error,
    fit_readout,
    fit_wide_readout,
    missed_aside,
    solve_rows,
    widening,
)
from .thresholds import (
    DEVIATIONS,
    GOOD_ENOUGH,
    IMPROVEMENT,
    MAX_IDLE_TRIALS,
    ROUNDING,
    ROWS_PER_PARAMETER,
    SETTLED,
    TRUST,
    UNKNOWN,
    WORTH_TWICE,
    WORTHWHILE,
)
from .undersampling import is_undersampled
from .whiteness import looks_white
from .whole import StageSum, WholeResidual

__all__ = [
    "DEVIATIONS",
    "GOOD_ENOUGH",
    "IMPROVEMENT",
    "MAX_IDLE_TRIALS",
    "ROUNDING",
    "ROWS_PER_PARAMETER",
    "SETTLED",
    "TRUST",
    "UNKNOWN",
    "WORTHWHILE",
    "WORTH_TWICE",
    "AcceptedStage",
    "Design",
    "ErrorBars",
    "Features",
    "LeftOut",
    "LinearFit",
    "LinearOptions",
    "OutlierTest",
    "Progress",
    "Readout",
    "StageFit",
    "StageSum",
    "WholeResidual",
    "affine_part",
    "between_two",
    "beyond_of",
    "constant",
    "covered",
    "doubts",
    "error_bars",
    "every_second",
    "excess",
    "expected_error",
    "falls",
    "fit_readout",
    "fit_wide_readout",
    "halfway",
    "inner_places",
    "is_undersampled",
    "judged_between",
    "linear_stage",
    "look_at",
    "looks_white",
    "margin",
    "max_noise",
    "missed_aside",
    "missed_between",
    "nested_margin",
    "search_ladder",
    "solve_rows",
    "widening",
]
