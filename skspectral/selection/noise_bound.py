"""How much white noise a field can hold: it is alike everywhere, so no more than in the smoothest places.

A spectrum cannot tell noise from texture that is finer than the grid. Smooth places can, such as the sky
of a photograph that also has leaves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

# Share of the places that are smoother than the one that counts. With the smoothest of all, noise is found
# to be less than 0.6 of what it is; at 0.3 fields with texture in four places of five count as noise.
SMOOTH_SHARE = 0.1


def max_noise(field: Tensor, axes: Sequence[Tensor] | None = None, share: float = SMOOTH_SHARE) -> float:
    """Mean square, summed over the outputs on the last axis, that white noise has at most.

    It is that of the smoothest `share` of places.

    From what nodes are off the line between their neighbors, which are even if no `axes` are given. A place
    of a field of n nodes has sqrt(n) of them, so that there are as many places.
    """
    d = field.ndim - 1
    inner = [slice(1, -1) if n > 2 else slice(None) for n in field.shape[:-1]]
    squares = []
    for axis, n in enumerate(field.shape[:-1]):
        if n > 2:
            t = torch.arange(n).to(field) if axes is None else axes[axis]
            others = (*inner[:axis], slice(None), *inner[axis + 1 :])
            squares.append(_off_the_line(field.movedim(axis, -1), t).movedim(-1, axis).sum(-1)[others])
    if not squares:
        return float("inf")
    size = round(math.prod(field.shape[:-1]) ** (0.5 / d))
    places = torch.stack(squares).mean(0)
    for axis, n in enumerate(places.shape):
        places = _means(places.movedim(axis, -1), min(size, n)).movedim(-1, axis)
    return float(torch.quantile(places.reshape(-1), share))


def _off_the_line(values: Tensor, t: Tensor) -> Tensor:
    """Squares of what inner values (.., n) are off the line between their neighbors; 1 for unit noise."""
    share = (t[1:-1] - t[:-2]) / (t[2:] - t[:-2])
    off = values[..., 1:-1] - torch.lerp(values[..., :-2], values[..., 2:], share)
    squares: Tensor = off.square() / (1 + share.square() + (1 - share).square())
    return squares


def _means(values: Tensor, size: int) -> Tensor:
    """Means of `size` neighbors each along the last axis; a remainder at its end is left out."""
    count = values.shape[-1] // size
    places: Tensor = values[..., : count * size].reshape(*values.shape[:-1], count, size).mean(-1)
    return places
