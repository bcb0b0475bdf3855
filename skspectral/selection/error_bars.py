"""The standard deviation of the error of a prediction, place by place: a level times a shape.

Notation
--------
The variance at t is level^2 (h(t) / mean h + r(t)^2 / mean r^2) / 2. h is the leverage that a place has in
a polynomial on the rows, which is large at the rim; r is the distance to the nearest rows, which is large
in holes. Without noise this is multiplied by how large errors of rows left out are near t, where these are
known (`local_errors`). The means are over the places that the rows cover: there the level is the root mean
square. It is nowhere less than the square of what the rows are missed by. Where that is noise its level is
known at the rows, and the mean of h is over these: places between clusters have a hundred times the
leverage, and bars within were a tenth of the errors.

Farther from the rows than all of these, digits are lost evenly: none is left half the width of the box on.

Of 220 fits of `benchmarks.trust`, 1200 rows at most, the mean of both describes errors best: their negative
log-likelihood is 0.04 to 0.3 lower than with a constant, 0.03 to 0.15 lower than with h alone. With r^4
instead of r^2 errors within two standard deviations fall from 94 to 92 % with noise.

Between the two nodes of an axis that has no more, at +-1, b^2 (1 - t^2)^2 is added: b is how much other
axes bend from the line between their ends. No row shows it, and a grid of two parabolas was met to 3e-6
of y and missed by 1.4 in between.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import stdtrit
from torch import Tensor

from .._backend.device import EPS
from ..linalg.least_squares import MIN_FREEDOM
from ..linalg.normal_equations import cholesky, half_solved
from ..linalg.polynomials import between, grown
from ..networks import polynomial_features
from ..spectrum import Grid, probes
from .followed import growth_allowed
from .local_errors import LocalErrors
from .places import bend
from .progress import Progress


@dataclass(frozen=True)
class ErrorBars:
    """What standard deviations are made of: NumPy on the CPU, scaled units; some of the rows are kept.

    `nodes` are those of each axis of a grid, else one table of scattered rows. `rank` is the number of
    coefficients that the data determined.
    """

    level: np.ndarray  # shape: (k,)
    left: np.ndarray  # what the rows are missed by, noise excluded, shape: (k,)
    size: np.ndarray  # of y about its mean, shape: (k,)
    nodes: tuple[np.ndarray, ...]
    on_grid: bool
    grouped: bool  # scattered rows along tracks or planes
    degree: int
    factor: np.ndarray  # of the Gram matrix of the polynomials, shape: (q, q)
    means: np.ndarray  # of the leverage, the squared distance, and all of it, at places that the rows cover
    reach: float  # the largest distance of these
    bend: np.ndarray  # along axes of two nodes, 0 along others, shape: (d, k)
    rank: float
    local: LocalErrors | None = None

    def __call__(self, t: Tensor) -> Tensor:
        """Standard deviations (n, k) at scaled coordinates (n, d), in units of the samples.

        At most the size of y, and that much more for each unit of distance from the rows.
        """
        far = torch.finfo(t.dtype).max ** 0.25
        t = t.clamp(-far, far)  # squares of squares are finite
        distance = _distance(t, self.nodes, self.on_grid)
        level, size = _like(self.level, t), _like(self.size, t)
        most = torch.maximum(level, size)
        growth = growth_allowed(float((level / most.clamp_min(EPS)).max()))
        followed = between(t, grown(growth, t.new_full(t.shape[1:], self.degree)))
        leverage = _leverage(followed, self.degree, _like(self.factor, t))
        shape = _shape(t, leverage, distance, self.means, self.local) / self.means[2]
        lost = torch.where(level > 0, most / level, 1.0) ** (distance - self.reach).clamp(0, 1)[:, None]
        spread = torch.maximum(_like(self.left, t), level * shape.sqrt()[:, None])
        known = torch.minimum(lost * spread, most * (1 + distance[:, None]))
        if not self.bend.any():
            return known
        bent = (1 - t.square()).clamp_min(0).square() @ _like(self.bend, t).square()
        return (known.square() + bent).sqrt()

    @property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the rows that are kept, along each axis, shapes (d,)."""
        low = np.hstack([nodes.min(0) for nodes in self.nodes])
        return low, np.hstack([nodes.max(0) for nodes in self.nodes])

    @property
    def row_bytes(self) -> int:
        """Memory that one row needs on its way through."""
        local = 0 if self.local is None else self.local.rows.size
        return 16 * (sum(map(np.size, self.nodes)) + len(self.factor) + local)


def error_bars(progress: Progress, noise: bool, rank_before: float) -> ErrorBars:
    """Those of the stages so far; `noise` says that what is left is noise, which they leave out.

    `rank_before` is the rank of the stages of an earlier fit.
    """
    samples, grid = progress.residual, progress.design.grid
    numbers = [stage.parts.n_numbers for stage in progress.stages]
    rank = max(1.0, rank_before + sum(filter(math.isfinite, numbers)))
    nodes = _kept(samples.t, grid)
    some = samples.take(torch.arange(samples.n, device=samples.t.device)[probes(samples.n)])
    degree = _degree(min(rank, math.sqrt(some.n)), samples.d)
    features = polynomial_features(some.t, _degrees(degree, samples.t)) * some.root_weight
    gram = features.T @ features
    gram.diagonal().add_(EPS**0.5 * gram.diagonal().mean())  # along a constant column all is zero
    factor = cholesky(gram)
    places = progress.design.places
    distance = _distance(places, nodes, grid is not None)
    leverage = _leverage(some.t if noise else places, degree, factor)
    local = None if noise else _local(progress)
    means = np.array([float(leverage.mean()), float(distance.square().mean()), 1.0])
    if local is not None:
        means[2] = float(_shape(places, leverage, distance, means, local).mean())
    square = _noise_free(progress, rank) if noise else _unexplained(progress)
    level = _few_tell(progress.design.n_groups) * square.sqrt()
    left = _mean_squares(samples.weight, 0 * samples.y if noise else samples.y).sqrt()
    return ErrorBars(
        level.cpu().numpy(),
        torch.minimum(left, level).cpu().numpy(),
        _mean_squares(samples.weight, progress.targets).sqrt().cpu().numpy(),
        nodes,
        grid is not None,
        grid is None and progress.design.grouped,
        degree,
        factor.cpu().numpy().copy(),
        means,
        float(distance.max()),
        bend(grid, progress.fitted).cpu().numpy().copy(),
        rank,
        local,
    )


def _local(progress: Progress) -> LocalErrors | None:
    """Where the last stage shows it: rows of tracks that are left out say nothing of what is between."""
    if not progress.stages or progress.design.grouped or progress.heldout_error <= progress.floor:
        return None
    left_out = progress.stages[-1].parts.left_out
    return None if left_out is None else LocalErrors.of(left_out)


def _shape(
    t: Tensor, leverage: Tensor, distance: Tensor, means: np.ndarray, local: LocalErrors | None
) -> Tensor:
    """Variances at places (n, d) of such leverages and distances, up to a factor, shape (n,)."""
    shape = leverage / float(means[0])
    if means[1] > 0:
        shape = (shape + distance.square() / float(means[1])) / 2
    return shape if local is None else shape * local(t)


def _noise_free(progress: Progress, rank: float) -> Tensor:
    """Mean square error, noise excluded, of each output (k,) where what is left is noise.

    With noise s^2 the function is missed by s^2 r/n for r coefficients of n rows (Mallows 1973,
    Technometrics 15), and by what series leave out, which are as long as makes the one like the other.
    With 1.5 instead of 2 errors within two standard deviations fall from 91 to 87 % on 24 random lines, and
    with 1 to 88 % of all fits of `benchmarks.trust`.

    What m rows set aside are missed by beyond these and the noise is known to s^2 sqrt(2/m), and counts as
    far as it is larger.
    """
    left = _mean_squares(progress.residual.weight, progress.residual.y)
    total, share, new = float(left.sum()), rank / progress.residual.n, progress.heldout_error**2
    noise, aside = min(total / max(1 - share, MIN_FREEDOM), new), progress.design.aside
    chance = noise * math.sqrt(2 / (progress.residual.n if aside is None else float(aside.sum())))
    hidden = max(0.0, new - total - 2 * noise * share - chance)
    square: Tensor = left * ((2 * noise * share + hidden) / total)
    return square


def _few_tell(n_groups: int) -> float:
    """What a level counts for that is known from few groups of rows: Student's t at two deviations."""
    two_deviations = math.erf(2**0.5) / 2 + 0.5
    return float(stdtrit(n_groups, two_deviations)) / 2 if n_groups else 1.0


def _unexplained(progress: Progress) -> Tensor:
    """Mean square error to be expected of each output (k,).

    In proportion to what is missed on the rows set aside. Where the last stage has seen these, what is left
    distinguishes outputs, and each is charged with all that the rows do not show, up to its size.
    """
    weight, aside = progress.residual.weight, progress.design.aside
    new = progress.residual.y.new_tensor(progress.heldout_error).square()
    if aside is not None and progress.pending is None:
        missed = _mean_squares(weight[aside], progress.unseen[aside])
        if bool(missed.sum() > 0):
            return new * (missed / missed.sum())
    left = _mean_squares(weight, progress.residual.y)
    size = _mean_squares(weight, progress.targets)
    hidden = (new - left.sum()).clamp_min(0)
    return torch.minimum(new, left + torch.minimum(hidden, size))


def _mean_squares(weight: Tensor, values: Tensor) -> Tensor:
    """Weighted means over rows, shape (k,)."""
    means: Tensor = (weight[:, None] * values.square()).sum(0) / weight.sum()
    return means


def _kept(t: Tensor, grid: Grid | None) -> tuple[np.ndarray, ...]:
    """Nodes of each axis, or rows; of many as many, evenly picked, as a typical distance needs."""
    if grid is None:
        return (t[probes(t.numel() // 2)].cpu().numpy().copy(),)
    ends = (torch.cat([axis[probes(len(axis))], axis[-1:]]) for axis in grid.axes)
    return tuple(torch.unique(axis).cpu().numpy() for axis in ends)


def _distance(t: Tensor, nodes: tuple[np.ndarray, ...], on_grid: bool) -> Tensor:
    """Distance of places (m, d) to a node of a grid, or the mean of those to d + 1 rows, shape (m,)."""
    if not on_grid:
        rows = _like(nodes[0], t)
        apart = torch.cdist(t, rows, compute_mode="donot_use_mm_for_euclid_dist")
        nearest: Tensor = apart.topk(min(1 + t.shape[1], len(rows)), largest=False).values
        return nearest.mean(1)
    pieces = []
    for column, axis in zip(t.T.contiguous(), nodes):
        line = _like(axis, t)
        after = torch.searchsorted(line, column).clamp_max(len(line) - 1)
        pieces.append(
            torch.minimum((column - line[after]).abs(), (column - line[(after - 1).clamp_min(0)]).abs())
        )
    distance: Tensor = torch.stack(pieces).square().sum(0).sqrt()
    return distance


def _degree(most: float, d: int) -> int:
    """The highest degree of which there are at most so many products in d inputs; 0 at least."""
    degree = 0
    while math.comb(d + degree + 1, d) <= most:
        degree += 1
    return degree


def _degrees(degree: int, like: Tensor) -> Tensor:
    """Degrees (q, d) of all products up to a degree in all."""
    rows: list[tuple[int, ...]] = [()]
    for _ in range(like.shape[1]):
        rows = [(*row, more) for row in rows for more in range(degree + 1 - sum(row))]
    return torch.tensor(rows, dtype=torch.int64, device=like.device)


def _leverage(t: Tensor, degree: int, factor: Tensor) -> Tensor:
    """Of places (m, d) in the polynomial, shape (m,)."""
    degrees = _degrees(degree, t)
    features = polynomial_features(t, degrees)
    return half_solved(factor, features.T).square().sum(0)


def _like(array: np.ndarray, t: Tensor) -> Tensor:
    return torch.from_numpy(array).to(t)
