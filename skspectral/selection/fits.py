"""What a stage may become, and how the rungs of a ladder are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.samples import Samples
from ..networks import Expansion, StageFunction
from ..solvers import Status
from .thresholds import IMPROVEMENT, MAX_IDLE_TRIALS, ROUNDING, UNKNOWN
from .whole import WholeResidual


@dataclass(frozen=True)
class LinearOptions:
    """What the user asked of linear stages; None leaves the choice to the data."""

    max_modes: int | None = None
    alpha: float | None = None
    clock: Clock = field(default_factory=Clock)
    modes_only: bool = False  # no plane beside them, no polynomials

    @property
    def free(self) -> bool:
        """Whether the data choose what the series is."""
        return self.max_modes is None and self.alpha is None


@dataclass(frozen=True)
class LeftOut:
    """What some rows are missed by, squared and summed over outputs, when each is left out of the fit."""

    t: Tensor  # shape: (m, d)
    square: Tensor  # shape: (m,)


@dataclass(frozen=True)
class LinearFit:
    """A fitted linear stage.

    `score` chooses, `error` is published, both root mean squares in units of the stage's targets: of
    scattered rows what is left out, the first without rows that stand alone; of grids see `TensorFit`.
    `rank` is the number of coefficients that the data determine; `refit` solves for them on other rows, and
    `whole` on all rows that the samples are a part of, and gives the error on these too. `noise` is the
    root mean square of white noise, in the same units, that was found and is left. `goes_on` says of each
    axis whether the series goes on beyond the rows as it is: with a period of the data, or as lines.
    `left_out` is for error bars, where it costs nothing.
    """

    expansion: Expansion
    score: float
    error: float
    rank: float
    refit: Callable[[Samples], Expansion] | None = None
    whole: Callable[[WholeResidual], tuple[LinearFit, float]] | None = None
    noise: float = 0.0
    goes_on: tuple[bool, ...] = ()
    left_out: LeftOut | None = None


@dataclass(frozen=True)
class StageFit:
    """A stage at unit scale: what predicts, its held-out error, how it was found.

    `refit` solves for its numbers on other rows, given what the network sees there: so the rows set aside
    judge linear stages too. Without it, `leverage` is the mean share of itself that a row finds in the fit:
    0 for networks, which never see the rows set aside. `whole` solves for its numbers on all rows, and
    gives the error on these too. `goes_on` and `left_out` are those of `LinearFit`.
    """

    function: StageFunction
    error: float
    n_iter: int
    status: Status
    losses: list[float]
    refit: Callable[[Samples, Tensor], StageFunction] | None = None
    leverage: float = 0.0
    n_numbers: float = math.inf
    whole: Callable[[WholeResidual], tuple[StageFit, float]] | None = None
    noise: float = 0.0  # root mean square of white noise that was found and is left
    goes_on: tuple[bool, ...] = ()
    left_out: LeftOut | None = None


def constant(values: Tensor, d: int) -> Expansion:
    """A series that is constant, of values (k,)."""
    affine = values.new_zeros(1 + d, len(values))
    affine[0] = values
    return affine_part(affine)


def affine_part(affine: Tensor) -> Expansion:
    """A series without modes, of an affine part (1 + d, k)."""
    d, k = len(affine) - 1, affine.shape[1]
    none = affine.new_zeros(0, k)
    return Expansion(affine, affine.new_zeros(0, d), none, none)


def linear_stage(fit: LinearFit, n: int) -> StageFit:
    """A linear stage of n rows as it is: nothing to iterate."""
    again, on_all = fit.refit, fit.whole

    def whole(residual: WholeResidual) -> tuple[StageFit, float]:
        assert on_all is not None
        solved, left = on_all(residual)
        return linear_stage(solved, residual.n), left

    def refit(samples: Samples, _hidden: Tensor) -> StageFunction:
        assert again is not None
        return StageFunction(again(samples))

    return StageFit(
        StageFunction(fit.expansion),
        fit.error,
        0,
        Status.SOLVED,
        [],
        None if again is None else refit,
        min(1.0, fit.rank / n),
        fit.rank,
        None if on_all is None else whole,
        fit.noise,
        fit.goes_on,
        fit.left_out,
    )


class Scored(Protocol):
    """Anything with an error to compare by."""

    @property
    def score(self) -> float:
        """The smaller the better."""


Fit = TypeVar("Fit", bound=Scored)


def search_ladder(
    fits: Iterable[Fit],
    clock: Clock | None = None,
    patience: int = MAX_IDLE_TRIALS,
    unknown: float = UNKNOWN,
) -> Fit | None:
    """The best rung; stops once `patience` in a row have brought nothing, or time is up.

    While scores are `unknown`, errors almost as large as y, it goes on. Any rung is better than one whose
    score is not a number. A rung that is out of time ends the search. Each is reported to the recorder of
    the clock.
    """
    best: Fit | None = None
    idle = 0
    for fit in _in_time(fits):
        if clock is not None:
            clock.recorder.note(fit.score)
        if best is None or math.isnan(best.score) or fit.score < IMPROVEMENT * best.score:
            best, idle = fit, 0
        else:
            idle += 1
        if clock is not None and clock.over:
            break
        if (idle >= patience and best.score < unknown) or best.score < ROUNDING:
            break
    return best


def every_second(solve: Callable[[int], Fit], count: int) -> Iterator[Fit]:
    """Every second of so many rungs, and those on both sides of the best: six of eight, eight of twelve.

    Errors fall and rise again along them, with dents that are no wider than a rung.
    """
    scores: dict[int, float] = {}
    for place in range(0, count, 2):
        yield (fit := solve(place))
        scores[place] = fit.score
    best = min(scores, key=lambda place: (math.isnan(scores[place]), scores[place]))
    yield from map(solve, (place for place in (best - 1, best + 1) if 0 <= place < count))


def _in_time(fits: Iterable[Fit]) -> Iterator[Fit]:
    """The fits, until one of them is out of time."""
    with suppress(OutOfTime):
        yield from fits
