"""Random features (Rahimi and Recht, 2007): one wide layer, drawn for the measured bandwidth.

Only the readout is fitted.

Width and bandwidth come from leave-one-out errors: from narrow to wide, and at each width up and down
in bandwidth from where the last one was best. Where there are many inputs, each width is also tried
along the directions in which the last fit varies.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .._backend.device import threads_for
from .._backend.samples import Samples
from ..networks import DenseNetwork, StageFunction, first_layer, gradient_stretch
from ..selection import (
    ROUNDING,
    SETTLED,
    WORTHWHILE,
    Design,
    Features,
    LinearOptions,
    Readout,
    StageFit,
    constant,
    expected_error,
    fit_readout,
    fit_wide_readout,
    search_ladder,
)
from ..solvers import Status

WIDTHS = [4, 8, 16, 32, 64, 128, 256, 512, 724, 1024, 1448, 2048, 2896, 4096]
# Units per row, and operations of the widest readout: about twenty seconds on two cores.
MAX_FILL, MAX_FLOPS = 0.66, 5e11
# Bandwidths are sqrt(2) apart.
# A wave of many inputs is steep along few of them: from MANY inputs on the first band grows as their root.
RATIO, FIRST, MANY = math.sqrt(2), 2.0, 16
# Readouts of up to this many columns are solved by an SVD, each with the best of many ridges; wider ones
# by QR, with hardly any ridge or that of the last width.
MAX_SVD_COLUMNS = 600
ALPHAS = [0.0, *(10.0**i for i in [*range(-28, -10, 2), *range(-10, 1)])]
LEAST_ALPHA = 1e-28
# Widths from which a wider layer is tried only if the last one lowered the error to this share, and is
# not settled yet.
WIDE, PROMISING = 1024, 0.67
# Inputs, and units, for which directions are learned; they must lower the error to this share, for on
# noisy tables they fit the noise (diabetes: leave-one-out error 1 % lower, test error 4 % higher).
MIN_INPUTS, MAX_INPUTS, MIN_UNITS, TELLING = 3, 1000, 64, 0.95


@dataclass(frozen=True)
class _LayerFit:
    """One width, bandwidth and stretch, fitted."""

    layer: Tensor  # shape: (d + 1, width)
    stretch: Tensor | None  # shape: (d, d); the layer was drawn for t @ stretch
    factor: float
    ridge: Readout

    @property
    def width(self) -> int:
        return self.layer.shape[1]

    @property
    def score(self) -> float:
        """What fits are chosen by."""
        return self.ridge.score


def fit_random_features(
    samples: Samples,
    design: Design,
    activation: str,
    band: float,
    options: LinearOptions,
    generator: torch.Generator,
) -> StageFit | None:
    """The best layer found; `band` is the measured bandwidth, in radians per unit of t."""
    search = _Search(samples, design, activation, band, options, generator)
    best = search_ladder(search.fits(), options.deadline)
    return None if best is None else _parts(samples, design, activation, best)


class _Search:
    """Walks over widths and bandwidths."""

    def __init__(
        self,
        samples: Samples,
        design: Design,
        activation: str,
        band: float,
        options: LinearOptions,
        generator: torch.Generator,
    ) -> None:
        self.samples, self.design, self.activation, self.band = samples, design, activation, band
        self.options, self.generator = options, generator

    def fits(self) -> Iterator[_LayerFit]:
        """The best bandwidth of each width, then of the last one along ever better directions."""
        last, before = None, math.inf
        for width in WIDTHS:
            if width > MAX_FILL * self.samples.n or width**2 * self.samples.n > MAX_FLOPS:
                break
            last = self._best_stretch(width, last)
            yield last
            if last.score < ROUNDING or (width >= WIDE and _is_done(before, last.score)):
                break
            before = last.score
        while last is not None and last.stretch is not None and last.score > ROUNDING:
            better = self._best_band(last.width, last, self._learned(last))
            yield better
            if better.score > (TELLING if last.width < WIDE else PROMISING) * last.score:
                return
            last = better

    def _best_stretch(self, width: int, last: _LayerFit | None) -> _LayerFit:
        """Along what the last fit has learned, or along the directions that it was drawn for."""
        many = MIN_INPUTS <= self.samples.d <= MAX_INPUTS
        if last is None or last.width < MIN_UNITS or not many:
            return self._best_band(width, last, None)
        learned = self._best_band(width, last, self._learned(last))
        if width > WIDE and last.stretch is not None:
            return learned
        as_before = self._best_band(width, last, last.stretch)
        return learned if learned.score < TELLING * as_before.score else as_before

    def _learned(self, fit: _LayerFit) -> Tensor | None:
        network = _network(self.samples.d, self.activation, fit.width)
        return gradient_stretch(network, fit.layer.reshape(-1), fit.ridge.coefficients[1:], self.samples.t)

    def _best_band(self, width: int, last: _LayerFit | None, stretch: Tensor | None) -> _LayerFit:
        first = FIRST * math.sqrt(max(1, self.samples.d / MANY))
        factor = first if last is None else last.factor
        alpha = LEAST_ALPHA if last is None else max(last.ridge.alpha, LEAST_ALPHA)
        best = start = self._fit(width, factor, alpha, stretch)
        for ratio in self._ratios(width):
            while time.monotonic() < self.options.deadline:
                trial = self._fit(width, best.factor * ratio, alpha, stretch)
                if not trial.score < WORTHWHILE * best.score:
                    break
                best = trial
            if best is not start:  # it got better this way: the other way it does not
                break
        return best

    def _ratios(self, width: int) -> tuple[float, ...]:
        if self.activation == "relu":  # kinks have no width
            return ()
        # Wider layers hold wider bands: the largest ones are not tried with narrower ones.
        return (RATIO, 1 / RATIO) if width <= WIDE else (RATIO,)

    def _fit(self, width: int, factor: float, alpha: float, stretch: Tensor | None) -> _LayerFit:
        samples = self.samples
        t = samples.t if stretch is None else samples.t @ stretch
        drawn = _network(t.shape[1], self.activation, width)
        layer = first_layer(drawn, t, factor * self.band, self.generator)
        if stretch is not None:
            layer = torch.cat([stretch @ layer[:-1], layer[-1:]])
        with threads_for(2.0 * samples.n * width**2):
            ridge = self._read_out(layer, alpha)
        return _LayerFit(layer, stretch, factor, ridge)

    def _read_out(self, layer: Tensor, alpha: float) -> Readout:
        """The readout of least expected error; `alpha` is the ridge of the last width."""
        samples, asked, width = self.samples, self.options.alpha, layer.shape[1]
        features = _features(samples.d, self.activation, layer)
        if width <= MAX_SVD_COLUMNS:
            alphas = ALPHAS if asked is None else [asked]
            return fit_readout(features, samples, self.design, alphas)
        alphas = sorted({LEAST_ALPHA, alpha}) if asked is None else [max(asked, LEAST_ALPHA)]
        return fit_wide_readout(features, samples, self.design, alphas)


def _is_done(before: float, now: float) -> bool:
    """Whether wider layers, which take long, are not worth it."""
    return now < SETTLED or now > PROMISING * before


def _network(inputs: int, activation: str, width: int) -> DenseNetwork:
    return DenseNetwork((inputs, width), (activation,), (0,))


def _features(inputs: int, activation: str, layer: Tensor) -> Features:
    """A constant and the units of a layer (inputs + 1, width)."""
    network, theta = _network(inputs, activation, layer.shape[1]), layer.reshape(-1)

    def features(t: Tensor) -> Tensor:
        return torch.cat([torch.ones_like(t[:, :1]), network.features(theta, t)], 1)

    return features


def _parts(samples: Samples, design: Design, activation: str, fit: _LayerFit) -> StageFit:
    network = _network(samples.d, activation, fit.width)
    features = _features(samples.d, activation, fit.layer)

    def function(coefficients: Tensor) -> StageFunction:
        series = constant(coefficients[0], samples.d)
        return StageFunction(series, network, fit.layer.reshape(-1), coefficients[1:])

    def refit(samples: Samples, hidden: Tensor) -> StageFunction:
        return function(fit.ridge.again(replace(samples, t=hidden)).coefficients)

    error = expected_error(features, samples, design, fit.ridge)
    found = function(fit.ridge.coefficients)
    return StageFit(found, error, 0, Status.SOLVED, [], refit, n_numbers=fit.ridge.rank)
