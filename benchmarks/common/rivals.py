"""The peers that are hardest to beat: rational functions on a line, and what is made for many inputs.

All but the first are packages of the `bench` extra: `pip install -e ".[bench]"`.

Sources: Y. Nakatsukasa, O. Sete and L. N. Trefethen, "The AAA algorithm for rational approximation", SIAM
J. Sci. Comput. 40 (2018) A1494-A1522, doi:10.1137/16M1106122; J. Gardner et al., "GPyTorch", NeurIPS 2018;
D. Potts and M. Schmischke, "Approximation of high-dimensional periodic functions with Fourier-based
methods", SIAM J. Numer. Anal. 59 (2021) 2393-2429, doi:10.1137/20M1354921 (pyANOVAapprox).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from benchmarks.common.tuned import Array, Predictor, Settings, TunedPeer

_PROCESS_ROWS = 2000  # a step of the marginal likelihood takes half a second
_PROCESS_STEPS = 150
_RATE = 0.1  # of Adam, whose loss is flat within these steps at half and at twice of it
_LEAST_NOISE = 1e-10  # of the variance; float64 stands less, but lengths are then found no better


class Rational(TunedPeer):
    """scipy's AAA, on a line."""

    selection_rows = None

    def candidates(self, n: int, d: int) -> Iterable[Settings]:
        """Tolerances: the large ones are for noise."""
        if d > 1:
            raise ValueError(f"made for one feature, got {d}")
        return [{"rtol": 10.0**-k} for k in (13, 10, 7, 4, 2)]

    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """Poles between the rows are taken out by AAA's own clean-up."""
        from scipy.interpolate import AAA

        approximant = AAA(U[:, 0], v, **settings)
        return lambda points: approximant(points[:, 0])


class LengthPerInput(TunedPeer):
    """GPyTorch's exact Gaussian process in float64: a length for each input, and the noise."""

    selection_rows = _PROCESS_ROWS
    fit_rows = _PROCESS_ROWS

    def candidates(self, n: int, d: int) -> Iterable[Settings]:
        """The likelihood chooses all there is."""
        return [{"steps": _PROCESS_STEPS}]

    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """Maximize the marginal likelihood by Adam."""
        import gpytorch

        inputs, targets = torch.from_numpy(U), torch.from_numpy(v)
        noise = gpytorch.constraints.GreaterThan(_LEAST_NOISE)
        likelihood = gpytorch.likelihoods.GaussianLikelihood(noise_constraint=noise).double()
        kernel = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel(ard_num_dims=U.shape[1]))
        model = _process(gpytorch, inputs, targets, likelihood, kernel.double())
        likelihood.noise = 1e-4
        objective = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
        optimizer = torch.optim.Adam(model.parameters(), lr=_RATE)
        with gpytorch.settings.fast_computations(False, False, False):
            for _ in range(settings["steps"]):
                optimizer.zero_grad()
                (-objective(model(inputs), targets)).backward()
                optimizer.step()
            model.eval()

        def predict(points: Array) -> Array:
            with torch.no_grad(), gpytorch.settings.fast_computations(False, False, False):
                return model(torch.from_numpy(points)).mean.numpy()

        return predict


def _process(
    package: Any, inputs: torch.Tensor, targets: torch.Tensor, likelihood: Any, kernel: Any
) -> Any:
    """GPyTorch wants a class for it."""

    class Process(package.models.ExactGP):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(inputs, targets, likelihood)
            self.mean, self.kernel = package.means.ConstantMean().double(), kernel

        def forward(self, points: torch.Tensor) -> Any:
            return package.distributions.MultivariateNormal(self.mean(points), self.kernel(points))

    model = Process().double()
    model.train()
    return model


class Anova(TunedPeer):
    """pyANOVAapprox: Chebyshev polynomials of one and two inputs at a time."""

    selection_rows = None

    def candidates(self, n: int, d: int) -> Iterable[Settings]:
        """Numbers of functions for each input, and along each of a pair: up to half as many as rows."""
        sizes = [(4, 2), (6, 4), (8, 4), (10, 6), (14, 8), (20, 12)]
        pairs = d * (d - 1) // 2
        room = [size for size in sizes if d * size[0] + pairs * size[1] ** 2 <= n / 2]
        return [{"bandwidths": size} for size in room[-2:] or sizes[:1]]

    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """Least squares by LSQR."""
        import pyANOVAapprox

        bandwidths = list(settings["bandwidths"])[: U.shape[1]]
        model = pyANOVAapprox.approx(np.clip(U, -1, 1), v, ds=len(bandwidths), basis="cheb", N=bandwidths)
        model.approximate(lam={0.0}, max_iter=200, solver="lsqr", tol=1e-12)
        return lambda points: np.real(model.evaluate(X=np.clip(points, -1, 1), lam=0.0))
