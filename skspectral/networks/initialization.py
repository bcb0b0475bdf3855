"""Where training starts."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .dense import DenseNetwork


def xavier_start(network: DenseNetwork, like: Tensor, generator: torch.Generator) -> Tensor:
    """Xavier normal weights, zero biases (Glorot and Bengio 2010)."""
    matrices = []
    for rows, columns in network.shapes:
        matrix = _normal((rows, columns), like, generator) * math.sqrt(2 / (rows - 1 + columns))
        matrix[-1] = 0
        matrices.append(matrix.reshape(-1))
    return torch.cat(matrices)


def data_drawn_start(
    network: DenseNetwork, centers: Tensor, gain: float, generator: torch.Generator
) -> Tensor:
    """First layer of steepness `gain`, the zero of each unit through a random row of `centers`.

    Centers drawn where the residual is large put units where they are needed: on a front every
    start then trains, where one in two got stuck with centers drawn evenly. Later layers have
    variance 1 / fan-in and small biases.
    """
    theta = torch.cat(
        [
            (_normal(shape, centers, generator) / math.sqrt(shape[0] - 1)).reshape(-1)
            for shape in network.shapes
        ]
    )
    weights = network.weights(theta)
    for matrix in weights[1:]:
        matrix[-1] *= 0.1
    first = weights[0]
    first[:-1] *= gain
    # Drawn on the CPU, so that every device starts from the same net.
    chosen = torch.randint(len(centers), (first.shape[1],), generator=generator)
    first[-1] = -(centers[chosen.to(centers.device)].T * first[:-1]).sum(0)
    return theta


def cosine_start(
    network: DenseNetwork, frequencies: Tensor, phases: Tensor, generator: torch.Generator
) -> Tensor:
    """First layer cos(2 pi f.t + phase) at the given modes, Xavier behind it (paper, Algorithm 1)."""
    theta = xavier_start(network, frequencies, generator)
    first = network.weights(theta)[0]
    first[:-1] = 2 * math.pi * frequencies.T
    first[-1] = phases
    return theta


def scale_factor_start(
    network: DenseNetwork, like: Tensor, kappa: float, generator: torch.Generator
) -> Tensor:
    """Xavier with the first layer's weights times `kappa` (Wang and Lai 2024)."""
    theta = xavier_start(network, like, generator)
    network.weights(theta)[0][:-1] *= kappa
    return theta


def _normal(shape: tuple[int, ...], like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(shape, dtype=like.dtype, generator=generator).to(like.device)
