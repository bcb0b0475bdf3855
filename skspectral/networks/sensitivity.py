"""Directions of the inputs along which a fitted network varies.

Features that look along them need far fewer units where a target of many inputs depends on few
combinations of them (Radhakrishnan et al., arXiv 2212.13881: the average gradient outer product).
"""

from __future__ import annotations

import torch
from torch import Tensor

from .._backend.blocks import fold_rows
from .dense import DenseNetwork


def gradient_stretch(network: DenseNetwork, theta: Tensor, readout: Tensor, t: Tensor) -> Tensor | None:
    """Map (d, d) of the inputs to coordinates in which the fit varies alike; None where it is constant.

    Columns are the principal axes of the gradients times their root mean square there; the rows
    of `t` are spread as widely after it as before.
    """
    power, axes = torch.linalg.eigh(_gradient_outer_product(network, theta, readout, t))
    stretch = axes * power.clamp_min(0).sqrt()
    spread = _spread(t @ stretch)
    return stretch * (_spread(t) / spread) if spread > 0 else None


def _gradient_outer_product(network: DenseNetwork, theta: Tensor, readout: Tensor, t: Tensor) -> Tensor:
    """Mean over the rows and sum over the outputs of gradient times its transpose, shape (d, d)."""
    first = network.weights(theta)[0][:-1]

    def block(rows: slice) -> Tensor:
        trace, total = network.forward(theta, t[rows]), first.new_zeros(len(first), len(first))
        for output in readout.T:
            slopes = network.factors(theta, trace, output[None])[0][1] @ first.T
            total += slopes.T @ slopes
        return total

    return fold_rows(block, torch.add, len(t), 40 * sum(network.sizes)) / len(t)


def _spread(t: Tensor) -> Tensor:
    return (t - t.mean(0)).square().sum(1).mean().sqrt()
