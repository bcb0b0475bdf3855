"""Nets that a stage may train: shape, the modes beside it, and where its weights start."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor

from .._backend.samples import Samples
from ..networks import (
    MIN_MODES,
    BoundedNetwork,
    DenseNetwork,
    Expansion,
    affine_features,
    cosine_start,
    data_drawn_start,
    fourier_features,
    linear_start,
    scale_factor_start,
    xavier_start,
)
from ..selection import ROWS_PER_PARAMETER, Features
from ..spectrum import count_modes, lattice

# Narrow and deep wins under second-order training: on a steep ring four layers of 8 reach 7e-6 where
# three of 16 reach 3e-5 in ten times the time; on a plane front 8 units beside many modes reach
# 1e-11 where 40 units beside few reach 1e-6.
SHAPES = [(2,), (8,), (40,), (8, 8), (8, 8, 8, 8)]
# How often each start is drawn: the best of three is rarely a bad one.
DRAWS_PER_START = 3
# Least steepness of a first layer that is tried, in rises across the box.
MIN_GAIN = 3.0


@dataclass(frozen=True)
class NetworkOptions:
    """What the user fixed about networks; None leaves the choice to the data."""

    shape: tuple[int, ...] | None
    n_modes: int | None
    hidden_input: str  # "auto", "x", "modes"
    readout: str  # "full", "hidden"
    init: str  # "spectrum", "scale", "random"
    stage: int  # 0 for the first
    as_series: bool = False  # start where a network of hidden layers on modes is their sum


@dataclass(frozen=True, eq=False)
class FixedFeatures:
    """Features beside a network; one object serves every start that has the same."""

    modes: Tensor  # frequencies, shape: (m, d)
    affine: bool

    def __call__(self, t: Tensor) -> Tensor:
        """Features (n, q)."""
        smooth = affine_features(t) if self.affine else torch.ones_like(t[:, :1])
        return torch.cat([smooth, fourier_features(t, self.modes)], 1)


@dataclass(frozen=True, eq=False)
class Start:
    """A network, what stands beside it, and first parameters to be drawn."""

    network: DenseNetwork | BoundedNetwork
    beside: FixedFeatures
    draw: Callable[[Tensor, torch.Generator], Tensor]  # (centers, generator) -> theta
    seeds: int = 1  # how often to draw
    # Shallow nets only: units are chosen among draws that are up to this many times as steep, all but the
    # first `given` ones, and those that do little are chosen anew.
    max_steepness: float = 0.0
    given: int = 0

    @property
    def n_numbers(self) -> int:
        """Parameters, and columns of the readout."""
        modes = 2 * len(self.beside.modes) + 1
        return self.network.n_parameters + self.network.n_features + modes

    @property
    def name(self) -> str:
        """What a recorder knows it as: the units of its layers."""
        return f"net {'-'.join(str(units) for _, units in self.network.shapes)}"

    def features_of(self, theta: Tensor) -> Features:
        """All features of the readout, of a net of these parameters."""

        def features(t: Tensor) -> Tensor:
            return torch.cat([self.beside(t), self.network.features(theta, t)], 1)

        return features

    @property
    def is_chosen(self) -> bool:
        """Whether any units are chosen."""
        return self.max_steepness > 0 and self.given < self.network.shapes[0][1]


def starts(samples: Samples, spectrum: Expansion | None, options: NetworkOptions) -> Iterator[Start]:
    """Every start that is worth a few steps, cheapest shapes first."""
    seeds = DRAWS_PER_START if options.shape is None else 1
    if options.init != "spectrum":
        shape = options.shape or (20, 20)
        yield replace(_scale_start(samples, shape, options), seeds=seeds)
        return
    sides = _sides(samples, spectrum, options)
    for shape in _shapes(samples, options):
        if options.hidden_input != "modes":
            yield from _starts_on_x(samples, sides, shape, seeds)
        if options.hidden_input != "x" and spectrum is not None and spectrum.n_modes:
            deep = options.hidden_input == "modes" or len(shape) > 1
            if deep:
                yield replace(_start_on_modes(samples, spectrum, shape, options), seeds=seeds)


def strongest(spectrum: Expansion, count: int) -> tuple[Tensor, Tensor]:
    """Frequencies (m, d) and phases (m,) of the modes of largest amplitude.

    A wave and its negative have one phase: a readout has a sign, and y and -y begin with the same bits.
    """
    chosen = _ranked(spectrum)[:count]
    cosine, sine = spectrum.cosine[chosen, 0], spectrum.sine[chosen, 0]
    return spectrum.frequencies[chosen], torch.atan(-sine / cosine).nan_to_num()


def _amplitudes(spectrum: Expansion, count: int, phases: Tensor) -> Tensor:
    """Amplitudes (m, k) of the strongest modes, as waves of the given phases (m,)."""
    chosen = _ranked(spectrum)[:count]
    turn = phases[:, None]
    return spectrum.cosine[chosen] * turn.cos() - spectrum.sine[chosen] * turn.sin()


def _ranked(spectrum: Expansion) -> Tensor:
    power = (spectrum.cosine.square() + spectrum.sine.square()).sum(1)
    return torch.argsort(power, descending=True, stable=True)


def _shapes(samples: Samples, options: NetworkOptions) -> list[tuple[int, ...]]:
    if options.shape is not None:
        return [options.shape]
    if _n_carrying(samples) < ROWS_PER_PARAMETER * _n_parameters((samples.d, 1)):
        return []  # one unit would fit the rows that stand out, which no other row confirms
    room = samples.n / ROWS_PER_PARAMETER
    return [shape for shape in SHAPES if _n_parameters((samples.d, *shape)) <= room]


def _n_carrying(samples: Samples) -> float:
    """Rows that carry the variance of the targets: their participation ratio (Bell and Dean 1970)."""
    squares = (samples.y - samples.y.mean(0)).square().sum(1)
    tiny = torch.finfo(squares.dtype).tiny
    return float(squares.sum().square() / squares.square().sum().clamp_min(tiny))


def _n_parameters(sizes: tuple[int, ...]) -> int:
    return sum((a + 1) * b for a, b in pairwise(sizes)) + sizes[-1]


def _starts_on_x(
    samples: Samples, sides: list[FixedFeatures], shape: tuple[int, ...], seeds: int
) -> Iterator[Start]:
    network = DenseNetwork((samples.d, *shape), ("tanh",) * len(shape), (len(shape) - 1,))
    for beside in sides:
        for gain in _gains(samples) if len(shape) == 1 else [MIN_GAIN]:

            def draw(centers: Tensor, generator: torch.Generator, gain: float = gain) -> Tensor:
                return data_drawn_start(network, centers, gain, generator)

            yield Start(network, beside, draw, seeds)


def _start_on_modes(
    samples: Samples, spectrum: Expansion, shape: tuple[int, ...], options: NetworkOptions
) -> Start:
    """The paper's network: cosines at the strongest modes, tanh layers behind them."""
    frequencies, phases = strongest(spectrum, options.n_modes or MIN_MODES)
    m, full = len(frequencies), options.readout == "full"
    network = DenseNetwork((samples.d, m, *shape), ("cos", *("tanh",) * len(shape)), (len(shape),))

    def draw(_centers: Tensor, generator: torch.Generator) -> Tensor:
        if options.as_series:
            amplitudes = _amplitudes(spectrum, m, phases)
            return linear_start(network, frequencies, phases, amplitudes, generator)
        return cosine_start(network, frequencies, phases, generator)

    return Start(network, FixedFeatures(frequencies if full else frequencies[:0], full), draw)


def _scale_start(samples: Samples, shape: tuple[int, ...], options: NetworkOptions) -> Start:
    """Wang and Lai 2024: tanh in stage one, a sine layer scaled by the residual's frequency after."""
    first = "tanh" if options.stage == 0 else "sin"
    network = DenseNetwork((samples.d, *shape), (first, *("tanh",) * (len(shape) - 1)), (len(shape) - 1,))

    def draw(centers: Tensor, generator: torch.Generator) -> Tensor:
        if options.init == "random" or options.stage == 0:
            return xavier_start(network, centers, generator)
        kappa = 2 * math.pi * dominant_frequency(samples)
        return scale_factor_start(network, centers, kappa, generator)

    return Start(network, FixedFeatures(samples.t[:0], options.readout == "full"), draw)


def dominant_frequency(samples: Samples) -> float:
    """Root mean square frequency of the residual per axis, in cycles per unit of t.

    From zero crossings: half of them per unit length along the axis, over sorted rows.
    """
    order = torch.argsort(samples.t[:, 0], stable=True)
    values = samples.y[order, 0]
    frequency: float = _crossings(values) ** (1 / samples.d)
    return frequency


def _crossings(values: Tensor) -> float:
    changes = int((values[1:] * values[:-1] < 0).sum())
    return max(1.0, changes / 4)


def _gains(samples: Samples) -> list[float]:
    """Steepness of the first layer, up to what the spacing of the rows resolves."""
    max_gain = max(2 * MIN_GAIN, samples.n ** (1 / samples.d) / 4)
    middle = math.sqrt(MIN_GAIN * max_gain)
    return [MIN_GAIN, middle, max_gain] if samples.d == 1 else [MIN_GAIN, middle]


def _sides(samples: Samples, spectrum: Expansion | None, options: NetworkOptions) -> list[FixedFeatures]:
    """What may stand beside a network on x."""
    if options.readout == "hidden":
        return [FixedFeatures(samples.t[:0], False)]
    if options.n_modes is not None and options.n_modes > 0 and spectrum is not None:
        return [FixedFeatures(strongest(spectrum, options.n_modes)[0], True)]
    ladder = [MIN_MODES * 5**i for i in range(3)] if options.n_modes != 0 else []
    # A mode has two columns of the readout, each of which takes rows as a parameter does.
    room = [count for count in ladder if 4 * ROWS_PER_PARAMETER * count <= samples.n]
    return [FixedFeatures(_low_modes(samples, count), True) for count in room] or [
        FixedFeatures(samples.t[:0], True)
    ]


def _low_modes(samples: Samples, count: int) -> Tensor:
    """About `count` harmonics of twice the box, the longest waves first."""
    order = samples.d if samples.d <= 3 else 1
    radius = 1.0
    while count_modes(samples.d, radius + 0.5, order) <= count:
        radius += 0.5
    vectors = torch.as_tensor(lattice(samples.d, radius, order)[:count])
    return vectors.to(samples.t) / 4
