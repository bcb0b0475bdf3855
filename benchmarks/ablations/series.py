"""Measured series with gaps, and what people fit to them: a spline, a Gaussian process, trend and season.

The series ship with statsmodels: carbon dioxide at Mauna Loa by the week, sunspots by the year, and the
temperature of the sea by the month (El Nino). None is periodic, and only the last has no trend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.ablations.problems import Problem
from benchmarks.common.targets import Array

GAPS, GAP = 3, 0.05  # how many, and the share of the rows of each
SUBSET = 400  # rows that the kernel of the process is chosen on
PERIODS = {"CO2": 1.0, "sunspots": 11.0, "El Nino": 1.0}  # years, known beforehand
BREAKS = 25  # of the trend, as Prophet has by default
HARMONICS = 10  # of the season, as Prophet has of a year


def available() -> bool:
    """Whether statsmodels is installed."""
    return find_spec("statsmodels") is not None


def problems(seed: int, n: int) -> Iterator[Problem]:
    """Each series, the last `n` values of it, with gaps that are held out."""
    for name, read in _READ.items():
        t, y = (values[-n:] for values in read())
        held_out = gaps(len(y), seed)
        X = t[:, None]
        yield Problem(name, X[~held_out], y[~held_out], X[held_out], y[held_out])


def gaps(n: int, seed: int) -> Array:
    """Which of `n` values are held out: one stretch in each third, its ends not at theirs."""
    rng, width, third = np.random.default_rng(seed), max(1, round(GAP * n)), n // GAPS
    held_out = np.zeros(n, dtype=bool)
    for part in range(GAPS):
        start = part * third + 1 + rng.integers(third - width - 1)
        held_out[start : start + width] = True
    return held_out


def _co2() -> tuple[Array, Array]:
    from statsmodels.datasets import co2

    data = co2.load_pandas().data["co2"].dropna()
    days = (data.index - data.index[0]).days.to_numpy()
    return 1958 + days / 365.25, data.to_numpy()


def _sunspots() -> tuple[Array, Array]:
    from statsmodels.datasets import sunspots

    data = sunspots.load_pandas().data
    return data["YEAR"].to_numpy(), data["SUNACTIVITY"].to_numpy()


def _el_nino() -> tuple[Array, Array]:
    from statsmodels.datasets import elnino

    data = elnino.load_pandas().data.to_numpy()
    return (data[:, :1] + np.arange(12) / 12).ravel(), data[:, 1:].ravel()


_READ: dict[str, Callable[[], tuple[Array, Array]]] = {
    "CO2": _co2,
    "sunspots": _sunspots,
    "El Nino": _el_nino,
}


class Spline:
    """The cubic spline through all rows, which come in order."""

    def fit(self, X: Array, y: Array) -> Spline:
        """Interpolate."""
        self.spline_ = CubicSpline(X[:, 0], y)
        return self

    def predict(self, X: Array) -> Array:
        """Its values."""
        return self.spline_(X[:, 0])


class Process:
    """scikit-learn's process, a length and noise; both are chosen on some of the rows."""

    def fit(self, X: Array, y: Array) -> Process:
        """Choose the kernel on stretches of rows as dense as all are, then take all rows."""
        length = np.ptp(X) / 20
        kernel = ConstantKernel() * RBF(length, (length / 100, length * 100)) + WhiteKernel(0.1)
        some = GaussianProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=2, random_state=0)
        chosen = some.fit(X[-SUBSET:], y[-SUBSET:]).kernel_
        self.process_ = GaussianProcessRegressor(chosen, optimizer=None, normalize_y=True).fit(X, y)
        return self

    def predict(self, X: Array) -> Array:
        """Its mean."""
        return self.process_.predict(X)


class TrendAndSeason:
    """A trend in pieces and a season of known period by least squares, as Prophet has them.

    S. J. Taylor and B. Letham, "Forecasting at scale", The American Statistician 72 (2018). The penalty
    is chosen by leaving rows out.
    """

    def __init__(self, period: float):
        self.period = period

    def fit(self, X: Array, y: Array) -> TrendAndSeason:
        """Solve."""
        self.breaks_ = np.quantile(X, np.linspace(0, 1, BREAKS + 2)[1:-1])
        self.model_ = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-8, 2, 11))).fit(
            self._columns(X), y
        )
        return self

    def predict(self, X: Array) -> Array:
        """Trend and season."""
        return self.model_.predict(self._columns(X))

    def _columns(self, X: Array) -> Array:
        angles = 2 * np.pi / self.period * X * np.arange(1, HARMONICS + 1)
        return np.hstack([X, np.maximum(X - self.breaks_, 0), np.cos(angles), np.sin(angles)])


RIVALS: dict[str, Callable[[str], Any]] = {
    "cubic spline": lambda name: Spline(),
    "Gaussian process": lambda name: Process(),
    "trend and season": lambda name: TrendAndSeason(PERIODS[name]),
}
