"""Which products of functions a series has: a ball of orders for each set of interacting inputs.

Notation
--------
A term is a set u of inputs (analysis of variance, ANOVA); its functions have orders k_j > 0 for j in u,
and 0 for all others. Its widths w_j say how far it reaches along each of them: the length of a function is
the root of the sum of (k_j / w_j)^2. A set has all functions up to a length; widths are chosen so that
amplitudes are alike where lengths are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from scipy.special import chdtri
from torch import Tensor

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Terms:
    """Widths (one for each axis of it) of every term of d inputs."""

    d: int
    widths: dict[Axes, np.ndarray]

    def ball(self, bound: int) -> np.ndarray:
        """Orders (q, d), q <= bound, of the least lengths, sorted by length; the constant is the first."""
        radius = 1.0
        while self._volume(radius) < bound:
            radius *= 1.1
        found = [np.zeros((1, self.d), dtype=np.int64)]
        lengths = [np.zeros(1)]
        for axes, widths in self.widths.items():
            orders = _lattice(widths, radius, bound)
            full = np.zeros((len(orders), self.d), dtype=np.int64)
            full[:, axes] = orders
            found.append(full)
            lengths.append(np.sqrt(((orders / widths) ** 2).sum(1)))
        length, orders = np.concatenate(lengths), np.concatenate(found)
        order = np.argsort(length, kind="stable")
        if len(order) > bound:  # what is alike in length stays together
            within = length[order] < length[order[bound]] * (1 - 1e-12)
            order = order[: max(1, int(within.sum()))]
        return orders[order]

    def lengths(self, indices: np.ndarray) -> np.ndarray:
        """Of functions (q, d); infinite where their term is not there."""
        found = np.full(len(indices), math.inf)
        found[~indices.any(1)] = 0.0
        for axes, member in _by_term(indices):
            if axes in self.widths:
                found[member] = np.sqrt(((indices[member][:, axes] / self.widths[axes]) ** 2).sum(1))
        return found

    def wider(self, axis: int, factor: float) -> Terms:
        """The same, but so many times as wide along one axis."""
        widths = {
            axes: np.where(np.array(axes) == axis, factor * width, width)
            for axes, width in self.widths.items()
        }
        return Terms(self.d, widths)

    @property
    def size(self) -> float:
        """About how many functions have a length up to one."""
        return self._volume(1.0)

    def _volume(self, radius: float) -> float:
        total = 1.0
        for axes, widths in self.widths.items():
            m = len(axes)
            total += math.pi ** (m / 2) / math.gamma(m / 2 + 1) / 2**m * float(np.prod(radius * widths))
        return total


def _lattice(widths: np.ndarray, radius: float, bound: int) -> np.ndarray:
    """Positive orders up to a length."""
    ranges = [np.arange(1, min(bound, int(radius * width)) + 1) for width in widths]
    orders = np.stack(np.meshgrid(*ranges, indexing="ij"), -1).reshape(-1, len(widths))
    within: np.ndarray = orders[((orders / widths) ** 2).sum(1) <= radius**2]
    return within


def _by_term(indices: np.ndarray) -> Iterator[tuple[Axes, np.ndarray]]:
    """Every term of a set, the constant left out, with its rows."""
    support = indices > 0
    codes = support @ (1 << np.arange(indices.shape[1], dtype=np.int64))
    for code in np.unique(codes[codes > 0]):
        member = np.flatnonzero(codes == code)
        yield tuple(int(axis) for axis in np.flatnonzero(support[member[0]])), member


def all_terms(widths: np.ndarray, max_order: int) -> Terms:
    """Every term of at most so many inputs, of the same widths."""
    d = len(widths)
    subsets = [axes for m in range(1, max_order + 1) for axes in combinations(range(d), m)]
    return Terms(d, {axes: widths[list(axes)].astype(float) for axes in subsets})


def measured_widths(box: Tensor) -> np.ndarray | None:
    """Orders up to which correlations of rows with all functions of a box stand above chance, by axis.

    `box` (K_1 + 1, .., k) are means over rows of targets times functions. Of noise the sum of their squares
    over k outputs has a chi-squared distribution; its median is measured, and one in twenty boxes of noise
    has a function that stands out.
    """
    d, k = box.ndim - 1, box.shape[-1]
    power = box.square().sum(-1)
    level = float(power.median()) / chdtri(k, 0.5) * chdtri(k, 0.05 / power.numel())
    strong = torch.where(power > level, power, torch.zeros_like(power))
    total = float(strong.sum())
    if not total > 0:
        return None
    widths = []
    for axis in range(d):
        marginal = strong.sum([other for other in range(d) if other != axis]) if d > 1 else strong
        beyond = total - marginal.cumsum(0)
        widths.append(1.0 + int((beyond > total / 20).sum()))
    return np.array(widths)


def even_axes(terms: Terms, indices: np.ndarray, sizes: np.ndarray) -> Terms:
    """Widths, the same in all terms, at which the amplitudes `sizes` (q,) would be alike on all axes.

    That is, as large as the largest of those at the rims now.
    """
    profiles = [_tail(order, sizes) for order in indices.T]
    level = _rim(profiles)
    widths = np.array([max(1.0, float((profile > level).sum())) for profile in profiles])
    return Terms(terms.d, {axes: widths[list(axes)] for axes in terms.widths})


def even_terms(terms: Terms, indices: np.ndarray, sizes: np.ndarray, fall: float) -> Terms:
    """The same for each term by itself.

    One that is below that altogether begins as much further out as its largest amplitude is below, where
    amplitudes fall by e^-fall in a unit of length.
    """
    profiles: dict[Axes, list[np.ndarray]] = {}
    for axes, member in _by_term(indices):
        orders, size = indices[member][:, axes], sizes[member]
        profiles[axes] = [_tail(order, size) for order in orders.T]
    level = max(_rim(one) for one in profiles.values())
    widths = {}
    for axes in terms.widths:
        largest = max((float(p.max()) for p in profiles.get(axes, ())), default=0.0)
        if largest > level:
            widths[axes] = np.array([max(1.0, float((p > level).sum())) for p in profiles[axes]])
        else:
            beyond = 1 + math.log(level / max(largest, level / 100)) / max(fall, 1.0)
            widths[axes] = np.full(len(axes), math.sqrt(len(axes)) / beyond)
    return Terms(terms.d, widths)


def _rim(profiles: list[np.ndarray]) -> float:
    """The largest amplitude at the ends of axes."""
    return max(float(profile[-max(1, len(profile) // 8) :].max()) for profile in profiles if len(profile))


def _tail(order: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The largest size of this order or above, for orders from one on."""
    largest = np.zeros(order.max() + 1)
    np.maximum.at(largest, order, size)
    return np.maximum.accumulate(largest[:0:-1])[::-1]
