"""Interpolation on tensor grids by more functions than nodes, as Kriging does: one QR per axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

import scipy.linalg
import torch
from torch import Tensor

from .._backend.device import EPS
from .axes import apply_along_axes
from .tensor_least_squares import AxisTable, TensorFit, has_inner_nodes, mirrored


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
    """One axis of an interpolant; K = R^T R are the products of the nodes, in the order of `nodes`.

    Sizes span more than 16 digits: of rows sorted by size, a QR with column pivoting keeps the small ones
    to full relative accuracy, where an SVD loses what is below rounding of the largest (Cox and Higham,
    1998). A product of the factors would lose it too.
    """

    def __init__(self, table: AxisTable, size: Tensor) -> None:
        self.size = size
        self.largest_first = torch.argsort(size, descending=True, stable=True)
        weighted = (table.nodes * size)[:, self.largest_first]
        q, r, nodes = scipy.linalg.qr(weighted.T.cpu().numpy(), mode="economic", pivoting=True)
        self.q, self.r = (torch.from_numpy(part).to(weighted) for part in (q, r))
        self.nodes = torch.from_numpy(nodes.astype("int64")).to(weighted.device)
        self.inverse = torch.linalg.solve_triangular(self.r, torch.eye(len(r)).to(weighted), upper=True)
        self.mirrored = mirrored(table)
        halfway = (table.between * size)[:, self.largest_first]
        weights = torch.linalg.solve_triangular(self.r, (halfway @ self.q).T, upper=True)
        lengths = weights.square().sum(0) @ table.steps / table.steps.sum()  # of one node there is no step
        self.spread = max(1.0, float(lengths)) if len(table.steps) else 1.0
        for _ in range(2):
            halfway = halfway - (halfway @ self.q) @ self.q.T
        self.between = halfway.square().sum(1) * table.steps / table.steps.mean()

    def solve(self, values: Tensor) -> Tensor:
        """Coefficients of values (n, ..) along this axis."""
        weighted = self.q @ self._forward(values)
        ordered = torch.empty_like(weighted)
        ordered[self.largest_first] = weighted
        return (self.size[:, None] * ordered).view(-1, *values.shape[1:])

    def errors(self, values: Tensor) -> tuple[float, float]:
        """Sums of squares over lines (n, ..) across this axis: expected between them, and left out.

        Lines B left out are missed by e = (K^-1_BB)^-1 (K^-1 y)_B, of covariance (K^-1_BB)^-1 under the
        prior. The errors between two lines are to their own variance as the worse of the two is to its.
        """
        n, order = len(values), self.nodes.argsort()
        root, pull = self.inverse[order], (self.inverse @ self._forward(values))[order]
        missed, variance = _missed_with_mirror(root, pull) if self.mirrored else _missed(root, pull)
        surprise = missed / variance
        expected = torch.maximum(surprise[1:], surprise[:-1]) @ self.between
        return float(expected) * n / (n - 1), float(missed.sum())

    def _forward(self, values: Tensor) -> Tensor:
        lines = values.reshape(len(values), -1)[self.nodes]
        solved: Tensor = torch.linalg.solve_triangular(self.r.T, lines, upper=False)
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
