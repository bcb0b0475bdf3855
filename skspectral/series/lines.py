"""A stage of spectral lines: few tones at frequencies off any lattice, refined by training.

Greedy: the strongest lines of the residual's spectrum join the set, all frequencies are refined
together with their amplitudes eliminated, and the residual is looked at again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .._backend.blocks import BLOCK_BYTES
from .._backend.budget import affordable, memory_flops
from .._backend.clock import Clock
from .._backend.samples import Samples
from .._backend.threads import threads_for
from ..networks import DenseNetwork, StageFunction, affine_features
from ..selection import (
    ROUNDING,
    ROWS_PER_PARAMETER,
    WORTHWHILE,
    Progress,
    StageFit,
    affine_part,
    solve_rows,
)
from ..solvers import (
    FEW_STEPS,
    EliminatedPoint,
    LevenbergMarquardt,
    Limits,
    Solution,
    StageData,
    Status,
    eliminate_readout,
    minimize,
)
from ..spectrum import (
    Grid,
    Periodogram,
    frequency_step,
    mean_nyquist,
    periodogram,
    resolution,
    strongest_lines,
)
from .periods import find_periods

# Lines that one pass adds at most, and peaks of which it takes the best period. Where those of two passes
# do worse than the linear stage, the spectrum does not consist of lines.
LINES_PER_PASS = 8


@dataclass(frozen=True)
class _Lines:
    frequencies: Tensor  # shape: (m, d)
    solution: Solution[EliminatedPoint] | None
    error: float

    def beyond(self, highest: Tensor) -> bool:
        """Whether a line has left the band."""
        return bool((self.frequencies.abs() > highest).any())


def fit_lines(samples: Samples, progress: Progress, limits: Limits, to_beat: float) -> StageFit | None:
    """Lines with the least error found, beside a plane, or None where they do not beat `to_beat`.

    They are found on the rows that are not set aside: lines of chance meet these alone.
    """
    grid = progress.design.grid
    if grid is not None and _most_lines(min(grid.shape), 1) < 1:  # few nodes hold no frequency
        return None
    rows, judge = progress.split(samples)
    highest = _highest(samples, grid)
    lines, n_iter = _found(rows, highest, limits, to_beat)
    if lines.solution is None or not _missed(rows, judge, lines) < to_beat:
        return None
    if not limits.clock.over:
        finer = _refine(rows, lines.frequencies, replace(limits, max_iter=5 * FEW_STEPS))
        lines = lines if finer.beyond(highest) else finer
    error = _missed(rows, judge, lines)
    if judge is not None and error < to_beat and not limits.clock.over:
        whole = _refine(samples, lines.frequencies, replace(limits, max_iter=FEW_STEPS))
        lines = lines if whole.beyond(highest) else whole
    if not error < to_beat:
        return None
    return _parts(samples, lines, error, n_iter + 5 * FEW_STEPS, limits.clock)


def search_flops(samples: Samples) -> float:
    """Operations until the first lines are judged: a nonuniform transform, a step of training, readouts.

    A transform has four nodes of an axis for each frequency up to its reach, and takes 65 ns for a node,
    which is as long as 3,000 operations of the budget take: 50 to 92 ns for 1,000 to 2 million rows of two
    and three inputs. Of a step and its readouts most of the time goes to memory: 9 seconds for two million
    rows of three inputs, after 6 of the transform.
    """
    transform = 3e3 * (4.0 * _reach(samples)) ** samples.d
    columns = _n_numbers(LINES_PER_PASS, samples.d)
    return transform + memory_flops(samples.n, columns) + _flops(samples, LINES_PER_PASS)


def _flops(samples: Samples, count: int) -> float:
    """Operations of a few steps of so many lines."""
    return 2.0 * FEW_STEPS * samples.n * _n_numbers(count, samples.d) ** 2


def few_lines(samples: Samples, grid: Grid | None, most: int, clock: Clock) -> Tensor | None:
    """Frequencies (m, d) of at most so many lines, refined; None where there are none, or it takes long.

    None, too, where lines have come closer than a step of the spectrum. Amplitudes of such lines cancel
    (1e6 on four lines of a growing sine), and no later stage brings back the digits that this loses.
    """
    if not affordable(_flops(samples, most)):
        return None
    limits = Limits(FEW_STEPS, clock)
    lines, _ = _found(samples, _highest(samples, grid), limits, math.inf, most)
    if lines.solution is None or bool((torch.pdist(lines.frequencies) < frequency_step(samples.t)).any()):
        return None
    return lines.frequencies


def fit_periods(samples: Samples, progress: Progress) -> StageFit | None:
    """Periods shorter than twice the mean step of the uneven rows of a line, each with its harmonics."""
    grid = progress.design.grid
    if samples.d > 1 or (grid is not None and grid.uniform(0)):
        return None
    rows, judge = progress.split(samples)
    periods = find_periods(rows, _most_lines(rows.n, 1), LINES_PER_PASS)
    if periods is None:
        return None

    def refit(samples: Samples, _hidden: Tensor) -> StageFunction:
        return _read_out(samples, _theta(periods.refined(samples).frequencies))

    function, n_numbers = refit(samples, samples.t), periods.n_numbers
    own = rows.rms(rows.y - refit(rows, rows.t)(rows.t, rows.t)[0]) * rows.n / max(1, rows.n - n_numbers)
    error = max(own, _aside(judge, refit(rows, rows.t)))
    return StageFit(function, error, 0, Status.SOLVED, [], refit, n_numbers=n_numbers, goes_on=(True,))


def _found(
    rows: Samples, highest: Tensor, limits: Limits, to_beat: float, most: float = math.inf
) -> tuple[_Lines, int]:
    """Lines taken from the spectrum of what the others leave, while that pays; iterations."""
    lines, n_iter = _Lines(rows.t[:0], None, rows.rms()), 0
    most = min(most, _most_lines(rows.n, rows.d))
    while len(lines.frequencies) < most and lines.error > ROUNDING and not limits.clock.over:
        count = min(LINES_PER_PASS, math.ceil(most - len(lines.frequencies)))
        found = strongest_lines(_spectrum(rows, lines), lines.frequencies, resolution(rows.t), count)
        found = found[(found.abs() <= highest).all(1)]
        if not len(found):
            break
        grown = torch.cat([lines.frequencies, found])
        trial = _refine(rows, grown, replace(limits, max_iter=FEW_STEPS))
        limits.clock.recorder.note(trial.error)
        n_iter += FEW_STEPS
        hopeless = len(grown) >= 2 * LINES_PER_PASS and trial.error > to_beat
        if hopeless or trial.beyond(highest) or trial.error > WORTHWHILE * lines.error:
            break
        lines = trial
    return lines, n_iter


def _highest(samples: Samples, grid: Grid | None) -> Tensor:
    """Cycles per unit of t, per axis, up to which a line is told from its alias on the nodes of a grid.

    Two lines on either side of the Nyquist frequency, or one upon it, may be as large as they like.
    """
    limits = grid.nyquist() if grid is not None else (math.inf,) * samples.d
    return samples.t.new_tensor(limits) / (2 * math.pi) - resolution(samples.t) / 2


def _spectrum(samples: Samples, lines: _Lines) -> Periodogram:
    """Of what the lines so far leave."""
    root = samples.root_weight
    residual = samples.y if lines.solution is None else lines.solution.point.residual / root
    return periodogram(samples.t, residual * root.square(), frequency_step(samples.t), _reach(samples))


def _reach(samples: Samples) -> int:
    """Steps of the spectrum along an axis, up to what the rows resolve on average."""
    nyquist = mean_nyquist(samples.n ** (1 / samples.d)) / (2 * math.pi)
    most = BLOCK_BYTES / 16  # complex sums
    return max(4, min(int(nyquist / frequency_step(samples.t)), int(most ** (1 / samples.d) / 2)))


def _network(samples: Samples, count: int) -> DenseNetwork:
    return DenseNetwork((samples.d, count), ("pair",), (0,))


def _theta(frequencies: Tensor) -> Tensor:
    """Of the network: angular frequencies, and no phases."""
    return torch.cat([2 * math.pi * frequencies.T, frequencies.new_zeros(1, len(frequencies))]).reshape(-1)


def _refine(samples: Samples, frequencies: Tensor, limits: Limits) -> _Lines:
    network, theta = _network(samples, len(frequencies)), _theta(frequencies)
    data = StageData(samples, None, network, affine_features)
    with threads_for(2.0 * samples.n * len(theta) ** 2):
        solution = minimize(LevenbergMarquardt(), eliminate_readout(data), theta, limits)
    refined = network.weights(solution.point.theta)[0][:-1].T / (2 * math.pi)
    return _Lines(refined, solution, _corrected(samples, solution, len(frequencies)))


def _corrected(samples: Samples, solution: Solution[EliminatedPoint], count: int) -> float:
    """Root mean square residual as rows left out would show it: n over the freedom that is left."""
    freedom = _n_numbers(count, samples.d)
    return math.sqrt(solution.point.loss) * samples.n / max(1, samples.n - freedom)


def _most_lines(n: int, d: int) -> int:
    """How many lines n rows bear out, beside a plane."""
    return int((n / ROWS_PER_PARAMETER - _n_numbers(0, d)) / (_n_numbers(1, d) - _n_numbers(0, d)))


def _n_numbers(count: int, d: int) -> int:
    """Of a plane, and of so many lines: frequency and two amplitudes."""
    return 1 + d + count * (2 + d)


def _parts(samples: Samples, lines: _Lines, error: float, n_iter: int, clock: Clock) -> StageFit:
    assert lines.solution is not None
    solution, n_numbers = lines.solution, _n_numbers(len(lines.frequencies), samples.d)

    def refit(samples: Samples, _hidden: Tensor) -> StageFunction:
        again = _refine(samples, lines.frequencies, Limits(FEW_STEPS, clock)).solution
        assert again is not None
        return _read_out(samples, again.point.theta)

    function, losses = _read_out(samples, solution.point.theta), solution.losses
    goes_on = (True,) * samples.d
    return StageFit(
        function, error, n_iter, solution.status, losses, refit, n_numbers=n_numbers, goes_on=goes_on
    )


def _missed(rows: Samples, judge: Samples | None, lines: _Lines) -> float:
    """The error on the rows set aside, or what those fitted make of it where that is more."""
    assert lines.solution is not None
    return max(lines.error, _aside(judge, _read_out(rows, lines.solution.point.theta)))


def _aside(judge: Samples | None, function: StageFunction) -> float:
    """The error on the rows set aside, where there are any."""
    return 0.0 if judge is None else judge.rms(judge.y - function(judge.t, judge.t)[0])


def _read_out(samples: Samples, theta: Tensor) -> StageFunction:
    network = _network(samples, len(theta) // (samples.d + 1))

    def features(t: Tensor) -> Tensor:
        return torch.cat([affine_features(t), network.features(theta, t)], 1)

    coefficients = solve_rows(features, samples).solve()
    plane, readout = coefficients.tensor_split([1 + samples.d])
    return StageFunction(affine_part(plane), network, theta, readout)
