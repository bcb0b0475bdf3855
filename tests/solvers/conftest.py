"""Stages to fit, small enough to be written out, and slow references in NumPy."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from skspectral._backend.samples import Samples
from skspectral.networks import DenseNetwork, affine_features, fourier_features
from skspectral.solvers import StageData, eliminate_readout
from skspectral.solvers.jacobian import ProjectedJacobian
from skspectral.solvers.problem import Point

EPS = np.finfo(float).eps
MODES = torch.tensor([[0.25, 0.5], [0.5, -0.25]], dtype=torch.float64)


def constant(t):
    return torch.ones_like(t[:, :1])


def plane_and_modes(t):
    return torch.cat([affine_features(t), fourier_features(t, MODES)], 1)


def plane_twice(t):
    """Five columns of rank three."""
    affine = affine_features(t)
    return torch.cat([affine, affine[:, :2] + affine[:, 1:]], 1)


@dataclass(frozen=True)
class Stage:
    """A stage's data with parameters for its network."""

    data: StageData
    theta: torch.Tensor

    def design(self, theta=None):
        """[F, H] times root weights, built layer by layer; differentiable in theta."""
        data, theta = self.data, self.theta if theta is None else theta
        features = data.network.features(theta, data.samples.t)
        return torch.cat([data.fixed(data.samples.t), features], 1) * data.samples.root_weight

    def loss(self, norm, parameters):
        """Weighted mean of |residual|^norm over rows, summed over outputs; theta, then readout."""
        p, rows = self.data.network.n_parameters, self.data.samples
        readout = parameters[p:].reshape(-1, rows.k)
        fitted = self.design(parameters[:p]) @ readout / rows.root_weight
        return (rows.weight[:, None] * (rows.y - fitted).abs() ** norm).sum()

    def best_readout(self, theta=None):
        """Coefficients of [F, H] by LAPACK's least squares, and what they leave, in NumPy."""
        A, b = self.design(theta).numpy(), self.data.targets.numpy()
        c = np.linalg.lstsq(A, b, rcond=1e-12)[0]
        return c, b - A @ c

    def rounding(self):
        """The norm that rounding may add to the residual: EPS of the terms that cancel in it."""
        return EPS * float(self.design().norm()) * np.linalg.norm(self.best_readout()[0])

    def projected_jacobian(self):
        """(I - Q Q^T) d(H c)/dtheta, outputs stacked, c the best readout: NumPy and autograd only."""
        c = torch.tensor(self.best_readout()[0])
        basis, singular, _ = np.linalg.svd(self.design().numpy(), full_matrices=False)
        basis = basis[:, singular > 1e-12 * singular[0]]
        raw = torch.func.jacrev(lambda p: self.design(p) @ c)(self.theta).numpy()
        parts = [raw[:, i] - basis @ (basis.T @ raw[:, i]) for i in range(c.shape[1])]
        return np.concatenate(parts)

    def jacobian(self):
        """The one under test, at the parameters of the stage."""
        problem = eliminate_readout(self.data)
        return ProjectedJacobian(problem, problem.evaluate(self.theta))

    def best_loss(self, theta=None):
        return np.square(self.best_readout(theta)[1]).sum() / self.data.samples.n


def samples(n, d, k, generator, even=False):
    """Rows in the box, weights of one to four (or all alike), targets that no network fits."""
    t = torch.rand(n, d, dtype=torch.float64, generator=generator) * 2 - 1
    tilt = torch.randn(d, k, dtype=torch.float64, generator=generator)
    weight = torch.randint(1, 5, (n,), generator=generator).double() ** (1 - even)
    noise = torch.randn(n, k, dtype=torch.float64, generator=generator)
    return Samples(t, torch.sin(3 * t @ tilt) + (t @ tilt) ** 2 + noise, weight / weight.sum())


def stage(network, k=1, n=40, fixed=constant, held_out=True, even=False, size=2.0):
    generator = torch.Generator().manual_seed(3)
    d = network.sizes[0]
    rows = samples(n, d, k, generator, even)
    judges = samples(15, d, k, generator) if held_out else None
    theta = size * torch.randn(network.n_parameters, dtype=torch.float64, generator=generator)
    return Stage(StageData(rows, judges, network, fixed), theta)


STAGES = {
    "one unit": stage(DenseNetwork((1, 1), ("tanh",), (0,))),
    "equal weights": stage(DenseNetwork((1, 2), ("tanh",), (0,)), even=True),
    "two outputs": stage(DenseNetwork((2, 3, 3), ("tanh", "tanh"), (1,)), 2, 60, plane_and_modes),
    "every layer": stage(DenseNetwork((2, 2, 3), ("sin", "tanh"), (0, 1)), 3, 50),
    "tones": stage(DenseNetwork((1, 3), ("pair",), (0,)), n=30, size=12.0),
    "dependent columns": stage(DenseNetwork((2, 3), ("tanh",), (0,)), 2, 40, plane_twice),
}


@pytest.fixture(params=STAGES.values(), ids=STAGES)
def any_stage(request):
    """One of several stages."""
    return request.param


def damped_step(jacobian, residual, shift):
    """argmin |J h - r|^2 + shift |h|^2 by LAPACK on the stacked system."""
    p = jacobian.shape[1]
    tall = np.vstack([jacobian, np.sqrt(shift) * np.eye(p)])
    return np.linalg.lstsq(tall, np.append(residual, np.zeros(p)))[0]


@pytest.fixture
def step_by_lapack():
    """`damped_step` of a Jacobian of ours."""

    def step(jacobian, shift):
        residual = jacobian.residual.T.reshape(-1).numpy()
        return damped_step(jacobian.dense().numpy(), residual, shift)

    return step


@pytest.fixture
def product_rounding():
    """How far products with a Jacobian of ours may be off, for a vector of length one.

    They are EPS of the Jacobian before the projection, which is what is summed up, however little of it
    the projection leaves. Ten stands for the few sums of each product, and for those of the reference.
    """

    def rounding(jacobian):
        return 10 * EPS * float(torch.cat(jacobian.raw(slice(None))).norm())

    return rounding


@pytest.fixture
def make_stage():
    """`stage` for a network of the test's own."""
    return stage


@pytest.fixture
def solvable():
    """Two units whose targets are exact for other weights nearby: the least loss is zero."""
    whole = stage(DenseNetwork((1, 2), ("tanh",), (0,)), held_out=False)
    start = torch.tensor([2.0, -1.0, 0.5, 0.7], dtype=torch.float64)
    wanted = start + torch.tensor([0.3, -0.2, 0.1, 0.2], dtype=torch.float64)
    t, network = whole.data.samples.t, whole.data.network
    y = network.features(wanted, t) @ torch.tensor([[1.5], [-0.8]], dtype=torch.float64) + 0.3
    data = replace(whole.data, samples=whole.data.samples.with_targets(y))
    return Stage(data, start)


class Formula:
    """A loss that is a formula in theta: what the problem protocol asks, and no more."""

    data = None

    def __init__(self, function):
        self.function = function

    def clip(self, theta):
        return theta

    def evaluate(self, theta):
        return Point(theta, theta, float(self.function(theta)))

    def gradient(self, point):
        return torch.func.grad(self.function)(point.theta)

    def validation_error(self, point):
        return float("nan")


@pytest.fixture
def formula():
    """`Formula` for a function of the test's own."""
    return Formula
