"""Preconditioned conjugate gradients with a stop rule of the caller's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Operator = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Progress:
    """One iteration; the energy is x.matrix(x) - 2 right.x."""

    iteration: int
    gain: float  # what it took off the energy
    total: float  # what all so far did
    residual: float  # relative to the right-hand side


def conjugate_gradients(
    matrix: Operator,
    right: Tensor,
    inverse: Operator,
    enough: Callable[[Progress], bool],
    max_iter: int,
) -> tuple[Tensor, int]:
    """x with matrix(x) near `right`, from zero, and the number of iterations.

    Both operators are symmetric and positive definite.

    Hestenes and Stiefel (1952). A direction that rounding has left without curvature ends it.
    """
    x, residual = torch.zeros_like(right), right
    direction = z = inverse(residual)
    square, norm, total, iteration = _inner(residual, z), float(right.norm()), 0.0, 0
    while iteration < max_iter:
        image = matrix(direction)
        curvature = _inner(direction, image)
        if not curvature > 0:
            break
        iteration += 1
        length = square / curvature
        x = x + length * direction
        residual = residual - length * image
        total += length * square
        if enough(Progress(iteration, length * square, total, float(residual.norm()) / norm)):
            break
        z = inverse(residual)
        before, square = square, _inner(residual, z)
        direction = z + (square / before) * direction
    return x, iteration


def _inner(a: Tensor, b: Tensor) -> float:
    return float((a * b).sum())
