"""Gaussian processes on tensor grids: a covariance that is a product over axes takes one SVD per axis.

Notation
--------
y ~ N(0, s^2 (K_1 x ... x K_d + nu I)), K_i = A_i D_i^2 A_i^T = U_i S_i^2 U_i^T with the functions A_i of an
axis at its nodes and the sizes D_i that are expected of their coefficients. In the coordinates
z = (U_1 x ... x U_d)^T y all are independent, of variances s^2 (S_1^2 x ... x S_d^2 + nu) (Saatci 2012,
"Scalable inference for structured Gaussian process models", chapter 5).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor

from .._backend.device import EPS
from .axes import apply_along_axes
from .axis_table import AxisTable, has_inner_nodes
from .least_squares import accurate_svd
from .tensor_least_squares import TensorFit


class ProcessAxis:
    """One axis of a process: what it can be at its nodes, and what is left open between them.

    Functions whose expected size is rounding beside that of the largest are left out.
    """

    def __init__(self, table: AxisTable, size: Tensor) -> None:
        count = int((size > EPS * size.max()).nonzero().max()) + 1
        self.size, self.table = size[:count], table
        self.left, self.singular, self.right = accurate_svd(table.nodes[:, :count] * self.size)

    @property
    def basis(self) -> Tensor:
        """Of all that the nodes may be, shape (n, n); that of the functions comes first."""
        complete = torch.linalg.qr(self.left, mode="complete")[0]
        return torch.cat([self.left, complete[:, self.left.shape[1] :]], 1)

    def padded(self, values: Tensor) -> Tensor:
        """Zeros for what the functions are not, after values (r,)."""
        return torch.cat([values, values.new_zeros(len(self.left) - len(values))])

    @property
    def solve(self) -> Tensor:
        """Coefficients of the functions by those of `basis`, shape (q, n)."""
        weights = self.size[:, None] * self.right.T
        return torch.cat([weights, weights.new_zeros(len(weights), len(self.left) - weights.shape[1])], 1)

    def halfway(self) -> tuple[Tensor, float]:
        """Mean squares between the nodes: of what they see, for each of `basis`, and do not see."""
        between, share = self.table.between[:, : len(self.size)] * self.size, self.table.steps
        inside, outside = between @ self.right.T, between
        for _ in range(2):
            outside = outside - (outside @ self.right.T) @ self.right
        share = share / share.sum()
        return self.padded(share @ inside.square()), float(share @ outside.square().sum(1))


@dataclass(frozen=True)
class Evidence:
    """How unlikely values are, for each of them, minus twice the logarithm; under which noise."""

    unlikely: float
    level: float  # nu, of the largest variance


def evidence(values: Tensor, axes: Sequence[ProcessAxis]) -> Evidence:
    """The largest over levels of noise, from rounding on, of values (n_1, .., n_d, k).

    Levels are a factor of ten apart, and variances are told apart to a quarter.
    """
    rotated = apply_along_axes([axis.left.T for axis in axes], values)
    rest = values - apply_along_axes([axis.left for axis in axes], rotated)
    n, k = values[..., 0].numel(), values.shape[-1]
    tiny = torch.finfo(values.dtype).tiny
    falls = [2 * (axis.singular / axis.singular[0]).clamp_min(tiny).log() for axis in axes]
    places = (-4 * reduce(_outer_sum, falls)).round().to(torch.int64).view(-1)
    counts = torch.bincount(places).to(values)
    squares = torch.bincount(places, rotated.square().sum(-1).view(-1))
    variances = torch.exp(-torch.arange(len(counts)).to(values) / 4)
    digits = torch.arange(math.ceil(2 * math.log10(10 * EPS)), 1).to(values)
    levels = 10**digits
    noisy = variances + levels[:, None]
    square = (squares / noisy).sum(1) + float(rest.square().sum()) / levels
    spare = n - rotated[..., 0].numel()
    unlikely = torch.log(square / (n * k)) + (noisy.log() @ counts + spare * levels.log()) / n
    best = int(unlikely.argmin())
    return Evidence(float(unlikely[best]), float(levels[best]))


def process_mean(values: Tensor, axes: Sequence[ProcessAxis], level: float) -> TensorFit:
    """The mean of the process, for values (n_1, .., n_d, k); `score` is its variance between the nodes.

    It is what rows there would be missed by: noise is a part of it.
    """
    n, k = values[..., 0].numel(), values.shape[-1]
    bases = [axis.basis for axis in axes]
    rotated = apply_along_axes([basis.T for basis in bases], values)
    variances = _products([axis.padded(axis.singular.square()) for axis in axes])
    noise = level * float(variances.max())
    solved = rotated / (variances + noise)[..., None]
    scale = float((rotated * solved).sum()) / (n * k)
    root = variances.sqrt()[..., None]
    coefficients = apply_along_axes([axis.solve for axis in axes], root * solved)
    inside, outside = zip(*(axis.halfway() for axis in axes))
    seen = float((_products(inside) * noise / (variances + noise)).sum())
    score = k * scale * (seen + _unseen(inside, outside) + noise)
    lines = [
        _lines_left_out(basis, solved, 1 / (variances + noise), i)
        for i, basis in enumerate(bases)
        if has_inner_nodes(axes[i].table)
    ]
    return TensorFit(coefficients, score, sum(lines) / n, float((variances / (variances + noise)).sum()))


def _unseen(inside: Sequence[Tensor], outside: Sequence[float]) -> float:
    """Variance of what the nodes do not see: of products with a factor that an axis does not see."""
    seen, unseen = 1.0, 0.0
    for square, rest in zip(inside, outside, strict=True):
        whole = float(square.sum())
        unseen = unseen * (whole + rest) + seen * rest
        seen *= whole
    return unseen


def _lines_left_out(basis: Tensor, solved: Tensor, inverse: Tensor, axis: int) -> float:
    """Sum of squares of what lines across an axis are missed by, each left out as a whole.

    In the coordinates of the other axes the entries of a line are independent of each other.
    """
    pulls = torch.tensordot(basis, solved, dims=([1], [axis]))
    weights = torch.tensordot(basis.square(), inverse, dims=([1], [axis]))
    return float((pulls / weights[..., None]).square().sum())


def _outer(combine: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda first, second: combine(first[..., None], second)


_outer_sum = _outer(torch.add)


def _products(factors: Sequence[Tensor]) -> Tensor:
    return reduce(_outer(torch.mul), factors)
