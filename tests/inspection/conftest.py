"""A staged regressor whose spectra and errors are known beforehand, and figures that are closed."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin


def wave(X, k, amplitude):
    """amplitude * cos(2 pi k.x + 0.3), an array of amplitudes making several outputs."""
    phase = 2 * np.pi * (np.asarray(X, dtype=float) @ np.asarray(k, dtype=float)) + 0.3
    return np.multiply.outer(np.cos(phase), amplitude)


class StagedWaves(RegressorMixin, BaseEstimator):
    """Stage s is the s-th of the given waves (wave vector in cycles per unit, amplitude)."""

    def __init__(self, waves=()):
        self.waves = waves

    def fit(self, X, y):
        self.n_stages_ = len(self.waves)
        self.stages_ = tuple(
            SimpleNamespace(
                frequencies=np.array([k], dtype=float),
                amplitudes=np.atleast_1d(amplitude)[None],
                train_error=10.0**-stage,
                heldout_error=2 * 10.0**-stage,
            )
            for stage, (k, amplitude) in enumerate(self.waves)
        )
        return self

    def staged_predict(self, X):
        total = 0.0
        for k, amplitude in self.waves:
            total = total + wave(X, k, amplitude)
            yield total

    def predict(self, X):
        return list(self.staged_predict(X))[-1]


@pytest.fixture
def waves():
    """Fitted stand-in and the target whose first waves it has: the last one is left over.

    Called with X and the waves of the target.
    """

    def make(X, *target):
        y = sum(wave(X, k, amplitude) for k, amplitude in target)
        return StagedWaves(target[:-1]).fit(X, y), y

    return make


@pytest.fixture
def grid_points():
    """Rows of a uniform grid: called with a shape, the lengths of the axes, and an origin."""

    def make(shape, lengths, origin=0.0):
        origins = np.broadcast_to(origin, len(shape))
        axes = [o + L * np.arange(n) / n for n, L, o in zip(shape, lengths, origins)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shape))

    return make


@pytest.fixture(autouse=True)
def figures_are_closed():
    yield
    plt.close("all")
