"""The most likely field between known nodes, under a Gaussian prior that is stationary.

Notation
--------
C is the orthonormal cosine transform and S the power spectrum: the precision is Q = C^T (1 / S) C.
The gaps g given the known nodes o minimize u^T Q u, so Q_gg u_g = -Q_go u_o: Kriging, at the price of a
few transforms, for isolated gaps leave Q_gg close to a multiple of the identity.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .cosine_transform import cosine_transform, inverse_cosine_transform

# A hole of 10 x 10 nodes in a field whose power falls as |k|^-6 takes 150 steps; isolated gaps take 20.
TOLERANCE, MAX_STEPS = 1e-6, 400


def fill_gaps(
    field: Tensor,  # zeros in the gaps
    known: Tensor,  # of the same shape
    power: Tensor,  # S, of the same shape
    n_axes: int | None = None,
) -> Tensor:
    """The field with its gaps filled, by conjugate gradients.

    Axes beyond the first `n_axes` count fields of their own.
    """
    n = field.ndim if n_axes is None else n_axes
    axes = tuple(range(n))
    gaps = (~known).to(field)
    scaled = power.log().mean(axes, keepdim=True).exp() / power

    def precision(values: Tensor) -> Tensor:
        return gaps * inverse_cosine_transform(scaled * cosine_transform(values, n), n)

    residual = -precision(field)
    step, filled = residual, torch.zeros_like(field)
    size = first = residual.square().sum(axes, keepdim=True)
    for _ in range(MAX_STEPS):
        active = size > TOLERANCE**2 * first
        if not bool(active.any()):
            break
        image = precision(step)
        length = torch.where(active, size / (step * image).sum(axes, keepdim=True), 0.0)
        filled, residual = filled + length * step, residual - length * image
        before, size = size, residual.square().sum(axes, keepdim=True)
        step = residual + torch.where(active, size / before, 0.0) * step
    return field + filled
