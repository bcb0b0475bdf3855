"""Canonical samples: unique rows in lexicographic order, weights that sum to one.

Weight k equals k repeats, weight zero equals absence, and the order of rows does not matter: all
three hold to the last bit because every estimator uses only what `canonical_samples` returns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .device import EPS
from .principal import principal_turn, turned
from .scaling import InputScaling, power_of_two_scale

# Inputs up to which a box can be filled. Rows are dense enough there that neighbors are alike, and holes
# between them are looked for; all modes can be listed, and waves are spread evenly over a ball. In four
# dimensions neighbors of 1000 rows are 0.2 of the box apart, and nearly all of a ball lies at its surface.
MAX_SPATIAL_INPUTS = 3


@dataclass(frozen=True)
class Samples:
    """Scaled data of one fit.

    `t` (n, d) in [-1, 1]; `y` (n, k) in units of `unit`, less `offset`, turned to principal outputs;
    `weight` (n,) sums to one.
    """

    t: Tensor
    y: Tensor
    weight: Tensor

    @property
    def n(self) -> int:
        """Number of distinct rows."""
        return self.t.shape[0]

    @property
    def d(self) -> int:
        """Number of coordinates."""
        return self.t.shape[1]

    @property
    def k(self) -> int:
        """Number of outputs."""
        return self.y.shape[1]

    @property
    def root_weight(self) -> Tensor:
        """Factors of the rows of a least-squares problem, shape (n, 1), with mean square one."""
        return (self.weight * self.n).sqrt()[:, None]

    @property
    def in_box(self) -> bool:
        """Whether coordinates are in [-1, 1] but for rounding; rows of a later fit may lie outside."""
        # Rounding of an input that is far from zero is many times that of its scaled coordinate.
        return bool(self.t.abs().max() < 1 + EPS**0.5)

    @property
    def equally_weighted(self) -> bool:
        """Whether all rows count alike."""
        return bool((self.weight == self.weight[0]).all())

    def rms(self, y: Tensor | None = None) -> float:
        """Weighted root mean square of `y` (default: the targets) over rows, root sum over outputs."""
        values = self.y if y is None else y
        return float((self.weight[:, None] * values.square()).sum().sqrt())

    def with_targets(self, y: Tensor) -> Samples:
        """The same rows with other targets."""
        return replace(self, y=y)

    def of_inputs(self, inputs: Tensor) -> Samples:
        """The same rows as a function of some of the inputs (d,) alone."""
        return replace(self, t=self.t[:, inputs])

    def take(self, rows: Tensor) -> Samples:
        """Some of the rows, their weights made to sum to one again."""
        weight = self.weight[rows]
        return Samples(self.t[rows], self.y[rows], weight / weight.sum())

    def draw(self, max_rows: int, generator: torch.Generator) -> Samples:
        """At most `max_rows` rows, drawn at random and in the order that they have."""
        if self.n <= max_rows:
            return self
        rows = torch.randperm(self.n, generator=generator)[:max_rows].sort().values
        return self.take(rows.to(self.t.device))


@dataclass(frozen=True)
class Units:
    """What leads back to the user's data: x = center + halfwidth t, y = unit (offset + v turn)."""

    inputs: InputScaling
    unit: Tensor  # shape: ()
    offset: Tensor  # shape: (k,), in units of `unit`
    turn: Tensor | None = None  # shape: (r, k), from principal outputs to all of them; None: the same


def canonical_samples(
    X: Tensor,  # shape: (n, d)
    y: Tensor,  # shape: (n, k)
    weight: Tensor,  # shape: (n,), not negative, not all zero
    units: Units | None = None,
) -> tuple[Samples, Units]:
    """Drop rows of weight zero, merge equal rows (weighted mean), sort, scale.

    Scales come from the data unless `units` are given (a warm start keeps those it began with, and takes
    outputs as they are).
    """
    present = weight > 0
    X, y, weight = X[present], y[present], weight[present]
    order = _lexicographic_order(torch.cat([X, y], 1))
    X, y, weight = _count_repeats(X[order], y[order], weight[order])
    unit = power_of_two_scale(y) if units is None else units.unit
    X, y, weight = _merge_equal_rows(X, y / unit, weight)
    weight = weight / weight.sum()
    if units is None:
        offset = y[0] + (weight[:, None] * (y - y[0])).sum(0)  # exact for a constant
        turn = principal_turn(y - offset, y.abs().amax(0))
        units = Units(InputScaling.from_data(X), unit, offset, turn)
    return Samples(units.inputs.apply(X), turned(y - units.offset, units.turn), weight), units


def _lexicographic_order(X: Tensor) -> Tensor:
    order = torch.arange(len(X), device=X.device)
    for column in range(X.shape[1] - 1, -1, -1):
        order = order[torch.argsort(X[order, column], stable=True)]
    return order


def _count_repeats(X: Tensor, y: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rows that are equal altogether become one, so that the mean below adds the same terms."""
    fresh, group = _groups(torch.cat([X, y], 1))
    total = torch.zeros_like(weight[fresh]).index_add_(0, group, weight)
    return X[fresh], y[fresh], total


def _groups(rows: Tensor) -> tuple[Tensor, Tensor]:
    fresh = torch.ones(len(rows), dtype=torch.bool, device=rows.device)
    fresh[1:] = (rows[1:] != rows[:-1]).any(1)
    return fresh, fresh.cumsum(0) - 1


def _merge_equal_rows(X: Tensor, y: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    fresh, group = _groups(X)
    first = y[fresh]
    total = torch.zeros(len(first), dtype=y.dtype, device=y.device).index_add_(0, group, weight)
    # Deviations from the group's first value: the mean of equal values is that value, exactly.
    excess = torch.zeros_like(first).index_add_(0, group, weight[:, None] * (y - first[group]))
    return X[fresh], first + excess / total[:, None], total
