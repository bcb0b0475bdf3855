"""Simple alternatives: the mean, a plane by least squares, a cubic spline."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline, NdBSpline, make_interp_spline

from benchmarks.trust.cases import Case


def simple_errors(case: Case) -> dict[str, float]:
    """Error of each simple method that applies, relative to the spread of y."""
    predictions = {"mean": _mean(case), "plane": _plane(case), "spline": _spline(case)}
    return {name: relative_error(case, value) for name, value in predictions.items() if value is not None}


def relative_error(case: Case, prediction: np.ndarray) -> float:
    """RMS error at the probes, without noise, over the spread of y about its mean."""
    return float(np.sqrt(np.mean((prediction - case.clean) ** 2)) / np.std(case.y))


def _mean(case: Case) -> np.ndarray:
    return np.full(len(case.clean), case.y.mean())


def _plane(case: Case) -> np.ndarray:
    center, half = case.X.mean(0), np.ptp(case.X, axis=0)
    rows, probes = (np.column_stack([np.ones(len(X)), (X - center) / half]) for X in (case.X, case.probes))
    return probes @ np.linalg.lstsq(rows, case.y, rcond=None)[0]


def _spline(case: Case) -> np.ndarray | None:
    """The interpolating cubic spline: in one dimension, and on grids."""
    if case.X.shape[1] == 1:
        return _curve(case)
    if case.axes is None or (len(case.axes) == 3 and min(map(len, case.axes)) < 4):
        return None
    return _tensor_spline(case.axes, case.y[case.order], case.probes)


def _curve(case: Case) -> np.ndarray | None:
    x, first = np.unique(case.X[:, 0], return_index=True)
    return CubicSpline(x, case.y[first])(case.probes[:, 0]) if len(x) >= 4 else None


def _tensor_spline(axes: tuple[np.ndarray, ...], y: np.ndarray, probes: np.ndarray) -> np.ndarray:
    """The tensor spline through all rows, of lower degree on axes of 2 or 3 nodes."""
    coefficients = y.reshape([len(axis) for axis in axes])
    degrees = tuple(min(3, len(axis) - 1) for axis in axes)
    knots = []
    for i, (axis, degree) in enumerate(zip(axes, degrees)):
        spline = make_interp_spline(axis, coefficients, k=degree, axis=i)
        knots.append(spline.t)
        coefficients = np.moveaxis(spline.c, 0, i)  # c has the axis of the nodes first
    return NdBSpline(tuple(knots), coefficients, degrees)(probes)
