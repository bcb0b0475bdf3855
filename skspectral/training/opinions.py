"""How nets of other draws find errors that rows set aside do not show.

A net may bend in a gap between rows, and none of the few rows set aside may lie there. Nets of other draws
bend at other places of the gap: on 500 rows of a kink, nets that miss the rows set aside by 2e-7 differ by
1e-4 between the rows, and are as far from the kink. On a front that the rows resolve, nets differ by about
as much as they miss the rows set aside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

import torch
from torch import Tensor

from .._backend.samples import Samples
from ..linalg.least_squares import RIDGES, Factorization
from ..selection import DEVIATIONS, ROWS_PER_PARAMETER, solve_rows
from .starts import Start


@dataclass(frozen=True)
class Opinion:
    """Values of a net between the rows, and its error on rows set aside."""

    values: Tensor  # shape: (m, k)
    error: float

    def apart(self, other: Opinion) -> float:
        """Root mean square of the difference between the rows."""
        return float((self.values - other.values).square().sum(1).mean().sqrt())


def hidden_error(one: Opinion, others: Sequence[Opinion]) -> float:
    """The error of a net that rows set aside do not show: 0 unless one of the others contradicts it.

    Errors of nets of different draws are taken to be independent. So the error of `one` is at most its
    least distance from any other, and a net that is much farther away than that is wrong itself. Any other
    net contradicts `one` if their distance is larger, by more than chance, than the errors of both on the
    rows set aside. Distances are then sqrt(2) times the error.
    """
    if not others:
        return 0.0
    distances = [one.apart(other) for other in others]
    least, chance = min(distances), DEVIATIONS / math.sqrt(len(others))
    known = [math.hypot(one.error, other.error) for other in others]
    contradicted = any(error < apart / chance <= least for apart, error in zip(distances, known))
    return median_low(distances) / math.sqrt(2) if contradicted else 0.0


@dataclass(frozen=True)
class Opinions:
    """How nets are compared: rows to solve for a readout, rows to judge by, and places between."""

    rows: Samples
    held_out: Samples | None
    places: Tensor  # what a net sees there, shape: (m, h)

    def of(self, start: Start, theta: Tensor) -> Opinion:
        """The opinion of a net of these parameters; its readout is solved for some of the rows."""
        assert self.held_out is not None
        features = start.features_of(theta)
        n_columns = features(self.places[:1]).shape[1]
        some = self.rows.draw(2 * ROWS_PER_PARAMETER * n_columns, torch.Generator().manual_seed(0))
        solved = solve_rows(features, some)
        alpha, error = best_ridge(solved, self.held_out, features(self.held_out.t))
        return Opinion(features(self.places) @ solved.solve(alpha), error)


def best_ridge(solved: Factorization, held_out: Samples, features: Tensor) -> tuple[float, float]:
    """The ridge of least held-out error, and that: many layers of many units depend on each other."""
    errors = [held_out.rms(held_out.y - features @ solved.solve(alpha)) for alpha in RIDGES]
    best = min(range(len(errors)), key=errors.__getitem__)
    return RIDGES[best], errors[best]
