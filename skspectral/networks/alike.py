"""Units and sums that come out alike, to the last bit, in every library that computes in float64.

Trained units may be 1e6 times larger than their sum. The last bit of a sine and the order of a sum, in
which libraries differ, then leave ten digits. Here each step is one that IEEE 754 rounds in one way: an
addition, a product or a quotient of two numbers, or a sum of products that is exact in any order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._backend.device import EPS
from .dense import DenseNetwork

# An array of NumPy or a tensor of torch; NumPy takes the least time, and torch exports.
Array = Any


def may_differ(terms: float) -> bool:
    """Whether libraries that sum and round sines in their own ways may differ by 1e-13 of y or more.

    Exports promise to agree to that (`estimators.export`). Libraries differ by at most 2 eps times the sum
    of all terms of a stage, in units of y, at 400 rows of nine models.
    """
    return 2 * EPS * terms > 1e-13


def alike_constants() -> dict[str, np.ndarray]:
    """Numbers that the steps take, in columns of numbers (m, 1, 1): as matrices they stay float64."""
    pi, ln2 = math.pi, math.log(2)
    high_pi, high_ln2 = (math.ldexp(round(math.ldexp(x, 31)), -31) for x in (pi, ln2))
    tables = {
        "turn": [2 * pi],
        # pi in two parts: what it is short of in float64 is its sine
        "half_turn": [1 / pi, high_pi, (pi - high_pi) + math.sin(pi)],
        "doubling": [1 / ln2, high_ln2, ln2 - high_ln2],
        # (sin(x) - x) / x^3 in powers of x^2 up to pi / 2
        "sine": [(-1) ** (k // 2) / math.factorial(k) for k in range(3, 23, 2)],
        # (exp(x) - 1 - x) / x^2 in powers of x up to ln(2) / 2
        "exponential": [1 / math.factorial(k) for k in range(2, 15)],
        "halves": [0.5**k for k in range(64)],
    }
    return {name: np.array(table)[:, None, None] for name, table in tables.items()}


@dataclass(frozen=True)
class Arithmetic:
    """The steps in one library, with its arrays of `alike_constants`."""

    library: Any
    constants: dict[str, Array]

    @property
    def turn(self) -> Array:
        """2 pi, shape (1, 1)."""
        return self.constants["turn"][0]

    def affine(self, t: Array, matrix: Array) -> Array:
        """[t, 1] times a matrix (1 + d, h), term by term."""
        total = matrix[-1:]
        for i in range(t.shape[1]):
            total = total + t[:, i : i + 1] * matrix[i : i + 1]
        return total

    def units(self, activation: str, z: Array) -> Array:
        """One of the bounded `dense.ACTIVATIONS`."""
        if activation == "tanh":
            return self._tanh(z)
        if activation == "pair":
            return self.waves(z)
        return self._sine(z, 0.0 if activation == "sin" else 0.5)

    def waves(self, z: Array) -> Array:
        """[cos z, sin z]."""
        return self.library.concatenate([self._sine(z, 0.5), self._sine(z, 0.0)], 1)

    def _sine(self, z: Array, ahead: float) -> Array:
        """sin(z + ahead pi), from its nearest zero on (Cody and Waite 1980, chapter 8)."""
        inverse, high, low = self.constants["half_turn"]
        round_ = self.library.round
        count = round_(z * inverse + ahead)
        turns = count - ahead
        rest = (z - turns * high) - turns * low
        half = count * 0.5
        odd = half - round_(half)
        square = rest * rest
        values = rest + rest * (square * self._series("sine", square))
        return values * (1.0 - 8.0 * (odd * odd))

    def _tanh(self, z: Array) -> Array:
        """-q / (2 + q), q = exp(-2 |z|) - 1, with the sign of z; the exponential is 2^-k exp(rest)."""
        inverse, high, low = self.constants["doubling"]
        size = self._size(z).clip(max=20.0) * 2.0  # 1 to the last bit from there on
        count = self.library.round(size * inverse)
        rest = (count * high - size) + count * low
        rest = rest + rest * rest * self._series("exponential", rest)
        power = self._power_of_half(count)
        less = power * rest + (power - 1.0)
        return self._with_sign(less / (2.0 + less), z)

    # Of torch, with slopes that are right at zero.
    def _size(self, z: Array) -> Array:
        return self.library.where(z < 0, -z, z)

    def _with_sign(self, negative: Array, z: Array) -> Array:
        return self.library.where(z < 0, negative, -negative)

    def _power_of_half(self, count: Array) -> Array:
        return self.constants["halves"].reshape(-1)[count.long()]

    def _series(self, name: str, x: Array) -> Array:
        first, *others, last = self.constants[name]
        total = last * x
        for coefficient in reversed(others):
            total = (total + coefficient) * x
        return total + first

    def product(self, features: Array, slices: Sequence[Array]) -> Array:
        """Features (n, h) of at most 2 times the matrix (h, k) of these slices.

        Sums of the three largest products of slices are exact in any order, and what the others are rounded
        by is far below the last bit (Ozaki, Ogita, Oishi and Rump 2012, Numerical Algorithms 59,
        "Error-free transformations of matrix multiplication"). Slices are negative: runtimes merge products
        and sums.
        """
        parts = self._cut(features, 2.0, features.shape[1])
        first, second, third = (part @ columns for part, columns in zip(parts, slices, strict=True))
        k = third.shape[1]
        large = ((0.0 - first[:, :k]) - first[:, k : 2 * k]) - second[:, :k]
        return ((large - first[:, 2 * k :]) - second[:, k:]) - third

    def slices(self, matrix: Array) -> list[Array]:
        """What `product` takes of a matrix (h, k): its parts side by side, shapes (h, 3 k), .., (h, k)."""
        bound = self.library.amax(self.library.abs(matrix), 0)[None]
        first, second, third = self._cut(matrix, bound, len(matrix))
        join = self.library.concatenate
        return [-join([first, second, third], 1), -join([first, second], 1), -matrix]

    def _cut(self, x: Array, bound: Array | float, terms: int) -> list[Array]:
        """Parts that add up to x; sums of so many products of two of the first two are exact."""
        large, small = _steps(bound, terms)
        first = (x + large) - large
        second = ((x - first) + small) - small
        return [first, second, (x - first) - second]


def _steps(bound: Array | float, terms: int) -> tuple[Array | float, Array | float]:
    """What leaves the first bits of numbers within the bound, when added and subtracted, and the next."""
    bits = (50 - math.ceil(math.log2(terms))) // 2
    large = bound * (1.5 * 2.0 ** (52 - bits))
    return large, large * 2.0**-bits


class FastArithmetic(Arithmetic):
    """That of NumPy: the same bits in fewer passes over memory."""

    def _size(self, z: Array) -> Array:
        return np.abs(z)

    def _with_sign(self, negative: Array, z: Array) -> Array:
        return np.copysign(negative, z, out=negative)

    def _cut(self, x: Array, bound: Array | float, terms: int) -> list[Array]:
        large, small = _steps(bound, terms)
        first = x + large
        first -= large
        third = x - first
        second = third + small
        second -= small
        third -= second
        return [first, second, third]

    def _power_of_half(self, count: Array) -> Array:
        return np.ldexp(1.0, -count.astype(np.int32))

    def _series(self, name: str, x: Array) -> Array:
        first, *others, last = self.constants[name]
        total = last * x
        for coefficient in reversed(others):
            total += coefficient
            total *= x
        total += first
        return total


@dataclass(frozen=True)
class AlikeSum:
    """Affine part, waves and units of one stage, and their sum."""

    arithmetic: Arithmetic
    angles: Array  # of the waves, shape: (1 + d, m)
    layers: list[Any]  # weights of the first, if it takes coordinates, and slices of all others
    network: DenseNetwork
    on_coordinates: bool
    coefficients: list[Array]  # slices of those of 1, t, waves and units

    @classmethod
    def of(
        cls,
        arithmetic: Arithmetic,
        network: DenseNetwork,
        weights: list[Array],
        on_coordinates: bool,
        waves: Array,  # frequencies (m, d) in radians
        coefficients: Sequence[Array],  # of 1 and t, cosines, sines, units
    ) -> AlikeSum:
        """Ready to be evaluated."""
        slices = arithmetic.slices
        first = weights[0] if on_coordinates else slices(weights[0])
        layers = [first, *(slices(matrix) for matrix in weights[1:])]
        join = arithmetic.library.concatenate
        angles = join([waves.T, 0.0 * waves.T[:1]], 0)
        return cls(arithmetic, angles, layers, network, on_coordinates, slices(join(list(coefficients), 0)))

    def __call__(self, t: Array, inputs: Array) -> tuple[Array, Array]:
        """Sums (n, k) and units at coordinates (n, d) and inputs of the network."""
        do, join = self.arithmetic, self.arithmetic.library.concatenate
        units, one = [inputs], t[:, :1] * 0.0 + 1.0
        for layer, name in zip(self.layers, self.network.activations, strict=True):
            if len(units) == 1 and self.on_coordinates:
                z = do.affine(inputs, layer)
            else:
                z = do.product(join([units[-1], one], 1), layer)
            units.append(do.units(name, z))
        features = join([units[1 + i] for i in self.network.read], 1)
        waves = [do.waves(do.affine(t, self.angles))] if self.angles.shape[1] else []
        return do.product(join([one, t, *waves, features], 1), self.coefficients), features
