"""How far beyond the box a stage is followed: until what it misses has grown to the root of its error."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._backend.device import EPS
from .._backend.samples import Samples
from ..linalg.polynomials import grown
from ..networks import Beyond, affine_features
from .fits import StageFit
from .readout import solve_rows
from .thresholds import UNKNOWN


def growth_allowed(error: float) -> float:
    """Logarithm of the growth at which functions are held that are missed by such a share of themselves.

    It is the inverse root of the error: what was missed by the square of a number is missed by that number.
    With an error of one, which is noise, they may double.
    """
    return math.log1p(max(error, EPS) ** -0.5)


def plane_of(samples: Samples, values: Tensor) -> Tensor:
    """The plane (1 + d, k) that fits a stage's values (n, k) on the rows best."""
    return solve_rows(affine_features, samples.with_targets(values)).solve()


def beyond_of(parts: StageFit, error: float, plane: Tensor) -> Beyond | None:
    """What a stage with such an error does beyond the box; None where it goes on along every axis.

    Waves that are twice as large elsewhere as on the rows cancel there, and are not lines: they are a
    polynomial of as many coefficients as they have numbers.
    """
    reach = parts.function.reach(growth_allowed(error))
    everywhere = grown(1.0, torch.zeros_like(reach))
    if parts.goes_on and UNKNOWN * parts.function.wave_size() < 1:
        reach = torch.where(torch.tensor(parts.goes_on, device=reach.device), everywhere, reach)
    elif parts.goes_on:
        degrees = torch.full_like(reach, parts.n_numbers ** (1 / len(reach)))
        reach = torch.minimum(reach, grown(growth_allowed(error), degrees) - 1)
    return None if bool((reach == everywhere).all()) else Beyond(reach.clamp_min(EPS), plane)
