"""A stage of one wide layer, drawn once for the measured bandwidth; only the readout is fitted.

Width and bandwidth come from leave-one-out errors: from narrow to wide, and at each width up and down
in bandwidth from where the last one was best.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from .._backend.device import threads_for
from .._backend.least_squares import Rows, factorize, fit_ridge
from .._backend.samples import Samples
from ..networks import DenseNetwork, StageFunction, first_layer
from ..solvers import Status
from ._candidate import FittedParts, LinearOptions, climb, constant

WIDTHS = [4, 8, 16, 32, 64, 128, 256, 512, 1024, 1448, 2048, 2896, 4096]
# Units per row, and operations of the widest readout: about twenty seconds on two cores.
MAX_FILL, MAX_FLOPS = 0.66, 5e11
# Bandwidths are sqrt(2) apart; one more must lower the error by this share to be worth going on.
RATIO, BETTER, FIRST = math.sqrt(2), 0.98, 2.0
# Readouts of up to this many columns are solved by an SVD, each with the best of many ridges; wider ones
# by QR, with hardly any ridge or that of the last width.
MAX_SVD_COLUMNS = 600
ALPHAS = [0.0, *(10.0 ** (-28 + 2 * i) for i in range(15))]
LEAST_ALPHA = 1e-28
# Errors at which a wider layer could gain nothing worth its time; widths from which one is tried only if
# the last one lowered the error by this share, and is not settled yet.
SETTLED, WIDE, PROMISING, WIDE_SETTLED = 1e-13, 1024, 0.67, 1e-10


@dataclass(frozen=True)
class _LayerFit:
    """One width and bandwidth, fitted."""

    layer: Tensor  # shape: (d + 1, width)
    factor: float
    alpha: float
    coefficients: Tensor  # shape: (1 + width, k)
    score: float
    error: float


def fit_drawn_layer(
    samples: Samples,
    activation: str,
    band: float,
    options: LinearOptions,
    generator: torch.Generator,
) -> FittedParts | None:
    """The best layer found; `band` is the measured bandwidth, in radians per unit of t."""
    search = _Search(samples, activation, band, options, generator)
    best = climb(search.fits(), options.deadline)
    return None if best is None else _parts(samples, activation, best)


class _Search:
    """Walks over widths and bandwidths."""

    def __init__(
        self,
        samples: Samples,
        activation: str,
        band: float,
        options: LinearOptions,
        generator: torch.Generator,
    ) -> None:
        self.samples, self.activation, self.band = samples, activation, band
        self.options, self.generator = options, generator

    def fits(self) -> Iterator[_LayerFit]:
        """The best bandwidth of each width."""
        factor, alpha, scores = FIRST, LEAST_ALPHA, [math.inf, math.inf]
        for width in WIDTHS:
            if width > MAX_FILL * self.samples.n or width**2 * self.samples.n > MAX_FLOPS:
                return
            best = self._best_band(width, factor, alpha)
            yield best
            factor, alpha = best.factor, max(best.alpha, LEAST_ALPHA)
            scores.append(best.score)
            if scores[-1] < SETTLED or (width >= WIDE and _is_done(*scores[-2:])):
                return

    def _best_band(self, width: int, factor: float, alpha: float) -> _LayerFit:
        best = start = self._fit(width, factor, alpha)
        for ratio in self._ratios(width):
            while time.monotonic() < self.options.deadline:
                trial = self._fit(width, best.factor * ratio, alpha)
                if not trial.score < BETTER * best.score:
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

    def _fit(self, width: int, factor: float, alpha: float) -> _LayerFit:
        samples = self.samples
        network = _network(samples, self.activation, width)
        layer = first_layer(network, samples.t, factor * self.band, self.generator)
        theta, root = layer.reshape(-1), samples.root_weight

        def rows(block: slice) -> Tensor:
            t = samples.t[block]
            features = [torch.ones_like(t[:, :1]), network.features(theta, t)]
            return torch.cat(features, 1) * root[block]

        targets = samples.y * root
        with threads_for(2.0 * samples.n * width**2):
            if width <= MAX_SVD_COLUMNS:
                return self._by_svd(rows, targets, layer, factor)
            alphas = sorted({LEAST_ALPHA, alpha})
            if self.options.alpha is not None:
                alphas = [max(self.options.alpha, LEAST_ALPHA)]
            fit = fit_ridge(rows, targets, 1 + width, alphas)
        score, error = math.sqrt(fit.score), math.sqrt(fit.error)
        return _LayerFit(layer, factor, fit.alpha, fit.coefficients, score, error)

    def _by_svd(self, rows: Rows, targets: Tensor, layer: Tensor, factor: float) -> _LayerFit:
        alphas = ALPHAS if self.options.alpha is None else [self.options.alpha]
        solved = factorize(rows, targets, 1 + layer.shape[1])
        scores, errors = solved.leave_one_out(alphas)
        chosen = int(scores.argmin())
        score, error = math.sqrt(scores[chosen]), math.sqrt(errors[chosen])
        coefficients = solved.solve(alphas[chosen])
        return _LayerFit(layer, factor, alphas[chosen], coefficients, score, error)


def _is_done(before: float, now: float) -> bool:
    """Whether wider layers, which take long, are not worth it."""
    return now < WIDE_SETTLED or now > PROMISING * before


def _network(samples: Samples, activation: str, width: int) -> DenseNetwork:
    return DenseNetwork((samples.d, width), (activation,), (0,))


def _parts(samples: Samples, activation: str, fit: _LayerFit) -> FittedParts:
    network = _network(samples, activation, fit.layer.shape[1])
    series = constant(fit.coefficients[0], samples.d)
    function = StageFunction(series, network, fit.layer.reshape(-1), fit.coefficients[1:])
    return FittedParts(function, fit.error, 0, Status.SOLVED, [])
