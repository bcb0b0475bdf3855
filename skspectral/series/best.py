"""What a spectrum gives without a network: the best series, or spectral lines where they do better."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from .._backend.budget import affordable
from .._backend.samples import MAX_SPATIAL_INPUTS, Samples
from ..selection import (
    DEVIATIONS,
    GOOD_ENOUGH,
    ROUNDING,
    ROWS_PER_PARAMETER,
    SETTLED,
    WORTH_TWICE,
    LinearFit,
    LinearOptions,
    Progress,
    StageFit,
    linear_stage,
    margin,
)
from ..solvers import Limits
from ..spectrum import MIN_ROWS_TO_JUDGE, N_PROBES
from .linear import fit_linear
from .lines import fit_lines, fit_periods, search_flops


@dataclass(frozen=True)
class SolvedStage:
    """The best parts found; the linear stage; whether training could add nothing; whether noise is left."""

    parts: StageFit | None
    linear: LinearFit | None
    enough: bool
    noise: bool = False

    def asks_for_more(self, samples: Samples, progress: Progress) -> bool:
        """Whether networks are to be tried: once, for what they did not find then they leave."""
        return not (self.enough or progress.index or samples.n < MIN_ROWS_TO_JUDGE)


def fit_series(samples: Samples, options: LinearOptions, limits: Limits, progress: Progress) -> SolvedStage:
    """A linear stage, or trained lines where there may be any and they are better."""
    if _is_at_its_end(progress, samples, options):
        return SolvedStage(None, None, True)
    linear = fit_linear(samples, progress.design, options)
    if linear is None:
        return SolvedStage(None, None, False)
    best = linear_stage(linear, samples.n)
    if options.clock.over:
        return SolvedStage(best, linear, True)
    enough = SETTLED if samples.d == 1 else GOOD_ENOUGH
    # A series with nearly as many numbers as rows bear out doubts its rim: lines may need far fewer.
    full = samples.d == 1 and 2 * ROWS_PER_PARAMETER * best.n_numbers > samples.n
    if progress.relative(best.error) < (ROUNDING if full else enough):
        return SolvedStage(best, linear, True)
    noise = leaves_noise(best, samples, samples.t, progress)
    if samples.d == 1 or (not noise and samples.d <= MAX_SPATIAL_INPUTS):
        best = _or_lines(best, samples, options, limits, progress)
    # The score leaves out the rim, where lines may hold and networks do not.
    settled = progress.relative(best.error) < enough or progress.relative(linear.score) < SETTLED
    return SolvedStage(best, linear, noise or settled, noise and not settled)


def _is_at_its_end(progress: Progress, samples: Samples, options: LinearOptions) -> bool:
    """Whether the last stage is a series on many rows that was grown until larger ones did not pay.

    A second one would be another of the kind: on 5,000 rows of three inputs it was looked for in 10 of 18
    seconds, and not found.
    """
    if not progress.stages or samples.d == 1 or not options.free or progress.design.grid is not None:
        return False
    last = progress.stages[-1].parts.function
    grown = last.expansion.orders is not None or last.expansion.degrees is not None
    return grown and last.network is None and not affordable(float(samples.n) ** 3)


def _or_lines(
    best: StageFit, samples: Samples, options: LinearOptions, limits: Limits, progress: Progress
) -> StageFit:
    """Spectral lines where they do better, or as well with less than half of the numbers."""
    if options.max_modes is not None:
        return best
    # Whether or not lines do better, values at the places that a stage is judged by are made afterwards.
    if not limits.clock.allows("lines", search_flops(samples) + 16.0 * N_PROBES * best.n_numbers):
        return best
    chance = margin(samples.n)
    with limits.clock.recorder.candidate("lines"):
        found = [fit_lines(samples, progress, limits, (1 + chance) * best.error)]
    with limits.clock.recorder.candidate("periods"):
        found.append(fit_periods(samples, progress))
    fits = [fit for fit in found if fit is not None and not progress.contradicts(fit, best)]
    if not fits:
        return best
    lines = min(fits, key=lambda fit: fit.error)
    fewer = lines.n_numbers < WORTH_TWICE * best.n_numbers and not _clearly_better(best, lines, samples)
    return lines if lines.error < (1 + chance if fewer else 1 - chance) * best.error else best


def _clearly_better(more: StageFit, fewer: StageFit, samples: Samples) -> bool:
    """Whether a fit misses the rows by less than one of fewer numbers, beyond chance.

    Most of what they miss may be the same noise. Where errors differ by less than either is known to, one
    fit may be twice as far from what is under the noise as the other, and differences of squares show it.
    """
    squares = []
    for fit in (fewer, more):
        left = samples.root_weight * (samples.y - fit.function(samples.t, samples.t)[0])
        freedom = max(1.0, samples.n - fit.n_numbers)
        squares.append(left.square().sum(1) * (samples.n / freedom) ** 2)
    gain = squares[0] - squares[1]
    return float(gain.mean()) > DEVIATIONS * float(gain.std()) / math.sqrt(samples.n)


def leaves_noise(parts: StageFit, samples: Samples, hidden: Tensor, progress: Progress) -> bool:
    """Whether what the parts leave is white, or noise that they found."""
    if parts.noise:
        return True
    values, _ = parts.function(samples.t, hidden)
    return progress.leaves_noise(samples.with_targets(samples.y - values))
