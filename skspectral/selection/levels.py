"""Errors between the levels of a lattice, of which a row shows little that has others at its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from .._backend.samples import Samples
from ..networks import Expansion
from .design import Design
from .fits import LinearFit
from .readout import missed_aside


def missed_between(samples: Samples, design: Design, refit: Callable[[Samples], Expansion]) -> float:
    """Root mean square error on rows of some levels, fitted without these; 0 off lattices."""
    return missed_aside(samples, design.lines, refit)


def halfway(left_out: float, between: float) -> float:
    """In digits, between errors of single rows and of whole levels left out: few levels are far apart.

    Of 50 designs of 3 to 20 levels, some of whose runs failed, choices by the larger one have a mean
    logarithm of the error of -2.31, by rows alone -2.40, by this -2.42; rows alone report 0.003 for 1.0.
    """
    return math.sqrt(left_out * max(left_out, between))


def judged_between(fit: LinearFit, samples: Samples, design: Design) -> LinearFit:
    """The fit, with errors that take into account what is between the levels."""
    if design.lines is None or fit.refit is None:
        return fit
    between = missed_between(samples, design, fit.refit)
    return replace(fit, score=halfway(fit.score, between), error=halfway(fit.error, between))
