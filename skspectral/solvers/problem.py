"""The problem of one stage: all parameters at once, or with the readout eliminated.

Notation
--------
F (n, q) fixed features, H(theta) (n, h) trained ones, r (n, k) targets, each row times its root
weight. Q = [Q_F, Q_H] is an orthonormal basis of [F, H]. Eliminating the readout leaves the residual
(I - Q Q^T) r with the Jacobian -(I - Q Q^T) (dH/dtheta) c (Golub and Pereyra; Kaufman 1975: approximate,
its gradient is exact).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import torch
from torch import Tensor

from .._backend.blocks import row_blocks
from .._backend.budget import STEP_FLOPS
from .._backend.samples import Samples
from ..linalg.least_squares import accurate_svd, factorize

# Relative precision of what training steps are computed from, a few digits more than the steps need.
# Directions of the features below this share of the largest are left to rounding, and linear systems are
# solved to such a residual.
TRAINING_PRECISION = 1e-12
# Ridge of the first readout where it is trained with the rest, relative to the largest singular value
# squared. Without it features that are nearly dependent get weights whose gradients drown all others: five
# layers of 58 sines end at 25 dB where they end at 31 dB with it; 1e-6 is half a decibel worse.
START_ALPHA = 1e-4


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
    """Parameters with everything that was computed at them."""

    theta: Tensor
    loss: float
    residual: Tensor  # shape: (n, k)
    readout: Tensor  # c of the trained features, shape: (h, k)
    basis: Tensor | None = None  # Q_H, shape: (n, rank)
    trace: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class StageData:
    """Rows to fit, rows to judge by (or None), the network, and the features beside it."""

    samples: Samples
    validation: Samples | None
    network: Network
    fixed: Callable[[Tensor], Tensor]  # (n, d) -> (n, q)

    basis: tuple[Tensor, Tensor] | None = None  # `orthonormal_basis`, where it is known already

    @cached_property
    def fixed_basis(self) -> tuple[Tensor, Tensor]:
        """Q_F (n, r), and M (q, r) with F M = Q_F."""
        return self.basis or orthonormal_basis(self.samples, self.fixed)

    @cached_property
    def targets(self) -> Tensor:
        """Targets times root weights."""
        return self.samples.y * self.samples.root_weight


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


class Problem(Protocol):
    """What the driver and every solver rely on; `loss` is a mean over rows."""

    data: StageData

    def evaluate(self, theta: Tensor) -> Point:
        """The loss, and what a step needs."""

    def gradient(self, point: Point) -> Tensor:
        """d loss / d theta."""

    def clip(self, theta: Tensor) -> Tensor:
        """The nearest parameters that are allowed."""

    def validation_error(self, point: Point) -> float:
        """Root mean square error on the rows set aside from training; NaN without any."""


class EliminatedProblem:
    """Nonlinear parameters only; the readout is solved exactly at every one of them."""

    def __init__(self, data: StageData) -> None:
        self.data = data
        self.fixed_basis, self.mix = data.fixed_basis
        self.targets = self.project(self.project(data.targets))

    def project(self, values: Tensor) -> Tensor:
        """What the fixed features cannot hold of columns (n, .)."""
        return values - self.fixed_basis @ (self.fixed_basis.T @ values)

    def evaluate(self, theta: Tensor) -> Point:
        """Residual after the best readout, and that readout."""
        data = self.data
        trace = data.network.forward(theta, data.samples.t)
        features = data.network.read_out(trace) * data.samples.root_weight
        basis, triangle = torch.linalg.qr(self.project(self.project(features)))
        left, singular, right = accurate_svd(triangle)
        # Against the size of the features themselves: saturated units lie in the span of F.
        size = float(torch.linalg.matrix_norm(features))
        rank = int((singular > TRAINING_PRECISION * size).sum())
        basis = basis @ left[:, :rank]
        projected = basis.T @ self.targets
        readout = right[:rank].T @ (projected / singular[:rank, None])
        residual = self.targets - basis @ projected
        # Once more: what rounding left inside the span would spoil the gradient at small residuals.
        residual = self.project(residual - basis @ (basis.T @ residual))
        loss = float(residual.square().sum()) / data.samples.n + data.network.penalty(theta)
        return Point(theta, loss, residual, readout, basis, trace)

    def clip(self, theta: Tensor) -> Tensor:
        """The nearest parameters that are allowed."""
        return self.data.network.clip(theta)

    def gradient(self, point: Point) -> Tensor:
        """Exact: the residual is orthogonal to the span, so only dH/dtheta counts."""
        data = self.data
        upstream = -(point.residual * data.samples.root_weight) @ point.readout.T
        gradient = data.network.gradient(point.theta, point.trace, upstream)
        return gradient * (2 / data.samples.n) + data.network.penalty_slope(point.theta)

    def on_batches(self, point: Point) -> BatchGradient:
        """The gradient from some rows, the readout being that of `point`."""
        data, beside, readout = self.data, self.beside(point), point.readout

        def gradient(theta: Tensor, rows: Tensor) -> tuple[Tensor, float]:
            batch = data.samples.take(rows)
            trace = data.network.forward(theta, batch.t)
            values = data.network.read_out(trace) @ readout + data.fixed(batch.t) @ beside
            upstream = (values - batch.y) * batch.weight[:, None] @ readout.T
            slope = 2 * data.network.gradient(theta, trace, upstream)
            return slope + data.network.penalty_slope(theta), batch.rms(values - batch.y) ** 2

        return gradient

    def after_batches(self, theta: Tensor, loss: float) -> Point:
        """Where a pass over the rows has led: the readout is solved again."""
        return self.evaluate(theta)

    def beside(self, point: Point) -> Tensor:
        """Coefficients of the fixed features, shape (q, k), given the readout of the others."""
        data = self.data
        features = data.network.read_out(point.trace) * data.samples.root_weight
        return self.mix @ (self.fixed_basis.T @ (data.targets - features @ point.readout))

    def validation_error(self, point: Point) -> float:
        """Error on the rows set aside."""
        data, held_out = self.data, self.data.validation
        if held_out is None:
            return float("nan")
        trained = data.network.features(point.theta, held_out.t) @ point.readout
        return held_out.rms(held_out.y - trained - data.fixed(held_out.t) @ self.beside(point))


class FullProblem:
    """Every parameter at once, theta then the readout, under the mean of ``|residual|^p``."""

    def __init__(self, data: StageData, norm: float = 2.0) -> None:
        self.data, self.norm = data, norm

    @property
    def fixed_columns(self) -> int:
        """Number of features that are not trained."""
        return self.data.fixed(self.data.samples.t[:1]).shape[1]

    def start(self, theta: Tensor) -> Tensor:
        """Parameters whose readout is a good one for `theta`: no large weights that cancel each other.

        It is found on as many rows as are affordable, drawn at random: every eighth pixel of an image would
        alias fine features.
        """
        n_columns = self.fixed_columns + self.data.network.n_features
        max_rows = max(2 * n_columns, int(STEP_FLOPS / (2 * n_columns**2)))
        some = self.data.samples.draw(max_rows, torch.Generator().manual_seed(0))
        data = replace(self.data, samples=some)
        features = FullProblem(data)._features(data.network.features(theta, data.samples.t))
        solved = factorize(lambda rows: features[rows], data.targets, n_columns)
        return torch.cat([theta, solved.solve(START_ALPHA).reshape(-1)])

    @property
    def _root(self) -> Tensor:
        return self.data.samples.root_weight

    def split(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """theta, and the readout of [fixed, trained] features, shape (q + h, k)."""
        p = self.data.network.n_parameters
        return parameters[:p], parameters[p:].view(-1, self.data.samples.k)

    def evaluate(self, theta: Tensor) -> Point:
        """Residual and loss."""
        data = self.data
        nonlinear, readout = self.split(theta)
        trace = data.network.forward(nonlinear, data.samples.t)
        features = self._features(data.network.read_out(trace))
        residual = data.targets - features @ readout
        size = (residual.abs() / self._root).pow(self.norm)
        loss = float((self._root.square() * size).sum()) / data.samples.n
        loss += data.network.penalty(nonlinear)
        return Point(theta, loss, residual, readout, features, trace)

    def clip(self, theta: Tensor) -> Tensor:
        """The nearest parameters that are allowed; the readout is free."""
        p = self.data.network.n_parameters
        return torch.cat([self.data.network.clip(theta[:p]), theta[p:]])

    def gradient(self, point: Point) -> Tensor:
        """With respect to theta and readout."""
        data = self.data
        size = (point.residual.abs() / self._root).pow(self.norm - 1)
        slope = size * self._root * point.residual.sign()
        slope = slope * (-self.norm / data.samples.n)
        nonlinear, readout = self.split(point.theta)
        upstream = (slope * data.samples.root_weight) @ readout[self.fixed_columns :].T
        assert point.basis is not None
        network = data.network
        return torch.cat(
            [
                network.gradient(nonlinear, point.trace, upstream) + network.penalty_slope(nonlinear),
                (point.basis.T @ slope).reshape(-1),
            ]
        )

    def on_batches(self, point: Point | None) -> BatchGradient:
        """The gradient from some rows, which is all that is needed."""
        data, norm = self.data, self.norm

        def gradient(theta: Tensor, rows: Tensor) -> tuple[Tensor, float]:
            batch = FullProblem(replace(data, samples=data.samples.take(rows)), norm)
            point = batch.evaluate(theta)
            return batch.gradient(point), point.loss

        return gradient

    def after_batches(self, theta: Tensor, loss: float) -> Point:
        """Where a pass over the rows has led; its mean loss will do, the next one needs nothing else."""
        none = theta.new_zeros(0, self.data.samples.k)
        return Point(theta, loss, none, self.split(theta)[1])

    def validation_error(self, point: Point) -> float:
        """Error on the rows set aside."""
        data, held_out = self.data, self.data.validation
        if held_out is None:
            return float("nan")
        nonlinear, readout = self.split(point.theta)
        trained = data.network.features(nonlinear, held_out.t)
        features = torch.cat([data.fixed(held_out.t), trained], 1)
        return held_out.rms(held_out.y - features @ readout)

    def _features(self, trained: Tensor) -> Tensor:
        data = self.data
        return torch.cat([data.fixed(data.samples.t), trained], 1) * data.samples.root_weight


def eliminate_readout(data: StageData) -> EliminatedProblem:
    """The problem in the nonlinear parameters alone: every solver gains the exact readout."""
    return EliminatedProblem(data)
