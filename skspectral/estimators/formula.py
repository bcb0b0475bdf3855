"""The fitted function as a formula: terms in the user's units, the strongest first.

A term is a wave, a polynomial, a mapped cosine, a Gaussian or a unit of a network, times an amplitude for
each output. All but units of "relu" are at most 1 in size where the rows were, so that amplitudes can be
compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .._backend.device import EPS
from ..linalg.mapped_cosines import map_constants
from ..networks import DenseNetwork, Expansion, FunctionUnits, StageWeights
from ..networks.fitted import MIN_MODES

if TYPE_CHECKING:
    import sympy

# A term: its amplitudes (k,) and what makes its expression.
Term = tuple[np.ndarray, Callable[[], Any]]


def formula(
    stages: Sequence[StageWeights], units: FunctionUnits, names: Sequence[str], max_terms: int | None
) -> list[sympy.Expr]:
    """One expression per output: the constant, the slopes, and the terms of largest amplitude."""
    import sympy

    axes = _axes([sympy.Symbol(name) for name in names], units)
    total, hidden = units.offset.copy(), list(axes.scaled)
    slopes = np.zeros((len(names), len(total)))
    terms: list[Term] = []
    for stage in stages:
        affine = _array(stage.series["affine"])
        total, slopes = total + stage.scale * affine[0], slopes + stage.scale * affine[1:]
        found, hidden = _terms(stage, axes, hidden)
        terms += [(stage.scale * amplitude, expression) for amplitude, expression in found]
    terms.sort(key=lambda term: -float(np.linalg.norm(term[0])))
    kept = [(amplitude * units.unit, expression()) for amplitude, expression in terms[:max_terms]]
    return [
        sympy.Add(
            *_plane(total[i] * units.unit, slopes[:, i] * units.unit, axes),
            *(float(amplitude[i]) * expression for amplitude, expression in kept),
        )
        for i in range(len(total))
    ]


class _Axes:
    """The inputs: x (or log x), the x that is the middle of the box, and half its width."""

    def __init__(self, variables: list[Any], center: np.ndarray, halfwidth: np.ndarray) -> None:
        self.variables, self.halfwidth = variables, halfwidth
        # A box that has the origin in it is described from there; elsewhere phases would lose digits.
        self.origin = np.where(np.abs(center) <= halfwidth, 0.0, center)
        self.middle = (center - self.origin) / halfwidth  # in units of t

    @property
    def moved(self) -> list[Any]:
        """x less its origin."""
        return [x - float(o) if o else x for x, o in zip(self.variables, self.origin, strict=True)]

    @property
    def scaled(self) -> list[Any]:
        """t in [-1, 1]."""
        pairs = zip(self.moved, self.halfwidth, self.middle, strict=True)
        return [x / float(h) - float(m) for x, h, m in pairs]


def _axes(symbols: list[Any], units: FunctionUnits) -> _Axes:
    import sympy

    logarithmic = np.zeros(len(symbols), bool) if units.logarithmic is None else units.logarithmic
    variables = [sympy.log(x) if log else x for x, log in zip(symbols, logarithmic, strict=True)]
    # t = log(x / center) / halfwidth - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = np.where(logarithmic, np.log(units.center) + units.halfwidth, units.center)
    return _Axes(variables, middle, units.halfwidth)


def _plane(constant: float, slopes: np.ndarray, axes: _Axes) -> Iterator[Any]:
    yield float(constant - slopes @ axes.middle)
    for slope, x, halfwidth in zip(slopes, axes.moved, axes.halfwidth, strict=True):
        if slope:
            yield float(slope / halfwidth) * x


def _terms(stage: StageWeights, axes: _Axes, hidden: list[Any]) -> tuple[list[Term], list[Any]]:
    """Terms of a stage at unit scale, and the inputs of the next one's network."""
    import sympy

    terms = [*_waves(stage, axes), *_products(stage, axes), *_gaussians(stage, axes)]
    features: list[Any] | None = None
    if stage.network is not None:
        features = _features(stage.network, _array(stage.theta), hidden)
        readout = _array(stage.readout)
        terms += [(row, partial(sympy.Add, unit)) for row, unit in zip(readout, features, strict=True)]
    if not stage.grade:
        return terms, hidden
    if features is None:
        parts: dict[str, Any] = {
            name: None if part is None else torch.from_numpy(part) for name, part in stage.series.items()
        }
        waves = Expansion(**parts).leading_waves(MIN_MODES)
        phases = [_phase(f, axes, 0.0) for f in waves.numpy()]
        features = [*axes.scaled, *map(sympy.cos, phases), *map(sympy.sin, phases)]
    return terms, features


def _waves(stage: StageWeights, axes: _Axes) -> Iterator[Term]:
    """A cosine with a phase for one output; a cosine and a sine for several, whose phases differ."""
    import sympy

    series = stage.series
    parts = (_array(series[name]) for name in ("frequencies", "cosine", "sine"))
    for frequency, cosine, sine in zip(*parts, strict=True):
        if len(cosine) == 1:
            shift = math.atan2(-sine[0], cosine[0])
            yield np.hypot(cosine, sine), partial(_wave, sympy.cos, frequency, axes, shift)
            continue
        yield cosine, partial(_wave, sympy.cos, frequency, axes)
        yield sine, partial(_wave, sympy.sin, frequency, axes)


def _wave(function: Any, frequency: np.ndarray, axes: _Axes, shift: float = 0.0) -> Any:
    return function(_phase(frequency, axes, shift))


def _phase(frequency: np.ndarray, axes: _Axes, shift: float) -> Any:
    """2 pi f.t + shift, of x."""
    turns = 2 * math.pi * frequency
    size = 2 * math.pi + float(np.abs(turns) @ np.abs(axes.middle))
    shift = math.remainder(shift - float(turns @ axes.middle), 2 * math.pi)
    shift = 0.0 if abs(shift) < 8 * EPS * size else shift  # what rounding left
    pairs = zip(turns / axes.halfwidth, axes.moved, strict=True)
    terms = [float(turn) * x for turn, x in pairs if turn]
    return sum(terms[1:], start=terms[0] + shift if shift else terms[0]) if terms else shift


def _products(stage: StageWeights, axes: _Axes) -> Iterator[Term]:
    """Products of Legendre polynomials, and of Chebyshev polynomials of the mapped coordinate."""
    import sympy

    series = stage.series
    if series["degrees"] is not None:
        for degrees, amplitude in zip(series["degrees"], _array(series["legendre"]), strict=True):
            yield amplitude, partial(_product, sympy.legendre, degrees, axes.scaled)
    if series["orders"] is not None:
        constants = (values.tolist() for values in map_constants(torch.from_numpy(_array(series["bends"]))))
        turns, _, divisors = constants
        bent = [sympy.sin(a * t) / b for t, a, b in zip(axes.scaled, turns, divisors, strict=True)]
        for orders, amplitude in zip(series["orders"], _array(series["mapped"]), strict=True):
            yield amplitude, partial(_product, sympy.chebyshevt, orders, bent)


def _product(family: Any, orders: np.ndarray, arguments: list[Any]) -> Any:
    """Polynomials by their names: written out, those of high degree lose all digits."""
    import sympy

    pairs = zip(orders.tolist(), arguments, strict=True)
    return sympy.Mul(*(family(n, t, evaluate=False) if n > 1 else t for n, t in pairs if n))


def _gaussians(stage: StageWeights, axes: _Axes) -> Iterator[Term]:
    series = stage.series
    if series["gaussian"] is None:
        return
    lengths, amplitudes = _array(series["lengths"]), _array(series["gaussian"])
    if series["centers"] is not None:
        for center, amplitude in zip(series["centers"], amplitudes, strict=True):
            yield amplitude, partial(_bell, axes.scaled, center, lengths)
        return
    steps = [t / float(w) for t, w in zip(axes.scaled, lengths, strict=True)]
    for powers, amplitude in zip(_array(series["powers"]), amplitudes, strict=True):
        yield amplitude, partial(_power_bell, steps, powers.tolist())


def _bell(scaled: list[Any], center: np.ndarray, lengths: np.ndarray) -> Any:
    import sympy

    steps = zip(scaled, center, lengths, strict=True)
    return sympy.exp(-sum(((t - float(c)) / float(w)) ** 2 for t, c, w in steps) / 2)


def _power_bell(steps: list[Any], powers: list[int]) -> Any:
    import sympy

    # Each power takes its share of the root of p!, so that neither leaves the range of numbers.
    parts = [(u / math.exp(math.lgamma(p + 1) / (2 * p))) ** p for u, p in zip(steps, powers) if p]
    return sympy.Mul(*parts, sympy.exp(-sum(u**2 for u in steps) / 2))


def _features(network: DenseNetwork, theta: np.ndarray, inputs: list[Any]) -> list[Any]:
    """Units of a network, each a function of the units below it."""
    layers, below = [], inputs
    matrices = network.weights(torch.from_numpy(theta))
    for matrix, name in zip(matrices, network.activations, strict=True):
        sums = [
            sum((float(w) * a for w, a in zip(column, below, strict=False)), start=float(column[-1]))
            for column in matrix.T.numpy()
        ]
        below = [unit for act in _activations(name) for unit in map(act, sums)]
        layers.append(below)
    return [unit for layer in network.read for unit in layers[layer]]


def _activations(name: str) -> list[Any]:
    import sympy

    if name == "pair":
        return [sympy.cos, sympy.sin]
    return [partial(sympy.Max, 0) if name == "relu" else getattr(sympy, name)]


def _array(values: np.ndarray | None) -> np.ndarray:
    assert values is not None
    return values
