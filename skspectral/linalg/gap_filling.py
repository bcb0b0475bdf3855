"""The most likely field between known nodes, under a Gaussian prior that is stationary.

Notation
--------
C is the orthonormal cosine transform and S the power spectrum: the precision is Q = C^T (1 / S) C.
The gaps g given the known nodes o minimize u^T Q u, so Q_gg u_g = -Q_go u_o: simple Kriging (Krige 1951).
Isolated gaps leave Q_gg close to a multiple of the identity, and a few transforms solve it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .._backend.clock import Clock
from .conjugate_gradients import conjugate_gradients
from .cosine_transform import cosine_transform, inverse_cosine_transform


def fill_gaps(
    field: Tensor,  # zeros in the gaps
    known: Tensor,  # of the same shape
    power: Tensor,  # S, of the same shape
    clock: Clock,
    n_axes: int | None = None,
    tolerance: float = 1e-6,
    max_steps: int = 400,
) -> Tensor:
    """The field with its gaps filled, by conjugate gradients to a relative residual of `tolerance`.

    Axes beyond the first `n_axes` count fields of their own. Isolated gaps take 20 steps; a hole of 10 x 10
    nodes in a field whose power falls as |k|^-6 takes 150. When time is up a single field is as far as they
    have come.

    Raises
    ------
    OutOfTime
        When time is up before the last of several fields.
    """
    n = field.ndim if n_axes is None else n_axes
    shape = (*field.shape[:n], -1)
    fields, masks, powers = (table.reshape(shape).unbind(-1) for table in (field, known, power))
    filled: list[Tensor] = []
    for one in zip(fields, masks, powers):
        if filled:
            clock.check()
        filled.append(_filled(*one, clock, tolerance, max_steps))
    return torch.stack(filled, -1).view(field.shape)


def _filled(
    field: Tensor, known: Tensor, power: Tensor, clock: Clock, tolerance: float, max_steps: int
) -> Tensor:
    gaps, scaled = (~known).to(field), power.log().mean().exp() / power

    def precision(values: Tensor) -> Tensor:
        return gaps * inverse_cosine_transform(scaled * cosine_transform(values, field.ndim), field.ndim)

    right = -precision(field)
    if not bool(right.any()):
        return field
    filled, _ = conjugate_gradients(
        precision,
        right,
        lambda residual: residual,
        lambda now: now.residual < tolerance or clock.over,
        max_steps,
    )
    return field + filled
