"""A linear stage on scattered rows: the best of mapped cosines, products of polynomials and a process.

Ladders of lattice modes, with a ridge shaped by their spectrum, are tried where neither of the first two is
made for the rows or for what was asked: of rows in groups, for few modes, and for modes of four inputs and
more.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor

from .._backend.budget import affordable
from .._backend.clock import Clock, OutOfTime
from .._backend.samples import MAX_SPATIAL_INPUTS, Samples
from .._backend.threads import threads_for
from ..linalg.least_squares import RIDGES
from ..networks import Expansion, affine_features, fourier_features, polynomial_features
from ..selection import (
    IMPROVEMENT,
    SETTLED,
    Design,
    LinearFit,
    LinearOptions,
    Readout,
    excess,
    expected_error,
    fit_readout,
    margin,
    search_ladder,
)
from ..spectrum import (
    MIN_ROWS_TO_JUDGE,
    SPARE,
    LatticeRung,
    scattered_ladders,
)
from .gaussian_process import ProcessSeries, fit_process
from .grown_search import fit_grown
from .mapped_series import fit_mapped
from .with_gaps import MIN_EXPONENT


class Basis(Protocol):
    """Functions whose sum a series is."""

    alphas: tuple[float, ...]  # ridges worth a trial

    def features(self, t: Tensor) -> Tensor:
        """The functions at coordinates (n, d), shape (n, q)."""

    def expansion(self, coefficients: Tensor) -> Expansion:
        """Their sum."""


class Found(Protocol):
    """A series that was found, as yet without all that is published of it."""

    @property
    def score(self) -> float:
        """What fits are chosen by."""

    def candidate(self) -> LinearFit:
        """The series, with the error that is to be expected of it."""


def fit_scattered(samples: Samples, design: Design, options: LinearOptions) -> LinearFit | None:
    """The best series of the targets."""
    clock = options.clock
    plane = _plane(samples, design, replace(options, clock=Clock()))  # takes no time
    settled = SETTLED * samples.rms()
    # Of many inputs there is nothing else; with three mapped cosines may take less time to settle.
    grown = fit_grown(samples, design, options, settled if samples.d <= MAX_SPATIAL_INPUTS else math.inf)
    mapped = None if grown is not None and grown.score < settled else fit_mapped(samples, design, options)
    if grown is not None and (mapped is None or mapped.score > settled):
        grown = grown.towards(math.inf if mapped is None else mapped.score)
    found: list[Found] = [fit for fit in (plane, mapped, grown) if fit is not None]
    best = min(found, key=lambda fit: fit.score, default=None)
    if best is None or best.score > settled:
        rival = math.inf if best is None else best.score
        process = fit_process(samples, design, options, rival=rival)
        if process is not None:
            found.append(process)
            if best is None or not _clearly_better(best, process, samples.n):
                best = process
    asks = _few_modes(samples, options) or (mapped is None and grown is None)
    for ladder in (
        scattered_ladders(samples.n, samples.d, options.max_modes) if asks and not clock.over else ()
    ):
        bases = (LatticeBasis(rung, samples.t) for rung in ladder)
        rungs = (_SeriesFit(samples, design, basis, options) for basis in bases)
        with clock.recorder.candidate("ladder of series"):
            top = search_ladder(rungs, clock)
        if top is not None and (best is None or top.score < IMPROVEMENT * best.score):
            best = top
    if plane is not None and best is not None and not _bends(best, plane.score, samples.n):
        best = plane
    return None if best is None else _in_range(best, found, samples, design)


def _bends(best: Found, plane: float, n: int) -> bool:
    """Whether the best is better than a plane of this score: by more than chance, or by its evidence."""
    if isinstance(best, ProcessSeries):
        return not best.leaves(plane)
    return best.score < (1 - margin(n)) * plane


def _clearly_better(best: Found, process: ProcessSeries, n: int) -> bool:
    """Whether the best of many series is better than a process, in which nothing was chosen, beyond chance.

    Rows that are left out one by one have had a part in the choice: of few rows those set aside count too.
    """
    share = 1 - margin(n)
    if not best.score < share * process.score:
        return False
    return n >= MIN_ROWS_TO_JUDGE or best.candidate().error < share * process.candidate().error


def _in_range(best: Found, found: list[Found], samples: Samples, design: Design) -> LinearFit:
    """The best, or the next one that does not leave the range of the targets between the rows.

    Where rows lie on a surface, as squares beside their inputs do, rows that are left out lie on it too,
    and say nothing about what is beside it.
    """
    others = sorted((fit for fit in found if fit is not best), key=lambda fit: fit.score)
    judged: list[tuple[float, LinearFit]] = []
    for fit in (best, *others):
        candidate = fit.candidate()
        judged.append((excess(candidate.expansion(design.places), samples.y), candidate))
        if judged[-1][0] <= candidate.score:
            return candidate
    return min(judged, key=lambda one: one[0])[1]


def _few_modes(samples: Samples, options: LinearOptions) -> bool:
    """Whether so few modes were asked for that waves of twice the box may do more than mapped cosines.

    The lowest of these are a plane, which stands beside them already; a wave has a cosine and a sine.
    """
    wanted = options.max_modes
    return wanted is not None and affordable(2.0 * samples.n * (2.0 * wanted) ** 2)


def _plane(samples: Samples, design: Design, options: LinearOptions) -> _SeriesFit | None:
    """A plane, if no more was asked for and rows bear it out: few do where they are met to rounding."""
    if not options.free or options.modes_only or samples.n <= samples.d + 1:
        return None
    degrees = torch.eye(1 + samples.d, samples.d, dtype=torch.int64).flip(0).to(samples.t.device)
    plane = _SeriesFit(samples, design, PolynomialBasis(degrees), options)
    borne_out = samples.n > samples.d + SPARE or plane.score < SETTLED * samples.rms()
    return plane if borne_out else None


class PolynomialBasis:
    """Products of Legendre polynomials."""

    alphas: tuple[float, ...] = (0.0,)

    def __init__(self, degrees: Tensor) -> None:
        self.degrees = degrees

    def features(self, t: Tensor) -> Tensor:
        """The functions at coordinates (n, d), shape (n, q)."""
        return polynomial_features(t, self.degrees)

    def expansion(self, coefficients: Tensor) -> Expansion:
        """Their sum."""
        d, k = self.degrees.shape[1], coefficients.shape[1]
        none = coefficients.new_zeros(0, k)
        affine, nowhere = coefficients.new_zeros(1 + d, k), coefficients.new_zeros(0, d)
        return Expansion(affine, nowhere, none, none, None, self.degrees, coefficients)


class LatticeBasis:
    """A plane and the modes of a lattice, each as large as a falling spectrum expects."""

    alphas: tuple[float, ...] = tuple(RIDGES)

    def __init__(self, rung: LatticeRung, like: Tensor) -> None:
        d = like.shape[1]
        self.step = like.new_full((d,), 1 / rung.period)
        vectors = torch.as_tensor(rung.vectors).to(like)
        self.frequencies = vectors * self.step
        # Amplitudes fall twice as fast as those of rough fields (a Wiener filter): of exponents 0 to 3, on
        # smooth and noisy targets, this lost least.
        weight = (1 + vectors.square().sum(1)).pow(-MIN_EXPONENT)
        self.prior = torch.cat([like.new_ones(1 + d), weight, weight])

    def features(self, t: Tensor) -> Tensor:
        """The functions at coordinates (n, d), shape (n, q)."""
        return torch.cat([affine_features(t), fourier_features(t, self.frequencies)], 1) * self.prior

    def expansion(self, coefficients: Tensor) -> Expansion:
        """Their sum."""
        m, a = len(self.frequencies), 1 + self.frequencies.shape[1]
        affine, cosine, sine = torch.split(coefficients * self.prior[:, None], [a, m, m])
        return Expansion(affine, self.frequencies, cosine, sine, self.step)


class _SeriesFit:
    """One rung, fitted, with the best ridge."""

    def __init__(self, samples: Samples, design: Design, basis: Basis, options: LinearOptions) -> None:
        self.samples, self.design, self.basis = samples, design, basis
        alphas = list(basis.alphas) if options.alpha is None else [options.alpha]
        self.clock = options.clock
        self.flops = flops = 2.0 * samples.n * basis.features(samples.t[:1]).shape[1] ** 2
        with self.clock.step("series", flops * (1 + len(design.turns))), threads_for(flops):
            self.readout: Readout = fit_readout(basis.features, samples, design, alphas)
        self.score = self.readout.score

    def candidate(self) -> LinearFit:
        """The series, its error checked by the rows set aside."""
        basis, readout = self.basis, self.readout

        def refit(samples: Samples) -> Expansion:
            return basis.expansion(readout.again(samples).coefficients)

        error = readout.left_out
        with suppress(OutOfTime), self.clock.step("series", self.flops):
            error = expected_error(basis.features, self.samples, self.design, readout)
        expansion = basis.expansion(readout.coefficients)
        return LinearFit(expansion, self.score, error, readout.rank, refit)
