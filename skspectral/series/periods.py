"""Periods of rows at uneven places of a line: what repeats far more often than there are rows.

Uneven rows tell frequencies apart far beyond their mean Nyquist frequency (Lomb 1976; Scargle 1982). The
highest peak of what is left is a period where noise alone would hardly show one as high; harmonics of the
period belong to it, and all of them are refined together by moving the period alone.

Notation
--------
z = 2 |sum of r exp(-2 pi i f t)|^2 / (n sum of r^2) is the share of the squares of r that a line of
frequency f takes. White noise exceeds z with probability (1 - z)^((n - 3) / 2) at one frequency, and at
the highest of M independent ones with M times that, at most (VanderPlas 2018, ApJS 236, 16).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from .._backend.samples import Samples
from ..networks import affine_features
from ..selection import DEVIATIONS, IMPROVEMENT
from ..spectrum import LinePeriodogram, strongest_peaks, window_repeats


@dataclass(frozen=True)
class Periods:
    """Lines at `order` times the fundamental frequency `owner` of a few, beside a plane."""

    fundamentals: Tensor  # shape: (b,), cycles per unit of t
    owner: tuple[int, ...]
    order: tuple[int, ...]

    @property
    def frequencies(self) -> Tensor:
        """Of all lines, shape (m, 1)."""
        order = self.fundamentals.new_tensor(self.order)
        return (self.fundamentals[list(self.owner)] * order)[:, None]

    @property
    def n_numbers(self) -> int:
        """Of the plane, and of the lines: two amplitudes each, and one frequency for each period."""
        return 2 + 2 * len(self.owner) + len(self.fundamentals)

    def with_period(self, fundamental: Tensor, harmonics: int) -> Periods:
        """One more, with its first harmonics."""
        orders = tuple(range(1, harmonics + 1))
        owner = (len(self.fundamentals),) * harmonics
        fundamentals = torch.cat([self.fundamentals, fundamental.view(1)])
        return Periods(fundamentals, (*self.owner, *owner), (*self.order, *orders))

    def with_harmonics(self, count: int) -> Periods:
        """The last period with so many harmonics more."""
        orders = tuple(range(self.order[-1] + 1, self.order[-1] + count + 1))
        return Periods(self.fundamentals, self.owner + self.owner[-1:] * count, self.order + orders)

    def refined(self, samples: Samples) -> Periods:
        """The fundamentals moved to the least squares, by Gauss-Newton steps with amplitudes eliminated."""
        best, gains = self, True
        left, slopes = best._left_and_slopes(samples)
        while gains:
            step = torch.linalg.lstsq(slopes, left.reshape(-1, 1)).solution[:, 0]
            trial = Periods(best.fundamentals + step, self.owner, self.order)
            left_of_trial, slopes = trial._left_and_slopes(samples)
            before, after = float(left.square().sum()), float(left_of_trial.square().sum())
            gains = after < IMPROVEMENT * before
            if after < before:
                best, left = trial, left_of_trial
        return best

    def left(self, samples: Samples) -> Tensor:
        """What the best amplitudes leave, times root weights, shape (n, k)."""
        return self._left_and_slopes(samples)[0]

    def _left_and_slopes(self, samples: Samples) -> tuple[Tensor, Tensor]:
        """What is left, and what it loses per unit of each fundamental (n k, b), amplitudes eliminated."""
        t, root, m = samples.t, samples.root_weight, len(self.owner)
        angle = 2 * math.pi * t * self.frequencies[:, 0]
        cosine, sine = root * torch.cos(angle), root * torch.sin(angle)
        basis, triangle = torch.linalg.qr(torch.cat([root * affine_features(t), cosine, sine], 1))
        targets = root * samples.y
        left = targets - basis @ (basis.T @ targets)
        c, s = torch.linalg.lstsq(triangle, basis.T @ targets).solution[2:].tensor_split([m])
        turns = 2 * math.pi * t * samples.t.new_tensor(self.order)
        columns = []
        for period in range(len(self.fundamentals)):
            mine = [i for i, owner in enumerate(self.owner) if owner == period]
            slope = (turns * cosine)[:, mine] @ s[mine] - (turns * sine)[:, mine] @ c[mine]
            columns.append((slope - basis @ (basis.T @ slope)).reshape(-1))
        return left, torch.stack(columns, 1) if columns else left.new_zeros(left.numel(), 0)


def find_periods(samples: Samples, most: int, n_peaks: int) -> Periods | None:
    """Periods of uneven rows, of `most` lines in all; None where half of the mean Nyquist rate shows more.

    There the rows show a line as they show any other function. Regular gaps give every line aliases nearly
    as high, and harmonics move these up and down: `n_peaks` are tried.
    """
    count = LinePeriodogram.affordable(samples.t[:, 0])
    highest = window_repeats(samples.t[:, 0], samples.weight, count) / 2
    found = Periods(samples.t.new_zeros(0), (), ())
    while True:
        left = found.left(samples) * samples.root_weight / samples.n
        spectrum = LinePeriodogram.of(samples.t[:, 0], left, count).below(highest)
        if not spectrum.stands_out(left, math.erfc(DEVIATIONS / math.sqrt(2))):
            break
        peaks = strongest_peaks(spectrum, n_peaks)
        if not found.owner and peaks[0] < samples.n / 8:
            return None
        trials = _trials(found, peaks, most - len(found.owner), samples)
        best = min(trials, key=lambda trial: _criterion(trial, samples), default=found)
        if not _criterion(best, samples) < _criterion(found, samples):
            break
        found = best
    return found if found.owner else None


def _trials(found: Periods, peaks: Tensor, most: int, samples: Samples) -> Iterator[Periods]:
    """Every peak as one of the first harmonics of another period, with more of them while that pays.

    Two alike minima in a period, as of eclipsing stars, hide its first harmonic. Where a peak is the second
    one, harmonics are added in pairs: odd ones may be weak, one by one.
    """
    for peak in peaks:
        for number in range(1, min(3, most) + 1):
            best = found.with_period(peak / number, number).refined(samples)
            for _ in range(2 * number, most + 1, number):
                trial = best.with_harmonics(number).refined(samples)
                if not _criterion(trial, samples) < _criterion(best, samples):
                    break
                best = trial
            yield best


def _criterion(periods: Periods, samples: Samples) -> float:
    """Schwarz's (1978): what is left, and the number of numbers."""
    square = float(periods.left(samples).square().sum())
    numbers = periods.n_numbers * math.log(samples.n * samples.k)
    return samples.n * samples.k * math.log(max(square, 1e-300)) + numbers
