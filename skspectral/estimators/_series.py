"""What a spectrum gives without a network: the best series, or spectral lines where they do better."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .._backend.samples import Samples
from ..networks import Expansion
from ..solvers import Limits
from ._candidate import FittedParts, LinearOptions, linear_parts
from ._line_stage import fit_lines
from ._linear import fit_linear
from ._network_stage import MIN_ROWS_FOR_NETWORKS
from ._stages import Progress, is_white

# Trained lines must beat the linear stage by this.
LINES_WORTHWHILE = 0.5
MAX_LINE_DIMENSION = 3
# Errors relative to y at which nothing is trained: networks pay where something is steep, and then
# series do far worse than this (1e-2 on fronts and rings). At 1e-6 on smooth targets they cost a
# minute and gained nothing.
GOOD_ENOUGH = 1e-5
# On a line training takes a second, and may turn 1e-6 into 1e-15.
GOOD_ENOUGH_ON_A_LINE = 1e-10


@dataclass(frozen=True)
class Series:
    """The best parts found; the linear stage's spectrum; whether training could add nothing."""

    parts: FittedParts | None
    spectrum: Expansion | None
    enough: bool

    def asks_for_more(self, samples: Samples, progress: Progress) -> bool:
        """Whether networks are to be tried: once, for what they did not find then they leave."""
        return not (self.enough or progress.index or samples.n < MIN_ROWS_FOR_NETWORKS)


def fit_series(
    samples: Samples, options: LinearOptions, limits: Limits, progress: Progress
) -> Series:
    """A linear stage, or trained lines where there may be any and they are better."""
    linear = fit_linear(samples, options)
    if linear is None:
        return Series(None, None, False)
    best, spectrum = linear_parts(linear), linear.expansion
    enough = GOOD_ENOUGH_ON_A_LINE if samples.d == 1 else GOOD_ENOUGH
    if progress.relative(best.error) < enough or leaves_noise(best, samples, samples.t):
        return Series(best, spectrum, True)
    if samples.d <= MAX_LINE_DIMENSION and options.max_modes is None:
        best = fit_lines(samples, limits, LINES_WORTHWHILE * linear.error) or best
    return Series(best, spectrum, progress.relative(best.error) < enough)


def leaves_noise(parts: FittedParts, samples: Samples, hidden: Tensor) -> bool:
    """Whether what the parts leave is white."""
    values, _ = parts.function(samples.t, hidden)
    return is_white(samples.with_targets(samples.y - values))
