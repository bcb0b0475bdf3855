"""The fitted function as torch modules: what predicts, differentiates and exports."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .._backend.blocks import by_blocks, cached_blocks
from .._backend.scaling import scaled
from ..linalg.polynomials import grown
from .alike import AlikeSum, Arithmetic, may_differ
from .beyond import Beyond
from .dense import DenseNetwork
from .expansion import Expansion
from .fourier import fourier_features

# The strongest modes before a net, the fewest beside one when the choice is ours, and those of a grade
# without a network that the next grade takes as inputs.
MIN_MODES = 12


@dataclass(frozen=True)
class StageFunction:
    """A stage at unit scale: a series in t beside a network on `hidden`.

    `hidden` is t, or from the second grade of a composition on what the grade before handed on: the
    features of its network, or its modes where it has none. Without `beyond` the stage goes on as it is.
    """

    expansion: Expansion
    network: DenseNetwork | None = None
    theta: Tensor | None = None
    readout: Tensor | None = None  # shape: (h, k)
    grade: int = 0  # place in a composition, from 1; 0: a stage that hands on nothing
    beyond: Beyond | None = None

    def __call__(self, t: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Values (n, k), and the inputs of the next stage's network."""
        near, inputs = self._near(t, hidden)
        total, features = self._values(near, inputs)
        return self._returned(total, near, t), self._handed(near, hidden, features)

    def values(self, t: Tensor, hidden: Tensor) -> Tensor:
        """Values (n, k) alone: of many modes, those that are handed on take as long."""
        near, inputs = self._near(t, hidden)
        return self._returned(self._values(near, inputs)[0], near, t)

    def handed(self, t: Tensor, hidden: Tensor) -> Tensor:
        """The inputs of the next stage's network alone."""
        near, inputs = self._near(t, hidden)
        return self._handed(near, hidden, self._features(inputs) if self.grade else None)

    def _near(self, t: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Where the stage is evaluated, and what its network takes there."""
        if self.beyond is None:
            return t, hidden
        near = self.beyond.near(t)
        return near, hidden if self.grade > 1 else near

    def _returned(self, values: Tensor, near: Tensor, t: Tensor) -> Tensor:
        return values if self.beyond is None else self.beyond.returned(values, near, t)

    def _values(self, t: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor | None]:
        """Values (n, k), and the features of the network where they are handed on."""
        total, readout = self.expansion(t), self.readout
        features = self._features(hidden) if self.grade else None
        if self.network is None or readout is None:
            return total, features
        if features is not None:
            return total + features @ readout, features
        return total + self._by_blocks(lambda rows: self._network(rows) @ readout, hidden), None

    def _features(self, hidden: Tensor) -> Tensor | None:
        if self.network is None or self.theta is None:
            return None
        return self._by_blocks(self._network, hidden)

    def _network(self, hidden: Tensor) -> Tensor:
        """Features (n, h) of the network."""
        assert self.network is not None and self.theta is not None
        return self.network.features(self.theta, hidden)

    def _by_blocks(self, function: Callable[[Tensor], Tensor], hidden: Tensor) -> Tensor:
        """What all layers hold of a block of rows stays in the caches."""
        assert self.network is not None
        row_bytes = 8 * sum(self.network.sizes)
        return by_blocks(function, hidden, cached_blocks(len(hidden), row_bytes))

    def _handed(self, t: Tensor, hidden: Tensor, features: Tensor | None) -> Tensor:
        if not self.grade:
            return hidden
        return self._handed_modes(t) if features is None else features

    def reach(self, growth: float) -> Tensor:
        """How far beyond the box functions have grown by e^growth at most, shape (d,).

        Units of a network count as the waves that its first layer has on half the box.
        """
        reach = self.expansion.reach(growth)
        if self.network is None or self.theta is None or self.grade > 1:
            return reach
        steepest = self.network.weights(self.theta)[0][:-1].abs().amax(1)
        return torch.minimum(reach, grown(growth, steepest) - 1)

    def wave_size(self) -> float:
        """Root mean square of the waves of a series, and of one layer of waves, over all of space."""
        series, readout = self.expansion, self.readout
        parts = [series.cosine, series.sine, *([] if readout is None else [readout])]
        return math.sqrt(sum(float(part.square().sum()) for part in parts) / 2)

    def _handed_modes(self, t: Tensor) -> Tensor:
        modes = self.expansion.leading_waves(MIN_MODES)
        return torch.cat([t, fourier_features(t, modes)], 1)


@dataclass(frozen=True)
class StageWeights:
    """One fitted stage in scaled units, NumPy on the CPU; `series` has the fields of its `Expansion`."""

    scale: float
    series: dict[str, np.ndarray | None]
    network: DenseNetwork | None = None
    theta: np.ndarray | None = None
    readout: np.ndarray | None = None  # shape: (h, k)
    grade: int = 0
    reach: np.ndarray | None = None  # shape: (d,); None: it goes on
    plane: np.ndarray | None = None  # shape: (1 + d, k)


@dataclass(frozen=True)
class FunctionUnits:
    """x = center + halfwidth t, y = unit (offset + sum of stages); `flat` gives (n,) for (n, 1).

    Of logarithmic axes x = center exp(halfwidth (1 + t)).
    """

    center: np.ndarray
    halfwidth: np.ndarray
    unit: float
    offset: np.ndarray
    flat: bool
    logarithmic: np.ndarray | None = None  # shape: (d,), bool; None: no axis is


# Fields of an expansion that a user may train on; the others say which functions it has.
LEARNED = ("affine", "frequencies", "cosine", "sine", "legendre", "mapped", "gaussian")


class FittedStage(nn.Module):
    """scale (expansion + network), on scaled inputs (n, d), to (n, k)."""

    affine: Tensor
    frequencies: Tensor
    cosine: Tensor
    sine: Tensor
    scale_factor: Tensor  # shape: (1, 1)
    reach: Tensor | None
    plane: Tensor | None

    def __init__(self, weights: StageWeights) -> None:
        super().__init__()
        self.network, self.grade = weights.network, weights.grade
        self.register_buffer("scale_factor", _constant(weights.scale))
        self.register_buffer("reach", None if weights.reach is None else _tensor(weights.reach))
        self.register_buffer("plane", None if weights.plane is None else _tensor(weights.plane))
        self.series_names = tuple(weights.series)
        for name, array in weights.series.items():
            if name in LEARNED and array is not None:
                self.register_parameter(name, _parameter(array))
            else:
                self.register_buffer(name, None if array is None else torch.tensor(array))
        if weights.network is not None:
            self.theta = _parameter(weights.theta)
            self.readout = _parameter(weights.readout)

    @property
    def scale(self) -> float:
        """The factor as a number."""
        return float(self.scale_factor)

    @property
    def function(self) -> StageFunction:
        """The stage at unit scale."""
        series = Expansion(**{name: getattr(self, name) for name in self.series_names})
        if self.network is None:
            return StageFunction(series, grade=self.grade, beyond=self.beyond)
        return StageFunction(series, self.network, self.theta, self.readout, self.grade, self.beyond)

    @property
    def beyond(self) -> Beyond | None:
        """What the stage does beyond the box; None where it goes on."""
        return None if self.reach is None or self.plane is None else Beyond(self.reach, self.plane)

    @property
    def can_be_alike(self) -> bool:
        """Whether it is bounded units beside a plane and waves: what an `AlikeSum` is made of."""
        if self.network is None or "relu" in self.network.activations:
            return False
        series = self.function.expansion
        others = series.degrees, series.orders, series.centers, series.powers
        return all(part is None for part in others)

    @property
    def coefficients(self) -> list[Tensor]:
        """Of 1 and t, of cosines, of sines and of units."""
        return [self.affine, self.cosine, self.sine, *([] if self.network is None else [self.readout])]

    def alike(self, arithmetic: Arithmetic, array: Callable[[Tensor], Any] = lambda x: x) -> AlikeSum:
        """The sum at unit scale in this arithmetic, of arrays of its library."""
        assert self.network is not None
        weights = [array(matrix) for matrix in self.network.weights(self.theta)]
        parts = [array(part) for part in self.coefficients]
        waves = array(self.frequencies) * arithmetic.turn
        return AlikeSum.of(arithmetic, self.network, weights, self.grade < 2, waves, parts)

    @property
    def row_bytes(self) -> int:
        """Memory that one row needs on its way through."""
        hidden = 0 if self.network is None else 5 * sum(self.network.sizes)
        return self.function.expansion.row_bytes + 8 * hidden

    def forward(self, t: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Values of the stage, and the inputs of the next stage's network."""
        values, handed = self.function(t, hidden)
        return self.scale_factor * values, handed


class FittedFunction(nn.Module):
    """All stages, original units in and out, float64.

    Takes (n, d) of any real dtype; gives (n,) or (n, k).
    """

    center: Tensor  # shape: (d,)
    halfwidth: Tensor  # shape: (d,)
    offset: Tensor  # shape: (k,)
    logarithmic: Tensor  # shape: (d,), bool
    unit_factor: Tensor  # shape: (1, 1)

    def __init__(self, units: FunctionUnits, stages: list[StageWeights]) -> None:
        super().__init__()
        self.stages = nn.ModuleList([FittedStage(weights) for weights in stages])
        self.register_buffer("center", _tensor(units.center))
        self.register_buffer("halfwidth", _tensor(units.halfwidth))
        self.register_buffer("offset", _tensor(units.offset))
        none = np.zeros(len(units.center), dtype=bool)
        logarithmic = none if units.logarithmic is None else units.logarithmic
        self.register_buffer("logarithmic", torch.tensor(logarithmic))
        self.register_buffer("unit_factor", _constant(units.unit))
        self.flat = units.flat

    def forward(self, X: Tensor) -> Tensor:
        """Predictions."""
        t = self.scaled(X)
        return self._finish(self.evaluate(t)[0])

    def evaluate(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """The sum at scaled coordinates (n, d), and the inputs of a next stage's network."""
        total, hidden = self._start(t), t
        for stage in self.parts:
            values, hidden = stage(t, hidden)
            total = total + values
        return total, hidden

    def first(self, count: int) -> FittedFunction:
        """The sum of the first stages alone; shares the weights."""
        part = copy(self)
        part._modules = {**self._modules, "stages": self.stages[:count]}
        return part

    @property
    def unit(self) -> float:
        """Of y, as a number."""
        return float(self.unit_factor)

    @property
    def parts(self) -> list[FittedStage]:
        """The stages, in order."""
        return [stage for stage in self.stages if isinstance(stage, FittedStage)]

    @property
    def row_bytes(self) -> int:
        """Memory that one row needs on its way through."""
        return max([stage.row_bytes for stage in self.parts], default=0) + 64 * len(self.center)

    def scaled(self, X: Tensor) -> Tensor:
        """Scaled coordinates (n, d)."""
        return scaled(X.to(self.center.dtype), self.center, self.halfwidth, self.logarithmic)

    @property
    def cancels(self) -> bool:
        """Whether a stage has terms so large that libraries may differ."""
        sizes = [torch.cat(stage.coefficients).abs().sum(0).max() * stage.scale for stage in self.parts]
        return may_differ(max([float(size.detach()) for size in sizes], default=0.0))

    def ends(self) -> tuple[Tensor, Tensor]:
        """Those of the box that t from -1 to 1 is, shapes (d,)."""
        log, center, width = self.logarithmic, self.center, self.halfwidth
        high = torch.where(log, center * torch.exp(2 * width), center + width)
        return torch.where(log, center, center - width), high

    def _start(self, t: Tensor) -> Tensor:
        return self.offset.expand(t.shape[0], -1)

    def _finish(self, total: Tensor) -> Tensor:
        values = total * self.unit_factor
        return values[:, 0] if self.flat else values


def _tensor(array: np.ndarray) -> Tensor:
    return torch.tensor(array, dtype=torch.float64)


def _constant(value: float) -> Tensor:
    """As a matrix: a runtime may merge a scalar into a product of matrices, and round it to float32."""
    return torch.full((1, 1), value, dtype=torch.float64)


def _parameter(array: np.ndarray | None) -> nn.Parameter:
    assert array is not None
    return nn.Parameter(_tensor(array))
