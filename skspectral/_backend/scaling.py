"""Exact, invertible scaling of inputs and targets.

Centers and widths scale with the data, so multiplying X or y by a power of two changes exponents
and nothing else. Targets are divided by a power of two first: squares of 1e200 overflow.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class InputScaling:
    """x -> t in [-1, 1]^d, per axis."""

    center: Tensor  # shape: (d,)
    halfwidth: Tensor  # shape: (d,)

    @classmethod
    def from_data(cls, X: Tensor) -> InputScaling:
        """Bounding box of the rows; a constant column gets its own magnitude as half width."""
        low, high = X.amin(0), X.amax(0)
        center = low / 2 + high / 2  # (low + high) / 2 overflows at 1e308
        halfwidth = high / 2 - low / 2
        magnitude = torch.where(center != 0, center.abs(), torch.ones_like(center))
        return cls(center, torch.where(halfwidth > 0, halfwidth, magnitude))

    def apply(self, X: Tensor) -> Tensor:
        """Scaled coordinates."""
        return (X - self.center) / self.halfwidth


def power_of_two_scale(y: Tensor) -> Tensor:
    """A power of two within a factor two of the largest |y|, or 1 for zeros; dividing is exact."""
    largest = y.abs().max()
    _, exponent = torch.frexp(largest)
    # 2.0**1024 is infinite and 2.0**-1074 divides inexactly: stay inside the normal range.
    scale = torch.ldexp(torch.ones_like(largest), exponent.clamp(-1020, 1023))
    return torch.where(largest > 0, scale, torch.ones_like(largest))
