"""A linear stage of mapped cosines: a plane, and the best series for what it leaves."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.parts import parts_of_rows
from .._backend.samples import MAX_SPATIAL_INPUTS, Samples
from ..networks import Expansion, affine_features
from ..selection import (
    ROUNDING,
    Design,
    LinearFit,
    LinearOptions,
    WholeResidual,
    halfway,
    solve_rows,
)
from .mapped_fit import MappedFit
from .mapped_search import MappedSearch
from .mapped_trial import Trial
from .whole_fit import solved_on_all


@dataclass(frozen=True)
class MappedSeries:
    """A plane, and mapped cosines fitted to what it leaves."""

    affine: Tensor  # shape: (1 + d, k)
    fit: MappedFit
    design: Design  # of the rows that it was fitted to
    clock: Clock

    @cached_property
    def score(self) -> float:
        """What fits are chosen by."""
        return halfway(self.fit.score, self._between)

    @cached_property
    def _between(self) -> float:
        """The error between the levels of a lattice."""
        lines = self.design.lines
        return 0.0 if lines is None else self.fit.expected_error(lines, self.clock.interrupted)

    def candidate(self) -> LinearFit:
        """The series, with the error that is to be expected of it."""
        return replace(self._with(self.fit), score=self.score)

    def _with(self, fit: MappedFit) -> LinearFit:
        """The same with these coefficients."""
        # After Ctrl-C, rows left out one by one will do, and few places.
        brief = self.clock.interrupted
        error = max(fit.expected_error(None if brief else self.design.aside, brief), self._between)

        def refit(samples: Samples) -> Expansion:
            affine, rest = _plane_and_rest(samples)
            return _expansion(affine, fit.fitted_to(rest, self.clock))

        def whole(residual: WholeResidual) -> tuple[LinearFit, float]:
            solved, left = solved_on_all(fit, self.affine, residual, self.clock)
            return self._with(solved), left

        expansion = _expansion(self.affine, fit)
        return LinearFit(expansion, fit.score, error, fit.rank, refit, whole=whole, left_out=fit.left_out)


def fit_mapped(samples: Samples, design: Design, options: LinearOptions) -> MappedSeries | None:
    """The best series of mapped cosines; None where rows lie in groups, or are too few."""
    if design.grouped or samples.d > MAX_SPATIAL_INPUTS or options.modes_only:
        return None
    if not samples.in_box or samples.n < 2 ** (1 + samples.d):
        return None
    affine, rest = _plane_and_rest(samples)
    if rest.rms() <= ROUNDING * samples.rms():  # a plane to rounding
        return None
    if options.max_modes is not None and options.max_modes >= samples.n:
        warnings.warn(
            f"n_modes={options.max_modes} is more than {samples.n} rows bear: at most {samples.n - 1} are "
            "used",
            UserWarning,
            stacklevel=2,
        )
    best, of = None, design
    with suppress(OutOfTime), options.clock.recorder.candidate("mapped cosines"):
        for trial, of_part in _searched(rest, design, options):
            best, of = trial, of_part
    return None if best is None else MappedSeries(affine, best.fit, of, options.clock)


def _searched(samples: Samples, design: Design, options: LinearOptions) -> Iterator[tuple[Trial, Design]]:
    """The best fit, looked for on few rows first, on more, and on all; each with what it knows of its rows.

    Where few are met to rounding the set is tried on all rows at once; else the search goes on from it.
    """
    best, met = None, False
    for rows in parts_of_rows(samples.n, samples.d):
        every = len(rows) == samples.n
        if every or not met:
            rows = rows.to(samples.t.device)
            part = samples if every else samples.take(rows)
            search = MappedSearch(part, design.places, options, best)
            best = search.best()
            met = search.judge.at_rounding(best)
            yield best, design if every else design.take(rows)


def _plane_and_rest(samples: Samples) -> tuple[Tensor, Samples]:
    affine = solve_rows(affine_features, samples).solve()
    return affine, samples.with_targets(samples.y - affine_features(samples.t) @ affine)


def _expansion(affine: Tensor, fit: MappedFit) -> Expansion:
    d, k = len(affine) - 1, affine.shape[1]
    none, nowhere = affine.new_zeros(0, k), affine.new_zeros(0, d)
    chosen = fit.chosen
    return Expansion(
        affine,
        nowhere,
        none,
        none,
        orders=chosen.indices,
        bends=chosen.bends,
        mapped=fit.coefficients,
    )
