"""Least squares on tensor grids: one SVD per axis instead of one of all rows.

Notation
--------
values ~ (A_1 x ... x A_d) c with A_i = U_i S_i V_i^T; the singular values of the product are the
products, its leverages are contractions of U_i^2 with the filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import torch
from torch import Tensor

from .._backend.axes import apply_along_axes
from .._backend.least_squares import RCOND, accurate_svd, press


@dataclass(frozen=True)
class AxisTable:
    """The q functions of an axis at its n nodes and halfway between them; how far apart the nodes are."""

    nodes: Tensor  # shape: (n, q)
    between: Tensor  # shape: (n - 1, q)
    steps: Tensor  # shape: (n - 1,)


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
        """Root mean square error to publish: halfway, in digits, between the two."""
        return (self.score * self.left_out) ** 0.25


def fit_tensor(
    values: Tensor,  # shape: (n_1, .., n_d, k), times root weights where d = 1
    tables: Sequence[AxisTable],  # nodes times root weights where d = 1
    alpha: float = 0.0,
) -> TensorFit:
    """Ridge (relative to the largest singular value squared), truncated at RCOND."""
    factors = [_truncated_svd(table.nodes) for table in tables]
    singular = reduce(_outer, [s for _, s, _ in factors])
    damping = singular.square() / (singular.square() + alpha * singular.max().square())
    damping = torch.where(singular > RCOND * singular.max(), damping, 0.0)
    fit = _filtered(values, factors, damping)
    if alpha:  # a ridge is no product of axes
        return fit
    axes = [_LeastSquaresAxis(table, *factor) for table, factor in zip(tables, factors)]
    errors = [_across(values, axes, i) for i in range(len(axes))]
    between, lines, left = (sum(sums) for sums in zip(*errors))
    beyond = float((values - _projected(values, axes)).square().sum()) - left  # what no axis alone can be
    count = values[..., 0].numel()
    score = (between + max(0.0, beyond)) / count
    return replace(fit, score=score, left_out=max(fit.left_out, lines / count))


def fit_orthogonal(
    values: Tensor,  # shape: (n_1, .., n_d, k)
    matrices: Sequence[Tensor],  # shapes: (n_i, q_i), orthogonal columns
    damping: Tensor,  # what is kept of each function, shape: (q_1, .., q_d)
) -> TensorFit:
    """Least squares by projection, each coefficient damped by its own factor (a Wiener filter)."""
    factors = []
    for matrix in matrices:
        sizes = torch.linalg.vector_norm(matrix, dim=0)
        factors.append((matrix / sizes, sizes, torch.eye(len(sizes)).to(matrix)))
    return _filtered(values, factors, damping)


class _LeastSquaresAxis:
    """One axis of a least-squares fit: an orthonormal basis of what it can be at the nodes."""

    def __init__(self, table: AxisTable, left: Tensor, singular: Tensor, right: Tensor) -> None:
        self.basis = left
        between = (table.between @ (right / singular)).square().sum(1)
        length = table.steps.sum()
        self.spread = float(between @ table.steps / length) if len(between) else 0.0

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
        square = (lines - self.project(lines)).reshape(n, -1).square().sum(1)
        left = float(square.sum())
        between = left * n / max(n - rank, 1) * (1 + self.spread)
        return between, float(press(square, self.basis.square().sum(1))[0]) * n, left


def _across(
    values: Tensor, axes: Sequence[_LeastSquaresAxis], axis: int
) -> tuple[float, float, float]:
    """Errors across one axis of what the others can be."""
    seen = _projected(values, axes, besides=axis)
    return axes[axis].errors(seen.movedim(axis, 0))


def _projected(
    values: Tensor, axes: Sequence[_LeastSquaresAxis], besides: int | None = None
) -> Tensor:
    """What the axes can be of the values, but for one of them."""
    for i, axis in enumerate(axes):
        if i != besides:
            values = axis.project(values.movedim(i, 0)).movedim(0, i)
    return values


def _filtered(
    values: Tensor, factors: list[tuple[Tensor, Tensor, Tensor]], damping: Tensor
) -> TensorFit:
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
    rank = max(1, int((singular > RCOND * singular[0]).sum()))
    return left[:, :rank], singular[:rank], right[:rank].T
