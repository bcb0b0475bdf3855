"""Interpolation on tensor grids by more functions than nodes, as Kriging does: one QR per axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

import scipy.linalg
import torch
from torch import Tensor

from .._backend.device import EPS
from .axes import apply_along_axes
from .axis_table import AxisTable, Half, has_inner_nodes, mirrored
from .tensor_least_squares import TensorFit


def interpolate_tensor(
    values: Tensor,  # shape: (n_1, .., n_d, k)
    tables: Sequence[AxisTable],  # of as many functions as nodes or more
    sizes: Sequence[Tensor],  # expected size of each function's coefficient, shapes: (q_i,)
) -> TensorFit:
    """The interpolant whose coefficients, each over its expected size, have the smallest sum of squares.

    Its score is what the expected sizes make, between the nodes, of the errors on lines left out. Rounding
    counts in both: where sizes fall too steeply, it is all that is left.
    """
    axes = [_InterpolatedAxis(*pair) for pair in zip(tables, sizes)]
    errors = [
        axis.errors(values.movedim(i, 0)) for i, axis in enumerate(axes) if has_inner_nodes(tables[i])
    ]
    count = values[..., 0].numel()
    score, left_out = (sum(squares) / count for squares in zip(*errors or [(0.0, 0.0)]))
    coefficients = values
    for i, axis in enumerate(axes):
        coefficients = axis.solve(coefficients.movedim(i, 0)).movedim(0, i)
    at_nodes = apply_along_axes([table.nodes for table in tables], coefficients)
    rounding = float((values - at_nodes).square().sum()) / count
    spread = math.prod(axis.spread for axis in axes)  # between the nodes, of what rounds the values
    rounding += spread * EPS**2 * float(values.square().sum()) / count
    return TensorFit(coefficients, score + rounding, left_out + rounding, count)


class _InterpolatedAxis:
    """One axis of an interpolant; K^-1 = root root^T, where K are the products of the nodes."""

    def __init__(self, table: AxisTable, size: Tensor) -> None:
        self.size, self.mirrored = size, mirrored(table)
        self.parts = [_Part(table, size, *part) for part in table.parts]
        self.root = torch.cat([part.half.unfolded(part.inverse[part.order]) for part in self.parts], 1)
        squares = zip(*(part.squares for part in self.parts))
        lengths, beyond = (torch.stack(parts).sum(0) for parts in squares)
        lengths = lengths @ table.steps / table.steps.sum()
        self.spread = max(1.0, float(lengths)) if len(table.steps) else 1.0  # of one node there is no step
        self.between = beyond * table.steps / table.steps.mean()

    def solve(self, values: Tensor) -> Tensor:
        """Coefficients of values (n, ..) along this axis."""
        lines = values.reshape(len(values), -1)
        weighted = lines.new_empty(len(self.size), lines.shape[1])
        for part in self.parts:
            weighted[part.columns] = part.q @ part.forward(lines)
        return (self.size[:, None] * weighted).view(-1, *values.shape[1:])

    def errors(self, values: Tensor) -> tuple[float, float]:
        """Sums of squares over lines (n, ..) across this axis: expected between them, and left out.

        Lines B left out are missed by e = (K^-1_BB)^-1 (K^-1 y)_B, of covariance (K^-1_BB)^-1 under the
        prior. The errors between two lines are to their own variance as the worse of the two is to its.
        """
        n, lines = len(values), values.reshape(len(values), -1)
        pull = self.root @ torch.cat([part.forward(lines) for part in self.parts])
        missed, variance = (_missed_with_mirror if self.mirrored else _missed)(self.root, pull)
        surprise = missed / variance
        expected = torch.maximum(surprise[1:], surprise[:-1]) @ self.between
        return float(expected) * n / (n - 1), float(missed.sum())


class _Part:
    """Some functions of an axis, at sums of its nodes; R^T R are products of these.

    Sizes span more than 16 digits: of rows sorted by size, a QR with column pivoting keeps the small ones
    to full relative accuracy, where an SVD loses what is below rounding of the largest (Cox and Higham,
    1998). A product of the factors would lose it too.
    """

    def __init__(self, table: AxisTable, size: Tensor, half: Half, columns: Tensor) -> None:
        self.half = half
        self.columns = columns[torch.argsort(size[columns], descending=True, stable=True)]
        size = size[self.columns]
        weighted = half.folded(table.nodes[:, self.columns] * size)
        q, r, nodes = scipy.linalg.qr(weighted.T.cpu().numpy(), mode="economic", pivoting=True)
        self.q, self.r = (torch.from_numpy(factor).to(weighted) for factor in (q, r))
        self.nodes = torch.from_numpy(nodes.astype("int64")).to(weighted.device)
        self.order = self.nodes.argsort()
        self.inverse = torch.linalg.solve_triangular(self.r, torch.eye(len(r)).to(weighted), upper=True)
        halfway = half.one_side(table.between)[:, self.columns] * size
        inside = halfway @ self.q
        weights = torch.linalg.solve_triangular(self.r, inside.T, upper=True)
        halfway = halfway - inside @ self.q.T
        halfway = halfway - (halfway @ self.q) @ self.q.T  # once more, for what rounding left inside
        both = weights.square().sum(0), halfway.square().sum(1)  # of weights of nodes, and beyond them
        self.squares = [half.both_sides(squares, len(table.between)) for squares in both]

    def forward(self, lines: Tensor) -> Tensor:
        """R^-T of lines (n, m)."""
        folded = self.half.folded(lines)[self.nodes]
        solved: Tensor = torch.linalg.solve_triangular(self.r.T, folded, upper=False)
        return solved


def _missed(root: Tensor, pull: Tensor) -> tuple[Tensor, Tensor]:
    """Squared errors (n,) of each line left out, and their variances; K^-1 = root root^T, pull = K^-1 y."""
    variance = 1 / root.square().sum(1)
    return pull.square().sum(1) * variance.square(), variance


def _missed_with_mirror(root: Tensor, pull: Tensor) -> tuple[Tensor, Tensor]:
    """The same of lines left out together with their mirror images."""
    alone, variance = _missed(root, pull)
    near, far = root.square().sum(1), (root * root.flip(0)).sum(1)
    determinant = (near * near.flip(0) - far.square()).clamp_min(torch.finfo(near.dtype).tiny)
    error = (near.flip(0)[:, None] * pull - far[:, None] * pull.flip(0)) / determinant[:, None]
    middle = torch.arange(len(root)).to(root.device) * 2 == len(root) - 1
    missed = torch.where(middle, alone, error.square().sum(1))
    return missed, torch.where(middle, variance, near.flip(0) / determinant)
