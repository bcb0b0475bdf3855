"""Least squares and splines with knowledge of the data, as references for fits of nets.

Each takes training rows and gives a predictor; all use facts about the data that the regressors lack.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.interpolate import RectBivariateSpline

from benchmarks.common.expansions import FourierExtension
from benchmarks.common.targets import Array

Predictor = Callable[[Array], Array]

N_MODES = 40
# 200 cycles on the interval are 400 on twice its length; amplitudes that vary need a few more.
EXTENSION_DEGREE = 440


def by_modes(X: Array, y: Array) -> Predictor:
    """Solve least squares in the 40 largest modes of the DFT: rows are i / n, in order."""
    return _modes(X, y, lambda points: points[:, 0])


def by_angle(X: Array, y: Array) -> Predictor:
    """Solve the same along a curve about the origin: rows are even in the angle, in order."""
    return _modes(X, y, _turns)


def by_extension(X: Array, y: Array) -> Predictor:
    """Solve least squares in waves of twice the interval [0, 1]."""
    predictor = FourierExtension().train(2 * X - 1, y, degree=EXTENSION_DEGREE)
    return lambda points: predictor(2 * points - 1)


def by_spline(X: Array, y: Array) -> Predictor:
    """Interpolate by bicubic splines, channel by channel: rows are a grid, x fastest."""
    columns, rows = np.unique(X[:, 0]), np.unique(X[:, 1])
    channels = y.reshape(len(rows), len(columns), -1)
    splines = [RectBivariateSpline(rows, columns, values) for values in np.moveaxis(channels, 2, 0)]

    def predict(points: Array) -> Array:
        values = [spline.ev(points[:, 1], points[:, 0]) for spline in splines]
        return np.stack(values, axis=1).reshape(-1, *y.shape[1:])

    return predict


Classical = Callable[[Array, Array], Predictor]
NAMES: dict[Classical, str] = {
    by_modes: f"{N_MODES} DFT modes",
    by_angle: f"{N_MODES} modes of the angle",
    by_extension: "Fourier extension",
    by_spline: "bicubic spline",
}


def _modes(X: Array, y: Array, position: Predictor) -> Predictor:
    modes = np.argsort(-np.abs(np.fft.rfft(y)))[:N_MODES]
    design = partial(_design, modes)
    coefficients = np.linalg.lstsq(design(position(X)), y, rcond=None)[0]
    return lambda points: design(position(points)) @ coefficients


def _design(modes: Array, t: Array) -> Array:
    # 24 bits of t times a mode are exact, and so is what is left of whole turns
    high = t.astype(np.float32).astype(np.float64)
    turns = np.outer(high, modes)
    angles = 2 * np.pi * (turns - np.rint(turns) + np.outer(t - high, modes))
    return np.hstack([np.cos(angles), np.sin(angles)])


def _turns(points: Array) -> Array:
    return np.arctan2(points[:, 1], points[:, 0]) / (2 * np.pi)
