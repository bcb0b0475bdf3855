"""Parameters that differ from stage to stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def at_stage(values: Sequence[T], index: int) -> T:
    """The entry of a stage, the last one repeated."""
    return values[min(index, len(values) - 1)]
