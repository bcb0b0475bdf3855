"""What is known of a fit when it has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchmarks.trust_cases import Plan

FLOOR = 1e-14  # errors below count as this one


@dataclass(frozen=True)
class Record(Plan):
    """What became of a fit; `n` is the number of rows that there were, where there is an error.

    Parameters
    ----------
    error : float or None
        Relative L2 error at the probes, without noise.
    expected : float or None
        The same with noise, which is what `heldout_error_` tells.
    reported : float or None
        `heldout_error_`; None where it is not a number.
    ratio : float or None
        `reported` over `expected`, both at least `FLOOR`.
    seconds : float or None
        Time of `fit`.
    stop_reason : str
    warned : list of str
        Warnings in fit and predict that are a `UserWarning`, of which `ConvergenceWarning` is one.
    simple : dict
        Error of each simple method.
    failure : str
        Why there is no error; empty otherwise.
    timeout : bool
        The failure is that the fit took too long.
    """

    error: float | None = None
    expected: float | None = None
    reported: float | None = None
    ratio: float | None = None
    seconds: float | None = None
    stop_reason: str = ""
    warned: list[str] = field(default_factory=list)
    simple: dict[str, float] = field(default_factory=dict)
    failure: str = ""
    timeout: bool = False


def record(plan: Plan, **found: Any) -> Record:
    """A plan with what was found."""
    return Record(**{**vars(plan), **found})
