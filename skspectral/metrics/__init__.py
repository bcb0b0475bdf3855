"""Scores that tell accurate fits apart."""

from .digits import digits_score

__all__ = ["digits_score"]
