"""Few principal outputs in place of many outputs that depend on each other.

Notation
--------
The rows of `turn` (r, k) are orthonormal and span those of the centered targets y (n, k): y = p turn, where
p = y turn^T (n, r) are the principal outputs. Lengths stay as they are, and with them all errors that are
sums of squares over the outputs. None stands for outputs that are taken as they are.

Outputs are turned together with others of up to 100 times their size alone: rounding of a sum of large and
small ones leaves the small ones fewer digits, two at most.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .device import EPS


def turned(y: Tensor, turn: Tensor | None) -> Tensor:
    """Principal outputs (n, r) of centered targets (n, k)."""
    return y if turn is None else y @ turn.T


def turned_back(values: Tensor, turn: Tensor | None) -> Tensor:
    """Outputs (.., k) from the first principal ones (.., r), the others zero."""
    return values if turn is None else values @ turn[: values.shape[-1]]


def principal_turn(
    y: Tensor,  # shape: (n, k), centered
    sizes: Tensor,  # shape: (k,), the largest value of each output, its offset included
) -> Tensor | None:
    """A turn to at most half as many outputs, from which each comes back to rounding of its own size."""
    n, k = y.shape
    some = torch.linspace(0, n - 1, k // 2 + 1, device=y.device).long()
    # Few rows show that they have too many directions.
    if k == 1 or (len(some) < n and _by_size(y[some], sizes) is None):
        return None
    return _by_size(y, sizes)


def _by_size(y: Tensor, sizes: Tensor) -> Tensor | None:
    """Directions of the outputs of each size, the largest first."""
    most = y.shape[1] // 2
    turn, rest = y[:0], torch.where(y.square().mean(0).sqrt() > _rounding(sizes), sizes, 0.0)
    while bool((largest := rest.max()) > 0):
        alike = torch.nonzero(rest > largest / 100)[:, 0]
        found = _span(y[:, alike], _rounding(largest), y[:0, alike], most - len(turn))
        if found is None:
            return None
        turn = torch.cat([turn, y.new_zeros(len(found), y.shape[1]).index_copy(1, alike, found)])
        rest = rest.index_fill(0, alike, 0.0)
    return turn if len(turn) else None


def _span(left: Tensor, least: Tensor, turn: Tensor, most: int) -> Tensor | None:
    """Directions added until they leave at most `least` of an output; None where it takes more than `most`.

    Gram-Schmidt with pivoting: the row of which most is left gives the next direction.
    """
    while bool(left.square().mean(0).amax().sqrt() > least):
        if len(turn) == most:
            return None
        direction = left[left.square().sum(1).argmax()]
        for _ in range(3):  # twice is enough for vectors that are independent by more than rounding
            direction = direction / direction.norm()
            direction = direction - (turn @ direction) @ turn
        turn = torch.cat([turn, direction[None] / direction.norm()])
        left = left - (left @ turn[-1])[:, None] * turn[-1]
    return turn


def _rounding(sizes: Tensor) -> Tensor:
    """Differences that mean nothing: values of a function that was computed have some roundings."""
    return 8 * EPS * sizes
