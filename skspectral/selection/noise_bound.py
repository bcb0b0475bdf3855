"""How much white noise a field can hold: it is alike everywhere, so no more than in the smoothest places.

A spectrum cannot tell noise from texture that is finer than the grid. Smooth places can, such as the sky
of a photograph that also has leaves.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

# Share of the places that are smoother than the one that counts. With the smoothest of all, noise is found
# to be less than 0.6 of what it is; at 0.3 fields with texture in four places of five count as noise.
SMOOTH_SHARE = 0.1


def max_noise(field: Tensor) -> float:
    """Mean square, summed over the outputs on the last axis, that white noise has at most; nodes are even.

    From second differences: those of noise have six times its mean square. A place of a field of n nodes
    has sqrt(n) of them, so that there are as many places.
    """
    d = field.ndim - 1
    inner = [slice(1, -1) if n > 2 else slice(None) for n in field.shape[:-1]]
    squares = [
        field.diff(2, axis).square().sum(-1)[(*inner[:axis], slice(None), *inner[axis + 1 :])]
        for axis in range(d)
        if field.shape[axis] > 2
    ]
    if not squares:
        return float("inf")
    size = round(math.prod(field.shape[:-1]) ** (0.5 / d))
    places = torch.stack(squares).mean(0) / 6
    for axis, n in enumerate(places.shape):
        places = _means(places.movedim(axis, -1), min(size, n)).movedim(-1, axis)
    return float(torch.quantile(places.reshape(-1), SMOOTH_SHARE))


def _means(values: Tensor, size: int) -> Tensor:
    """Means of `size` neighbors each along the last axis; a remainder at its end is left out."""
    count = values.shape[-1] // size
    places: Tensor = values[..., : count * size].reshape(*values.shape[:-1], count, size).mean(-1)
    return places
