"""Units of a shallow net, chosen among many that were drawn: each explains most of what the others leave.

Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993) on random units. Training only moves a
sine to a line of the target that is near: of 64 drawn at random, many on twenty tones are near none.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .._backend.samples import Samples
from ..networks import ACTIVATIONS, DenseNetwork
from .starts import Start

# Draws of the whole layer, each of its own steepness from the lowest on; most units to choose among.
N_DRAWS, MIN_DRAWS, LOWEST, MAX_POOL = 32, 8, 0.25, 4096
# Rows that are looked at.
MAX_ROWS = 2000
# A unit of which less than this share of its square is new is as good as one that is taken already.
LEAST_NEW = 1e-8


def choose_first_layer(start: Start, samples: Samples, generator: torch.Generator) -> Tensor:
    """First parameters of a shallow net: the units that its start has in any case, and chosen ones."""
    theta = start.draw(samples.t, generator)
    given, drawn = first_layer_of(start, theta).tensor_split([start.given], 1)
    drawn[:] = choose_units(start, samples, given, drawn.shape[1], generator)
    return theta


def first_layer_of(start: Start, theta: Tensor) -> Tensor:
    """Weights (inputs + 1, units) of a shallow net, a view."""
    assert isinstance(start.network, DenseNetwork)
    return start.network.weights(theta)[0]


def choose_units(
    start: Start, samples: Samples, kept: Tensor, count: int, generator: torch.Generator
) -> Tensor:
    """Columns (inputs + 1, count) to stand beside the `kept` ones; just drawn where there are too many."""
    rows = samples.draw(MAX_ROWS, generator)
    draws = min(N_DRAWS, MAX_POOL // start.network.n_features)
    if draws < MIN_DRAWS:
        return _draw(start, rows, generator)[:, :count]
    pool = torch.cat([factor * _draw(start, rows, generator) for factor in _factors(start, draws)], 1)
    inputs = torch.cat([rows.t, torch.ones_like(rows.t[:, :1])], 1)
    activation = ACTIVATIONS[start.network.activations[0]]
    beside = torch.cat([start.beside(rows.t), activation(inputs @ kept)[0]], 1) * rows.root_weight
    basis = torch.linalg.qr(beside)[0]
    units, left = activation(inputs @ pool)[0] * rows.root_weight, rows.y * rows.root_weight
    units = units - basis @ (basis.T @ units)
    left = left - basis @ (basis.T @ left)
    return pool[:, _pursue(units, left, count)]


def _factors(start: Start, count: int) -> list[float]:
    """Of the steepness, evenly spaced on a logarithmic scale."""
    return [LOWEST * (start.max_steepness / LOWEST) ** ((i + 0.5) / count) for i in range(count)]


def _draw(start: Start, rows: Samples, generator: torch.Generator) -> Tensor:
    return first_layer_of(start, start.draw(rows.t, generator))[:, start.given :]


def _pursue(units: Tensor, left: Tensor, count: int) -> list[int]:
    """Which columns of `units` (n, m) explain most of `left` (n, k), one after another.

    A pivoted Cholesky factorization of the products of the units, the pivot chosen by what it explains.
    """
    products, reached = units.T @ units, units.T @ left
    size = products.diagonal().clone()
    least = LEAST_NEW * size + torch.finfo(size.dtype).tiny
    factor = products.new_empty(len(size), count)
    chosen: list[int] = []
    for step in range(count):
        gain = torch.where(size > least, reached.square().sum(1) / size.clamp_min(least), -1.0)
        gain[chosen] = -2.0  # where nothing is new, at least another one
        best = int(gain.argmax())
        root = size[best].clamp_min(least[best]).sqrt()
        column = (products[:, best] - factor[:, :step] @ factor[best, :step]) / root
        factor[:, step] = column
        size = size - column.square()
        reached = reached - column[:, None] * (reached[best] / root)
        chosen.append(best)
    return chosen
