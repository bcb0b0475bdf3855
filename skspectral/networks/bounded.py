"""Sine layers on frozen frequencies, hidden weights within bounds (TUNER, arXiv 2407.21121).

Notation
--------
a_1 = sin(2 pi f.t + phi), a_l = sin(W_l^T a_{l-1} + b_l) for l > 1. Frequencies f are given; phases phi,
W_l and b_l are trained. |W_2| <= c_j by input frequency j; a bound on the weights is one on the amplitudes
of the frequencies that the layer generates (Theorem 2). The readout takes all layers but the first.

Beyond the paper: W_2 = A V, the diagonal A given and V trained. A step down the gradient moves what an
input frequency generates in proportion to A^2, so A says in which order frequencies are learned (spectral
bias: Rahaman et al., arXiv 1806.08734).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .._backend.device import EPS
from .dense import DenseNetwork, Trace

# Weights of layers further in start at this share of what gives unit variance before the sine: two and
# three layers gain 1 to 4 dB over starts at all of it, and 0.3 dB over 0.3.
DEEP_START_SHARE = 0.25


@dataclass(frozen=True, eq=False)
class BoundedNetwork:
    """A `DenseNetwork` of sines whose free parameters are phases, bounded weights and biases.

    With `learned`, the bounds of the first weights are parameters too: W = c_j tanh(V / c_j at the start).
    """

    frequencies: Tensor  # shape: (m, d), cycles per unit of t
    hidden: tuple[int, ...]
    bounds: Tensor | None  # of the weights on each input unit, shape: (m,); None: no bounds
    learned: bool = False
    penalty_factor: float = 2e-5  # of the mean of learned bounds in the loss (the paper's)
    amplitudes: Tensor | None = None  # A, shape: (m,); None: ones, and the paper's start

    @cached_property
    def inner(self) -> DenseNetwork:
        """The network with all its weights."""
        m, d = self.frequencies.shape
        layers = len(self.hidden)
        return DenseNetwork((d, m, *self.hidden), ("sin",) * (1 + layers), tuple(range(1, 1 + layers)))

    @property
    def activations(self) -> tuple[str, ...]:
        """One name per layer."""
        return self.inner.activations

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Shapes of the free parameters: phases, then each weight matrix with its biases, then bounds."""
        m = len(self.frequencies)
        return [(1, m), *self.inner.shapes[1:], *([(1, m)] if self.learned else [])]

    @property
    def has_factors(self) -> bool:
        """Whether `factors` hold the whole Jacobian: second-order training needs it."""
        return not self.learned

    @property
    def n_parameters(self) -> int:
        """Number of free parameters."""
        return sum(a * b for a, b in self.shapes)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.inner.n_features

    def start(self, generator: torch.Generator) -> Tensor:
        """Phases in (-pi/2, pi/2), weights normal within their bounds, biases of any phase."""
        like = self.frequencies
        shift = torch.rand(1, len(like), generator=generator, dtype=like.dtype) - 0.5
        pieces = [math.pi * shift.to(like.device)]
        for layer, (rows, columns) in enumerate(self.inner.shapes[1:]):
            matrix = torch.randn(rows, columns, generator=generator, dtype=like.dtype).to(like.device)
            matrix[:-1] *= self._first_deviations() if layer == 0 else _deep_deviation(rows)
            turn = torch.rand(columns, generator=generator, dtype=like.dtype).to(like.device)
            matrix[-1] = 2 * math.pi * turn
            pieces.append(matrix)
        if self.learned and self.bounds is not None:
            pieces.append(self.bounds[None, :])
        return self.clip(torch.cat([piece.reshape(-1) for piece in pieces]))

    def clip(self, theta: Tensor) -> Tensor:
        """The nearest parameters whose weights are within their bounds.

        Layers further in are bounded by the largest bound: without it second stages fail once in a while.
        """
        if self.bounds is None:
            return theta
        pieces = [piece.clone() for piece in self._pieces(theta)]
        first, *deeper = pieces[1 : 1 + len(self.hidden)]
        if self.learned:
            pieces[-1].clamp_(min=EPS)  # weights keep their signs
        else:
            most = self.bounds[:, None] / (1.0 if self.amplitudes is None else self.amplitudes[:, None])
            first[:-1] = torch.clamp(first[:-1], -most, most)
        largest = float(self.bounds.max())
        for matrix in deeper:
            matrix[:-1].clamp_(-largest, largest)
        return torch.cat([piece.reshape(-1) for piece in pieces])

    def penalty(self, theta: Tensor) -> float:
        """What learned bounds add to the loss."""
        return self.penalty_factor * float(self._pieces(theta)[-1].abs().mean()) if self.learned else 0.0

    def penalty_slope(self, theta: Tensor) -> Tensor:
        """Its gradient."""
        slope = torch.zeros_like(theta)
        if self.learned:
            m = len(self.frequencies)
            slope[-m:] = self.penalty_factor / m
        return slope

    def dense(self, theta: Tensor) -> tuple[DenseNetwork, Tensor]:
        """The same function as an ordinary network and its parameters."""
        pieces = self._pieces(theta)
        first = torch.cat([2 * math.pi * self.frequencies.T, pieces[0]])
        matrices = [self._scaled(pieces[1]), *pieces[2 : 1 + len(self.hidden)]]
        if self.learned:
            matrices[0] = torch.cat([self._bounded(pieces)[0], matrices[0][-1:]])
        return self.inner, torch.cat([matrix.reshape(-1) for matrix in (first, *matrices)])

    def forward(self, theta: Tensor, t: Tensor) -> Trace:
        """All activations for the rows of `t`."""
        network, weights = self.dense(theta)
        return network.forward(weights, t)

    def read_out(self, trace: Trace) -> Tensor:
        """The features of a forward pass."""
        return self.inner.read_out(trace)

    def features(self, theta: Tensor, t: Tensor) -> Tensor:
        """Shape (n, n_features)."""
        network, weights = self.dense(theta)
        return network.features(weights, t)

    def gradient(self, theta: Tensor, trace: Trace, upstream: Tensor) -> Tensor:
        """sum over rows of upstream . d features / d theta, shape (p,)."""
        slopes = [a.T @ delta for a, delta in self._factors(theta, trace, upstream)]
        if self.learned:
            slopes = self._through_bounds(theta, slopes)
        slopes[1] = self._scaled(slopes[1])
        return torch.cat([slope.reshape(-1) for slope in slopes])

    def factors(self, theta: Tensor, trace: Trace, upstream: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Tables whose row-wise products are the Jacobian, bounds taken as given."""
        first, (inputs, delta), *others = self._factors(theta, trace, upstream)
        return [first, (self._scaled(inputs.T).T, delta), *others]

    def _factors(self, theta: Tensor, trace: Trace, upstream: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The same for weights in place of what is trained of them."""
        network, weights = self.dense(theta)
        (first, delta), *others = network.factors(weights, trace, upstream)
        return [(first[:, -1:], delta), *others]

    def _first_deviations(self, share: float = 0.3) -> Tensor | float:
        """Standard deviations of the first weights: a share of their bounds (the paper's, section 4).

        Where there are amplitudes, those that give unit variance before the sine.
        """
        if self.amplitudes is not None:
            return math.sqrt(2) / float(self.amplitudes.norm())
        return share if self.bounds is None else share * self.bounds[:, None]

    def _pieces(self, theta: Tensor) -> list[Tensor]:
        pieces = theta.split_with_sizes([a * b for a, b in self.shapes])
        return [piece.view(shape) for piece, shape in zip(pieces, self.shapes)]

    def _scaled(self, matrix: Tensor) -> Tensor:
        """A table (m + 1, ...) of the input frequencies times their amplitudes, the last row as it is."""
        if self.amplitudes is None:
            return matrix
        return torch.cat([self.amplitudes[:, None] * matrix[:-1], matrix[-1:]])

    def _bounded(self, pieces: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Learned: the first weights, and tanh of their arguments."""
        assert self.bounds is not None
        saturation = torch.tanh(self._scaled(pieces[1])[:-1] / self.bounds[:, None])
        return pieces[-1].T * saturation, saturation

    def _through_bounds(self, theta: Tensor, slopes: list[Tensor]) -> list[Tensor]:
        """From slopes of weights to those of what they are made of, and of the bounds."""
        assert self.bounds is not None
        pieces = self._pieces(theta)
        _, saturation = self._bounded(pieces)
        of_weights = slopes[1][:-1]
        inside = of_weights * (1 - saturation.square()) * (pieces[-1] / self.bounds).T
        of_bounds = (of_weights * saturation).sum(1)[None, :]
        return [slopes[0], torch.cat([inside, slopes[1][-1:]]), *slopes[2:], of_bounds]


def _deep_deviation(rows: int) -> float:
    return DEEP_START_SHARE * math.sqrt(2 / (rows - 1))
