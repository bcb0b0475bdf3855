"""The fitted function of plain real operations: what leaves for other programs.

It differs from `FittedFunction`, which predicts, in the way it gets there alone. No line of it asks what a
tensor holds, how many rows there are or whether they share coordinates, every constant that is not a small
integer is a float64 buffer, and nothing is complex. So `torch.export` traces it for any number of rows, the
transforms of `torch.func` pass through it, and a runtime that reads plain numbers as float32 loses nothing.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from .._backend.scaling import with_logarithms
from ..linalg.harmonics import cosine_sum, harmonic_sum
from ..linalg.mapped_cosines import map_constants, mapped_by, polynomial_tables
from .alike import Arithmetic, alike_constants
from .boxes import FunctionBox, product_sum, wave_sum
from .fitted import MIN_MODES, FittedFunction, FittedStage, FunctionUnits, StageWeights
from .fourier import (
    affine_features,
    bell_features,
    fourier_features,
    gaussian_features,
    polynomial_features,
    power_roots,
)

# Size of a box of functions, without places: in a stage that has none.
NO_BOX: tuple[int, ...] = ()


class ExportedStage(FittedStage):
    """A stage of plain operations; its weights have the names of those of `FittedStage`."""

    # Weights of a series that has such terms: see `Expansion`.
    step: Tensor
    degrees: Tensor
    legendre: Tensor
    orders: Tensor
    bends: Tensor
    mapped: Tensor
    centers: Tensor
    powers: Tensor
    lengths: Tensor
    gaussian: Tensor
    # Constants.
    turn: Tensor  # 2 pi, shape: (1, 1)
    handed: Tensor  # frequencies that the next grade takes as inputs, shape: (m, d)
    roots: Tensor  # of the powers
    bend_turn: Tensor  # shape: (d,), and so the next two
    bend_largest: Tensor
    bend_divisor: Tensor
    order_place: Tensor
    order_sign: Tensor
    wave_place: Tensor
    wave_sign: Tensor
    angular_step: Tensor  # shape: (d,)

    def __init__(self, weights: StageWeights) -> None:
        super().__init__(weights)
        self.is_alike = False
        for name, values in alike_constants().items():
            self._keep(f"alike_{name}", torch.tensor(values))
        self._settle()
        self.register_load_state_dict_post_hook(_settle_again)  # type: ignore[no-untyped-call]

    def _settle(self) -> None:
        """Everything that follows from which functions there are, and not from their amplitudes."""
        series = self.function.expansion
        self._keep("turn", torch.full_like(self.scale_factor, 2 * math.pi))
        self._keep("handed", series.leading_waves(MIN_MODES).detach().clone())
        self.highest = NO_BOX if self.degrees is None else tuple(self.degrees.amax(0).tolist())
        if self.powers is not None:
            self.highest_powers = tuple(self.powers.amax(0).tolist())
            self._keep("roots", power_roots(max(self.highest_powers), self.scale_factor))
        if self.orders is not None:
            self.order_sizes = self._keep_box("order", FunctionBox.of_orders(self.orders))
            for name, values in zip(
                ("bend_turn", "bend_largest", "bend_divisor"), map_constants(self.bends)
            ):
                self._keep(name, values)
        box = series.wave_box
        self.wave_sizes = NO_BOX if box is None else self._keep_box("wave", box)
        if box is not None:
            self._keep("angular_step", 2 * math.pi * self.step)

    def _keep(self, name: str, values: Tensor) -> None:
        self.register_buffer(name, values, persistent=False)

    def _keep_box(self, name: str, box: FunctionBox) -> tuple[int, ...]:
        self._keep(f"{name}_place", box.place)
        self._keep(f"{name}_sign", box.sign.to(self.scale_factor))
        return box.size

    def forward(self, t: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Values of the stage, and the inputs of the next stage's network."""
        beyond = self.beyond
        near = t if beyond is None else beyond.near(t)
        total, features = self._values(near, hidden if self.grade > 1 else near)
        if beyond is not None:
            total = beyond.returned(total, near, t)
        values = self.scale_factor * total
        if not self.grade:
            return values, hidden
        return values, self._handed_modes(near) if features is None else features

    def _values(self, t: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.is_alike:
            constants = {name: getattr(self, f"alike_{name}") for name in alike_constants()}
            return self.alike(Arithmetic(torch, constants))(t, inputs)
        if self.network is None:
            return self._series(t), None
        features = self.network.features(self.theta, inputs)
        return self._series(t) + features @ self.readout, features

    def _handed_modes(self, t: Tensor) -> Tensor:
        return torch.cat([t, fourier_features(t, self.handed, self.turn)], 1)

    def _series(self, t: Tensor) -> Tensor:
        total = affine_features(t) @ self.affine
        if self.degrees is not None:
            total = total + polynomial_features(t, self.degrees, self.highest) @ self.legendre
        if self.orders is not None:
            total = total + self._mapped_sum(t)
        if self.centers is not None:
            total = total + gaussian_features(t, self.centers, self.lengths) @ self.gaussian
        if self.powers is not None:
            bells = bell_features(t, self.powers, self.lengths, self.roots, self.highest_powers)
            total = total + bells @ self.gaussian
        return total + self._wave_sum(t) if self.frequencies.shape[0] else total

    def _mapped_sum(self, t: Tensor) -> Tensor:
        cosines = mapped_by(t, self.bend_turn, self.bend_largest, self.bend_divisor)
        sizes = self.order_sizes
        box = FunctionBox(sizes, self.order_place, self.order_sign).filled(self.mapped)
        if len(sizes) == 1:
            return cosine_sum(cosines, box)
        return product_sum(polynomial_tables(cosines, [size - 1 for size in sizes]), box)

    def _wave_sum(self, t: Tensor) -> Tensor:
        if not self.wave_sizes:
            amplitudes = torch.cat([self.cosine, self.sine])
            return fourier_features(t, self.frequencies, self.turn) @ amplitudes
        box = FunctionBox(self.wave_sizes, self.wave_place, self.wave_sign)
        add = harmonic_sum if len(self.wave_sizes) == 1 else wave_sum
        return add(t * self.angular_step, *box.halves(self.cosine, self.sine))


class ExportedFunction(FittedFunction):
    """All stages, original units in and out, float64: plain operations that torch and others export.

    Takes (n, d), or (d,) for one row, of any real dtype; gives (n,) or (n, k), or () or (k,). Amplitudes,
    frequencies and weights are parameters; scales, units and constants are buffers.
    """

    tiny: Tensor  # the smallest positive number, shape: (1, 1)

    def __init__(self, units: FunctionUnits, stages: list[StageWeights]) -> None:
        super().__init__(units, [])
        self.stages.extend(ExportedStage(weights) for weights in stages)
        tiny = torch.full_like(self.unit_factor, float(np.finfo(np.float64).tiny))
        self.register_buffer("tiny", tiny, persistent=False)
        self._settle()
        self.register_load_state_dict_post_hook(_settle_again)  # type: ignore[no-untyped-call]

    def _settle(self) -> None:
        self.has_logarithm = bool(self.logarithmic.any())
        cancels = self.cancels
        for stage in self.stages:
            if isinstance(stage, ExportedStage):
                stage.is_alike = cancels and stage.can_be_alike

    def scaled(self, X: Tensor) -> Tensor:
        """Scaled coordinates (n, d)."""
        X = X.to(self.center.dtype)
        linear = (X - self.center) / self.halfwidth
        if not self.has_logarithm:
            return linear
        return with_logarithms(linear, X / self.center, self.halfwidth, self.logarithmic, self.tiny)

    def forward(self, X: Tensor) -> Tensor:
        """Predictions."""
        if X.ndim == 1:
            return self.forward(X[None])[0]
        return super().forward(X)


def _settle_again(module: ExportedStage | ExportedFunction, _: object) -> None:
    """After another state is loaded."""
    module._settle()
