"""The record of a fit that has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchmarks.common.results import Outcome
from benchmarks.trust.cases import Plan

FLOOR = 1e-14  # errors below count as this one


@dataclass(frozen=True)
class Record(Plan, Outcome):
    """What became of a fit; `n` is the number of rows that there were, where there is an error.

    The error is that at the probes, over the spread of y. What is warned of is in fit and predict, and a
    `UserWarning`, of which `ConvergenceWarning` is one.

    Parameters
    ----------
    expected : float or None
        The error with noise, which `heldout_error_` estimates.
    reported : float or None
        `heldout_error_`; None where it is not a number.
    ratio : float or None
        `reported` over `expected`, both at least `FLOOR`.
    simple : dict
        Error of each simple method.
    covered : float or None
        Share of probes whose true error is at most two of the standard deviations that `predict` returns.
    overstated : float or None
        Median over probes of the standard deviation over the true error, both at least `FLOOR` of y.
    timeout : bool
        The failure is that the fit took too long.
    """

    expected: float | None = None
    reported: float | None = None
    ratio: float | None = None
    simple: dict[str, float] = field(default_factory=dict)
    covered: float | None = None
    overstated: float | None = None
    timeout: bool = False


def record(plan: Plan, **found: Any) -> Record:
    """A plan with what was found."""
    return Record(**{**vars(plan), **found})
