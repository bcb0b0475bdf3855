"""Fitted series as sums of products of functions of one input: what integrates in closed form.

Notation
--------
f(t) = Re sum_j c_j prod_i phi_ij(t_i): waves are products of exponentials, and so are trained waves, which
are networks of one periodic layer on t; polynomials, mapped cosines and Gaussians are products as they are.
Along an axis many products share a function, which is evaluated once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from ..linalg.mapped_cosines import cosine_tables, end_of_map, mapped
from ..linalg.panels import panel_nodes, weighted_sums
from ..linalg.polynomials import legendre_table
from .beyond import Beyond, near_box
from .expansion import Expansion
from .fitted import FittedFunction, FittedStage
from .fourier import bell_table, power_roots

# Names of the activations of one layer that is a sum of waves.
WAVES = ("cos", "sin", "pair")


class AxisFunctions(Protocol):
    """Functions of one input: waves inside of [-1, 1], and constant or waves beyond `limits`."""

    @property
    def fineness(self) -> float:
        """Radians per unit of phi, where t = -cos(phi)."""

    @property
    def rate(self) -> float:
        """Radians per unit of t beyond the rim."""

    @property
    def limits(self) -> tuple[float, ...]:
        """Where, beyond the rim, they begin to be held and have vanished, in increasing order."""

    @property
    def are_waves(self) -> bool:
        """Whether they are exponentials, which are complex."""

    def __call__(self, t: Tensor) -> Tensor:
        """Values (n, u) at t (n,)."""


@dataclass(frozen=True)
class AxisWaves:
    """exp(2 pi i f t)."""

    frequencies: Tensor  # shape: (u,)
    limits: tuple[float, ...] = ()
    are_waves: bool = True

    @property
    def fineness(self) -> float:
        """That of the shortest."""
        return self.rate

    @property
    def rate(self) -> float:
        """That of the shortest."""
        return 2 * math.pi * float(self.frequencies.abs().max())

    def __call__(self, t: Tensor) -> Tensor:
        """Values (n, u) at t (n,)."""
        angle = 2 * math.pi * t[:, None] * self.frequencies
        return torch.polar(torch.ones_like(angle), angle)

    def integrals(self, low: Tensor, high: Tensor, growth: float) -> Tensor:
        """Of exp(growth (1 + t)) times each over intervals (m,), shape (m, u)."""
        z = torch.complex(torch.full_like(self.frequencies, growth), 2 * math.pi * self.frequencies)
        middle, half = ((low + high) / 2)[:, None], ((high - low) / 2)[:, None]
        u = half * z
        ratio = torch.where(u.abs() > 1e-4, torch.sinh(u) / u, 1 + u * u / 6)
        return 2 * half * ratio * torch.exp(growth + z * middle)


@dataclass(frozen=True)
class AxisPolynomials:
    """Legendre polynomials."""

    degree: int
    rate: float = 0.0
    limits: tuple[float, ...] = ()
    are_waves: bool = False

    @property
    def fineness(self) -> float:
        """That of the highest."""
        return float(self.degree + 1)

    def __call__(self, t: Tensor) -> Tensor:
        """Values (n, u) at t (n,)."""
        return legendre_table(t, self.degree)


@dataclass(frozen=True)
class AxisCosines:
    """Mapped cosines."""

    order: int
    bend: Tensor  # shape: ()
    rate: float = 0.0
    are_waves: bool = False

    @property
    def fineness(self) -> float:
        """That of the highest: d theta / dt is pi / 2 at most where cosines are evenly spaced."""
        return math.pi / 2 * self.order + 1

    @property
    def limits(self) -> tuple[float, ...]:
        """The end of the map."""
        return (float(end_of_map(self.bend)),)

    def __call__(self, t: Tensor) -> Tensor:
        """Values (n, u) at t (n,)."""
        return cosine_tables(mapped(t[:, None], self.bend[None]), [self.order])[0]


@dataclass(frozen=True)
class AxisGaussians:
    """exp(-(t - center)^2 / (2 length^2))."""

    centers: Tensor  # shape: (u,)
    length: Tensor  # shape: ()
    rate: float = 0.0
    are_waves: bool = False

    @property
    def fineness(self) -> float:
        """Their spectrum has fallen to rounding there."""
        return 8.5 / float(self.length)

    @property
    def limits(self) -> tuple[float, ...]:
        """They have fallen to rounding there."""
        return (float(self.centers.abs().max().clamp_min(1) + 9 * self.length),)

    def __call__(self, t: Tensor) -> Tensor:
        """Values (n, u) at t (n,)."""
        return torch.exp(-((t[:, None] - self.centers) / self.length).square() / 2)


@dataclass(frozen=True)
class AxisBells:
    """u^p exp(-u^2 / 2) / sqrt(p!) with u = t / length, for p up to `power`."""

    power: int
    length: Tensor  # shape: ()
    rate: float = 0.0
    are_waves: bool = False

    @property
    def fineness(self) -> float:
        """That of the narrowest bump: it has the root of half the length of the Gaussian."""
        return 8.5 * 2**0.5 / float(self.length)

    @property
    def limits(self) -> tuple[float, ...]:
        """They have fallen to rounding there."""
        return (max(1.0, float(self.length) * (self.power**0.5 + 9)),)

    def __call__(self, t: Tensor) -> Tensor:
        """Values (n, u) at t (n,)."""
        return bell_table(t / self.length, power_roots(self.power, t))


@dataclass(frozen=True)
class AxisHeld:
    """Functions that are followed up to a reach, held there, and fade: an axis of `Beyond`."""

    functions: AxisFunctions
    reach: float

    @property
    def fineness(self) -> float:
        """That of the functions."""
        return self.functions.fineness

    @property
    def rate(self) -> float:
        """That of a function that is held within a step of three reaches."""
        return max(self.functions.rate, 16.0 / self.reach if self.reach < 1 else 16.0)

    @property
    def are_waves(self) -> bool:
        """As the functions are."""
        return self.functions.are_waves

    @property
    def limits(self) -> tuple[float, ...]:
        """They are held to rounding after 18 reaches, and have fallen to it after 9 units."""
        begin = 1 + self.reach
        return (begin, begin + 4 * self.reach, begin + 18 * self.reach, begin + 18 * self.reach + 9)

    def follows(self, low: Tensor, high: Tensor) -> bool:
        """Whether nothing is held between ends (m,)."""
        return bool(torch.maximum(-low, high).max() <= 1 + self.reach)

    def __call__(self, t: Tensor) -> Tensor:
        """Values (n, u) at t (n,)."""
        near = near_box(t, t.new_tensor(self.reach))
        return torch.exp(-(t - near).square() / 2)[:, None] * self.functions(near)


@dataclass(frozen=True)
class ProductSum:
    """The real part of a sum of products; product j takes the function `index[j, i]` of axis i."""

    coefficients: Tensor  # shape: (q, k)
    axes: tuple[AxisFunctions, ...]
    index: Tensor  # shape: (q, d)

    def times(self, factor: float) -> ProductSum:
        """The same at another scale."""
        return replace(self, coefficients=self.coefficients * factor)

    def held(self, beyond: Beyond) -> ProductSum:
        """As the part of it that is left beyond the box."""
        pairs = zip(self.axes, beyond.reach.tolist(), strict=True)
        return replace(self, axes=tuple(AxisHeld(*pair) for pair in pairs))


def products_of(function: FittedFunction) -> tuple[list[ProductSum], bool]:
    """The sum of stages, in its scaled units, and whether all of it is there: networks are not products."""
    d = len(function.center)
    constant = torch.zeros(1, d, dtype=torch.int64, device=function.center.device)
    lines = tuple(AxisPolynomials(0) for _ in range(d))
    sums = [ProductSum(function.offset[None, :], lines, constant)]
    with torch.no_grad():
        for stage in function.parts:
            sums += [part.times(stage.scale) for part in _stage_products(stage)]
    return sums, not any(_is_network(stage) for stage in function.parts)


def _is_network(stage: FittedStage) -> bool:
    """Whether a stage has a network that is not a sum of waves of t."""
    network = stage.network
    if network is None:
        return False
    return len(network.activations) > 1 or network.activations[0] not in WAVES or stage.grade > 1


def _stage_products(stage: FittedStage) -> Iterator[ProductSum]:
    parts = [*_series_products(stage.function.expansion)]
    if stage.network is not None and not _is_network(stage):
        parts.append(_trained_waves(stage))
    beyond = stage.beyond
    if beyond is None:
        yield from parts
        return
    # p(t) + w(t) (f(n) - p(n)): the weight and n are those of each axis.
    yield _plane(beyond.plane)
    yield from (part.held(beyond) for part in [*parts, _plane(-beyond.plane)])


def _plane(affine: Tensor) -> ProductSum:
    """Of coefficients (1 + d, k)."""
    d = len(affine) - 1
    slopes = torch.eye(1 + d, dtype=torch.int64, device=affine.device)[:, 1:]
    return ProductSum(affine, tuple(AxisPolynomials(1) for _ in range(d)), slopes)


def _series_products(series: Expansion) -> Iterator[ProductSum]:
    yield _plane(series.affine)
    if series.n_modes:
        yield _waves(series.frequencies, torch.complex(series.cosine, -series.sine))
    if series.degrees is not None and series.legendre is not None:
        highest = series.degrees.amax(0).tolist()
        yield ProductSum(series.legendre, tuple(map(AxisPolynomials, highest)), series.degrees)
    if series.orders is not None and series.mapped is not None:
        assert series.bends is not None
        pairs = zip(series.orders.amax(0).tolist(), series.bends)
        yield ProductSum(series.mapped, tuple(AxisCosines(*each) for each in pairs), series.orders)
    if series.gaussian is not None:
        yield _gaussians(series, series.gaussian)


def _gaussians(series: Expansion, weights: Tensor) -> ProductSum:
    assert series.lengths is not None
    if series.centers is not None:
        places = zip(series.centers.T, series.lengths)
        return ProductSum(weights, tuple(AxisGaussians(*pair) for pair in places), _each(series.centers))
    assert series.powers is not None
    highest = zip(series.powers.amax(0).tolist(), series.lengths)
    return ProductSum(weights, tuple(AxisBells(*pair) for pair in highest), series.powers)


def _waves(frequencies: Tensor, amplitudes: Tensor) -> ProductSum:
    """Waves (m, d) of complex amplitudes (m, k); along an axis many share a frequency."""
    distinct = [torch.unique(column, return_inverse=True) for column in frequencies.T]
    axes = tuple(AxisWaves(values) for values, _ in distinct)
    return ProductSum(amplitudes, axes, torch.stack([index for _, index in distinct], 1))


def _trained_waves(stage: FittedStage) -> ProductSum:
    """A network of one periodic layer on t."""
    assert stage.network is not None
    (matrix,) = stage.network.weights(stage.theta)
    readout, name = stage.readout, stage.network.activations[0]
    if name == "pair":
        cosine, sine = readout.chunk(2)
    else:
        cosine, sine = (readout, 0 * readout) if name == "cos" else (0 * readout, readout)
    turn = torch.polar(torch.ones_like(matrix[-1]), matrix[-1])[:, None]
    amplitudes = torch.complex(cosine, -sine) * turn
    return _waves(matrix[:-1].T / (2 * math.pi), amplitudes)


def _each(rows: Tensor) -> Tensor:
    """Every product has functions of its own."""
    return torch.arange(len(rows), device=rows.device)[:, None].expand(rows.shape)


def axis_integrals(functions: AxisFunctions, low: Tensor, high: Tensor, growth: float) -> Tensor:
    """Integrals (m, u) of exp(growth (1 + t)) times each function over intervals (m,)."""
    if isinstance(functions, AxisHeld) and functions.follows(low, high):
        functions = functions.functions
    if isinstance(functions, AxisWaves):
        return functions.integrals(low, high, growth)
    rate = functions.rate + growth
    nodes, weights = panel_nodes(low, high, breaks_of([functions]), functions.fineness + growth, rate)
    weights = weights * (high - low)[:, None] * torch.exp(growth * (1 + nodes))
    return weighted_sums(functions, nodes, weights)


def breaks_of(families: Sequence[AxisFunctions]) -> list[float]:
    """Where functions of an axis may have kinks, and the ends of [-1, 1]."""
    limits = sorted({1.0, *(limit for family in families for limit in family.limits)})
    return [*(-limit for limit in reversed(limits)), *limits]
