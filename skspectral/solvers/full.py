"""The problem of a stage in all its parameters at once, as the papers train; notation as in `problem`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from .._backend.budget import STEP_FLOPS
from .._backend.clock import Clock
from .._backend.samples import Samples
from ..linalg.least_squares import factorize
from .problem import BatchGradient, Point, StageData

# Ridge of the first readout where it is trained with the rest, relative to the largest singular value
# squared. Without it features that are nearly dependent get weights whose gradients drown all others. Of 16
# trainings of nets of one to five layers, 1e-4 ends 0.8 dB higher on average, 1e-5 1.5 dB and 1e-6 2.8 dB;
# 1e-2 is as good on average, but three of them end 0.8 to 5 dB higher.
START_ALPHA = 1e-3


@dataclass(frozen=True)
class FullPoint(Point):
    """Parameters of the network, then the readout, in one vector."""

    residual: Tensor  # r - [F, H] c, shape: (n, k)
    features: Tensor  # [F, H], shape: (n, q + h)
    trace: Any = field(repr=False)


class FullProblem:
    """Every parameter at once, theta then the readout, under the mean of ``|residual|^p``."""

    def __init__(self, data: StageData, norm: float = 2.0) -> None:
        self.data, self.norm = data, norm

    @property
    def fixed_columns(self) -> int:
        """Number of features that are not trained."""
        return self.data.fixed(self.data.samples.t[:1]).shape[1]

    def start(self, theta: Tensor, clock: Clock | None = None) -> Tensor:
        """Parameters whose readout is a good one for `theta`: no large weights that cancel each other.

        It is found on as many rows as are affordable, drawn at random: every eighth pixel of an image would
        alias fine features.

        Raises
        ------
        OutOfTime
            If the clock says so before it is found.
        """
        clock = clock or Clock()
        n_columns = self.fixed_columns + self.data.network.n_features
        max_rows = max(2 * n_columns, int(STEP_FLOPS / (2 * n_columns**2)))
        some = self.data.samples.draw(max_rows, torch.Generator().manual_seed(0))
        data = replace(self.data, samples=some)
        features = FullProblem(data)._features(data.network.features(theta, data.samples.t))

        def block(rows: slice) -> Tensor:
            clock.check()
            return features[rows]

        solved = factorize(block, data.targets, n_columns)
        clock.check()
        return torch.cat([theta, solved.solve(START_ALPHA).reshape(-1)])

    @property
    def _root(self) -> Tensor:
        return self.data.samples.root_weight

    def split(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """theta, and the readout of [fixed, trained] features, shape (q + h, k)."""
        p = self.data.network.n_parameters
        return parameters[:p], parameters[p:].view(-1, self.data.samples.k)

    def evaluate(self, parameters: Tensor) -> FullPoint:
        """Residual and loss."""
        data = self.data
        theta, readout = self.split(parameters)
        trace = data.network.forward(theta, data.samples.t)
        features = self._features(data.network.read_out(trace))
        residual = data.targets - features @ readout
        size = (residual.abs() / self._root).pow(self.norm)
        loss = float((self._root.square() * size).sum()) / data.samples.n
        loss += data.network.penalty(theta)
        return FullPoint(parameters, theta, loss, residual, features, trace)

    def clip(self, parameters: Tensor) -> Tensor:
        """The nearest parameters that are allowed; the readout is free."""
        p = self.data.network.n_parameters
        return torch.cat([self.data.network.clip(parameters[:p]), parameters[p:]])

    def gradient(self, point: FullPoint) -> Tensor:
        """With respect to theta and readout."""
        data = self.data
        size = (point.residual.abs() / self._root).pow(self.norm - 1)
        slope = size * self._root * point.residual.sign()
        slope = slope * (-self.norm / data.samples.n)
        theta, readout = self.split(point.parameters)
        upstream = (slope * data.samples.root_weight) @ readout[self.fixed_columns :].T
        of_theta = data.network.gradient(theta, point.trace, upstream) + data.network.penalty_slope(theta)
        return torch.cat([of_theta, (point.features.T @ slope).reshape(-1)])

    def on_batches(self, point: Point | None, single: bool = False) -> BatchGradient:
        """The gradient from some rows, which is all that is needed; in single precision where asked to."""
        data, norm = self.data.in_single() if single else self.data, self.norm

        def gradient(parameters: Tensor, rows: Tensor) -> tuple[Tensor, float]:
            batch = FullProblem(replace(data, samples=self._moved(data.samples.take(rows))), norm)
            point = batch.evaluate(parameters.to(data.samples.t))
            return batch.gradient(point).to(parameters), point.loss

        return gradient

    def _moved(self, rows: Samples) -> Samples:
        """Rows somewhere in their cells: noise on inputs is a penalty on slopes (Bishop 1995)."""
        cell = self.data.cell
        if cell is None:
            return rows
        draws = torch.randn(rows.t.shape, generator=self._generator, dtype=torch.float32).to(rows.t)
        # With the variance of a place drawn evenly from the cell.
        return replace(rows, t=rows.t + draws * cell.to(rows.t) / math.sqrt(12))

    @cached_property
    def _generator(self) -> torch.Generator:
        return torch.Generator().manual_seed(0)

    def after_batches(self, parameters: Tensor, loss: float) -> Point:
        """Where a pass over the rows has led; its mean loss will do, the next one needs nothing else."""
        return Point(parameters, self.split(parameters)[0], loss)

    def validation_error(self, point: Point) -> float:
        """Error on the rows set aside."""
        data, held_out = self.data, self.data.validation
        if held_out is None:
            return float("nan")
        theta, readout = self.split(point.parameters)
        trained = data.network.features(theta, held_out.t)
        features = torch.cat([data.fixed(held_out.t), trained], 1)
        return held_out.rms(held_out.y - features @ readout)

    def _features(self, trained: Tensor) -> Tensor:
        data = self.data
        return torch.cat([data.fixed(data.samples.t), trained], 1) * data.samples.root_weight
