"""Integer wave vectors: half of them, since k and -k are one real mode."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import combinations, product

import numpy as np


@lru_cache(maxsize=64)
def _signed_blocks(size: int, radius: float) -> tuple[tuple[int, ...], ...]:
    """Vectors without zeros, first entry positive, inside the ball."""
    reach = int(radius)
    rest = [k for k in range(-reach, reach + 1) if k]
    return tuple(
        vector
        for vector in product(range(1, reach + 1), *[rest] * (size - 1))
        if sum(k * k for k in vector) <= radius**2
    )


def lattice(d: int, radius: float, order: int) -> np.ndarray:
    """Wave vectors in the ball with at most `order` non-zero entries, by length; shape (m, d)."""
    vectors = []
    for size in range(1, min(order, d) + 1):
        for axes in combinations(range(d), size):
            for block in _signed_blocks(size, radius):
                vector = np.zeros(d, dtype=np.int64)
                vector[list(axes)] = block
                vectors.append(vector)
    table = np.array(vectors, dtype=np.int64).reshape(-1, d)
    return table[np.argsort((table**2).sum(1), kind="stable")]


def count_modes(d: int, radius: float, order: int) -> int:
    """Length of `lattice` without making it (exact for the orders in use)."""
    sizes = range(1, min(order, d) + 1)
    return sum(math.comb(d, size) * len(_signed_blocks(size, radius)) for size in sizes)
