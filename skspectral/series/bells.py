"""The mean of a Gaussian process by functions that do not cancel.

Gaussians at the rows are nearly alike where lengths are long: their weights are up to 1e10 of the targets,
and the sum of them has lost as many digits. Expanded about the middle of the box, the same covariance is a
sum of squares of functions that fall in size (`networks.fourier.bell_features`), and the mean is a ridge
regression on them: least squares finds it to rounding, and its coefficients are of the size of the targets.

Notation
--------
With functions phi_j, those of the plane times the root of the tilt among them, and noise s, the mean is
sum_j w_j phi_j where w minimizes |y - phi w|^2 + s |w|^2 (Rasmussen and Williams 2006, section 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import gammaln
from torch import Tensor

from .._backend.budget import affordable
from .._backend.clock import Clock
from .._backend.device import EPS
from .._backend.samples import Samples
from .._backend.threads import threads_for
from ..networks import Expansion, affine_features, bell_features, power_roots
from ..selection import IMPROVEMENT
from .process_likelihood import Covariance


@dataclass(frozen=True)
class BellMean:
    """The mean, and how much of itself each row finds in it, shape (n,)."""

    expansion: Expansion
    leverage: Tensor


def bell_mean(samples: Samples, covariance: Covariance, most: float, clock: Clock) -> BellMean | None:
    """The mean by at most so many functions; None where it takes more, or none, or more than is affordable.

    Functions of a variance so far below the noise that they would not improve a fit are left out: in one to
    eight inputs with noise of 1e-3 that changed predictions by at most 3e-4 of their error.

    Raises
    ------
    OutOfTime
        If it would take longer than what is left.
    """
    lengths, tilt, noise = covariance.lengths, covariance.tilt, covariance.noise
    least = np.log(max(EPS, (1 - IMPROVEMENT) * noise)) / 2
    found = _powers(lengths.cpu().numpy(), least, most)
    if found is None or not len(found):
        return None
    powers = torch.from_numpy(found).to(samples.t.device)
    n, q = samples.n, len(powers) + 1 + samples.d
    flops = 4.0 * n * q * min(n, q)
    if not affordable(flops, steps=10):
        return None
    with clock.step("bells", flops), threads_for(flops):
        bells = bell_features(samples.t, powers, lengths, power_roots(int(powers.max()), samples.t))
        plane = tilt**0.5 * affine_features(samples.t)
        features = torch.cat([plane, bells], 1) * samples.root_weight
        weights, leverage = _ridge(features, samples.y * samples.root_weight, noise)
    affine, gaussian = weights[: 1 + samples.d], weights[1 + samples.d :]
    none, nowhere = weights.new_zeros(0, samples.k), weights.new_zeros(0, samples.d)
    mean = Expansion(
        tilt**0.5 * affine, nowhere, none, none, powers=powers, lengths=lengths, gaussian=gaussian
    )
    return BellMean(mean, leverage)


def _ridge(features: Tensor, targets: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    """The minimizer w, and leverages, by orthogonal factors alone.

    That of a wide matrix is in the span of its rows.
    """
    if features.shape[1] > features.shape[0]:
        basis, triangle = torch.linalg.qr(features.T)
        within, leverage = _ridge(triangle.T, targets, noise)
        return basis @ within, leverage
    shift = noise**0.5 * torch.eye(features.shape[1]).to(features)
    basis, triangle = torch.linalg.qr(torch.cat([features, shift]))
    rows = basis[: len(features)]
    weights: Tensor = torch.linalg.solve_triangular(triangle, rows.T @ targets, upper=True)
    return weights, rows.square().sum(1)


def _powers(lengths: np.ndarray, least: float, most: float) -> np.ndarray | None:
    """Powers (m, d) of all functions whose logarithm reaches `least` somewhere in the box.

    None of more than `most`, and of lengths so short that the Gaussian about the middle is lost at the rim.
    """
    rim = 1 / lengths.min() + 2  # in lengths, as far as a process is followed beyond the box
    if -(rim**2) < np.log(np.finfo(float).tiny):
        return None
    powers, levels = np.zeros((1, 0), dtype=np.int64), np.zeros(1)
    for length in lengths:
        total = levels[:, None] + _levels(1 / length, least)
        before, power = np.nonzero(total >= least)
        if len(before) > most:
            return None
        powers, levels = np.column_stack([powers[before], power]), total[before, power]
    return powers


def _levels(rim: float, least: float) -> np.ndarray:
    """Logarithms of the largest values of the functions of one input, as far as they reach `least`.

    That of power p is largest at the root of p, or at the rim where that is beyond it.
    """
    power = np.arange(64 + int(8 * rim**2))  # all others are below rounding
    square = np.minimum(rim**2, power)
    levels: np.ndarray = (power * np.log(np.maximum(square, EPS)) - square - gammaln(power + 1)) / 2
    return levels[levels >= least]
