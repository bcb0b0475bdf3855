"""Periodic data on even nodes of a line: harmonics by one fast Fourier transform.

They are orthogonal on the nodes: all series that are cut off are known at once, and every node has the
leverage of the number of functions over that of nodes.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._backend.device import EPS
from .._backend.samples import Samples
from ..linalg.tensor_least_squares import TensorFit
from ..selection import IMPROVEMENT, ROUNDING, solve_rows
from ..spectrum import MAX_FILL, AxisSeries, Grid
from .grid_fit import GridFit, GridPlane


def fit_periodic(samples: Samples, grid: Grid, period: float, max_modes: int | None) -> GridFit:
    """The shortest of the best of all series that are cut off, of equally weighted rows."""
    t = grid.axes[0]
    count = round(period / float(t[1] - t[0]))  # the last node may be the first once more
    spectrum = torch.fft.rfft(samples.y[:count], dim=0, norm="forward")
    power = spectrum.abs().square().sum(1)
    power[1:] *= 2
    most = int((MAX_FILL * count - 1) / 2)
    orders = torch.arange(1 + (most if max_modes is None else min(most, max_modes)), device=t.device)
    beyond = power.flip(0).cumsum(0).flip(0)[orders + 1]
    share = (2 * orders + 1) / count
    score = beyond / (1 - share) * (1 + share)
    waves = 2 * math.pi / period * torch.arange(len(power)).to(power)
    rounding = 2 * (ROUNDING * samples.rms() + EPS * math.sqrt(float(power @ waves.square())))
    enough = max(float(score.min()) / IMPROVEMENT**2, rounding**2)
    order = int((score <= enough).nonzero()[0])
    half = spectrum[: order + 1] * 2
    half[0] /= 2
    coefficients = torch.cat([half.real, -half.imag[1:]])
    left_out = float(beyond[order] / (1 - share[order]) ** 2)
    fit = TensorFit(coefficients, float(score[order]), left_out, 2 * order + 1)
    series = AxisSeries(period, order, float(t[0]))

    def again(samples: Samples, _grid: Grid) -> TensorFit:
        """On some of the nodes harmonics are not orthogonal."""
        found: Tensor = solve_rows(lambda t: series.matrix(t[:, 0]), samples).solve()
        return TensorFit(found, fit.score, fit.left_out, fit.rank)

    return GridFit((series,), fit, GridPlane.fit(samples, []), again)
