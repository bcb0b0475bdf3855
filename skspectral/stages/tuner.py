"""How TunerRegressor makes a stage: a series, or sine layers with bounded weights on frozen frequencies."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from .._backend.budget import affordable
from .._backend.clock import Clock, OutOfTime
from .._backend.samples import Samples
from ..networks import BoundedNetwork, DenseNetwork
from ..selection import SETTLED, LinearOptions, Progress, StageFit, linear_stage
from ..series import SolvedStage, fit_linear, fit_series
from ..solvers import Adam, lm_step_flops
from ..spectrum import (
    PowerLaw,
    amplitude_exponent,
    count_input_modes,
    detect_gaps,
    detect_grid,
    input_modes,
    mean_nyquist,
    random_modes,
)
from ..training import SHAPES, FixedFeatures, Start, Training, fit_network
from .per_stage import at_stage

# Period of the input frequencies over the box: above 1, nothing is forced to be periodic (the paper's 3/2).
PERIOD = 1.5
# Rows of a batch: of a photograph of 128^2 pixels, 1024 lose 0.2 (three layers) to 1.0 dB (ten) at equal
# time, 4096 a dB; 256 gain nothing.
BATCH_ROWS = 512
# Share of the time that trains on all rows, those that are set aside too.
LAST_SHARE = 1 / 3
# First rate of batches, times the number of layers: ten diverge at that of two.
BATCH_RATE = 6e-2


@dataclass(frozen=True)
class TunerPlan:
    """What the user asked of every stage; None leaves the choice to the data."""

    n_modes: tuple[int | None, ...]  # per stage, the last one repeated
    shape: tuple[int, ...] | None
    alpha: float | None
    bandlimit: float | None  # cycles per unit of X
    halfwidth: np.ndarray  # unit of t, per axis, in units of X
    bounds: tuple[float, float] | None  # of weights on low and on high input frequencies
    learned: bool
    low_fraction: float
    training: Training

    @property
    def clock(self) -> Clock:
        """When to stop."""
        return self.training.limits.clock

    def fit_stage(self, samples: Samples, progress: Progress) -> StageFit | None:
        """The series or the network, whichever has the lower held-out error."""
        if not progress.index:
            self._check_bandlimit(samples)
        if self.shape is not None:
            return self._as_wished(samples, progress)
        series = self._series(samples, progress)
        if not series.asks_for_more(samples, progress):
            return series.parts
        shallow = [shape for shape in SHAPES if len(shape) == 1]
        starts = self._starts(samples, shallow, progress)
        training = self.training.at(progress.index)
        network = None
        with suppress(OutOfTime):
            network = fit_network(samples, progress, starts, training, series.parts)
        return network or series.parts

    def _series(self, samples: Samples, progress: Progress) -> SolvedStage:
        n_modes = self._n_modes(progress)
        if n_modes == 0:
            return SolvedStage(None, None, False)
        options = LinearOptions(n_modes, self.alpha, self.clock)
        return fit_series(samples, options, self.training.limits, progress)

    def _as_wished(self, samples: Samples, progress: Progress) -> StageFit | None:
        """With the layers that were asked for, or a series where the number of modes is left open."""
        n_modes = self._n_modes(progress)
        series = None
        if n_modes is None or self.shape == ():
            options = LinearOptions(n_modes, self.alpha, self.clock)
            fit = fit_linear(samples, progress.design, options)
            series = None if fit is None else linear_stage(fit, samples.n)
        settled = series is not None and progress.relative(series.error) < SETTLED
        if not self.shape or settled or (series is not None and self.clock.over):
            return series
        starts = list(self._starts(samples, [self.shape], progress))
        training = self._training(samples, starts[0], progress)
        network = fit_network(samples, progress, starts, training)
        if series is None or network is None:
            return series or network
        return progress.better_of(series, network)

    def _training(self, samples: Samples, start: Start, progress: Progress) -> Training:
        """With mini-batches where second-order steps are dear: photographs need many steps, not digits.

        A photograph of 128^2 pixels, 128 units, 30 s on a core: 30.9 dB on held-out pixels by
        Levenberg-Marquardt, 31.7 by L-BFGS, 32.0 by Adam.
        """
        training = self.training.at(progress.index)
        widths = tuple(width for _, width in start.network.shapes[: 1 + len(self.shape or ())])
        if not self.shape or not self._in_batches(samples, widths):
            return training
        solver = _batch_adam(BATCH_RATE / len(self.shape))
        return replace(training, solver=solver, last_share=LAST_SHARE, cell=_cell(samples, start.network))

    def _in_batches(self, samples: Samples, widths: tuple[int, ...]) -> bool:
        """Whether the choice of the solver is ours, and second-order steps of these layers are dear."""
        if self.shape is None or self.training.solver is not None:
            return False
        shapes = [(1, widths[0]), *((before + 1, after) for before, after in pairwise(widths))]
        return not affordable(lm_step_flops(samples.n, samples.k, shapes))

    def _n_modes(self, progress: Progress) -> int | None:
        return at_stage(self.n_modes, progress.index)

    def _starts(
        self,
        samples: Samples,
        shapes: Sequence[tuple[int, ...]],
        progress: Progress,
    ) -> Iterator[Start]:
        generator = self.training.at(progress.index).generator
        chosen = self._n_modes(progress)
        reach = self._reach(samples, chosen or 1)
        for hidden in shapes:
            law = None
            if chosen == 0:
                modes = random_modes(hidden[0], reach, generator)
            else:
                count = chosen or min(hidden[0], count_input_modes(reach))
                by_gradient = not progress.index and self._in_batches(samples, (count, *hidden))
                law = _law(samples) if by_gradient else None
                modes = input_modes(count, reach, self.low_fraction, generator, law)
            yield self._start(samples, modes, hidden, law)

    def _start(
        self, samples: Samples, modes: np.ndarray, hidden: tuple[int, ...], law: PowerLaw | None
    ) -> Start:
        frequencies = torch.as_tensor(modes).to(samples.t) / (2 * PERIOD)
        bounds = self._bounds(modes, samples.t)
        amplitudes = None if law is None else torch.as_tensor(law.amplitudes(modes)).to(samples.t)
        network = BoundedNetwork(frequencies, hidden, bounds, self.learned, amplitudes=amplitudes)
        projecting = 8.0 * samples.n * 2 * len(modes) * network.n_features
        on_lattice = modes.dtype.kind == "i"
        # Input modes stand beside the hidden units in the readout where projecting them out is cheap, and
        # steps on batches of rows are not made twice as long by them.
        cheap = affordable(projecting) and not self._in_batches(samples, (len(modes), *hidden))
        beside = frequencies if on_lattice and cheap else frequencies[:0]

        def draw(_centers: Tensor, generator: torch.Generator) -> Tensor:
            return network.start(generator)

        return Start(network, FixedFeatures(beside, True), draw)

    def _bounds(self, modes: np.ndarray, like: Tensor) -> Tensor | None:
        """c_low for the unit vectors and the lower `low_fraction` of the modes, c_high for the others."""
        if self.bounds is None:
            return None
        length = np.abs(modes).max(1)
        low = length <= np.quantile(length, self.low_fraction)
        return torch.as_tensor(np.where(low, *self.bounds)).to(like)

    def _reach(self, samples: Samples, count: int) -> np.ndarray:
        """Harmonics of input frequencies per axis; a band limit of ours has room for `count` of them."""
        nyquist = _nyquist(samples)
        if self.bandlimit is not None:
            asked: np.ndarray = np.minimum(self.bandlimit * self.halfwidth, nyquist) * 2 * PERIOD
            return asked
        # A third of Nyquist, as in the paper: layers generate the rest.
        reach: np.ndarray = np.maximum(nyquist / 3 * 2 * PERIOD, 1)  # the unit vectors are always there
        while (room := count_input_modes(reach)) < count and count_input_modes(reach + 1) > room:
            reach = reach + 1
        return reach

    def _check_bandlimit(self, samples: Samples) -> None:
        """Warn where the rows hold no frequency that high."""
        if self.bandlimit is None:
            return
        nyquist = float((_nyquist(samples) / self.halfwidth).max())
        if self.bandlimit > nyquist:
            warnings.warn(
                f"bandlimit={self.bandlimit:g} is above the Nyquist frequency of these rows: {nyquist:.4g} "
                "cycles per unit of X was used",
                UserWarning,
                stacklevel=9,
            )


def _batch_adam(rate: float) -> Adam:
    """Mini-batches of all parameters at once, the rate falling to a hundredth."""
    return Adam(
        learning_rate=rate,
        final_rate=rate / 100,
        readout="trained",
        batch_size=BATCH_ROWS,
        precision="single",
        annealing="cosine",
    )


def _law(samples: Samples) -> PowerLaw | None:
    """That of the amplitudes of a rough field; None for smooth ones, and for lines.

    It orders what gradients learn, and is of no use to second-order steps. What a stage leaves is not such
    a field, but waves that it cannot make.
    """
    exponent = amplitude_exponent(samples.t, samples.y) if samples.d > 1 else math.inf
    return PowerLaw(exponent, PERIOD) if exponent < math.inf else None


def _cell(samples: Samples, network: DenseNetwork | BoundedNetwork) -> Tensor | None:
    """The distance between rows, per axis, where they are of a rough field: photographs of 128^2 pixels.

    Batches that meet pixels anywhere in their cells gain 0.7 and 0.1 dB on the pixels held out of two of
    them, and 2.5 and 1.6 dB of the gradient. What is smooth is to be met where it is.
    """
    if not isinstance(network, BoundedNetwork) or network.amplitudes is None:
        return None
    return torch.as_tensor(1 / (2 * _nyquist(samples))).to(samples.t)


def _nyquist(samples: Samples) -> np.ndarray:
    """Highest frequency that the rows hold, per axis, in cycles per unit of t; t runs from -1 to 1."""
    grid = detect_grid(samples.t) or detect_gaps(samples.t)
    if grid is not None:
        return np.array([mean_nyquist(n) for n in grid.shape]) / (2 * math.pi)
    return np.full(samples.d, mean_nyquist(samples.n ** (1 / samples.d)) / (2 * math.pi))
