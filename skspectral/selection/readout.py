"""Linear readouts, and the error that is to be expected of them at a place that the rows cover.

Notation
--------
A ridge alpha, relative to the largest singular value squared, filters each singular value s of features;
the spread of a place x is 1 + phi(x)^T (A^T A + alpha s_1^2 I)^-1 phi(x): up to a factor the variance of
what is missed there, the noise and what the fit makes of it (leverage; in Kriging, the posterior variance).
A row of leverage h, left out, is missed by its residual r over 1 - h, and has the spread 1 / (1 - h).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .._backend.samples import MAX_SPATIAL_INPUTS, Samples
from ..linalg.least_squares import Factorization, RidgeFit, factorize, fit_ridge
from ..networks import Expansion
from .design import Design

Features = Callable[[Tensor], Tensor]  # (n, d) -> (n, q)


@dataclass(frozen=True)
class Readout:
    """A solved readout; fits of one family are chosen by `score`, and `expected_error` is published.

    `left_out` is the error on rows, or groups of rows, left out one by one. `again` solves for the same on
    other rows, judged by these alone.
    """

    coefficients: Tensor  # shape: (q, k)
    alpha: float
    score: float
    left_out: float
    rank: float
    white: float  # root mean square of what is left, for the freedom that is left
    spread: Callable[[Tensor], Tensor]  # coordinates (m, d) -> (m,)
    again: Callable[[Samples], Readout]


def fit_readout(features: Features, samples: Samples, design: Design, alphas: list[float]) -> Readout:
    """The readout with the best of the ridges, by an SVD.

    Chosen by leave-one-out errors, or, where rows are grouped, by the errors on groups left out.
    """
    solved = solve_rows(features, samples)
    scores, errors, whites = (x.sqrt().tolist() for x in solved.leave_one_out(alphas))
    if design.grouped:
        between = _between_groups(features, samples, design, alphas, solved)
        scores = errors = [max(pair) for pair in zip(whites, between)]
    best = min(range(len(alphas)), key=scores.__getitem__)
    alpha = alphas[best]

    def spread(t: Tensor) -> Tensor:
        return solved.spread(features(t), [alpha])[:, 0]

    def again(samples: Samples) -> Readout:
        return fit_readout(features, samples, replace(design, grouped=False), [alpha])

    solution, rank = solved.solve(alpha), solved.effective_rank(alpha)
    return Readout(solution, alpha, scores[best], errors[best], rank, whites[best], spread, again)


def fit_wide_readout(features: Features, samples: Samples, design: Design, alphas: list[float]) -> Readout:
    """The same for many columns, by a QR for each ridge."""
    aside = design.aside
    if not design.grouped or aside is None:
        fits = [_wide(features, samples, alpha) for alpha in alphas]
        return min(fits, key=lambda fit: fit.score)
    stay, left = samples.take(~aside), samples.take(aside)
    fits = [_wide(features, stay, alpha) for alpha in alphas]
    missed = [missed_by(features, fit.coefficients, left) for fit in fits]
    best = min(range(len(alphas)), key=missed.__getitem__)
    whole = fits[best].again(samples)
    ratio = widening(fits[best].spread(left.t), whole.spread(design.places))
    error = max(whole.white, missed[best] * float(ratio))
    return replace(whole, score=error, left_out=error)


def _wide(features: Features, samples: Samples, alpha: float) -> Readout:
    t, root = samples.t, samples.root_weight
    n_columns = features(t[:1]).shape[1]
    fit: RidgeFit = fit_ridge(
        lambda rows: features(t[rows]) * root[rows], samples.y * root, n_columns, alpha
    )
    return Readout(
        fit.coefficients,
        alpha,
        math.sqrt(fit.score),
        math.sqrt(fit.error),
        n_columns,
        math.sqrt(fit.white),
        lambda t: fit.spread(features(t)),
        lambda samples: _wide(features, samples, alpha),
    )


def solve_rows(features: Features, samples: Samples) -> Factorization:
    """The least-squares problem of the rows, factorized."""
    t, root = samples.t, samples.root_weight
    n_columns = features(t[:1]).shape[1]
    return factorize(lambda rows: features(t[rows]) * root[rows], samples.y * root, n_columns)


def expected_error(features: Features, samples: Samples, design: Design, readout: Readout) -> float:
    """The error of a readout at the places that the rows claim to cover.

    What the fit makes of its own variance there knows of the holes between rows, but not of what the
    features cannot be; rows left out know of that, but are met at the rim, where it is largest. So it is
    halfway between the two in digits, and never below the first. Groups left out measure what lies between
    the rows already. In more inputs than places can be found in, it is the error left out.
    """
    left_out = readout.left_out
    if not design.grouped:
        left_out = max(left_out, _missed_together(features, samples, design, readout))
    if samples.d > MAX_SPATIAL_INPUTS:
        return left_out
    own = readout.white * math.sqrt(float(readout.spread(design.places).mean()))
    return max(own, left_out if design.grouped else math.sqrt(own * left_out))


def _missed_together(features: Features, samples: Samples, design: Design, readout: Readout) -> float:
    """The error on the rows set aside, over the spread of their places.

    Rows of leverage near one show nothing when they are left out one by one: their neighbors are as far
    away as the holes are.
    """
    if design.aside is None:
        return 0.0
    again, left = readout.again(samples.take(~design.aside)), samples.take(design.aside)
    missed = missed_by(features, again.coefficients, left)
    if samples.d > MAX_SPATIAL_INPUTS:
        ratio = readout.left_out / again.left_out if again.left_out > 0 else 1.0
    else:
        ratio = math.sqrt(float(readout.spread(design.places).mean() / again.spread(left.t).mean()))
    return missed * min(1.0, ratio)


def missed_aside(samples: Samples, aside: Tensor | None, refit: Callable[[Samples], Expansion]) -> float:
    """Root mean square error on rows set `aside` (n,), fitted without them; 0 where none are."""
    if aside is None:
        return 0.0
    left = samples.take(aside)
    return left.rms(left.y - refit(samples.take(~aside))(left.t))


def missed_by(features: Features, coefficients: Tensor, samples: Samples) -> float:
    """Root mean square error of a readout on rows."""
    return samples.rms(samples.y - features(samples.t) @ coefficients)


def widening(apart: Tensor, places: Tensor) -> Tensor:
    """What errors on groups left out are times at places, by the spreads (m, ..) of both.

    Halfway, in digits, between nothing and what the fit makes of the spreads: the groups leave holes twice
    as wide, but the fit need not know how it changes across them.
    """
    return ((places.log().mean(0) - apart.log().mean(0)) / 4).exp()


def _between_groups(
    features: Features,
    samples: Samples,
    design: Design,
    alphas: list[float],
    solved: Factorization,
) -> list[float]:
    """Errors to be expected between the groups, for each ridge, by those on groups left out in turn."""
    squares, ratios = [], []
    places = solved.spread(features(design.places), alphas)
    for aside in design.turns:
        stay, left = samples.take(~aside), samples.take(aside)
        fewer, seen = solve_rows(features, stay), features(left.t)
        missed = [left.rms(left.y - seen @ fewer.solve(alpha)) for alpha in alphas]
        squares.append(places.new_tensor(missed).square())
        ratios.append(widening(fewer.spread(seen, alphas), places).log())
    error, ratio = torch.stack(squares).mean(0).sqrt(), torch.stack(ratios).mean(0).exp()
    return (error * ratio).tolist()
