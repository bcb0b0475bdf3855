"""What lies beyond the Nyquist frequency of a grid, where the spectrum does not end there.

Notation
--------
On the nodes j + 1/2 of N the cosine of harmonic 2N - k is minus that of k: a coefficient found on the
nodes belongs to both, in proportion to their powers. A field cut off at Nyquist instead has slopes between
its nodes that the data do not bear out.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Harmonics that are kept, over those of the grid: beyond, powers are small and aliases many.
REACH = 1.5
# Slopes of three photographs at held-out pixels, in dB by exponent: 26 at 0.5, 30.9 at 1, 31.2 at 1.5, 27.8
# at 2.5, 22.8 without anything beyond; exponents measured there are 1.25 to 1.5. Steeper ones than STEEP
# have nothing beyond.
LEAST_EXPONENT, STEEP = 1.5, 4.0


def unfolded(coefficients: Tensor, exponent: float) -> Tensor:
    """Coefficients of cosines up to REACH times Nyquist, under powers |k|^(-2 exponent).

    Takes and gives one coefficient for each harmonic of each axis; on the nodes both have equal values.
    """
    if exponent >= STEEP:
        return coefficients
    places, signs = zip(*[_fold(n, coefficients) for n in coefficients.shape])
    square, sign = coefficients.new_zeros(()), coefficients.new_ones(())
    base = torch.zeros((), dtype=torch.int64, device=coefficients.device)
    for n, place, turn in zip(coefficients.shape, places, signs):
        harmonics = torch.arange(len(place)).to(coefficients)
        square = square[..., None] + (harmonics / n).square()
        sign, base = sign[..., None] * turn, base[..., None] * n + place
    power = sign.abs() * square.clamp_min(1e-12).pow(-max(exponent, LEAST_EXPONENT))
    total = torch.zeros(coefficients.numel()).to(power).index_add_(0, base.reshape(-1), power.reshape(-1))
    return coefficients.reshape(-1)[base] * sign * power / total[base]


def _fold(n: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """For each harmonic the one that it looks like on the nodes, and with which sign; 0 at Nyquist."""
    harmonics = torch.arange(int(REACH * n), device=like.device)
    folded = torch.where(harmonics < n, harmonics, 2 * n - harmonics)
    sign = torch.where(harmonics < n, 1.0, -1.0).to(like)
    sign[harmonics == n] = 0
    return folded.clamp_max(n - 1), sign
