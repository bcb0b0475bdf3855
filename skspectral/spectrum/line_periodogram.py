"""The periodogram of uneven rows on a line, far beyond their mean Nyquist frequency.

Rows are moved to the nearest of many even nodes, for one fast Fourier transform: at the highest frequency a
wave has sixteen nodes, and a line loses 1.3 % of its power.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .._backend.budget import STEP_FLOPS
from .._backend.device import EPS


def resolution(t: Tensor) -> float:
    """Frequencies that rows resolve differ by one cycle over what they span (Rayleigh's criterion)."""
    return 1 / float((t.amax(0) - t.amin(0)).max().clamp_min(EPS))


def frequency_step(t: Tensor) -> float:
    """Spectra are looked at four times finer than that, well inside the basin of a refinement."""
    return resolution(t) / 4


@dataclass(frozen=True)
class LinePeriodogram:
    """Squared sums over rows at the frequencies 1, 2, .. times a step, shape (m,)."""

    power: Tensor
    step: float

    @staticmethod
    def affordable(t: Tensor) -> int:
        """Number of frequencies up to what the closest two of n random rows resolve, n times mean Nyquist.

        That is (n / 4) n cycles per unit; at most as many as one transform takes a tenth of a second for.
        """
        return min(int(len(t) ** 2 / (4 * frequency_step(t))), int(STEP_FLOPS / 8e4))

    @classmethod
    def of(cls, t: Tensor, values: Tensor, count: int) -> LinePeriodogram:
        """Of values (n, k) at coordinates (n,), summed over outputs, at so many frequencies."""
        size = 16 * count  # of the module's docstring
        step = frequency_step(t)
        node = torch.remainder(torch.round(t * (step * size)).to(torch.int64), size)
        field = values.new_zeros(size, values.shape[1]).index_add_(0, node, values)
        return cls(torch.fft.rfft(field, dim=0)[1 : count + 1].abs().square().sum(1), step)

    @property
    def frequencies(self) -> Tensor:
        """In cycles per unit of t."""
        return self.step * torch.arange(1, len(self.power) + 1).to(self.power)

    def below(self, highest: float) -> LinePeriodogram:
        """Its part up to a frequency."""
        kept = max(1, int(min(highest / self.step, len(self.power))))
        return replace(self, power=self.power[:kept])

    def stands_out(self, values: Tensor, chance: float) -> bool:
        """Whether white noise would show a peak as high as the highest with less than this probability.

        One of n values with a share z of their squares in it has (1 - z)^((n - 3) / 2) at one frequency
        (Lomb and Scargle; VanderPlas 2018, ApJS 236, 16).
        """
        n, total = len(values), float(values.square().sum())
        share = min(1.0, 2 * float(self.power.max()) / (n * total)) if total > 0 else 0.0
        independent = max(1.0, len(self.power) / 4)
        alone: float = (1 - share) ** (max(0, n - 3) / 2)  # three values show no wave
        return independent * alone < chance


def strongest_peaks(spectrum: LinePeriodogram, most: int) -> Tensor:
    """Frequencies of the highest local maxima, the highest first."""
    power = torch.nn.functional.pad(spectrum.power, (1, 1), value=-math.inf)
    inner = power[1:-1]
    peaks = torch.nonzero((inner >= power[:-2]) & (inner > power[2:]))[:, 0]
    highest = torch.argsort(inner[peaks], descending=True, stable=True)[:most]
    return spectrum.frequencies[peaks[highest]]


def window_repeats(t: Tensor, weight: Tensor, count: int) -> float:
    """The lowest frequency that the rows cannot tell from zero, to a tenth of its power, or infinity.

    Rows on some of many even nodes, as times that were rounded are, see a line at f and at that
    frequency less f alike.
    """
    window = LinePeriodogram.of(t, weight[:, None], count)
    power = window.power / float(weight.sum()) ** 2
    again = torch.nonzero((power > 0.9) & (window.frequencies > 1))[:, 0]
    return float(window.frequencies[again[0]]) if len(again) else math.inf
