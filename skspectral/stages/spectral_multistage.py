"""How SpectralMultistageRegressor makes a stage: a series, or modes beside a network on x."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from .._backend.clock import Clock, OutOfTime
from .._backend.samples import Samples
from ..networks import Expansion
from ..selection import GOOD_ENOUGH, LinearOptions, Progress, StageFit, linear_stage
from ..series import SolvedStage, fit_linear, fit_series, modes_alone, spectrum_of
from ..spectrum import MIN_ROWS_TO_JUDGE
from ..training import NetworkOptions, Training, fit_fewer, fit_network, starts
from .per_stage import at_stage


@dataclass(frozen=True)
class SpectralPlan:
    """What the user asked of every stage; None leaves the choice to the data."""

    n_modes: tuple[int | None, ...]  # per stage, the last one repeated
    shape: tuple[int, ...] | None  # hidden layers; (): none
    alpha: float | None
    init: str
    readout: str
    hidden_input: str
    training: Training

    @property
    def clock(self) -> Clock:
        """When to stop."""
        return self.training.limits.clock

    def fit_stage(self, samples: Samples, progress: Progress) -> StageFit | None:
        """The linear stage, or trained lines or a network where wanted and better."""
        if self.shape is not None:
            return self._as_wished(samples, progress)
        series = self._series(samples, progress)
        if not series.asks_for_more(samples, progress):
            return self._of_fewer_numbers(samples, progress, series) or series.parts
        network = None
        with suppress(OutOfTime):
            spectrum = spectrum_of(series.linear, samples, progress.design, self._options(progress))
            network = self._network(samples, spectrum, progress, series.parts)
        return network or series.parts

    def _of_fewer_numbers(
        self, samples: Samples, progress: Progress, series: SolvedStage
    ) -> StageFit | None:
        """A few units in place of a series that leaves noise, and lets through more than they do.

        On 1500 rows of tanh(20 (x - 0.1)) with noise of 2 % the series is 4.1e-3 off, one unit 1.4e-3.
        """
        rival = series.parts
        if progress.index or rival is None or not series.noise or samples.n < MIN_ROWS_TO_JUDGE:
            return None
        with suppress(OutOfTime):
            asked = [NetworkOptions((units,), 0, "x", self.readout, self.init, 0) for units in (1, 2, 4)]
            candidates = [start for one in asked for start in starts(samples, None, one)]
            return fit_fewer(samples, progress, candidates, self.training.at(0), rival)
        return None

    def _as_wished(self, samples: Samples, progress: Progress) -> StageFit | None:
        """With the layers that were asked for."""
        linear, options = None, self._options(progress)
        if self.shape:  # the other half of the time is for the net
            options = replace(options, clock=self.clock.part(1 / 2))
        if self._modes(progress):
            linear = fit_linear(samples, progress.design, options)
        best = None if linear is None else linear_stage(linear, samples.n)
        if self.shape == () or (best is not None and self.readout == "full" and self.clock.over):
            return best
        spectrum = None
        with suppress(OutOfTime):
            spectrum = spectrum_of(linear, samples, progress.design, options)
        series = self._as_series(samples, spectrum, progress)
        if series is not None and progress.relative(series.error) < GOOD_ENOUGH:
            return series
        network = self._network(samples, spectrum, progress, None)
        if series is not None and network is not None:
            return progress.better_of(series, network)
        # A full readout holds the linear stage: the net is that plus something, or it is too much.
        if self.readout == "full" and best is not None and network is not None:
            return progress.better_of(best, network)
        return network or best

    def _series(self, samples: Samples, progress: Progress) -> SolvedStage:
        if not self._modes(progress):
            return SolvedStage(None, None, False)
        return fit_series(samples, self._options(progress), self.training.limits, progress)

    def _modes(self, progress: Progress) -> bool:
        """Whether the stage takes modes from the spectrum."""
        return self.init == "spectrum" and self._n_modes(progress) != 0

    def _n_modes(self, progress: Progress) -> int | None:
        return at_stage(self.n_modes, progress.index)

    def _options(self, progress: Progress) -> LinearOptions:
        return LinearOptions(self._n_modes(progress), self.alpha, self.clock)

    def _as_series(
        self, samples: Samples, spectrum: Expansion | None, progress: Progress
    ) -> StageFit | None:
        """The network on modes as it is where its layers pass on their sum; None where a readout has them.

        Training loses up to eleven digits of it, on waves that are all among the modes.
        """
        if self.readout == "full" or self.hidden_input != "modes" or spectrum is None:
            return None
        with suppress(OutOfTime):
            spectrum = modes_alone(spectrum, samples, self._options(progress))
        asked = replace(self._asked(progress), as_series=True)
        training = self.training.at(progress.index)
        as_drawn = replace(training, solver=None, limits=replace(training.limits, max_iter=0))
        return fit_network(samples, progress, starts(samples, spectrum, asked), as_drawn)

    def _network(
        self,
        samples: Samples,
        spectrum: Expansion | None,
        progress: Progress,
        rival: StageFit | None,
    ) -> StageFit | None:
        """The best network, if it beats the rival by more than chance."""
        candidates = starts(samples, spectrum, self._asked(progress))
        training = self.training.at(progress.index)
        return fit_network(samples, progress, candidates, training, rival)

    def _asked(self, progress: Progress) -> NetworkOptions:
        return NetworkOptions(
            self.shape,
            self._n_modes(progress),
            self.hidden_input,
            self.readout,
            self.init,
            progress.index,
        )
