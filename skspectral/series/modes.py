"""The modes of the targets alone: waves, however much better other functions would do."""

from __future__ import annotations

from contextlib import suppress

import torch
from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.samples import MAX_SPATIAL_INPUTS, Samples
from ..networks import Expansion
from ..selection import Design, LinearFit, LinearOptions
from ..spectrum import EXTENSION
from .linear import fit_linear, refined_lines
from .lines import LINES_PER_PASS


def find_modes(samples: Samples, design: Design, count: int | None, clock: Clock) -> Tensor:
    """Frequencies (m, d) in cycles per unit of t, the strongest first; of `count` modes at most.

    The better one of a lattice and of lines off any lattice. Where neither finds a mode, the longest wave
    along each input.
    """
    found: list[LinearFit | None] = []
    if samples.rms() > 0:
        with suppress(OutOfTime):
            found.append(fit_linear(samples, design, LinearOptions(count, None, clock, modes_only=True)))
            if samples.d <= MAX_SPATIAL_INPUTS and not clock.over:
                most = count or 2 * LINES_PER_PASS
                found.append(refined_lines(samples, design, LinearOptions(most, None, clock)))
    fits = [fit for fit in found if fit is not None and fit.expansion.n_modes]
    if not fits:
        return torch.eye(samples.d).to(samples.t)[:count] / (2 * EXTENSION)
    return _strongest(min(fits, key=lambda fit: fit.score).expansion, count)


def _strongest(series: Expansion, count: int | None) -> Tensor:
    """Frequencies that are not zero, whose cosine is constant."""
    waves = series.leading_waves(series.n_modes)
    return waves[waves.any(1)][:count]
