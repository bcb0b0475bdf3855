"""Where training starts."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from .._backend.device import EPS
from .._backend.samples import MAX_SPATIAL_INPUTS
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


def linear_start(
    network: DenseNetwork,
    frequencies: Tensor,
    phases: Tensor,
    amplitudes: Tensor,  # shape: (m, k)
    generator: torch.Generator,
) -> Tensor:
    """`cosine_start` with weights so small that tanh is linear to rounding; the first units are the series.

    A cubic term is left of a tanh, the square of its argument as large as what it is added to.
    """
    theta = cosine_start(network, frequencies, phases, generator)
    _, first, *deeper = network.weights(theta)
    k = min(amplitudes.shape[1], *network.sizes[2:])
    size = torch.linalg.vector_norm(amplitudes, dim=0).clamp_min(torch.finfo(amplitudes.dtype).tiny)
    first[:-1, :k] = (amplitudes / size)[:, :k]
    first *= math.sqrt(EPS)
    for matrix in deeper:
        matrix[:, :k] = torch.eye(len(matrix), k).to(matrix)
    return theta


def scale_factor_start(
    network: DenseNetwork, like: Tensor, kappa: float, generator: torch.Generator
) -> Tensor:
    """Xavier with the first layer's weights times `kappa` (Wang and Lai 2024)."""
    theta = xavier_start(network, like, generator)
    network.weights(theta)[0][:-1] *= kappa
    return theta


def first_layer(network: DenseNetwork, t: Tensor, band: float, generator: torch.Generator) -> Tensor:
    """First weights (inputs + 1, units) for targets of bandwidth `band` (radians per unit of t).

    Sines: `_sine_layer`. Others: slopes in all directions, the zero of each unit (a relu's kink)
    through a random row of `t`; a sigmoid of slope band / 2 rises within half a wave.
    """
    units = network.sizes[1]
    if network.activations[0] == "sin":
        return _sine_layer(t.shape[1], units, band, t, generator)
    directions = _normal((t.shape[1], units), t, generator)
    directions = directions / torch.linalg.vector_norm(directions, dim=0)
    slopes = directions * (band / 2 if network.activations[0] == "tanh" else 1.0)
    chosen = torch.randint(len(t), (units,), generator=generator).to(t.device)
    return torch.cat([slopes, -(t[chosen].T * slopes).sum(0, keepdim=True)])


def deep_start(network: DenseNetwork, t: Tensor, band: float, generator: torch.Generator) -> Tensor:
    """`first_layer`, then layers whose units have unit variance before the activation."""
    matrices = [first_layer(network, t, band, generator)]
    for (rows, columns), below in zip(network.shapes[1:], network.activations):
        power = 1.0 if below == "tanh" else 0.5  # mean square of the activations below
        matrix = _normal((rows, columns), t, generator) / math.sqrt(power * (rows - 1))
        matrix[-1] *= 0.1
        matrices.append(matrix)
    return torch.cat([matrix.reshape(-1) for matrix in matrices])


def _sine_layer(inputs: int, units: int, band: float, like: Tensor, generator: torch.Generator) -> Tensor:
    """Weights (inputs + 1, units) of waves spread evenly over the ball of radius `band`, phases too.

    In more than three inputs the radius is drawn as in three: nearly all waves would be short. A scrambled
    Sobol sequence leaves no gaps: half as many units do as with independent draws (500 against 1000 on
    twenty tones). More inputs than it has dimensions are drawn independently.
    """
    engine: Any = torch.quasirandom.SobolEngine  # has no type hints
    if inputs + 2 <= engine.MAXDIM:
        seed = int(torch.randint(2**31, (1,), generator=generator))
        draws: Tensor = (
            engine(inputs + 2, scramble=True, seed=seed)
            .draw(units, dtype=torch.float64)
            .clamp(1e-9, 1 - 1e-9)
        )
        directions = torch.erfinv(2 * draws[:, :inputs] - 1)
        radius, turn = draws[:, inputs], draws[:, inputs + 1]
    else:
        directions = torch.randn(units, inputs, dtype=torch.float64, generator=generator)
        radius, turn = torch.rand(2, units, dtype=torch.float64, generator=generator)
    directions = directions / torch.linalg.vector_norm(directions, dim=1, keepdim=True)
    radius = band * radius.pow(1 / min(inputs, MAX_SPATIAL_INPUTS))
    return torch.cat([(directions * radius[:, None]).T, 2 * math.pi * turn[None, :]]).to(like)


def _normal(shape: tuple[int, ...], like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(shape, dtype=like.dtype, generator=generator).to(like.device)
