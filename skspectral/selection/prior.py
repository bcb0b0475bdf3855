"""What a Gaussian process expects to be missed by: its own deviation, of which holes between rows are part.

Notation
--------
With rows X, covariance c and noise s of a target of unit size, the variance at t, noise excluded, is
v(t) = c(t, t) - c(t, X) K^-1 c(X, t) with K = c(X, X) + s I (Rasmussen and Williams 2006, "Gaussian
Processes for Machine Learning", equation 2.26). The likeliest size of targets y (n,) is y^T K^-1 y / n
(Santner, Williams and Notz 2003, "The Design and Analysis of Computer Experiments", section 3.3), and the
deviation is the root of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .._backend.device import EPS
from ..linalg.normal_equations import cholesky, half_solved
from ..networks import affine_features, gaussian_features


@dataclass(frozen=True)
class Covariance:
    """Of a target of unit size: a Gaussian of distances in units of the lengths, and that of a plane."""

    lengths: Tensor  # shape: (d,); infinite ones are a plane
    tilt: float
    noise: float

    @classmethod
    def of(cls, logarithms: np.ndarray, like: Tensor) -> Covariance:
        """From what is searched for: lengths (d,), tilt, noise."""
        *lengths, tilt, noise = np.exp(logarithms)
        return cls(like.new_tensor(lengths), float(tilt), float(noise))

    def between(self, t: Tensor, centers: Tensor) -> Tensor:
        """Of the target at coordinates (n, d) and (m, d), shape (n, m)."""
        plane = self.tilt * affine_features(t) @ affine_features(centers).T
        return gaussian_features(t, centers, self.lengths) + plane

    def factor(self, t: Tensor, root_weight: Tensor) -> Tensor:
        """Of the covariance of weighted targets at rows (n, d), noise included, shape (n, n)."""
        matrix = self.between(t, t) * root_weight * root_weight.T
        matrix.diagonal().add_(self.noise)
        return cholesky(matrix)

    def variance(self, t: Tensor, rows: Tensor, root_weight: Tensor, factor: Tensor) -> Tensor:
        """Of the target at coordinates (m, d), given noisy ones at rows (n, d), shape (m,)."""
        known = half_solved(factor, self.between(rows, t) * root_weight).square().sum(0)
        own = 1 + self.tilt * affine_features(t).square().sum(1)
        return (own - known).clamp_min(0)


@dataclass(frozen=True)
class Prior:
    """The process that a stage is the mean of, in units of the stage.

    `spread` is R with R^T R = Y^T K^-1 Y / n of targets Y, shape (r, k); `typical` is the mean variance of
    a target of unit size at places that the rows cover.
    """

    covariance: Covariance
    spread: Tensor
    typical: float

    @property
    def deviation(self) -> float:
        """Root mean square at these places, root sum over outputs."""
        return float(self.spread.square().sum().sqrt()) * math.sqrt(self.typical)


def seen(variance: Tensor, n: int) -> Tensor:
    """Variances given n rows, zero where they are rounding: that of a sum of n products."""
    return torch.where(variance > n * EPS, variance, 0.0)


@dataclass(frozen=True)
class OwnDeviation:
    """That of a process, to be conditioned on rows again when it is asked for: NumPy on the CPU.

    `sizes` are of each output; they make up for rows of the fit that are not kept.
    """

    lengths: np.ndarray  # shape: (d,)
    tilt: float
    noise: float
    root_weight: np.ndarray  # of the rows that are kept, shape: (m, 1), or (1, 1) where they are alike
    sizes: np.ndarray  # shape: (k,)

    @classmethod
    def of(
        cls, prior: Prior, sizes: Tensor, rows: Tensor, root_weight: Tensor, places: Tensor, complete: bool
    ) -> OwnDeviation:
        """With sizes such that it is at the places what all rows make it."""
        covariance = prior.covariance
        if bool((root_weight == root_weight[0]).all()):
            root_weight = root_weight[:1]
        if not complete:
            factor = covariance.factor(rows, root_weight)
            kept = seen(covariance.variance(places, rows, root_weight, factor), len(rows)).mean()
            sizes = sizes * (prior.typical / kept.clamp_min(EPS)).sqrt()
        return cls(
            covariance.lengths.cpu().numpy().copy(),
            covariance.tilt,
            covariance.noise,
            root_weight.cpu().numpy().copy(),
            sizes.cpu().numpy().copy(),
        )

    def given(self, rows: Tensor) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
        """Deviations (n, k) at coordinates (n, d), and the least ones (k,) that are not rounding."""
        covariance = Covariance(torch.from_numpy(self.lengths).to(rows), self.tilt, self.noise)
        root_weight, sizes = (torch.from_numpy(x).to(rows) for x in (self.root_weight, self.sizes))
        factor = covariance.factor(rows, root_weight)

        def deviation(t: Tensor) -> tuple[Tensor, Tensor]:
            variance = seen(covariance.variance(t, rows, root_weight, factor), len(rows))
            return variance.sqrt()[:, None] * sizes, (len(rows) * EPS) ** 0.5 * sizes

        return deviation
