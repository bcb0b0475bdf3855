"""A stage with a trained network: many starts, few steps each; the best few go on; one finishes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from sklearn.base import clone
from torch import Tensor

from .._backend.budget import affordable
from .._backend.clock import Clock, OutOfTime
from .._backend.samples import Samples
from .._backend.threads import threads_for
from ..linalg.least_squares import MIN_FREEDOM
from ..networks import Expansion, StageFunction
from ..selection import (
    ROWS_PER_PARAMETER,
    WORTH_TWICE,
    Features,
    Progress,
    StageFit,
    inner_places,
    margin,
    solve_rows,
)
from ..solvers import (
    FullProblem,
    LevenbergMarquardt,
    Limits,
    Solution,
    StageData,
    Status,
    eliminate_readout,
    minimize,
)
from .contenders import Contender, contenders_of
from .more_rows import train_on_some_rows
from .opinions import Opinion, best_ridge
from .relocation import relocate_units
from .screening import Screening, n_trainings
from .starts import Start
from .train import Training, error_of, solver_for, train


def fit_network(
    samples: Samples,
    progress: Progress,
    candidates: Iterable[Start],
    training: Training,
    rival: StageFit | None = None,
) -> StageFit | None:
    """The best network that comes of the starts, or None if it does not beat the rival by more than chance.

    Both are judged by the rows set aside, to which neither has been fitted. When time is up a rival stays,
    and without one the best start is taken as it is.

    Raises
    ------
    OutOfTime
        If there is no time to fit the rival without these rows.
    """
    if rival is not None:
        training.limits.clock.check()
    rows, held_out = progress.split(replace(samples, t=progress.hidden))
    missed = math.inf if rival is None else progress.missed_aside(rival)
    wider = 1.0 if rival is None else _widening(rival, missed)
    to_beat = missed if held_out is None else missed * (1 - margin(held_out.n))
    if rival is not None:
        # A net of our choice has no more numbers than rows.
        candidates = (start for start in candidates if start.n_numbers <= rows.n)
    contenders = contenders_of(rows, candidates, training)
    with training.limits.clock.recorder.candidate("networks", n_trainings(contenders)):
        every = replace(samples, t=progress.hidden)
        # Without the few lines or planes set aside a series is worse by more than a net is: the net has to
        # be below the error of the whole series, too.
        bound = math.inf if rival is None else rival.error / wider
        fit, hidden = _best_of(contenders, rows, held_out, training, (to_beat, bound), every, progress)
    if fit is None or not fit.error < min(to_beat, bound):
        return None
    fit = replace(fit, error=math.hypot(fit.error * wider, hidden))
    if rival is None:
        return fit
    return None if fit.error > rival.error or progress.contradicts(fit, rival) else fit


def fit_fewer(
    samples: Samples, progress: Progress, candidates: Iterable[Start], training: Training, rival: StageFit
) -> StageFit | None:
    """A first stage of less than half of the rival's numbers by which noise is let through less, or None.

    Where what a series leaves is noise, so are errors on rows set aside. Generalized cross-validation
    (Golub, Heath and Wahba 1979, Technometrics 21) tells what its numbers have taken of it.
    """
    few = [start for start in candidates if start.n_numbers < WORTH_TWICE * rival.n_numbers]
    rows, held_out = progress.split(samples)
    if not few or held_out is None:
        return None
    missed = progress.missed_aside(rival)
    to_beat = (1 + margin(held_out.n)) * missed
    with training.limits.clock.recorder.candidate("few units"):
        contenders = contenders_of(rows, few, training)
        bounds = (to_beat, math.inf)
        fit, hidden = _best_of(contenders, rows, held_out, training, bounds, samples, progress)
    if fit is None or not fit.error < to_beat or progress.contradicts(fit, rival):
        return None
    if not cross_validated(fit, samples, samples.t) < cross_validated(rival, samples, samples.t):
        return None
    return replace(fit, error=math.hypot(fit.error * _widening(rival, missed), hidden))


def cross_validated(fit: StageFit, samples: Samples, hidden: Tensor) -> float:
    """Mean square that a stage leaves, for the freedom that is left."""
    left = samples.y - fit.function.values(samples.t, hidden)
    return (samples.rms(left) / max(1 - fit.n_numbers / samples.n, MIN_FREEDOM)) ** 2


@dataclass(frozen=True)
class _Trained:
    """What training has led to; the error counts where no rows are held out."""

    theta: Tensor
    error: float
    n_iter: int
    status: Status
    losses: list[float]
    readout: Tensor | None = None  # numbers of all features, if the solver trained them with the rest

    @classmethod
    def of(cls, solution: Solution[Any], status: Status | None) -> _Trained:
        """A solution, or one that was cut short before it began."""
        theta, error = solution.point.theta, error_of(solution)
        readout = solution.point.parameters[len(theta) :]
        return cls(theta, error, solution.n_iter, status or solution.status, solution.losses, readout)


def _best_of(
    contenders: list[Contender],
    rows: Samples,
    held_out: Samples | None,
    training: Training,
    bounds: tuple[float, float],
    every: Samples,
    progress: Progress,
) -> tuple[StageFit | None, float]:
    """The stage that screening finds, and the error of it that rows set aside do not show.

    None where none is likely to get below the bounds: `to_beat` and `bound` of `Screening.winner`.
    """
    there = progress.hidden_there[inner_places(progress.design.places)]
    screening = Screening(rows, held_out, training, there)
    best = screening.winner(contenders, *bounds)
    if best is None:
        return None, 0.0
    fit = _stage_of(best, screening, rows, held_out, training, every)
    opinion = Opinion(fit.function.values(there, there), fit.error)
    return fit, screening.hidden(best.key, opinion)


def _stage_of(
    best: Contender,
    screening: Screening,
    rows: Samples,
    held_out: Samples | None,
    training: Training,
    every: Samples,
) -> StageFit:
    """The stage that the winner makes, trained on if that pays."""
    last = training.last_share if held_out is not None else 0.0
    limits = _before_last(training.limits, last)
    start, theta, n_iter, clock = best.start, best.theta, screening.n_iter, training.limits.clock
    data = StageData(rows, held_out, start.network, start.beside, cell=training.cell)
    status = screening.status or (Status.of_clock(limits.clock) if limits.clock.over else None)
    if status is None and not screening.pays:
        status = Status.CONVERGED

    def train_on(data: StageData, theta: Tensor, limits: Limits, may_leave: bool = False) -> Solution[Any]:
        solution = train(data, theta, training, limits, may_leave)
        return _relocate(data, start, solution, training, limits)

    with limits.clock.recorder.candidate(start.name):
        if status is None and _is_short(data, training, limits):
            rounds = train_on_some_rows(train_on, data, theta, limits, training.generator)
            theta, n_iter = rounds.theta, n_iter + rounds.n_iter
            status = None if rounds.in_time else Status.MAX_TIME
        if status is not None and held_out is not None:  # the parameters are taken as they are
            return _finish(start, _Trained(theta, math.nan, 0, status, []), data, n_iter, clock)[0]
        if status is not None:
            limits = replace(limits, max_iter=0)
        try:
            solution = train_on(data, theta, limits, held_out is not None)
        except OutOfTime:
            as_drawn = _Trained(theta, math.nan, 0, Status.of_clock(clock), [])
            return _finish(start, as_drawn, data, n_iter, clock)[0]
        fit, alpha = _finish(start, _Trained.of(solution, status), data, n_iter, clock)
        if not last or status is not None or clock.over:
            return fit
        return _on_all_rows(fit, start, solution, every, alpha, training)


def _before_last(limits: Limits, last: float) -> Limits:
    """Limits that leave a last share of the iterations and of the time."""
    first = limits.max_iter - int(last * limits.max_iter)
    return replace(limits, max_iter=first, clock=limits.clock.part(1 - last))


def _on_all_rows(
    fit: StageFit, start: Start, solution: Solution[Any], every: Samples, alpha: float, training: Training
) -> StageFit:
    """Trained on from half of the first rate, with the rows that were set aside; the error is that before.

    Without these rows the stage is what it was before: later stages are judged by that.
    """
    solver: Any = training.solver
    gentle = clone(solver).set_params(learning_rate=solver.learning_rate / 2)
    data = StageData(every, None, start.network, start.beside, cell=training.cell)
    limits = replace(training.limits, max_iter=int(training.last_share * training.limits.max_iter))
    last = minimize(gentle, FullProblem(data, gentle.norm), solution.point.parameters, limits)
    more, _ = _finish(start, _Trained.of(last, fit.status), data, fit.n_iter, limits.clock, alpha)
    losses = [*fit.losses, *more.losses]
    return replace(more, error=fit.error, losses=losses, refit=lambda *_: fit.function)


def _is_short(data: StageData, training: Training, limits: Limits) -> bool:
    """Whether the time ends before the steps do; steps on batches of rows are as cheap as can be."""
    solver, flops = solver_for(data, training)
    return solver.eliminates and not limits.clock.allows("training", flops * limits.max_iter)


def _widening(rival: StageFit, missed: float) -> float:
    """How many times larger than on the rows set aside errors are expected to be elsewhere.

    Both are known of the rival: halfway in digits between their ratio and one, as for series; at least one.
    """
    return math.sqrt(max(1.0, rival.error / missed)) if missed > 0 else 1.0


def _relocate(
    data: StageData, start: Start, solution: Solution[Any], training: Training, limits: Limits
) -> Solution[Any]:
    """With units drawn anew, where they are chosen and steps of Levenberg-Marquardt are affordable."""
    if not start.is_chosen or data.validation is None:
        return solution
    solver, flops = solver_for(data, training)
    if not isinstance(solver, LevenbergMarquardt) or not affordable(flops):
        return solution
    with threads_for(flops):
        problem = eliminate_readout(data)
        return relocate_units(problem, start, solution, solver, training.generator, limits)


def _finish(
    start: Start, trained: _Trained, data: StageData, screened: int, clock: Clock, alpha: float = 0.0
) -> tuple[StageFit, float]:
    """Solve the whole readout once more by an orthogonal method, on the rows that were trained on.

    With the ridge of least held-out error, or without rows held out the given one, and that ridge. Where
    there is no time for all rows the readout is as it was trained, or by some of them.
    """
    samples, held_out = data.samples, data.validation
    theta = trained.theta
    features = start.features_of(theta)
    n_columns = features(samples.t[:1]).shape[1]
    error, given = trained.error, trained.readout
    some = samples.draw(2 * ROWS_PER_PARAMETER * n_columns, torch.Generator().manual_seed(0))
    in_time = affordable(2.0 * samples.n * n_columns**2, 1 / 4) or _in_time(features, samples, some, clock)
    if in_time or given is None or not len(given):
        solved = solve_rows(features, samples if in_time else some)
        if held_out is not None:
            alpha, error = best_ridge(solved, held_out, features(held_out.t))
        given = solved.solve(alpha)
    expansion, readout = _split_readout(start, given.view(n_columns, samples.k), samples)
    function = StageFunction(expansion, *start.network.dense(theta), readout)
    n_iter = screened + trained.n_iter
    n_numbers = start.network.n_parameters + n_columns
    fit = StageFit(function, error, n_iter, trained.status, trained.losses, n_numbers=n_numbers)
    return fit, alpha


def _in_time(features: Features, samples: Samples, some: Samples, clock: Clock) -> bool:
    """Whether there is time to solve for all rows, by how long some of them take."""
    if clock.over or clock.left == math.inf:
        return not clock.over
    before = clock.now()
    solve_rows(features, some)
    return (clock.now() - before) * samples.n / some.n <= clock.left


def _split_readout(start: Start, coefficients: Tensor, samples: Samples) -> tuple[Expansion, Tensor]:
    m, h = len(start.beside.modes), start.network.n_features
    smooth, cosine, sine, readout = torch.split(coefficients, [len(coefficients) - 2 * m - h, m, m, h])
    affine = smooth.new_zeros(1 + samples.d, samples.k)
    affine[: len(smooth)] = smooth
    return Expansion(affine, start.beside.modes, cosine, sine), readout
