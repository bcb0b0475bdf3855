"""What the rows cannot bear out: said to the user, with what would help."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from .._backend.samples import Samples
from .design import Design
from .places import between_two
from .whiteness import looks_white

# Errors, as a share of y: from the first on what lies between tracks or planes is hardly known, from the
# second on a line between two nodes is doubted, and from the third on little is explained.
BETWEEN, BENT, LITTLE = 0.1, 1e-3, 0.5


def doubts(design: Design, targets: Tensor, left: Samples, error: float) -> Iterator[str]:
    """Sentences about a fit of `targets` (n, k) of unit size, by what is left and what was expected."""
    if design.grid is not None and between_two(design.grid, targets) > BENT:
        inputs = [str(axis) for axis, n in enumerate(design.grid.shape) if n == 2]
        yield (
            f"X has two values only of input {' and '.join(inputs)}: what lies between them is taken for a "
            "straight line. A third value would tell."
        )
    elif design.grid is None and design.grouped and error > BETWEEN:
        yield (
            "The rows of X lie along tracks or planes, and what is between them is hardly known: "
            f"heldout_error_ is {error:.1g} of y there. Rows between the tracks or planes would help."
        )
    elif design.apart:
        yield (
            "The rows of X lie in clusters or along curves, far from each other, and nothing is known of "
            "what lies between: heldout_error_ is that among neighbors. Rows between would help."
        )
    if error >= LITTLE and not looks_white(left.y, left.t, design.grid):
        yield (
            f"The fit explains little of y: heldout_error_ is {error:.1g} of it. The rows are too few for "
            "y, or too far apart, or y is noise. More rows, or fewer inputs, may help."
        )
