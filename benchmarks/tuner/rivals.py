"""Nets of 2022 to 2024 beside those of `nets.py`: FINER, WIRE, hash grids."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.tuner.nets import KINDS, RESOLUTION, Kind, Siren


class Finer(Siren):
    """Layers sin(omega (|z| + 1) z), z = W x + b: Liu et al. (2024), arXiv 2312.02434.

    Biases of the first layer are uniform up to `first_bias`, which sets the frequencies that are in use.
    """

    first_bias = 5.0  # of their images

    def __init__(self, d: int, k: int, width: int, setting: float, depth: int):
        super().__init__(d, k, width, setting, depth)
        first: Any = self.layers[0]
        nn.init.uniform_(first.bias, -self.first_bias, self.first_bias)

    def forward(self, U: Tensor) -> Tensor:
        for omega, layer in zip(self.omegas, self.layers):
            z = layer(U)
            U = torch.sin(omega * (z.abs() + 1) * z)
        return self.readout(U)


class Wire(nn.Module):
    """Layers cos(omega z) exp(-(scale v)^2) of two linear maps z and v: Saragadam et al. (2023).

    Gabor wavelets in real numbers, as in the code of arXiv 2301.05187.
    """

    scale = 10.0

    def __init__(self, d: int, k: int, width: int, setting: float, depth: int):
        super().__init__()
        sizes = [d, *[width] * depth]
        self.waves = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.windows = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.readout = nn.Linear(width, k)
        self.omega = setting

    def forward(self, U: Tensor) -> Tensor:
        for wave, window in zip(self.waves, self.windows):
            U = torch.cos(self.omega * wave(U)) * torch.exp(-(self.scale * window(U)).square())
        return self.readout(U)


class HashGrid(nn.Module):
    """Grids of features, each finer than the last, in tables of `width` rows, then two ReLU layers.

    Mueller et al. (2022), arXiv 2201.05989. The finest grid has `setting` cells along the box; where a grid
    has more nodes than rows they share them by the source's hash.
    """

    coarsest, n_levels, n_features, hidden = 16, 6, 2, 32

    def __init__(self, d: int, k: int, width: int, setting: float, depth: int):
        super().__init__()
        growth = max(setting / self.coarsest, 1.0) ** (1 / (self.n_levels - 1))
        self.cells = [round(self.coarsest * growth**level) for level in range(self.n_levels)]
        self.tables = nn.Parameter(1e-4 * (2 * torch.rand(self.n_levels, width, self.n_features) - 1))
        hidden = min(self.hidden, width)  # a net of few numbers has tables too
        sizes = [self.n_levels * self.n_features, *[hidden] * (depth - 1)]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.readout = nn.Linear(hidden, k)
        self.corners = list(product((0, 1), repeat=d))

    def forward(self, U: Tensor) -> Tensor:
        features = [self._level(level, (U + 1) / 2 * cells) for level, cells in enumerate(self.cells)]
        hidden = torch.cat(features, dim=1)
        for layer in self.layers:
            hidden = torch.relu(layer(hidden))
        return self.readout(hidden)

    def _level(self, level: int, place: Tensor) -> Tensor:
        low = place.detach().floor().clamp(0, self.cells[level] - 1)
        share = place - low
        found: Any = 0.0
        for corner in self.corners:
            up = torch.tensor(corner, dtype=torch.bool)
            weight = torch.where(up, share, 1 - share).prod(dim=1, keepdim=True)
            rows = self._rows(level, low.long() + up)
            found = found + weight * self.tables[level][rows]
        return found

    def _rows(self, level: int, node: Tensor) -> Tensor:
        size, rows = self.cells[level] + 1, self.tables.shape[1]
        if size ** node.shape[1] <= rows:
            return (node * size ** torch.arange(node.shape[1])).sum(1)
        hashed = torch.zeros_like(node[:, 0])
        for prime, column in zip((1, 2_654_435_761, 805_459_861), node.T):
            hashed = hashed ^ (column * prime)
        return hashed % rows


KINDS |= {
    "finer": Kind(Finer, 3, 2e-3, (7.5, 15.0, 30.0)),
    "wire": Kind(Wire, 3, 4e-3, (5.0, 10.0, 20.0)),
    "hash grid": Kind(HashGrid, 3, 1e-2, (RESOLUTION / 4, RESOLUTION / 2, RESOLUTION)),
}
RIVALS = ("ffm", "siren", "finer", "wire", "hash grid", "bacon")
