"""Products of Bessel functions: the large ones are counted, and the others bounded, before any is listed.

Notation
--------
One factor per input j: J_k(W_j) over all integers k, S_j = sum_k |J_k(W_j)|, and the share
p_j(k) = |J_k(W_j)| / S_j. A term is one k per factor, its share the product of theirs; all shares are 1.
The cost of k is log2(max p_j / p_j(k)) in whole steps, rounded down; that of a term is the sum.

Costs are integers, so that the number of terms up to any cost, and the share beyond it, follow from
convolutions over the factors: both are computed for every truncation before the terms are listed.
Shares are added up from the small ones and keep their digits however small they are; a difference from
the total would lose them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, jv, xlogy

# Steps of cost per factor of two: sizes of terms are resolved to 2^(1/64), about 1 %. The time of the
# convolutions is proportional to it; coarser steps keep more terms than a tail needs.
STEPS_PER_OCTAVE = 64


@dataclass(frozen=True)
class Factor:
    """One input's Bessel functions, those within reach, by increasing cost."""

    orders: np.ndarray  # shape: (q,), the integers k
    values: np.ndarray  # shape: (q,), J_k(W)
    costs: np.ndarray  # shape: (q,), integers, the first 0
    total: float  # S
    rest: float  # the share of the orders that are not here

    @property
    def shares(self) -> np.ndarray:
        """The share of each order, shape (q,)."""
        shares: np.ndarray = np.abs(self.values) / self.total
        return shares


def make_factor(weight: float, octaves: int) -> Factor:
    """The orders k within 2^-octaves of the largest |J_k(weight)|."""
    # From this order on Theorem 2's bound is below (e |W| / 2k)^k <= 2^-k, and each bound is at most
    # 1/(2e) of the one before: their sum over k and -k is a geometric series.
    last = math.ceil(max(math.e * abs(weight), octaves))
    k = np.arange(last + 1)
    values = jv(k, weight)
    beyond = 2 / (1 - 1 / (2 * math.e)) * math.exp(log_bound(last + 1, weight))
    total = float(2 * np.abs(values[1:]).sum() + abs(values[0]) + beyond)
    k, values = np.concatenate([-k[:0:-1], k]), np.concatenate([((-1.0) ** k * values)[:0:-1], values])
    size = np.abs(values)
    # J_k(0) is zero unless k = 0; zeros are dropped before the logarithm is taken.
    near = size > math.ldexp(size.max(), -octaves)
    costs = np.floor(STEPS_PER_OCTAVE * np.log2(size.max() / size[near])).astype(np.int64)
    order = np.argsort(costs, kind="stable")
    rest = (float(size[~near].sum()) + beyond) / total
    return Factor(k[near][order], values[near][order], costs[order], total, rest)


def log_bound(
    orders: np.ndarray | int,
    weight: float,
) -> np.ndarray:
    """Logarithm of Theorem 2's bound on |J_k(W)|, (|W| / 2)^|k| / |k|!."""
    k = np.abs(orders)
    log: np.ndarray = xlogy(k, abs(weight) / 2) - gammaln(k + 1.0)
    return log


def octaves_for(tail: float, max_terms: int) -> int:
    """The range of sizes, in factors of two below the largest, that may matter for a tail.

    `max_terms` terms of the smallest size add up to no more than the rounding error of the tail.
    """
    smallest = min(tail, 1.0) * float(np.finfo(np.float64).eps) / max_terms
    return math.ceil(-math.log2(smallest))


def tally(factors: list[Factor], octaves: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of terms up to each cost, and the share of all terms beyond it (a bound from above)."""
    eps = float(np.finfo(np.float64).eps)
    counts, shares = np.zeros((2, STEPS_PER_OCTAVE * octaves + 1))
    counts[0] = shares[0] = 1.0
    beyond = 0.0
    for factor in factors:
        # Counts are exact up to 2 / eps; all beyond are too many.
        counts = np.minimum(_convolve(counts, np.bincount(factor.costs))[: len(counts)], 2 / eps)
        spread = _convolve(shares, np.bincount(factor.costs, factor.shares))
        beyond += float(shares.sum()) * factor.rest + float(spread[len(shares) :].sum())
        shares = spread[: len(shares)]
    left = np.append(np.cumsum(shares[:0:-1])[::-1], 0.0) + beyond
    # A sum of n positive numbers is wrong by at most n eps, and there are far fewer than 1 / sqrt(eps).
    return np.cumsum(counts), left * (1 + math.sqrt(eps))


def _convolve(
    histogram: np.ndarray,  # shape: (c,)
    steps: np.ndarray,  # shape: (s,), mostly zeros
) -> np.ndarray:  # shape: (c + s - 1,)
    """Add the histogram shifted by each step; directly, as a fast Fourier transform loses small values."""
    out = np.zeros(len(histogram) + len(steps) - 1)
    for step in np.flatnonzero(steps):
        out[step : step + len(histogram)] += steps[step] * histogram
    return out


def list_terms(
    factors: list[Factor],
    level: int,
) -> tuple[np.ndarray, np.ndarray]:  # shapes: (terms, m) and (terms,)
    """Orders and amplitudes of all terms that cost at most `level`.

    Every factor has an order of cost zero, so that each term of the first factors is part of at least
    one term of all: the list never shrinks.
    """
    costs = np.zeros(1, dtype=np.int64)
    steps: list[tuple[np.ndarray, np.ndarray]] = []  # 32 bits: they are as long as the result
    for factor in factors:
        fitting = np.searchsorted(factor.costs, level - costs, side="right")
        source = np.repeat(np.arange(len(costs)), fitting)
        order = np.arange(len(source)) - np.repeat(np.cumsum(fitting) - fitting, fitting)
        costs = costs[source] + factor.costs[order]
        steps.append((source.astype(np.int32), order.astype(np.int32)))
    index = np.empty((len(costs), len(factors)), dtype=np.int64)
    amplitudes, row = np.ones(len(costs)), np.arange(len(costs))
    for j in range(
        len(factors) - 1, -1, -1
    ):  # from each term back to the term of fewer factors that it extends
        extended, chosen = steps.pop()
        index[:, j] = factors[j].orders[chosen[row]]
        amplitudes *= factors[j].values[chosen[row]]
        row = extended[row]
    return index, amplitudes
