"""Shapes of nets that have equally many numbers."""

from __future__ import annotations

import math
from itertools import pairwise


def even_layers(n_units: int, depth: int) -> tuple[int, ...]:
    """Alike layers with as many weights as one of `n_units`, each net behind `n_units` frequencies.

    >>> even_layers(256, 1), even_layers(256, 3)
    ((256,), (128, 128, 128))
    """
    if depth == 1:
        return (n_units,)
    width = max(1, round(n_units * (math.sqrt(4 * depth - 3) - 1) / (2 * (depth - 1))))
    return (width,) * depth


def n_dense(shape: tuple[int, ...], d: int, k: int) -> int:
    """Numbers in dense layers from d inputs to k outputs.

    >>> n_dense((3,), 2, 1)
    13
    """
    sizes = [d, *shape, k]
    return sum((before + 1) * after for before, after in pairwise(sizes))
