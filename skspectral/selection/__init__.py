"""How two fits are compared, and by what: the design of the rows, and the errors to be expected."""

from .compare import falls, margin
from .design import Design, look_at
from .doubts import doubts
from .places import UNKNOWN, between_two, excess
from .readout import (
    Features,
    Readout,
    expected_error,
    fit_readout,
    fit_wide_readout,
    solve_rows,
)

__all__ = [
    "UNKNOWN",
    "Design",
    "Features",
    "Readout",
    "between_two",
    "expected_error",
    "doubts",
    "excess",
    "falls",
    "fit_readout",
    "fit_wide_readout",
    "look_at",
    "margin",
    "solve_rows",
]
