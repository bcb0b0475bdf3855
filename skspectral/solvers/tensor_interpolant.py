"""Interpolation on tensor grids by more functions than nodes, as Kriging does: one QR per axis."""

from __future__ import annotations

from collections.abc import Sequence

import scipy.linalg
import torch
from torch import Tensor

from .._backend.axes import apply_along_axes
from .tensor_readout import AxisTable, TensorFit


def interpolate_tensor(
    values: Tensor,  # shape: (n_1, .., n_d, k)
    tables: Sequence[AxisTable],  # of as many functions as nodes or more
    sizes: Sequence[Tensor],  # expected size of each function's coefficient, shapes: (q_i,)
) -> TensorFit:
    """The interpolant whose coefficients, each over its expected size, are least in the sum of squares.

    Its score is what the expected sizes make, between the nodes, of the errors on lines left out. Rounding
    counts in both: where sizes fall too steeply, it is all that is left.
    """
    axes = [_InterpolatedAxis(*pair) for pair in zip(tables, sizes)]
    errors = [axis.errors(values.movedim(i, 0)) for i, axis in enumerate(axes)]
    count = values[..., 0].numel()
    score, left_out = (sum(squares) / count for squares in zip(*errors))
    coefficients = values
    for i, axis in enumerate(axes):
        coefficients = axis.solve(coefficients.movedim(i, 0)).movedim(0, i)
    at_nodes = apply_along_axes([table.nodes for table in tables], coefficients)
    rounding = float((values - at_nodes).square().sum()) / count
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
        halfway = (table.between * size)[:, self.largest_first]
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

        A line left out is missed by (K^-1 y)_i / (K^-1)_ii, of variance 1 / (K^-1)_ii under the prior. The
        errors between two lines are to their own variance as the worse of the two is to its.
        """
        pull = self.inverse.square().sum(1)
        missed = (self.inverse @ self._forward(values)).square().sum(1) / pull
        surprise = torch.empty_like(missed)
        surprise[self.nodes] = missed
        expected = torch.maximum(surprise[1:], surprise[:-1]) @ self.between
        return float(expected) * len(pull) / (len(pull) - 1), float((missed / pull).sum())

    def _forward(self, values: Tensor) -> Tensor:
        lines = values.reshape(len(values), -1)[self.nodes]
        return torch.linalg.solve_triangular(self.r.T, lines, upper=False)
