"""What the rows cannot support: said to the user, with what would help."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor

from .._backend.clock import Clock
from .._backend.samples import Samples
from .design import Design
from .outliers import count_outliers
from .places import bent_between_two, between_two
from .thresholds import SETTLED, TRUST, UNKNOWN
from .whiteness import looks_white


def doubts(design: Design, targets: Tensor, left: Samples, error: float, clock: Clock) -> Iterator[str]:
    """Sentences about a fit of `targets` (n, k) of unit size, by what is left and the reported error.

    What lies between two nodes is doubted where it may be most of the error. Outliers are counted while
    there is time.
    """
    between = math.hypot(between_two(design.grid, targets), bent_between_two(design.grid, targets))
    if design.grid is not None and between > max(error / 2, SETTLED):
        inputs = [str(axis) for axis, n in enumerate(design.grid.shape) if n == 2]
        yield (
            f"X has only two values of input {' and '.join(inputs)}: what lies between them is taken for a "
            "straight line. A third value would show whether it is one."
        )
    elif design.grid is None and design.grouped and error > 1 / TRUST:
        yield (
            "The rows of X lie along tracks or planes, and little is known about what lies between them: "
            f"heldout_error_ is {error:.1g} of y there. Rows between the tracks or planes would help."
        )
    elif design.apart:
        yield (
            "The rows of X lie in clusters or along curves, far from each other, and nothing is known "
            "about what lies between: heldout_error_ holds among neighbors only. Rows between would help."
        )
    outliers = 0 if clock.over else count_outliers(left.y, targets, left.t, left.weight, error, clock)
    if outliers:
        yield (
            f"{outliers} of {left.n} rows hold most of what the fit leaves, and their targets are far off "
            "those of the rows around them. If they are gross errors, loss='huber' leaves them out."
        )
    if error >= UNKNOWN and not looks_white(left.y, left.t, design.grid):
        yield (
            f"The fit explains little of y: heldout_error_ is {error:.1g} of it. The rows are too few for "
            "y, or too far apart, or y is noise. More rows, or fewer inputs, may help."
        )
