"""A linear stage: the best series for the rows at hand, cut to the wanted number of modes."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from .._backend.least_squares import factorize
from .._backend.samples import Samples
from ..networks import Expansion, affine_features, fourier_features
from ..spectrum import Grid, GriddedRows, detect_gaps, detect_grid
from ._candidate import Candidate, LinearOptions
from ._linear_gaps import fit_with_gaps
from ._linear_grid import fit_on_grid
from ._linear_scattered import fit_scattered

# Rows that tell whether few modes do better than all cosines of a grid with gaps.
PROBE = 1500
# Error on a line above which all cosines are tried, and the share of it that they must reach.
ROUGH, BETTER = 1e-3, 0.7


def fit_linear(samples: Samples, options: LinearOptions) -> Candidate | None:
    """The best linear stage found, or None where not even one mode fits."""
    grid = detect_grid(samples.t)
    if grid is not None and samples.d > 1 and not samples.equally_weighted:
        grid = None
    if options.max_modes is None:
        return _fit(samples, grid, options)
    lowest = _fit(samples, grid, options)
    whole = _fit(samples, grid, replace(options, max_modes=None))
    fits = [fit for fit in (lowest, _cut(samples, grid, whole, options)) if fit is not None]
    return min(fits, key=lambda fit: fit.score, default=None)


def _fit(samples: Samples, grid: Grid | None, options: LinearOptions) -> Candidate | None:
    gaps = _gaps(samples, grid, options)
    if grid is None:
        return fit_scattered(samples, options) if gaps is None else _in_plane(samples, gaps, options)
    few = fit_on_grid(samples, grid, options)
    return few if gaps is None else _on_line(samples, few, gaps, options)


def _gaps(samples: Samples, grid: Grid | None, options: LinearOptions) -> GriddedRows | None:
    """The grid that has gaps, where all its cosines may be used; on a line it may as well be full."""
    free = options.max_modes is None and options.extension is None and samples.equally_weighted
    return detect_gaps(samples.t) if free and (grid is None or samples.d == 1) else None


def _on_line(
    samples: Samples, few: Candidate | None, gaps: GriddedRows, options: LinearOptions
) -> Candidate | None:
    """All cosines where few modes leave much: sound has more lines than a ladder has rungs."""
    if few is not None and few.score < ROUGH:
        return few
    every = fit_with_gaps(samples, gaps, options)
    return every if few is None or every.score < BETTER * few.score else few


def _in_plane(samples: Samples, gaps: GriddedRows, options: LinearOptions) -> Candidate | None:
    """All cosines, or few modes as for scattered rows, where the target is smooth."""
    every = fit_with_gaps(samples, gaps, options)
    probe = fit_scattered(_spread(samples, PROBE), options)
    if probe is None or probe.score > every.score:
        return every
    few = fit_scattered(samples, options)
    return few if few is not None and few.score < every.score else every


def _spread(samples: Samples, most: int) -> Samples:
    """At most so many rows, evenly through their order."""
    if samples.n <= most:
        return samples
    last, device = samples.n - 1, samples.t.device
    rows = torch.linspace(0, last, most, dtype=torch.float64, device=device).round()
    return samples.take(rows.to(torch.int64))


def _cut(
    samples: Samples, grid: Grid | None, whole: Candidate | None, options: LinearOptions
) -> Candidate | None:
    """The strongest modes of a series, their amplitudes refitted unless they stand alone."""
    assert options.max_modes is not None
    if whole is None or whole.expansion.n_modes <= options.max_modes:
        return whole
    expansion = whole.expansion
    power = (expansion.cosine.square() + expansion.sine.square()).sum(1)
    chosen = torch.argsort(power, descending=True, stable=True)[: options.max_modes]
    if grid is not None and _orthogonal(samples, grid, expansion):
        return _truncated(samples, expansion, chosen)
    return refit(samples, expansion.frequencies[chosen], options.alpha or 0.0, expansion.step)


def _orthogonal(samples: Samples, grid: Grid, expansion: Expansion) -> bool:
    """Whether the modes are harmonics of a uniform grid that is one period long, end left out."""
    if expansion.step is None or not samples.equally_weighted:
        return False
    return all(
        grid.uniform(i) and abs(float((t[1] - t[0]) * len(t) * expansion.step[i]) - 1) < 1e-9
        for i, t in enumerate(grid.axes)
    )


def _truncated(samples: Samples, expansion: Expansion, chosen: Tensor) -> Candidate:
    """Some modes of an orthogonal set: the others' amplitudes stay; every row has one leverage."""
    kept = Expansion(
        expansion.affine,
        expansion.frequencies[chosen],
        expansion.cosine[chosen],
        expansion.sine[chosen],
        expansion.step,
    )
    rank = 1 + 2 * len(chosen)
    error = samples.rms(samples.y - kept(samples.t)) / (1 - rank / samples.n)
    return Candidate(kept, error, error, rank)


def refit(
    samples: Samples, frequencies: Tensor, alpha: float = 0.0, step: Tensor | None = None
) -> Candidate:
    """Amplitudes of given modes, beside a plane, by an orthogonal method."""
    root, m, a = samples.root_weight, len(frequencies), 1 + samples.d

    def rows(block: slice) -> Tensor:
        t = samples.t[block]
        features = torch.cat([affine_features(t), fourier_features(t, frequencies)], 1)
        return features * root[block]

    solved = factorize(rows, samples.y * root, a + 2 * m)
    scores, errors = solved.leave_one_out([alpha])
    affine, cosine, sine = solved.solve(alpha).split([a, m, m])
    expansion = Expansion(affine, frequencies, cosine, sine, step)
    rank = solved.effective_rank(alpha)
    return Candidate(expansion, math.sqrt(scores[0]), math.sqrt(errors[0]), rank)
