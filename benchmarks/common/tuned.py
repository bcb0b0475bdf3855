"""What the peers share: data scaled to a box, settings chosen on a held-out part, one last fit.

Notation: U (n, d) is X mapped to [-1, 1]^d by its bounding box, v (n,) is y with mean 0 and
standard deviation 1. A peer says which settings it may take and how it is trained with them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

Array = np.ndarray
Settings = dict[str, Any]
Predictor = Callable[[Array], Array]

_HELD_OUT = 0.2  # of the rows that settings are chosen on


class TunedPeer(ABC):
    """A regressor that chooses its own settings, briefly.

    Attributes
    ----------
    selection_rows : int or None
        Rows, drawn at random, that settings are chosen on; a fifth of them is held out.
    fit_rows : int or None
        Rows, drawn at random, of the last fit; None takes all.
    chosen_ : dict
        The settings of the last fit.
    """

    selection_rows: int | None = 2000
    fit_rows: int | None = None

    def fit(self, X: Array, y: Array) -> TunedPeer:
        """Choose settings for X (n, d) and y (n,), and train with them."""
        self._low, self._high = X.min(axis=0), X.max(axis=0)
        self._mean, self._deviation = y.mean(), y.std() or 1.0
        U, v = self._scaled(X), (y - self._mean) / self._deviation
        rng = np.random.default_rng(0)
        self.chosen_ = self._choose(*_draw(U, v, self.selection_rows, rng))
        self._predictor = self.train(*_draw(U, v, self.fit_rows, rng), **self.chosen_)
        return self

    def predict(self, X: Array) -> Array:
        """Values (n,) at X (n, d)."""
        return self._mean + self._deviation * self._predictor(self._scaled(X))

    @abstractmethod
    def candidates(self, n: int, d: int) -> Iterable[Settings]:
        """Yield settings that n rows of d features allow; the first wins a tie."""

    @abstractmethod
    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """Train on scaled data and return the map from U (m, d) to values (m,)."""

    def _scaled(self, X: Array) -> Array:
        width = self._high - self._low
        return (2 * X - self._low - self._high) / np.where(width > 0, width, 1.0)

    def _choose(self, U: Array, v: Array) -> Settings:
        """Return the settings with the smallest error on the held-out part (rows come shuffled)."""
        cut = round(_HELD_OUT * len(v))
        candidates = list(self.candidates(len(v) - cut, U.shape[1]))
        if len(candidates) == 1:
            return candidates[0]
        return min(candidates, key=lambda c: self._error(U, v, cut, c))

    def _error(self, U: Array, v: Array, cut: int, settings: Settings) -> float:
        """Return the sum of squares on the first `cut` rows; inf where training breaks down."""
        try:
            difference = self.train(U[cut:], v[cut:], **settings)(U[:cut]) - v[:cut]
        except np.linalg.LinAlgError:
            return np.inf
        error = float(difference @ difference)
        return error if np.isfinite(error) else np.inf


def first_stable(train: Callable[[float], Predictor], start: float) -> Predictor:
    """Train with the smallest penalty of `start`, 100 `start`, ... whose matrix is not singular."""
    for penalty in _ladder(start):
        try:
            return train(penalty)
        except np.linalg.LinAlgError:
            continue
    raise np.linalg.LinAlgError(f"singular for every penalty from {start:g} to 1")


def _ladder(start: float) -> Iterator[float]:
    while start <= 1:
        yield start
        start *= 100


def _draw(U: Array, v: Array, rows: int | None, rng: np.random.Generator) -> tuple[Array, Array]:
    order = rng.permutation(len(v))[:rows]
    return U[order], v[order]
