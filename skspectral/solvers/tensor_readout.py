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

from .._backend.axes import apply_along_axes
from .._backend.least_squares import RCOND, accurate_svd, press


@dataclass(frozen=True)
class TensorFit:
    """Coefficients (q_1, .., q_d, k); mean square error of what is left out: `press`, or whole lines."""

    coefficients: Tensor
    score: float
    leave_one_out: float
    rank: float


def fit_tensor(
    values: Tensor,  # shape: (n_1, .., n_d, k), times root weights where d = 1
    matrices: Sequence[Tensor],  # shapes: (n_i, q_i)
    alpha: float = 0.0,
) -> TensorFit:
    """Ridge (relative to the largest singular value squared), truncated at RCOND."""
    factors = [_truncated_svd(matrix) for matrix in matrices]
    singular = reduce(_outer, [s for _, s, _ in factors])
    damping = singular.square() / (singular.square() + alpha * singular.max().square())
    damping = torch.where(singular > RCOND * singular.max(), damping, 0.0)
    fit = _filtered(values, factors, damping)
    if len(factors) < 2 or alpha:  # a ridge is no product of axes
        return fit
    lines = _leave_lines_out(values, [u for u, _, _ in factors])
    return replace(fit, score=max(fit.score, lines), leave_one_out=max(fit.leave_one_out, lines))


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


def interpolate_tensor(
    values: Tensor,  # shape: (n_1, .., n_d, k)
    matrices: Sequence[Tensor],  # shapes: (n_i, q_i), q_i >= n_i
    between: Sequence[Tensor],  # the same functions halfway between the nodes, shapes: (n_i - 1, q_i)
    sizes: Sequence[Tensor],  # expected size of each function's coefficient, shapes: (q_i,)
) -> TensorFit:
    """The interpolant whose coefficients, each over its expected size, are least in the sum of squares.

    Its score is the error on lines left out, whose neighbors are twice as far as those of a place between
    the nodes. `leave_one_out` is halfway, in digits, from there to what the expected sizes make of it
    between the nodes: smooth targets are met about as well as that, kinks up to twenty times worse.
    """
    axes = [_InterpolatedAxis(*triple) for triple in zip(matrices, between, sizes)]
    coefficients = apply_along_axes([axis.solving for axis in axes], values)
    errors = [axis.errors(values.movedim(i, 0)) for i, axis in enumerate(axes)]
    count = values[..., 0].numel()
    left_out = sum(float(square.sum()) for square in errors) / count
    between_nodes = sum(float(square @ axis.shares) for square, axis in zip(errors, axes)) / count
    return TensorFit(coefficients, left_out, math.sqrt(left_out * between_nodes), count)


class _InterpolatedAxis:
    """One axis of an interpolant; K = U S^2 U^T are the products of the nodes."""

    def __init__(self, matrix: Tensor, between: Tensor, size: Tensor) -> None:
        left, singular, right = accurate_svd(matrix * size)
        singular = singular.clamp_min(RCOND * singular[0])
        self.solving = (size[:, None] * right.T / singular) @ left.T
        smooth = (singular[-1] / singular).square()
        self.inverse = (left * smooth) @ left.T  # K^-1, over its largest eigenvalue
        halfway = between * size
        for _ in range(2):
            halfway = halfway - (halfway @ right.T) @ right
        expected = halfway.square().sum(1) / singular[-1].square()
        widest = torch.maximum(torch.cat([expected[:1], expected]), torch.cat([expected, expected[-1:]]))
        # Expected squares beside each node, over those at the node if it is left out.
        self.shares = widest * self.inverse.diagonal()

    def errors(self, values: Tensor) -> Tensor:
        """Sums of squares, per line across this axis, the first one, by which the others miss it."""
        lines = values.reshape(len(values), -1)
        return (self.inverse @ lines / self.inverse.diagonal()[:, None]).square().sum(1)


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


def _leave_lines_out(values: Tensor, bases: list[Tensor]) -> float:
    """Mean square error when whole lines of the grid are left out, summed over the axes.

    A point left out is held by the rest of its line and says nothing about places between lines:
    with nearly as many functions as lines, fits explode there (seen: 1e-1 where leave-one-point-out
    said 1e-8).
    """
    total = 0.0
    for axis, basis in enumerate(bases):
        others = [u @ u.T if j != axis else None for j, u in enumerate(bases)]
        seen = values
        for j, projection in enumerate(others):
            if projection is not None:
                seen = torch.tensordot(projection, seen, dims=([1], [j])).movedim(0, j)
        lines = seen.movedim(axis, 0).reshape(len(basis), -1)
        residual = lines - basis @ (basis.T @ lines)
        square, leverage = residual.square().sum(1), basis.square().sum(1)
        total += float(press(square, leverage)[0]) * len(basis) / seen[..., 0].numel()
    return total


def _outer(first: Tensor, second: Tensor) -> Tensor:
    return first[..., None] * second


def _truncated_svd(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    left, singular, right = accurate_svd(matrix)
    rank = max(1, int((singular > RCOND * singular[0]).sum()))
    return left[:, :rank], singular[:rank], right[:rank].T
