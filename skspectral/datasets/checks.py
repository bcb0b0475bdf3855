"""Validation of the generators' parameters."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_scalar


def check_count(value: Any, name: str, minimum: int = 1) -> int:
    """Return an integer of at least `minimum`, or raise TypeError or ValueError."""
    return int(check_scalar(value, name, Integral, min_val=minimum))


def check_finite(value: Any, name: str, **bounds: Any) -> float:
    """Return a finite number within ``check_scalar``'s bounds, or raise TypeError or ValueError."""
    number = float(check_scalar(value, name, Real, **bounds))
    if not np.isfinite(number):  # nan passes every comparison with a bound
        raise ValueError(f"{name} == {number}, must be finite.")
    return number


def check_positive(value: Any, name: str) -> float:
    """Return a finite number above zero, or raise TypeError or ValueError."""
    return check_finite(value, name, min_val=0, include_boundaries="neither")
