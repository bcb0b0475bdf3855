"""The problem of a stage in its nonlinear parameters alone (variable projection, Golub and Pereyra 1973).

Notation
--------
F, H and r are those of `problem`. Q = [Q_F, Q_H] is an orthonormal basis of [F, H]. Eliminating the readout
leaves the residual (I - Q Q^T) r with the Jacobian -(I - Q Q^T) (dH/dtheta) c (Kaufman 1975: approximate,
but its gradient is exact).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..linalg.least_squares import accurate_svd
from .problem import TRAINING_PRECISION, BatchGradient, Point, StageData


@dataclass(frozen=True)
class EliminatedPoint(Point):
    """Nonlinear parameters with the best readout for them; `parameters` and `theta` are the same."""

    residual: Tensor  # (I - Q Q^T) r, shape: (n, k)
    readout: Tensor  # c of the trained features, shape: (h, k)
    basis: Tensor  # Q_H, shape: (n, rank)
    trace: Any = field(repr=False)


class EliminatedProblem:
    """Nonlinear parameters only; the readout is solved exactly at every one of them."""

    def __init__(self, data: StageData) -> None:
        self.data = data
        self.fixed_basis, self.mix = data.fixed_basis
        self.targets = self.project(self.project(data.targets))

    def project(self, values: Tensor) -> Tensor:
        """The part of columns (n, .) that the fixed features cannot represent."""
        return values - self.fixed_basis @ (self.fixed_basis.T @ values)

    def evaluate(self, theta: Tensor) -> EliminatedPoint:
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
        return EliminatedPoint(theta, theta, loss, residual, readout, basis, trace)

    def clip(self, theta: Tensor) -> Tensor:
        """The nearest parameters that are allowed."""
        return self.data.network.clip(theta)

    def gradient(self, point: EliminatedPoint) -> Tensor:
        """Exact: the residual is orthogonal to the span, so only dH/dtheta counts."""
        data = self.data
        upstream = -(point.residual * data.samples.root_weight) @ point.readout.T
        gradient = data.network.gradient(point.theta, point.trace, upstream)
        return gradient * (2 / data.samples.n) + data.network.penalty_slope(point.theta)

    def on_batches(self, point: EliminatedPoint) -> BatchGradient:
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

    def after_batches(self, theta: Tensor, loss: float) -> EliminatedPoint:
        """Where a pass over the rows has led: the readout is solved again."""
        return self.evaluate(theta)

    def beside(self, point: EliminatedPoint) -> Tensor:
        """Coefficients of the fixed features, shape (q, k), given the readout of the others."""
        data = self.data
        features = data.network.read_out(point.trace) * data.samples.root_weight
        return self.mix @ (self.fixed_basis.T @ (data.targets - features @ point.readout))

    def validation_error(self, point: EliminatedPoint) -> float:
        """Error on the rows set aside."""
        data, held_out = self.data, self.data.validation
        if held_out is None:
            return float("nan")
        trained = data.network.features(point.theta, held_out.t) @ point.readout
        return held_out.rms(held_out.y - trained - data.fixed(held_out.t) @ self.beside(point))


def eliminate_readout(data: StageData) -> EliminatedProblem:
    """The problem in the nonlinear parameters alone: every solver gains the exact readout."""
    return EliminatedProblem(data)
