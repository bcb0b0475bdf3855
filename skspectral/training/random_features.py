"""Random features (Rahimi and Recht, 2007): one wide layer, drawn for the measured bandwidth.

Only the readout is fitted.

Width and bandwidth come from leave-one-out errors: from narrow to wide, and at each width up and down
in bandwidth from where the last one was best. Where there are many inputs, each width is also tried
along the directions in which the last fit varies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .._backend.budget import SEARCH_STEPS, STEP_FLOPS, affordable, memory_flops, svd_columns
from .._backend.clock import Clock, OutOfTime
from .._backend.samples import MAX_SPATIAL_INPUTS, Samples
from .._backend.threads import threads_for
from ..linalg.least_squares import RIDGES
from ..networks import DenseNetwork, StageFunction, first_layer, gradient_stretch
from ..selection import (
    ROUNDING,
    ROWS_PER_PARAMETER,
    SETTLED,
    UNKNOWN,
    WORTH_TWICE,
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

READOUT = "readout"  # what a clock knows the readouts of layers as
MIN_RIDGE = RIDGES[1]  # without an SVD, small singular values are not cut off


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
    unknown: float = UNKNOWN,
) -> StageFit | None:
    """The best layer found; `band` is the measured bandwidth, in radians per unit of t.

    Wide layers are tried while narrow ones explain little, and leave an error that is `unknown`.
    """
    search = _Search(samples, design, activation, band, options, generator, unknown)
    with options.clock.recorder.candidate("drawn layer"):
        best = search_ladder(search.fits(), options.clock, unknown=unknown)
    return None if best is None else _parts(samples, design, activation, best, options.clock)


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
        unknown: float,
    ) -> None:
        self.samples, self.design, self.activation, self.band = samples, design, activation, band
        self.options, self.generator, self.unknown = options, generator, unknown

    def fits(self) -> Iterator[_LayerFit]:
        """The best bandwidth of each width, then of the last one along ever better directions."""
        last, before = None, math.inf
        for width in _widths(self.samples.n):
            if last is not None and self._is_done(width, before, last.score):
                break
            before = math.inf if last is None else last.score
            last = self._best_stretch(width, last)
            yield last
        while last is not None and last.stretch is not None and last.score > ROUNDING:
            better = self._best_band(last.width, last, self._learned(last))
            yield better
            if better.score > WORTHWHILE * last.score:
                return
            last = better

    def _is_done(self, width: int, before: float, now: float) -> bool:
        """Whether layers of a width are not worth the time, of three readouts with two ridges at least."""
        if now < ROUNDING:
            return True
        takes_long = not affordable(6 * _readout_flops(self.samples.n, width))
        return takes_long and (now < SETTLED or WORTH_TWICE * before < now < self.unknown)

    def _best_stretch(self, width: int, last: _LayerFit | None) -> _LayerFit:
        """Along what the last fit has learned, or along the directions that it was drawn for.

        What was learned must lower the error by a worthwhile share, for on noisy tables it fits the noise
        (diabetes: leave-one-out error 1 % lower, test error 4 % higher).
        """
        d = self.samples.d
        # Axes of the gradients are eigenvectors of a symmetric matrix (Golub and Van Loan: 9 d^3). In a
        # plane they gain less than the time they take.
        many = d >= MAX_SPATIAL_INPUTS and affordable(9.0 * d**3)
        if last is None or last.width <= d or not many:
            return self._best_band(width, last, None)
        learned = self._best_band(width, last, self._learned(last))
        if self._is_wide(width) and last.stretch is not None:
            return learned
        try:
            as_before = self._best_band(width, last, last.stretch)
        except OutOfTime:
            return learned
        return learned if learned.score < WORTHWHILE * as_before.score else as_before

    def _is_wide(self, width: int) -> bool:
        """Whether one readout costs more than a step: wider ones are tried where they promise much."""
        return not affordable(_readout_flops(self.samples.n, width))

    def _learned(self, fit: _LayerFit) -> Tensor | None:
        network = _network(self.samples.d, self.activation, fit.width)
        return gradient_stretch(network, fit.layer.reshape(-1), fit.ridge.coefficients[1:], self.samples.t)

    def _best_band(self, width: int, last: _LayerFit | None, stretch: Tensor | None) -> _LayerFit:
        factor = 1.0 if last is None else last.factor
        alpha = MIN_RIDGE if last is None else max(last.ridge.alpha, MIN_RIDGE)
        best = start = self._fit(width, factor, alpha, stretch)
        with suppress(OutOfTime):
            for ratio in self._ratios(width):
                while True:
                    trial = self._fit(width, best.factor * ratio, alpha, stretch)
                    if not trial.score < WORTHWHILE * best.score:
                        break
                    best = trial
                if best is not start:  # it got better in this direction, so the other one is worse
                    break
        return best

    def _ratios(self, width: int) -> tuple[float, ...]:
        if self.activation == "relu":  # kinks have no width
            return ()
        # Wider layers hold wider bands: the largest ones are not tried with narrower ones.
        half_octave = math.sqrt(2)
        return (half_octave,) if self._is_wide(width) else (half_octave, 1 / half_octave)

    def _fit(self, width: int, factor: float, alpha: float, stretch: Tensor | None) -> _LayerFit:
        samples = self.samples
        t = samples.t if stretch is None else samples.t @ stretch
        drawn = _network(t.shape[1], self.activation, width)
        layer = first_layer(drawn, t, factor * self.band, self.generator)
        if stretch is not None:
            layer = torch.cat([stretch @ layer[:-1], layer[-1:]])
        step = self.options.clock.step(READOUT, _time_of_readout(samples.n, width))
        with step, threads_for(_readout_flops(samples.n, width)):
            ridge = self._read_out(layer, alpha)
        return _LayerFit(layer, stretch, factor, ridge)

    def _read_out(self, layer: Tensor, alpha: float) -> Readout:
        """The readout of least expected error; `alpha` is the ridge of the last width."""
        samples, asked, width = self.samples, self.options.alpha, layer.shape[1]
        features = _features(samples.d, self.activation, layer)
        # An SVD gives the best of many ridges; by QR there are two, hardly any or that of the last width.
        if width <= svd_columns():
            alphas = RIDGES if asked is None else [asked]
            return fit_readout(features, samples, self.design, alphas)
        alphas = sorted({MIN_RIDGE, alpha}) if asked is None else [max(asked, MIN_RIDGE)]
        return fit_wide_readout(features, samples, self.design, alphas)


def _widths(n: int) -> list[int]:
    """Powers of two, then the widest layer that n rows determine and that the budget allows."""
    affordable_width = math.sqrt(SEARCH_STEPS * STEP_FLOPS / _readout_flops(n, 1))
    max_width = int(min(n / ROWS_PER_PARAMETER, affordable_width))
    widths = [2**i for i in range(2, max_width.bit_length()) if 2**i < max_width]
    return [*widths, max_width] if max_width >= 4 else []


def _readout_flops(n: int, width: int) -> float:
    """Operations of a QR factorization."""
    return 2.0 * n * width**2


def _time_of_readout(n: int, width: int) -> float:
    """Operations of the budget that take as long as a readout does: 2 microseconds a row for 4 units.

    To leave out a row takes as long as 5,000 operations for each ridge.
    """
    ridges = len(RIDGES) if width <= svd_columns() else 2
    return _readout_flops(n, width) + memory_flops(n, width) + 5e3 * n * ridges


def _network(inputs: int, activation: str, width: int) -> DenseNetwork:
    return DenseNetwork((inputs, width), (activation,), (0,))


def _features(inputs: int, activation: str, layer: Tensor) -> Features:
    """A constant and the units of a layer (inputs + 1, width)."""
    network, theta = _network(inputs, activation, layer.shape[1]), layer.reshape(-1)

    def features(t: Tensor) -> Tensor:
        return torch.cat([torch.ones_like(t[:, :1]), network.features(theta, t)], 1)

    return features


def _parts(samples: Samples, design: Design, activation: str, fit: _LayerFit, clock: Clock) -> StageFit:
    network = _network(samples.d, activation, fit.width)
    features = _features(samples.d, activation, fit.layer)

    def function(coefficients: Tensor) -> StageFunction:
        series = constant(coefficients[0], samples.d)
        return StageFunction(series, network, fit.layer.reshape(-1), coefficients[1:])

    def refit(samples: Samples, hidden: Tensor) -> StageFunction:
        with clock.step(READOUT, _time_of_readout(samples.n, fit.width)):
            return function(fit.ridge.again(replace(samples, t=hidden)).coefficients)

    error = fit.ridge.left_out
    with suppress(OutOfTime), clock.step(READOUT, _time_of_readout(samples.n, fit.width)):
        error = expected_error(features, samples, design, fit.ridge)
    found = function(fit.ridge.coefficients)
    return StageFit(found, error, 0, Status.SOLVED, [], refit, n_numbers=fit.ridge.rank)
