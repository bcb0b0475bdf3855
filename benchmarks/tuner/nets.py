"""The nets of `baselines.py`, each a torch module of one setting.

>>> net = KINDS["siren"].module(d=2, k=1, width=64, setting=30.0, depth=3)

They take U (n, d) in the box [-1, 1]^d. Frequencies are in cycles per box, unless said otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.common.targets import Array

RESOLUTION = 256  # points an axis that the settings of `Kind.grid` are meant for


class Siren(nn.Module):
    """Layers sin(omega (W x + b)), started as in Sitzmann et al. (2020), arXiv 2006.09661.

    `omega` is that of the first layer; the others have 30, also where sound is fitted (section 4).
    """

    hidden_omega = 30.0

    def __init__(self, d: int, k: int, width: int, setting: float, depth: int):
        super().__init__()
        sizes = [d, *[width] * depth]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.readout = nn.Linear(width, k)
        self.omegas = [setting, *[self.hidden_omega] * (depth - 1)]
        linear: list[Any] = [*self.layers, self.readout]
        _uniform(linear[0].weight, 1 / d)
        for layer in linear[1:]:
            _uniform(layer.weight, math.sqrt(6 / width) / self.hidden_omega)

    def forward(self, U: Tensor) -> Tensor:
        for omega, layer in zip(self.omegas, self.layers):
            U = torch.sin(omega * layer(U))
        return self.readout(U)


class FourierFeatures(nn.Module):
    """Sines and cosines of Gaussian frequencies, then ReLU layers: Tancik et al. (2020), 2006.10739.

    The frequencies have the standard deviation `setting`, in cycles per box, and are not trained.
    """

    def __init__(self, d: int, k: int, width: int, setting: float, depth: int):
        super().__init__()
        frequencies = setting * torch.randn(max(1, width // 2), d)
        self.frequencies = nn.Parameter(frequencies, requires_grad=False)
        sizes = [2 * len(frequencies), *[width] * depth]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.readout = nn.Linear(width, k)

    def forward(self, U: Tensor) -> Tensor:
        angles = math.pi * U @ self.frequencies.T  # the box is two units of U wide
        hidden = torch.cat([torch.sin(angles), torch.cos(angles)], dim=1)
        for layer in self.layers:
            hidden = torch.relu(layer(hidden))
        return self.readout(hidden)


class Bacon(nn.Module):
    """Products of sines of bounded integer frequencies and linear layers: Lindell et al. (2022).

    The output has no frequency above `setting` cycles per period, which every filter gets an equal
    part of. Frequencies are whole numbers of cycles per period and not trained; phases are.
    Source: arXiv 2112.04645, with its one output of the finest scale.
    """

    period = 2.0  # boxes

    def __init__(self, d: int, k: int, width: int, setting: float, depth: int):
        super().__init__()
        band = max(1, round(setting * self.period / (depth + 1)))
        shape = (depth + 1, width, d)
        frequencies = torch.randint(-band, band + 1, shape).to(torch.get_default_dtype())
        self.frequencies = nn.Parameter(frequencies, requires_grad=False)
        self.phases = nn.Parameter(torch.empty(depth + 1, width))
        _uniform(self.phases, math.pi)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.readout = nn.Linear(width, k)
        for layer in [*self.layers, self.readout]:
            _uniform(layer.weight, math.sqrt(6 / width))

    def forward(self, U: Tensor) -> Tensor:
        angles = math.pi / self.period * U @ self.frequencies.flatten(0, 1).T
        filters = torch.sin(angles + self.phases.flatten()).chunk(len(self.phases), dim=1)
        hidden = filters[0]
        for layer, values in zip(self.layers, filters[1:]):
            hidden = values * layer(hidden)
        return self.readout(hidden)


class Tuner(nn.Module):
    """The net of arXiv 2407.21121, for what our regressor has no parameter for: how it is started.

    Frozen frequencies, half a cycle per box apart or less, then sin(30 (W h + b)) with the columns
    of W clamped to 1 / 30 where the frequency is low and to 0.6 / 30 where it is high.

    Parameters
    ----------
    setting : float
        Largest frequency.
    start : {"two regions", "uniform", "siren"}
        Dense below `low` and a coarse lattice above; the whole lattice alike; no lattice.
    units : bool
        Whether the unit vectors of the lattice come first.
    """

    period, low, low_share = 1.5, 10, 0.7  # boxes; cycles per period
    omega, bounds = 30.0, (1.0, 0.6)

    def __init__(self, d: int, k: int, width: int, setting: float, depth: int, *, start: str, units: bool):
        super().__init__()
        waves = torch.as_tensor(self._waves(d, width, setting, start, units))
        waves = waves.to(torch.get_default_dtype())
        self.frequencies = nn.Parameter(waves, requires_grad=False)
        self.phases = nn.Parameter(torch.empty(width))
        _uniform(self.phases, math.pi / 2)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 1))
        self.readout = nn.Linear(width, k)
        low, high = self.bounds
        is_low = waves.abs().amax(dim=1) <= self.low
        self.bound = torch.where(is_low, low, high) / self.omega
        linear: list[Any] = list(self.layers)
        for layer in linear:
            nn.init.zeros_(layer.bias)
            layer.weight = nn.Parameter(0.3 * self.bound * torch.randn(width, width))

    def _waves(self, d: int, width: int, setting: float, start: str, units: bool) -> Array:
        rng = np.random.default_rng(int(torch.randint(2**31, (), device="cpu")))
        if start == "siren":  # 30 U(-1 / d, 1 / d) radians per unit, in cycles per period
            return self.omega * self.period / np.pi * rng.uniform(-1 / d, 1 / d, (width, d))
        band = max(1, round(setting * self.period))
        drawn: list[Array] = [np.eye(d)[: width if units else 0]]
        if start == "two regions":
            count = round(self.low_share * width)
            drawn.append(rng.integers(-self.low, self.low + 1, (count, d)))
            steps = band // self.low
            drawn.append(self.low * rng.integers(-steps, steps + 1, (width, d)))
        else:
            drawn.append(rng.integers(-band, band + 1, (width, d)))
        return np.concatenate(drawn)[:width]

    def forward(self, U: Tensor) -> Tensor:
        angles = math.pi / self.period * U @ self.frequencies.T
        hidden = torch.sin(angles + self.phases)
        linear: list[Any] = list(self.layers)
        for layer in linear:
            with torch.no_grad():  # here, after every step of the optimizer
                layer.weight.clamp_(-self.bound, self.bound)
            hidden = torch.sin(self.omega * layer(hidden))
        return self.readout(hidden)


@dataclass(frozen=True)
class Kind:
    """A baseline and how it is trained.

    Parameters
    ----------
    module : callable
        Takes d, k, width, setting and depth, and makes the net.
    depth : int
        Number of layers of `width` units.
    rate : float
        First learning rate.
    grid : tuple of float
        Settings that are tried, where an axis has `RESOLUTION` points.
    """

    module: Callable[..., nn.Module]
    depth: int
    rate: float
    grid: tuple[float, ...]


# Of the paper's net: its grid is a third of the largest frequency that pixels resolve.
_STARTS: dict[str, dict[str, Any]] = {
    "paper": {"start": "two regions", "units": True},
    "paper, no unit vectors": {"start": "two regions", "units": False},
    "paper, uniform": {"start": "uniform", "units": True},
    "paper, SIREN's start": {"start": "siren", "units": False},
}
KINDS = {
    "siren": Kind(Siren, 3, 2e-3, (15.0, 30.0, 60.0)),
    "ffm": Kind(FourierFeatures, 3, 4e-3, (5.0, 10.0, 20.0)),
    "bacon": Kind(Bacon, 4, 1e-2, (32.0, 64.0, 128.0)),
    **{name: Kind(partial(Tuner, **start), 2, 2e-3, (43.0,)) for name, start in _STARTS.items()},
}
BASELINES = ("siren", "ffm", "bacon")
STARTS = tuple(_STARTS)


def _uniform(values: Tensor, bound: float) -> None:
    nn.init.uniform_(values, -bound, bound)
