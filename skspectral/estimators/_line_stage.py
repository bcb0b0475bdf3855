"""A stage of spectral lines: few tones at frequencies off any lattice, refined by training.

Greedy: the strongest lines of the residual's spectrum join the set, all frequencies are refined
together with their amplitudes eliminated, and the residual is looked at again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .._backend.device import threads_for
from .._backend.least_squares import factorize
from .._backend.samples import Samples
from ..networks import DenseNetwork, StageFunction
from ..solvers import LevenbergMarquardt, Limits, Solution, StageData, eliminate_readout, minimize
from ..spectrum import Periodogram, detect_grid, periodogram, strongest_lines
from ._candidate import FittedParts, constant

# The box is two units wide: lines half a cycle per unit apart are resolved; the spectrum is looked
# at four times finer, well inside the basin of the refinement.
RESOLUTION, STEP = 0.5, 0.125
PER_PASS, SHARE = 8, 0.1
# Most lines per row; once this many lines do worse than the linear stage, it is no line spectrum.
MAX_SHARE, ENOUGH_TO_TELL = 1 / 12, 16
REFINE_STEPS, FINAL_STEPS = 12, 60
WORTHWHILE, ROUNDING = 0.9, 3e-15
MAX_BINS = 3e6


@dataclass(frozen=True)
class _Lines:
    frequencies: Tensor  # shape: (m, d)
    solution: Solution | None
    error: float

    def beyond(self, highest: Tensor) -> bool:
        """Whether a line has left the band."""
        return bool((self.frequencies.abs() > highest).any())


def fit_lines(samples: Samples, limits: Limits, to_beat: float) -> FittedParts | None:
    """Lines with the least error found, or None where they do not beat `to_beat`."""
    lines, n_iter = _Lines(samples.t[:0], None, 1.0), 0
    highest = _highest(samples)
    while len(lines.frequencies) < MAX_SHARE * samples.n and lines.error > ROUNDING:
        found = strongest_lines(
            _spectrum(samples, lines), lines.frequencies, RESOLUTION, PER_PASS, SHARE
        )
        found = found[(found.abs() <= highest).all(1)]
        if not len(found):
            break
        grown = torch.cat([lines.frequencies, found])
        trial = _refine(samples, grown, replace(limits, max_iter=REFINE_STEPS))
        n_iter += REFINE_STEPS
        hopeless = len(grown) >= ENOUGH_TO_TELL and trial.error > to_beat
        if hopeless or trial.beyond(highest) or trial.error > WORTHWHILE * lines.error:
            break
        lines = trial
    if lines.solution is None or not lines.error < to_beat:
        return None
    refined = _refine(samples, lines.frequencies, replace(limits, max_iter=FINAL_STEPS))
    return _finish(samples, lines if refined.beyond(highest) else refined, n_iter)


def _highest(samples: Samples) -> Tensor:
    """Cycles per unit of t, per axis, up to which a line is told from its alias on the nodes of a grid.

    Two lines on either side of the Nyquist frequency, or one upon it, may be as large as they like.
    """
    grid = detect_grid(samples.t)
    limits = grid.nyquist() if grid is not None else (math.inf,) * samples.d
    return samples.t.new_tensor(limits) / (2 * math.pi) - RESOLUTION / 2


def _spectrum(samples: Samples, lines: _Lines) -> Periodogram:
    """Of what the lines so far leave."""
    root = samples.root_weight
    residual = samples.y if lines.solution is None else lines.solution.point.residual / root
    nyquist = samples.n ** (1 / samples.d) / 4
    reach = min(int(nyquist / STEP), int(MAX_BINS ** (1 / samples.d) / 2))
    return periodogram(samples.t, residual * root.square(), STEP, max(reach, 4))


def _network(samples: Samples, count: int) -> DenseNetwork:
    return DenseNetwork((samples.d, count), ("pair",), (0,))


def _refine(samples: Samples, frequencies: Tensor, limits: Limits) -> _Lines:
    network = _network(samples, len(frequencies))
    data = StageData(samples, None, network, lambda t: torch.ones_like(t[:, :1]))
    bias = frequencies.new_zeros(1, len(frequencies))
    theta = torch.cat([2 * math.pi * frequencies.T, bias]).reshape(-1)
    with threads_for(2.0 * samples.n * len(theta) ** 2):
        solution = minimize(LevenbergMarquardt(), eliminate_readout(data), theta, limits)
    refined = network.weights(solution.point.theta)[0][:-1].T / (2 * math.pi)
    return _Lines(refined, solution, _corrected(samples, solution, len(frequencies)))


def _corrected(samples: Samples, solution: Solution, count: int) -> float:
    """Root mean square residual as rows left out would show it: n over the freedom that is left."""
    freedom = 1 + count * (2 + samples.d)
    return math.sqrt(solution.point.loss) * samples.n / max(1, samples.n - freedom)


def _finish(samples: Samples, lines: _Lines, n_iter: int) -> FittedParts:
    assert lines.solution is not None
    network, theta = _network(samples, len(lines.frequencies)), lines.solution.point.theta
    root = samples.root_weight

    def rows(block: slice) -> Tensor:
        t = samples.t[block]
        return torch.cat([torch.ones_like(t[:, :1]), network.features(theta, t)], 1) * root[block]

    coefficients = factorize(rows, samples.y * root, 1 + network.n_features).solve()
    series = constant(coefficients[0], samples.d)
    function = StageFunction(series, network, theta, coefficients[1:])
    solution = lines.solution
    n_iter += solution.n_iter
    return FittedParts(function, lines.error, n_iter, solution.status, solution.losses)
