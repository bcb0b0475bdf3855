"""Least squares on tensor grids: one SVD per axis instead of one of all rows.

Notation
--------
values ~ (A_1 x ... x A_d) c with A_i = U_i S_i V_i^T; the singular values of the product are the
products, its leverages are contractions of U_i^2 with the filter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import torch
from torch import Tensor

from .._backend.device import EPS, ROUNDING
from .axes import apply_along_axes
from .axis_table import AxisTable, has_inner_nodes, mirrored
from .least_squares import MIN_FREEDOM, accurate_svd, press

# Nodes crowd where their steps differ by more than this factor. In 320 fits on lines and planes whose nodes
# crowd at a rim or at both, a factor of 2 loses 0.03 digits on average; without the rule twice as many
# errors are reported below a third of the truth.
CROWDED_STEP_RATIO = 4.0


@dataclass(frozen=True)
class TensorFit:
    """Coefficients (q_1, .., q_d, k), and mean square errors: expected between the nodes, and left out.

    `score` is what fits are chosen by. `left_out` is the error at nodes, or on whole lines, that a fit has
    not seen: they are farther from the others than places between nodes, and met worse, often by far.
    """

    coefficients: Tensor
    score: float
    left_out: float
    rank: float

    @property
    def error(self) -> float:
        """Root mean square error to publish: halfway, in digits, between the two.

        Of 218 random fits on grids of all kinds 93 % were reported within a third to ten times the truth;
        `score` alone holds for 86 %, `left_out` alone for 80 %.
        """
        return math.sqrt(math.sqrt(self.score * self.left_out))


def fit_tensor(
    values: Tensor,  # shape: (n_1, .., n_d, k), times root weights where d = 1
    tables: Sequence[AxisTable],  # nodes times root weights where d = 1
    alpha: float = 0.0,
) -> TensorFit:
    """Ridge (relative to the largest singular value squared), truncated at ROUNDING."""
    factors = [_truncated_svd(table.nodes) for table in tables]
    singular = reduce(_outer, [s for _, s, _ in factors])
    damping = singular.square() / (singular.square() + alpha * singular.max().square())
    damping = torch.where(singular > ROUNDING * singular.max(), damping, 0.0)
    fit = _filtered(values, factors, damping)
    if alpha:  # a ridge is not a product of axes
        return fit
    axes = [_LeastSquaresAxis(table, *factor) for table, factor in zip(tables, factors)]
    errors = [_across(values, axes, i) for i, table in enumerate(tables) if has_inner_nodes(table)]
    between, lines, left = (sum(sums) for sums in zip(*errors or [(0.0, 0.0, 0.0)]))
    beyond = float((values - _projected(values, axes)).square().sum()) - left  # what no axis alone can be
    count = values[..., 0].numel()
    score = (between + max(0.0, beyond)) / count
    left_out = max(fit.left_out, lines / count)
    return replace(fit, score=score, left_out=left_out)


class _LeastSquaresAxis:
    """One axis of a least-squares fit: an orthonormal basis of what it can be at the nodes."""

    def __init__(self, table: AxisTable, left: Tensor, singular: Tensor, right: Tensor) -> None:
        self.basis, self.leverage = left, left.square().sum(1)
        self.mirrored = mirrored(table)
        self.between = (table.between @ (right / singular)).square().sum(1)
        self.share = table.steps / table.steps.sum()

    def project(self, lines: Tensor) -> Tensor:
        """What the axis can be of lines (n, ..) across it."""
        return (self.basis @ (self.basis.T @ lines.reshape(len(lines), -1))).view(lines.shape)

    def errors(self, lines: Tensor) -> tuple[float, float, float]:
        """Sums of squares over lines (n, ..) across this axis: expected between them, left out, and left.

        Between the nodes: what the lines leave, per degree of freedom, is taken for white; so much of it
        goes into the fit at a place as the functions there spread it. A line left out is held by its
        neighbors two steps apart, at the rim by none, and a point left out by the rest of its lines: with
        nearly as many functions as lines, fits explode between (seen: 1e-1 where points said 1e-8).
        """
        n, rank = self.basis.shape
        residual, leverage = (lines - self.project(lines)).reshape(n, -1), self.leverage
        square = residual.square().sum(1)
        left = float(square.sum())
        between = left * n / max(n - rank, 1) * (1 + float(self.between @ self.share))
        if float(self.share.max()) > CROWDED_STEP_RATIO * float(self.share.min()):
            between = max(between, self._where_nodes_crowd(square, lines))
        seen = self._with_mirror(residual) if self.mirrored else square
        return between, float(press(seen, leverage)[1]) * n, left

    def _with_mirror(self, residual: Tensor) -> Tensor:
        """Squares (n,) that over (1 - leverage)^2 are those of lines left out with their mirror images."""
        free, joint = 1 - self.leverage, (self.basis * self.basis.flip(0)).sum(1)
        determinant = (free * free.flip(0) - joint.square()).clamp_min(EPS)
        both = free.flip(0)[:, None] * residual + joint[:, None] * residual.flip(0)
        middle = torch.arange(len(free)).to(free.device) * 2 == len(free) - 1
        missed = both.square().sum(1) * (free / determinant).square()
        return torch.where(middle, residual.square().sum(1), missed)

    def _where_nodes_crowd(self, square: Tensor, lines: Tensor) -> float:
        """The sum expected between lines that are not alike.

        Nodes that crowd say as much as a few of them: each place is as far off as the lines beside it.
        Those far from the others are met whatever they are, and all that they show is what they are missed
        by when they are left out; or nothing, where that is lost in rounding.
        """
        free, n = 1 - self.leverage, len(lines)
        white = square / free.clamp_min(MIN_FREEDOM)
        beside = float(((white[1:] + white[:-1]) / 2 * self.share) @ (1 + self.between))
        size = lines.reshape(n, -1).square().sum(1)
        missed = torch.where(free > MIN_FREEDOM, square / free.clamp_min(MIN_FREEDOM).square(), size)
        part = (self.share[1:] + self.share[:-1]) / 2
        return n * max(beside, float(missed[1:-1] @ part) / float(part.sum()))


def _across(values: Tensor, axes: Sequence[_LeastSquaresAxis], axis: int) -> tuple[float, float, float]:
    """Errors across one axis of what the others can be."""
    seen = _projected(values, axes, besides=axis)
    return axes[axis].errors(seen.movedim(axis, 0))


def _projected(values: Tensor, axes: Sequence[_LeastSquaresAxis], besides: int | None = None) -> Tensor:
    """What the axes can be of the values, but for one of them."""
    for i, axis in enumerate(axes):
        if i != besides:
            values = axis.project(values.movedim(i, 0)).movedim(0, i)
    return values


def _filtered(values: Tensor, factors: list[tuple[Tensor, Tensor, Tensor]], damping: Tensor) -> TensorFit:
    singular = reduce(_outer, [s for _, s, _ in factors])
    filtered = damping[..., None] * apply_along_axes([u.T for u, _, _ in factors], values)
    residual = values - apply_along_axes([u for u, _, _ in factors], filtered)
    leverage = apply_along_axes([u.square() for u, _, _ in factors], damping[..., None])
    coefficients = apply_along_axes([v for _, _, v in factors], filtered / singular[..., None])
    score, plain = press(residual.square().sum(-1).reshape(-1), leverage.reshape(-1))
    return TensorFit(coefficients, float(score), float(plain), float(damping.sum()))


def _outer(first: Tensor, second: Tensor) -> Tensor:
    return first[..., None] * second


def _truncated_svd(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    left, singular, right = accurate_svd(matrix)
    rank = max(1, int((singular > ROUNDING * singular[0]).sum()))
    return left[:, :rank], singular[:rank], right[:rank].T
