"""Periodic data on even nodes of a line: harmonics by one fast Fourier transform.

They are orthogonal on the nodes: all series that are cut off are known at once, and every node has the
leverage of the number of functions over that of nodes.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from .._backend.device import EPS
from .._backend.samples import Samples
from ..linalg.conjugate_gradients import conjugate_gradients
from ..linalg.normal_equations import MAX_REFINEMENTS
from ..linalg.tensor_least_squares import TensorFit
from ..selection import IMPROVEMENT, ROUNDING
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
    left_out = float(beyond[order] / (1 - share[order]) ** 2)
    fit = TensorFit(_real(spectrum, order), float(score[order]), left_out, 2 * order + 1)

    def again(samples: Samples, _grid: Grid) -> TensorFit:
        place = torch.round((samples.t[:, 0] - t[0]) / (t[1] - t[0])).to(torch.int64) % count
        return replace(fit, coefficients=_real(_on_some_nodes(samples.y, place, count, order), order))

    return GridFit((AxisSeries(period, order, float(t[0])),), fit, GridPlane.fit(samples, []), again)


def _real(spectrum: Tensor, order: int) -> Tensor:
    """Coefficients of 1, cosines and sines up to an order."""
    half = 2 * spectrum[: order + 1]
    half[0] /= 2
    return torch.cat([half.real, -half.imag[1:]])


def _on_some_nodes(y: Tensor, place: Tensor, count: int, order: int) -> Tensor:
    """The spectrum of least squares on some of the nodes, by conjugate gradients: there is no table."""
    present = torch.bincount(place, minlength=count).to(y)[:, None]

    def within(values: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(values, dim=0)
        spectrum[order + 1 :] = 0
        back: Tensor = torch.fft.irfft(spectrum, n=count, dim=0)
        return back

    right = within(y.new_zeros(count, y.shape[1]).index_add_(0, place, y))
    found, _ = conjugate_gradients(
        lambda values: within(present * values),
        right,
        lambda values: values,
        lambda progress: progress.residual <= EPS,
        MAX_REFINEMENTS,
    )
    spectrum: Tensor = torch.fft.rfft(found, dim=0, norm="forward")
    return spectrum
