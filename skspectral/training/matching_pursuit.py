"""Units of a shallow net, chosen among many that were drawn: each explains most of what the others leave.

Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993) on random units. Training moves a sine
only to a line of the target that is near it, and of 64 sines drawn at random for twenty tones, many are not
near any.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._backend.budget import STEP_FLOPS
from .._backend.samples import Samples
from ..networks import ACTIVATIONS, DenseNetwork
from ..spectrum import N_PROBES
from .starts import Start


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
    """Columns (inputs + 1, count) to stand beside the `kept` ones.

    The pool is as large as the products of its units are affordable: with a third as many, compositions
    are missed by 1e-5 instead of 1e-8. Where it has room for one draw only, that is taken.
    """
    rows = samples.draw(N_PROBES, generator)
    draws = math.isqrt(int(STEP_FLOPS / N_PROBES)) // start.network.n_features
    if draws < 2:
        return _draw(start, rows, generator)[:, :count]
    pool = torch.cat([factor * _draw(start, rows, generator) for factor in _factors(start, draws)], 1)
    inputs = torch.cat([rows.t, torch.ones_like(rows.t[:, :1])], 1)
    activation = ACTIVATIONS[start.network.activations[0]].value
    beside = torch.cat([start.beside(rows.t), activation(inputs @ kept)], 1) * rows.root_weight
    basis = torch.linalg.qr(beside)[0]
    units, left = activation(inputs @ pool) * rows.root_weight, rows.y * rows.root_weight
    units = units - basis @ (basis.T @ units)
    left = left - basis @ (basis.T @ left)
    return pool[:, _pursue(units, left, count)]


def _factors(start: Start, count: int) -> list[float]:
    """Of the steepness of each draw, evenly spaced on a logarithmic scale about 1."""
    return [start.max_steepness**exponent for exponent in torch.linspace(-1, 1, count).tolist()]


def _draw(start: Start, rows: Samples, generator: torch.Generator) -> Tensor:
    return first_layer_of(start, start.draw(rows.t, generator))[:, start.given :]


def _pursue(units: Tensor, left: Tensor, count: int) -> list[int]:
    """Which columns of `units` (n, m) explain most of `left` (n, k), one after another.

    A pivoted Cholesky factorization of the products of the units, the pivot chosen by what it explains.
    """
    products, reached = units.T @ units, units.T @ left
    size = products.diagonal().clone()
    # Rounding leaves a square of about epsilon of a unit that depends on those chosen.
    least = torch.finfo(size.dtype).eps ** 0.5 * size + torch.finfo(size.dtype).tiny
    factor = products.new_empty(len(size), count)
    chosen: list[int] = []
    for step in range(count):
        gain = torch.where(size > least, reached.square().sum(1) / size.clamp_min(least), -1.0)
        gain[chosen] = -2.0  # where none adds anything, take one that is not chosen yet
        best = int(gain.argmax())
        root = size[best].clamp_min(least[best]).sqrt()
        column = (products[:, best] - factor[:, :step] @ factor[best, :step]) / root
        factor[:, step] = column
        size = size - column.square()
        reached = reached - column[:, None] * (reached[best] / root)
        chosen.append(best)
    return chosen
