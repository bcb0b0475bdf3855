"""First and second derivatives of a fitted function, by reverse-mode differentiation, row by row.

All that is computed on the way of a row is kept, and of the gradient's way too: they take some 8 and 32
times the memory of a prediction.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def gradients(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """Of values (n,) or (n, k) at rows (n, d), shape (n, d) or (n, k, d)."""
    rows, columns, flat = _columns(function, rows)
    slopes = [_slope(column, rows) for column in columns]
    return slopes[0] if flat else torch.stack(slopes, 1)


def hessians(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """Of values (n,) or (n, k) at rows (n, d), shape (n, d, d) or (n, k, d, d)."""
    rows, columns, flat = _columns(function, rows)
    bends = [_bend(column, rows) for column in columns]
    return bends[0] if flat else torch.stack(bends, 1)


def _columns(function: Callable[[Tensor], Tensor], rows: Tensor) -> tuple[Tensor, list[Tensor], bool]:
    """The rows that are differentiated by, the outputs there, and whether these are (n,) and not (n, k)."""
    rows = rows.clone().requires_grad_(True)
    with torch.enable_grad():
        values = function(rows)
        return rows, [values] if values.ndim == 1 else list(values.unbind(1)), values.ndim == 1


def _slope(values: Tensor, rows: Tensor, again: bool = False) -> Tensor:
    """The gradient (n, d) of values (n,), each of which depends on its own row alone."""
    if not values.requires_grad:
        return torch.zeros_like(rows)
    (slope,) = torch.autograd.grad(
        values.sum(),
        rows,
        retain_graph=True,
        create_graph=again,
        allow_unused=True,
        materialize_grads=True,
    )
    return slope


def _bend(values: Tensor, rows: Tensor) -> Tensor:
    """The Hessian (n, d, d), the mean of both orders of differentiation, which agree but for rounding."""
    with torch.enable_grad():
        slopes = _slope(values, rows, again=True).unbind(1)
        bend = torch.stack([_slope(slope, rows) for slope in slopes], 1)
    return (bend + bend.mT) / 2
