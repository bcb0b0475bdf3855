"""Fields on even grids filtered in their cosine transform, with exact leverages: a Wiener filter.

Notation
--------
x ~ sum_k d_k c_k u_k with orthonormal cosines u_k(j) = s_k cos(pi (j + 1/2) k / n), c their transform. The
leverage of node j is sum_k d_k u_k(j)^2. Twice the square of a cosine is one more than the cosine of twice
the angle, so that leverages are inverse transforms too; above Nyquist cos(2 k x) is -cos((2 n - 2 k) x).
"""

from __future__ import annotations

import torch
from torch import Tensor

from .cosine_transform import cosine_norms, cosine_transform, inverse_cosine_transform
from .least_squares import press
from .tensor_least_squares import TensorFit


class CosineFilter:
    """Filters of one field: its values at the nodes of an even grid, shape (n_1, .., n_d, k)."""

    def __init__(self, values: Tensor) -> None:
        self.values, self.n_axes = values, values.ndim - 1
        self._transform = cosine_transform(values, self.n_axes)

    def fit(self, damping: Tensor) -> TensorFit:
        """The field with the share `damping` (n_1, .., n_d) of each cosine: least squares by projection.

        Coefficients belong to the cosines without s_k.
        """
        residual = (self.values - self._kept(damping)).square().sum(-1)
        leverage = leverages(damping)
        score, left_out = press(residual.reshape(-1), leverage.reshape(-1))
        coefficients = damping[..., None] * self._transform
        for axis, n in enumerate(damping.shape):
            norms = cosine_norms(n, damping)
            coefficients = coefficients * norms.view(-1, *(1,) * (self.n_axes - axis))
        return TensorFit(coefficients, float(score), float(left_out), float(damping.sum()))

    def left_out(self, damping: Tensor) -> Tensor:
        """What the filter makes of each node from all others."""
        leverage = leverages(damping)[..., None]
        return (self._kept(damping) - leverage * self.values) / (1 - leverage)

    def _kept(self, damping: Tensor) -> Tensor:
        return inverse_cosine_transform(damping[..., None] * self._transform, self.n_axes)


def leverages(damping: Tensor) -> Tensor:
    """How much of each node's own value the filter keeps in it, of the shape of `damping`."""
    for axis in range(damping.ndim):
        damping = _of_twice_the_angle(damping.movedim(axis, -1)).movedim(-1, axis)
    return inverse_cosine_transform(damping, damping.ndim)


def _of_twice_the_angle(damping: Tensor) -> Tensor:
    """Cosine coefficients, along the last axis, of sums of damped squares of cosines."""
    n = damping.shape[-1]
    doubled = torch.zeros_like(damping)
    doubled[..., 0] = damping.sum(-1)
    doubled[..., 2::2] = damping[..., 1 : (n + 1) // 2] - damping[..., n // 2 + 1 :].flip(-1)
    return doubled / (n * cosine_norms(n, damping))
