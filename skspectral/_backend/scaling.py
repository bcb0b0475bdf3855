"""Exact, invertible scaling of inputs and targets.

Centers and widths scale with the data, so multiplying X or y by a power of two changes exponents
and nothing else. Targets are divided by a power of two first: squares of 1e200 overflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

# The steps of a logarithmic axis agree to this factor in log x: nodes are often rounded.
MAX_LOG_UNEVENNESS = 1.1
# Its steps differ by more than this factor in x itself. In 100 fits on axes that are even in log x a factor
# of 4 loses 0.14 digits on average, one of 1.2 loses 0.03.
MIN_UNEVENNESS = 2.0


@dataclass(frozen=True)
class InputScaling:
    """x -> t in [-1, 1]^d, per axis: (x - center) / halfwidth, or log(x / center) / halfwidth - 1."""

    center: Tensor  # shape: (d,)
    halfwidth: Tensor  # shape: (d,)
    logarithmic: Tensor  # shape: (d,), bool

    @classmethod
    def from_data(cls, X: Tensor) -> InputScaling:
        """Bounding box of the rows; a constant column gets its own magnitude as half width.

        Columns whose nodes are even in log x are scaled by their logarithm: a series needs even steps. Of
        the axes of a grid, and of a line, it is enough that they are far more even in log x.
        """
        low, high = X.amin(0), X.amax(0)
        nodes = [torch.unique(column) for column in X.T]
        grid = math.prod(map(len, nodes)) == len(X)
        chosen = [_is_even_in_log(axis) or (grid and _is_evener_in_log(axis)) for axis in nodes]
        logarithmic = torch.tensor(chosen, device=X.device)
        center = low / 2 + high / 2  # (low + high) / 2 overflows at 1e308
        halfwidth = high / 2 - low / 2
        magnitude = torch.where(center != 0, center.abs(), torch.ones_like(center))
        halfwidth = torch.where(halfwidth > 0, halfwidth, magnitude)
        decades = torch.log(high / low) / 2
        return cls(
            torch.where(logarithmic, low, center),
            torch.where(logarithmic, decades, halfwidth),
            logarithmic,
        )

    def apply(self, X: Tensor) -> Tensor:
        """Scaled coordinates."""
        return scaled(X, self.center, self.halfwidth, self.logarithmic)


def scaled(X: Tensor, center: Tensor, halfwidth: Tensor, logarithmic: Tensor | None) -> Tensor:
    """Coordinates of `InputScaling`; what has no logarithm is replaced by the smallest positive number.

    Where it is known that no axis is logarithmic, nobody need say so axis by axis.
    """
    linear = (X - center) / halfwidth
    if logarithmic is None or not bool(logarithmic.any()):
        return linear
    return with_logarithms(
        linear, X / center, halfwidth, logarithmic, X.new_tensor(torch.finfo(X.dtype).tiny)
    )


def with_logarithms(
    linear: Tensor,  # coordinates of the other axes, shape: (n, d)
    ratio: Tensor,  # X / center, shape: (n, d)
    halfwidth: Tensor,
    logarithmic: Tensor,
    smallest: Tensor,  # ratio
) -> Tensor:
    """Coordinates (n, d) with those of the logarithmic axes put in."""
    ratio = torch.maximum(torch.where(logarithmic, ratio, 1.0), smallest)
    return torch.where(logarithmic, torch.log(ratio) / halfwidth - 1, linear)


def _has_log(nodes: Tensor) -> bool:
    return len(nodes) >= 3 and bool(nodes[0] > 0) and not bool(torch.isinf(nodes[-1] / nodes[0]))


def _is_even_in_log(nodes: Tensor) -> bool:
    if not _has_log(nodes):
        return False
    steps, ratios = nodes.diff(), torch.log(nodes[1:] / nodes[:-1])
    uneven = bool(steps.max() > MIN_UNEVENNESS * steps.min())
    return uneven and bool(ratios.max() <= MAX_LOG_UNEVENNESS * ratios.min())


def _is_evener_in_log(nodes: Tensor) -> bool:
    """Whether steps vary less in log x, by a factor of e in the standard deviation and beyond chance.

    The logarithm of a step in x is that of one in log x plus log x: the variances of the two differ by
    that of log x, and by what random steps add to it, of which two standard errors are allowed for.
    """
    if not _has_log(nodes):
        return False
    place, ratios = torch.log(nodes[1:] * nodes[:-1]) / 2, torch.log(nodes[1:] / nodes[:-1]).log()
    steps = nodes.diff().log()
    chance = 2 * float(ratios.std() * place.std()) / math.sqrt(len(steps))
    return float(steps.var() - ratios.var()) > 1 + 2 * chance


def power_of_two_scale(y: Tensor) -> Tensor:
    """A power of two within a factor two of the largest |y|, or 1 for zeros; dividing is exact."""
    largest = y.abs().max()
    _, exponent = torch.frexp(largest)
    # 2.0**1024 is infinite and 2.0**-1074 divides inexactly: stay inside the normal range.
    scale = torch.ldexp(torch.ones_like(largest), exponent.clamp(-1020, 1023))
    return torch.where(largest > 0, scale, torch.ones_like(largest))
