"""Parameters that differ from stage to stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def per_stage(value: Any) -> list[Any]:
    """A parameter as a list with one entry per stage, the last one repeated."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def at_stage(values: Sequence[T], index: int) -> T:
    """The entry of a stage, the last one repeated."""
    return values[min(index, len(values) - 1)]
