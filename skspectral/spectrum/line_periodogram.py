"""The periodogram of uneven rows on a line, far beyond their mean Nyquist frequency.

Rows are moved to the nearest of many even nodes, for one fast Fourier transform: at the highest frequency a
wave has sixteen nodes, and a line loses 1.3 % of its power.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

# Frequencies in cycles per unit of t, of a line two units long: four to each independent one, so that a
# line between two of them loses 5 % of its power (sinc^2 of an eighth).
LINE_STEP = 0.125
# Nodes for each wave of the highest frequency.
NODES_PER_WAVE = 16
# Frequencies, at most: the transform takes a tenth of a second.
MAX_FREQUENCIES = 2**17


@dataclass(frozen=True)
class LinePeriodogram:
    """Squared sums over rows at the frequencies LINE_STEP times 1, 2, .., shape (m,)."""

    power: Tensor

    @staticmethod
    def affordable(n: int) -> int:
        """Number of frequencies up to what the closest two of n random rows tell, n times mean Nyquist."""
        return min(n * n * round(0.25 / LINE_STEP), MAX_FREQUENCIES)

    @classmethod
    def of(cls, t: Tensor, values: Tensor, count: int) -> LinePeriodogram:
        """Of values (n, k) at coordinates (n,), summed over outputs, at so many frequencies."""
        size = NODES_PER_WAVE * count
        node = torch.remainder(torch.round(t * (LINE_STEP * size)).to(torch.int64), size)
        field = values.new_zeros(size, values.shape[1]).index_add_(0, node, values)
        return cls(torch.fft.rfft(field, dim=0)[1 : count + 1].abs().square().sum(1))

    @property
    def frequencies(self) -> Tensor:
        """In cycles per unit of t."""
        return LINE_STEP * torch.arange(1, len(self.power) + 1).to(self.power)

    def below(self, highest: float) -> LinePeriodogram:
        """Its part up to a frequency."""
        return LinePeriodogram(self.power[: max(1, int(min(highest / LINE_STEP, len(self.power))))])

    def stands_out(self, values: Tensor, chance: float) -> bool:
        """Whether white noise would show a peak as high as the highest with less than this probability.

        One of n values with a share z of their squares in it has (1 - z)^((n - 3) / 2) at one frequency
        (Lomb and Scargle; VanderPlas 2018, ApJS 236, 16).
        """
        n, total = len(values), float(values.square().sum())
        share = min(1.0, 2 * float(self.power.max()) / (n * total)) if total > 0 else 0.0
        independent = max(1.0, len(self.power) * LINE_STEP / 0.5)
        return independent * (1 - share) ** ((n - 3) / 2) < chance


def strongest_peaks(spectrum: LinePeriodogram, most: int) -> Tensor:
    """Frequencies of the highest local maxima, the highest first."""
    power = torch.nn.functional.pad(spectrum.power, (1, 1), value=-math.inf)
    inner = power[1:-1]
    peaks = torch.nonzero((inner >= power[:-2]) & (inner > power[2:]))[:, 0]
    highest = torch.argsort(inner[peaks], descending=True, stable=True)[:most]
    return spectrum.frequencies[peaks[highest]]


def window_repeats(t: Tensor, weight: Tensor, count: int) -> float:
    """The lowest frequency that the rows can not tell from zero, to a tenth of its power, or infinity.

    Rows on some of many even nodes, as times that were rounded are, see a line at f and at that
    frequency less f alike.
    """
    window = LinePeriodogram.of(t, weight[:, None], count)
    power = window.power / float(weight.sum()) ** 2
    again = torch.nonzero((power > 0.9) & (window.frequencies > 1))[:, 0]
    return float(window.frequencies[again[0]]) if len(again) else math.inf
