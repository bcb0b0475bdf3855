"""What the problems of a stage have in common: its data, a point, and what a solver relies on.

Notation
--------
F (n, q) fixed features, H(theta) (n, h) trained ones, r (n, k) targets, each row times its root weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from .._backend.blocks import row_blocks
from .._backend.device import EPS
from .._backend.samples import Samples
from ..linalg.least_squares import factorize

# Relative precision of what training steps are computed from, three quarters of all digits: some more than
# the steps need. Directions of the features below this share of the largest are left to rounding, and
# linear systems are solved to such a residual.
TRAINING_PRECISION = math.sqrt(EPS * math.sqrt(EPS))


class Network(Protocol):
    """What a solver needs of a feature network."""

    @property
    def n_parameters(self) -> int:
        """Number of nonlinear parameters."""

    @property
    def n_features(self) -> int:
        """Number of features."""

    @property
    def has_factors(self) -> bool:
        """Whether `factors` hold the whole Jacobian."""

    @property
    def activations(self) -> tuple[str, ...]:
        """One name per layer."""

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Widths (a, b) of the factors of each layer."""

    def clip(self, theta: Tensor) -> Tensor:
        """The nearest parameters that are allowed."""

    def penalty(self, theta: Tensor) -> float:
        """What parameters add to the loss."""

    def penalty_slope(self, theta: Tensor) -> Tensor:
        """Its gradient."""

    def forward(self, theta: Tensor, t: Tensor) -> Any:
        """One forward pass."""

    def read_out(self, trace: Any) -> Tensor:
        """Its features."""

    def features(self, theta: Tensor, t: Tensor) -> Tensor:
        """Features of rows."""

    def gradient(self, theta: Tensor, trace: Any, upstream: Tensor) -> Tensor:
        """Vector-Jacobian product."""

    def factors(self, theta: Tensor, trace: Any, upstream: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Tables (n, a), (n, b) whose row-wise products, side by side, are the Jacobian."""


# (parameters, row numbers) -> gradient of the loss of those rows, and that loss
BatchGradient = Callable[[Tensor, Tensor], tuple[Tensor, float]]


@dataclass(frozen=True)
class Point:
    """Where a solver is. Problems add what they computed there and need for a step."""

    parameters: Tensor  # all that the solver moves
    theta: Tensor  # those of the network, shape: (p,)
    loss: float


@dataclass(frozen=True)
class StageData:
    """Rows to fit, rows to judge by (or None), the network, and the features beside it."""

    samples: Samples
    validation: Samples | None
    network: Network
    fixed: Callable[[Tensor], Tensor]  # (n, d) -> (n, q)

    basis: tuple[Tensor, Tensor] | None = None  # `orthonormal_basis`, where it is known already
    cell: Tensor | None = None  # extent (d,) of what a row stands for: batches meet it anywhere within

    @cached_property
    def fixed_basis(self) -> tuple[Tensor, Tensor]:
        """Q_F (n, r), and M (q, r) with F M = Q_F."""
        return self.basis or orthonormal_basis(self.samples, self.fixed)

    @cached_property
    def targets(self) -> Tensor:
        """Targets times root weights."""
        return self.samples.y * self.samples.root_weight

    def in_single(self) -> StageData:
        """Rows, network and fixed features in single precision; the rows set aside as they are."""
        samples, network = _in_single(self.samples), _in_single(self.network)
        fixed = _in_single(self.fixed) if is_dataclass(self.fixed) else _rounded(self.fixed)
        return StageData(samples, self.validation, network, fixed, cell=self.cell)


def _rounded(fixed: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Features computed in double precision, which a function may hold numbers of."""
    return lambda t: fixed(t.double()).float()


def _in_single(parts: Any) -> Any:
    """A dataclass with its tensors in single precision."""
    values = {each.name: getattr(parts, each.name) for each in fields(parts)}
    tensors = {name: value.float() for name, value in values.items() if isinstance(value, Tensor)}
    return replace(parts, **tensors)


def orthonormal_basis(samples: Samples, fixed: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """Q_F (n, r) of the fixed features times root weights, and M (q, r) with F M = Q_F.

    Problems on the same rows with the same features beside their networks can share it.
    """
    q = fixed(samples.t[:1]).shape[1]

    def rows(block: slice) -> Tensor:
        return fixed(samples.t[block]) * samples.root_weight[block]

    solved = factorize(rows, samples.y[:, :0], q, TRAINING_PRECISION)
    mix = solved.right / solved.singular
    blocks = [rows(block) @ mix for block in row_blocks(samples.n, 16 * q)]
    orthonormal, triangle = torch.linalg.qr(torch.cat(blocks))
    return orthonormal, torch.linalg.solve_triangular(triangle, mix, upper=True, left=False)


PointT = TypeVar("PointT", bound=Point)


class Problem(Protocol[PointT]):
    """What the driver and every solver rely on; `loss` is a mean over rows."""

    data: StageData

    def evaluate(self, parameters: Tensor) -> PointT:
        """The loss, and what a step needs."""

    def gradient(self, point: PointT) -> Tensor:
        """d loss / d parameters."""

    def clip(self, parameters: Tensor) -> Tensor:
        """The nearest parameters that are allowed."""

    def validation_error(self, point: PointT) -> float:
        """Root mean square error on the rows set aside from training; NaN without any."""
