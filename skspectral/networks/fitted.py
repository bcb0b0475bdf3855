"""The fitted function as torch modules: what predicts, differentiates and exports."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from .dense import DenseNetwork
from .expansion import Expansion


@dataclass(frozen=True)
class StageWeights:
    """One fitted stage in scaled units, NumPy on the CPU."""

    scale: float
    affine: np.ndarray  # shape: (1 + d, k)
    frequencies: np.ndarray  # shape: (m, d), cycles per unit of t
    cosine: np.ndarray  # shape: (m, k)
    sine: np.ndarray  # shape: (m, k)
    step: np.ndarray | None = None  # shape: (d,)
    network: DenseNetwork | None = None
    theta: np.ndarray | None = None
    readout: np.ndarray | None = None  # shape: (h, k)


@dataclass(frozen=True)
class FunctionUnits:
    """x = center + halfwidth t, y = unit (offset + sum of stages); `flat` gives (n,) for (n, 1)."""

    center: np.ndarray
    halfwidth: np.ndarray
    unit: float
    offset: np.ndarray
    flat: bool


class FittedStage(nn.Module):
    """scale (expansion + network), on scaled inputs (n, d), to (n, k)."""

    affine: Tensor
    frequencies: Tensor
    cosine: Tensor
    sine: Tensor
    step: Tensor | None

    def __init__(self, weights: StageWeights) -> None:
        super().__init__()
        self.scale, self.network = weights.scale, weights.network
        for name in ("affine", "frequencies", "cosine", "sine"):
            setattr(self, name, _parameter(getattr(weights, name)))
        self.register_buffer("step", None if weights.step is None else _tensor(weights.step))
        if weights.network is not None:
            self.theta = _parameter(weights.theta)
            self.readout = _parameter(weights.readout)

    @property
    def expansion(self) -> Expansion:
        """The linear part."""
        return Expansion(self.affine, self.frequencies, self.cosine, self.sine, self.step)

    @property
    def row_bytes(self) -> int:
        """Memory that one row needs on its way through."""
        hidden = 0 if self.network is None else 5 * sum(self.network.sizes)
        return self.expansion.row_bytes + 8 * hidden

    def forward(self, t: Tensor) -> Tensor:
        """Values of the stage."""
        total = self.expansion(t)
        if self.network is not None:
            total = total + self.network.features(self.theta, t) @ self.readout
        return self.scale * total


class FittedFunction(nn.Module):
    """All stages, original units in and out, float64.

    Takes (n, d) of any real dtype; gives (n,) or (n, k).
    """

    center: Tensor  # shape: (d,)
    halfwidth: Tensor  # shape: (d,)
    offset: Tensor  # shape: (k,)

    def __init__(self, units: FunctionUnits, stages: list[StageWeights]) -> None:
        super().__init__()
        self.stages = nn.ModuleList([FittedStage(weights) for weights in stages])
        self.register_buffer("center", _tensor(units.center))
        self.register_buffer("halfwidth", _tensor(units.halfwidth))
        self.register_buffer("offset", _tensor(units.offset))
        self.unit, self.flat = units.unit, units.flat

    def forward(self, X: Tensor) -> Tensor:
        """Predictions."""
        t = self._scaled(X)
        total = self._start(t)
        for stage in self.parts:
            total = total + stage(t)
        return self._finish(total)

    def first(self, count: int) -> FittedFunction:
        """The sum of the first stages alone; shares the weights."""
        part = copy(self)
        part._modules = {**self._modules, "stages": self.stages[:count]}
        return part

    @property
    def parts(self) -> list[FittedStage]:
        """The stages, in order."""
        return [stage for stage in self.stages if isinstance(stage, FittedStage)]

    @property
    def row_bytes(self) -> int:
        """Memory that one row needs on its way through."""
        return max([stage.row_bytes for stage in self.parts], default=0) + 64 * len(self.center)

    def _scaled(self, X: Tensor) -> Tensor:
        return (X.to(self.center.dtype) - self.center) / self.halfwidth

    def _start(self, t: Tensor) -> Tensor:
        return self.offset.expand(len(t), -1)

    def _finish(self, total: Tensor) -> Tensor:
        values = total * self.unit
        return values[:, 0] if self.flat else values


def _tensor(array: np.ndarray) -> Tensor:
    return torch.tensor(array, dtype=torch.float64)


def _parameter(array: np.ndarray | None) -> nn.Parameter:
    assert array is not None
    return nn.Parameter(_tensor(array))
