"""A linear stage on a tensor grid: the ladder rung with the least leave-one-out error."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from .._backend.device import threads_for
from .._backend.samples import Samples
from ..networks import Expansion
from ..solvers.tensor_readout import TensorFit, apply_along_axes, fit_tensor
from ..spectrum import AxisSeries, Grid, grid_ladders, scaled_series
from ._candidate import Candidate, LinearOptions, climb

# Leave-one-out error (relative to the stage's targets) at which other continuations are not tried.
GOOD_ENOUGH = 1e-9

Rung = tuple[AxisSeries, ...]


def fit_on_grid(samples: Samples, grid: Grid, options: LinearOptions) -> Candidate | None:
    """The best tensor-product Fourier series of the targets."""
    values = (samples.y * _root(samples)).view(*grid.shape, samples.k)
    periods = grid.periods(values)
    best: _GridFit | None = None
    for ladder in grid_ladders(grid, periods, options.extension, options.max_modes):
        fits = (_fit(samples, grid, values, rung, options) for rung in ladder)
        top = climb(fits, options.deadline)
        if top is not None and (best is None or top.score < best.score):
            best = top
        if best is not None and best.score < GOOD_ENOUGH:
            break
    if best is None:
        return None
    if samples.d > 1 and options.max_modes is None:
        best = _stretch_axes(samples, grid, values, best, options)
    return best.candidate(options)


class _GridFit:
    """One rung, fitted."""

    def __init__(self, rung: Rung, fit: TensorFit, samples: Samples) -> None:
        self.rung, self.fit, self.samples = rung, fit, samples
        self.score = math.sqrt(fit.score)

    def candidate(self, options: LinearOptions) -> Candidate:
        """The series as modes."""
        expansion = _to_expansion(self.rung, self.fit.coefficients, self.samples)
        return Candidate(expansion, self.score, math.sqrt(self.fit.leave_one_out), self.fit.rank)


def _fit(
    samples: Samples, grid: Grid, values: Tensor, rung: Rung, options: LinearOptions
) -> _GridFit:
    matrices = [series.matrix(t) for series, t in zip(rung, grid.axes)]
    if samples.d == 1:
        matrices[0] = matrices[0] * samples.root_weight
    flops = sum(2.0 * matrix.numel() * matrix.shape[1] for matrix in matrices)
    with threads_for(flops):
        return _GridFit(rung, fit_tensor(values, matrices, options.alpha or 0.0), samples)


def _root(samples: Samples) -> Tensor:
    return samples.root_weight if samples.d == 1 else torch.ones_like(samples.y[:, :1])


def _stretch_axes(
    samples: Samples, grid: Grid, values: Tensor, best: _GridFit, options: LinearOptions
) -> _GridFit:
    """More or fewer harmonics on one axis at a time, while that lowers the error."""
    for axis in range(samples.d):
        for factor in (math.sqrt(2), 1 / math.sqrt(2)):
            while (rung := scaled_series(grid, best.rung, axis, factor)) is not None:
                trial = _fit(samples, grid, values, rung, options)
                if trial.score > 0.98 * best.score:
                    break
                best = trial
    return best


def _to_expansion(rung: Rung, coefficients: Tensor, samples: Samples) -> Expansion:
    """Real tensor-product coefficients as cosines and sines of one half of the wave vectors."""
    tables = [series.to_exponentials(coefficients) for series in rung]
    box = apply_along_axes(tables, coefficients.to(torch.complex128))
    ranges: Iterable[Tensor] = (torch.arange(-s.order, s.order + 1) for s in rung)
    vectors = torch.cartesian_prod(*ranges).view(-1, len(rung)).to(coefficients.device)
    flat = box.reshape(-1, samples.k)
    middle = len(flat) // 2
    step = coefficients.new_tensor([1 / series.period for series in rung])
    affine = coefficients.new_zeros(1 + samples.d, samples.k)
    affine[0] = flat[middle].real
    half = slice(middle + 1, None)  # C order: the first non-zero entry is positive
    frequencies = vectors[half] * step
    return Expansion(affine, frequencies, 2 * flat[half].real, -2 * flat[half].imag, step)
