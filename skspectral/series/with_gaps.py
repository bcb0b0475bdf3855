"""A linear stage on a uniform grid with gaps: every cosine, under the prior that the spectrum gives.

The power spectrum of the rows, smoothed, is the prior; gaps are filled by Kriging with it, the spectrum is
measured again, and what looks like white noise is filtered out (Wiener). On photographs with pixels held
out that is 1.2 dB closer than cubic radial functions, whose spectrum is a power law without a direction;
a prior for each place (`_local_prior`) comes 1 to 2 dB closer still, where held-out rows prefer it.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import reduce

import torch
from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.samples import Samples
from .._backend.threads import threads_for
from ..linalg.cosine_transform import cosine_norms, cosine_transform, inverse_cosine_transform
from ..linalg.gap_filling import fill_gaps
from ..networks import Expansion
from ..selection import Design, LinearFit, LinearOptions
from ..spectrum import (
    GriddedRows,
    Tail,
    completed_power,
    mirrored_series,
    smoothed_power,
    spectral_tail,
    squared_wavenumbers,
    unfolded,
)
from .by_tile import locally, refilled
from .grid_fit import evaluation_flops, series_expansion

# Exponent of amplitudes before they are measured, and the least of what lies beyond a grid. Slopes of
# three photographs at held-out pixels, in dB by exponent: 26 at 0.5, 30.9 at 1, 31.2 at 1.5, 27.8 at 2.5,
# 22.8 without anything beyond; those measured: 1.25 to 1.5.
MIN_EXPONENT = 1.5


@dataclass(frozen=True)
class _Component:
    """One principal output: its gaps filled, and the spectrum under which that was done."""

    filled: Tensor  # shape: the grid's
    known: Tensor
    power: Tensor
    tail: Tail
    noise: float

    def coefficients(self, clock: Clock | None) -> Tensor:
        """Orthonormal cosine coefficients without the noise, under one prior.

        Where there is a clock, under one for each place while it has time for that.
        """
        d = self.filled.ndim
        if clock is not None:
            with suppress(OutOfTime):
                return cosine_transform(locally(self.filled, self.known, self.noise, clock), d)
        return self._kept() * cosine_transform(self.filled, d)

    @property
    def rank(self) -> float:
        """Number of coefficients that the rows determine."""
        return float(self._kept().mean() * self.known.sum())

    def _kept(self) -> Tensor:
        return (1 - self.noise / self.power).clamp_min(0)


def fit_with_gaps(samples: Samples, design: Design, grid: GriddedRows, options: LinearOptions) -> LinearFit:
    """The series of all cosines of the grid; its error is that of rows set aside."""
    principal = _Principal(samples.y)
    candidate = options.clock.recorder.candidate("all cosines of a grid with gaps")
    with candidate, threads_for(100.0 * samples.k * math.prod(grid.shape)):
        # The other half of the time is for all rows.
        half = replace(options, clock=options.clock.part(1 / 2))
        plain, local = _held_out_errors(samples, design, grid, principal, half)
        by_place = options.clock if local < plain else None
        components = _components(grid, principal.components, options)
        expansion = _expansion(grid, components, principal, by_place, options.clock)
    rank = sum(component.rank for component in components) / len(components)

    def refit(samples: Samples) -> Expansion:
        options.clock.check()
        principal = _Principal(samples.y)
        components = _components(grid.at(samples.t), principal.components, options)
        return _expansion(grid, components, principal, by_place, options.clock)

    return LinearFit(expansion, min(plain, local), min(plain, local), rank, refit)


def _aside(design: Design) -> Tensor:
    assert design.aside is not None  # few rows have no gaps
    return design.aside


def _expansion(
    grid: GriddedRows,
    components: list[_Component],
    principal: _Principal,
    by_place: Clock | None,
    clock: Clock,
) -> Expansion:
    """The series, with cosines beyond those of the grid where there is time to evaluate them."""
    exponent = max(MIN_EXPONENT, min(component.tail.exponent for component in components))
    norms = [cosine_norms(n, principal.scale) for n in grid.shape]
    scale = reduce(lambda product, norm: product[..., None] * norm, norms)
    tables = [one.coefficients(by_place) * scale for one in components]
    if clock.allows("evaluation", evaluation_flops(2 * n for n in grid.shape)):
        tables = [unfolded(table, exponent) for table in tables]
    rung = tuple(mirrored_series(axis, n - 1) for axis, n in zip(grid.axes, tables[0].shape))
    return series_expansion(rung, principal.back(torch.stack(tables, -1)))


class _Principal:
    """Outputs at unit scale, turned to principal axes: brightness and hue of colors differ in spectrum."""

    def __init__(self, y: Tensor) -> None:
        spread = y.square().mean(0).sqrt()
        self.scale = torch.where(spread > 0, spread, torch.ones_like(spread))
        unit = y / self.scale
        _, self.axes = torch.linalg.eigh(unit.T @ unit)
        self.components = unit @ self.axes

    def back(self, components: Tensor) -> Tensor:
        """From principal components, on the last axis, to outputs."""
        outputs: Tensor = (components @ self.axes.T) * self.scale
        return outputs


def _held_out_errors(
    samples: Samples,
    design: Design,
    grid: GriddedRows,
    principal: _Principal,
    options: LinearOptions,
) -> list[float]:
    """Of rows set aside: under one prior, and under one for each place."""
    aside = _aside(design)
    components = _components(grid.take(~aside), principal.components[~aside], options)

    def error(by_place: Clock | None) -> float:
        coefficients = torch.stack([one.coefficients(by_place) for one in components], -1)
        found = grid.rows(inverse_cosine_transform(coefficients, samples.d))
        missed = samples.take(aside).rms((samples.y - principal.back(found))[aside])
        options.clock.recorder.note(missed)
        return missed

    return [error(None), math.inf if options.clock.over else error(options.clock)]


def _components(grid: GriddedRows, values: Tensor, options: LinearOptions) -> list[_Component]:
    return [_component(field, grid.known, options) for field in grid.field(values).unbind(-1)]


def _component(field: Tensor, known: Tensor, options: LinearOptions) -> _Component:
    lost = 1 - known.to(field).mean()

    def measured(filled: Tensor) -> Tensor:
        return completed_power(smoothed_power(cosine_transform(filled, field.ndim)), lost)

    def again(filled: Tensor) -> Tensor:
        return fill_gaps(field, known, measured(filled), options.clock)

    first = fill_gaps(field, known, _power_law(field), options.clock)
    filled = refilled(again, first, options.clock)
    power = measured(filled)
    tail = spectral_tail(power)
    noise = tail.noise if options.alpha is None else options.alpha * float(power.max())
    return _Component(filled, known, power, tail, noise)


def _power_law(like: Tensor) -> Tensor:
    """Where nothing is known yet: |k|^(-2 MIN_EXPONENT), in steps of the grid."""
    square = squared_wavenumbers(like.shape, like)
    least = square[square > 0].min() / 4
    return (square + least).pow(-MIN_EXPONENT)
