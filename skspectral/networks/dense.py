"""Dense layers with the two things second-order training needs: activations and deltas.

Notation
--------
a_0 = t, z_l = W_l^T [a_{l-1}, 1], a_l = act_l(z_l); the features are the activations of the layers in
`read`, side by side. For a readout c of one output, delta_l = d(features c) / d z_l and
the Jacobian of W_l is the row-wise product [a_{l-1}, 1] x delta_l.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Activation(NamedTuple):
    """A function of z, and its derivative, which takes z and the values there."""

    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]


def _pair(z: Tensor) -> Tensor:
    return torch.cat([torch.cos(z), torch.sin(z)], 1)


def _pair_slope(_: Tensor, a: Tensor) -> Tensor:
    cos, sin = a.chunk(2, 1)
    return torch.cat([-sin, cos], 1)


# "pair" gives two features per unit; the kink of "relu" counts as off.
ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation(torch.tanh, lambda _, a: 1 - a.square()),
    "cos": Activation(torch.cos, lambda z, _: -torch.sin(z)),
    "sin": Activation(torch.sin, lambda z, _: torch.cos(z)),
    "relu": Activation(torch.relu, lambda z, _: (z > 0).to(z.dtype)),
    "pair": Activation(_pair, _pair_slope),
}


@dataclass(frozen=True)
class Trace:
    """One forward pass: per layer its input (with a column of ones), activation and derivative."""

    inputs: list[Tensor]
    activations: list[Tensor]
    derivatives: list[Tensor]


@dataclass(frozen=True)
class DenseNetwork:
    """Layer sizes (inputs first), one activation per layer, and the layers that are read."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    read: tuple[int, ...]  # indices into `activations`, increasing

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Shape of each weight matrix, the bias its last row."""
        doubled = [self.sizes[0], *(self._width(layer) for layer in range(len(self.activations)))]
        return [(a + 1, b) for a, b in zip(doubled[:-1], self.sizes[1:])]

    @property
    def has_factors(self) -> bool:
        """Whether `factors` hold the whole Jacobian: second-order training needs it."""
        return True

    @property
    def n_parameters(self) -> int:
        """Number of nonlinear parameters."""
        return sum(a * b for a, b in self.shapes)

    @property
    def n_features(self) -> int:
        """Number of features that are read."""
        return sum(self._width(layer) for layer in self.read)

    def clip(self, theta: Tensor) -> Tensor:
        """The nearest parameters that are allowed: these, for nothing is bounded."""
        return theta

    def penalty(self, theta: Tensor) -> float:
        """What the parameters add to the loss."""
        return 0.0

    def penalty_slope(self, theta: Tensor) -> Tensor:
        """Its gradient."""
        return torch.zeros_like(theta)

    def dense(self, theta: Tensor) -> tuple[DenseNetwork, Tensor]:
        """The same function as an ordinary network and its parameters."""
        return self, theta

    def weights(self, theta: Tensor) -> list[Tensor]:
        """The flat parameters as matrices (views)."""
        pieces = theta.split_with_sizes([a * b for a, b in self.shapes])
        return [piece.view(shape) for piece, shape in zip(pieces, self.shapes)]

    def forward(self, theta: Tensor, t: Tensor) -> Trace:
        """All activations for the rows of `t`."""
        trace = Trace([], [], [])
        a = t
        for matrix, name in zip(self.weights(theta), self.activations):
            trace.inputs.append(_with_ones(a))
            z = trace.inputs[-1] @ matrix
            a = ACTIVATIONS[name].value(z)
            trace.activations.append(a)
            trace.derivatives.append(ACTIVATIONS[name].slope(z, a))
        return trace

    def features(self, theta: Tensor, t: Tensor) -> Tensor:
        """Shape (n, n_features): those of `forward` to the last bit, without its derivatives."""
        a, values = t, []
        for matrix, name in zip(self.weights(theta), self.activations):
            a = ACTIVATIONS[name].value(_with_ones(a) @ matrix)
            values.append(a)
        return torch.cat([values[layer] for layer in self.read], 1)

    def read_out(self, trace: Trace) -> Tensor:
        """The features of a forward pass."""
        return torch.cat([trace.activations[layer] for layer in self.read], 1)

    def gradient(self, theta: Tensor, trace: Trace, upstream: Tensor) -> Tensor:
        """sum over rows of upstream . d features / d theta, shape (p,); upstream (n, n_features)."""
        factors = self.factors(theta, trace, upstream)
        return torch.cat([(a.T @ delta).reshape(-1) for a, delta in factors])

    def factors(self, theta: Tensor, trace: Trace, upstream: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Per layer (n, a_l) and (n, h_l), whose row-wise products are the rows of the Jacobian.

        Every product with the Jacobian follows from them: J v sums rows of (a V) o delta, J^T u is
        a^T (u delta), J J^T sums (a a^T) o (delta delta^T).
        """
        return list(zip(trace.inputs, self._deltas(theta, trace, upstream)))

    def _deltas(self, theta: Tensor, trace: Trace, upstream: Tensor) -> list[Tensor]:
        """d / d z per layer, shapes (n, h_l); `upstream` is d / d features, (n or 1, n_features)."""
        weights, deltas = self.weights(theta), []
        arriving = dict(zip(self.read, upstream.split_with_sizes([self._width(i) for i in self.read], 1)))
        flow: Tensor | float = 0.0
        for layer in range(len(weights) - 1, -1, -1):
            delta = (flow + arriving.get(layer, 0.0)) * trace.derivatives[layer]
            if self.activations[layer] == "pair":
                delta = delta[:, : delta.shape[1] // 2] + delta[:, delta.shape[1] // 2 :]
            deltas.append(delta)
            if layer:
                flow = delta @ weights[layer][:-1].T
        return deltas[::-1]

    def _width(self, layer: int) -> int:
        return self.sizes[layer + 1] * (2 if self.activations[layer] == "pair" else 1)


def _with_ones(a: Tensor) -> Tensor:
    return torch.cat([a, torch.ones_like(a[:, :1])], 1)
