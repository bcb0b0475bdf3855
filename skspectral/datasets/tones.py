"""Sums of tones on an interval and on a closed curve, with the splits of multi-grade learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import Bunch, check_array, check_scalar

from .checks import check_count

Amplitudes = np.ndarray | Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Tones:
    """The function sum_j A_j(x) sin(2 pi frequencies_j x + phases_j).

    Parameters
    ----------
    frequencies : ndarray of shape (n_tones,)
        Integers below 2^29, in cycles per unit of x.
    phases : ndarray of shape (n_tones,)
    amplitudes : ndarray of shape (n_tones,) or callable
        A_j; a callable maps points of shape (m, 1) to amplitudes of shape (m, n_tones).
    """

    frequencies: np.ndarray
    phases: np.ndarray
    amplitudes: Amplitudes

    def __call__(
        self,
        X: np.ndarray,  # shape: (m, 1)
    ) -> np.ndarray:  # shape: (m,)
        x = _check_column(X, "X")
        amplitudes = self.amplitudes(x) if callable(self.amplitudes) else self.amplitudes
        angles = 2 * np.pi * _turns(x, self.frequencies) + self.phases
        values: np.ndarray = np.sum(amplitudes * np.sin(angles), axis=1)
        return values


@dataclass(frozen=True)
class FlowerCurve:
    """The closed curve (1 + 0.5 sin(2 pi q t)) (cos 2 pi t, sin 2 pi t).

    Parameters
    ----------
    q : int
        Number of petals; 0 is the unit circle.
    """

    q: int

    def __call__(
        self,
        t: np.ndarray,  # shape: (m, 1)
    ) -> np.ndarray:  # shape: (m, 2)
        turn = 2 * np.pi * _check_column(t, "t")
        circle = np.hstack([np.cos(turn), np.sin(turn)])
        points: np.ndarray = (1 + 0.5 * np.sin(self.q * turn)) * circle
        return points


def decaying_amplitudes(
    x: np.ndarray,  # shape: (m, 1)
) -> np.ndarray:  # shape: (m, 20)
    """A_j(x) = exp(-x) cos(j x), j = 1..20."""
    amplitudes: np.ndarray = np.exp(-x) * np.cos(x * np.arange(1, 21))
    return amplitudes


def make_tones(
    setting: int = 1,
    n_samples: int = 6000,
    n_validation: int = 2000,
    n_test: int = 2000,
) -> Bunch:
    """Make samples on [0, 1) of a sum of twenty sines, as in multi-grade deep learning.

    The function is ``sum_j A_j sin(2 pi kappa_j x + phi_j)``, j = 1..20, with frequencies
    kappa = 10, 20, ..., 200 and fixed random phases [1]_. The settings differ in the amplitudes:

    ======= ================================
    setting A_j
    ======= ================================
    1       1
    2       from 1 to 0.05 in equal steps
    3       ``exp(-x) cos(j x)``
    4       from 0.05 to 1 in equal steps
    ======= ================================

    Parameters
    ----------
    setting : {1, 2, 3, 4}, default=1
        The amplitudes, see the table.
    n_samples : int, default=6000
        Training points, the multiples of ``1 / n_samples``. With up to 400 of them some tones
        are aliases of others.
    n_validation, n_test : int, default=2000
        Validation and test points, uniform at random. They are the same in every call: the seeds 0
        and 1 belong to the data set.

    Returns
    -------
    samples : :class:`~sklearn.utils.Bunch`
        With the attributes

        X, X_validation, X_test : ndarray of shape (n, 1)
            Points of each split.
        y, y_validation, y_test : ndarray of shape (n,)
            Values without noise, equal to ``function`` at the points.
        function : callable
            The exact function, which maps (m, 1) to (m,). It has ``frequencies`` (cycles per unit)
            and ``phases`` of shape (20,), and ``amplitudes``: of shape (20,), or in setting 3 a
            callable from (m, 1) to (m, 20).

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of range.

    Notes
    -----
    Setting 3 is the one stated in the paper. The authors' released code has ``cos(19 x)`` for every
    j, which is a slip of its loop.

    Values are those of the function at the floating-point x, to about 1e-14: each phase is reduced
    by whole turns before it is rounded. Evaluated as written, the sum is wrong by up to 8e-13, which
    would hide smaller errors of a method.

    References
    ----------
    .. [1] Fang and Xu (2024), "Addressing spectral bias of deep neural networks by multi-grade deep
       learning", arXiv:2410.16105, section 3.1. Seeds and order of the draws: the authors' code.

    Examples
    --------
    >>> from skspectral.datasets import make_tones
    >>> tones = make_tones(setting=2)
    >>> tones.X.shape, tones.X_validation.shape, tones.X_test.shape
    ((6000, 1), (2000, 1), (2000, 1))
    >>> tones.function.amplitudes[[0, -1]].tolist()
    [1.0, 0.05]
    """
    setting = check_scalar(setting, "setting", Integral, min_val=1, max_val=4)
    x, x_validation, x_test = _positions(n_samples, n_validation, n_test)
    function = _tones(_amplitudes_of(setting), 20)
    return Bunch(
        X=x,
        y=function(x),
        X_validation=x_validation,
        y_validation=function(x_validation),
        X_test=x_test,
        y_test=function(x_test),
        function=function,
    )


def make_tones_on_curve(
    q: int = 0,
    n_samples: int = 12000,
    n_validation: int = 4000,
    n_test: int = 4000,
) -> Bunch:
    """Make samples of a sum of forty sines along a closed curve in the plane.

    The points are ``(1 + 0.5 sin(2 pi q t)) (cos 2 pi t, sin 2 pi t)``, the values
    ``sum_j A_j sin(2 pi kappa_j t + phi_j)``, j = 1..40, with frequencies kappa = 10, 20, ..., 400,
    amplitudes from 0.025 to 1 in equal steps and fixed random phases [1]_. A method is given the
    points, not t.

    Parameters
    ----------
    q : int, default=0
        Number of petals of the curve; the paper has 0, the unit circle, and 4.
    n_samples : int, default=12000
        Training points, at the multiples of ``1 / n_samples`` in t. With up to 800 of them some
        tones are aliases of others.
    n_validation, n_test : int, default=4000
        Validation and test points, uniform at random in t. They are the same in every call: the
        seeds 0 and 1 belong to the data set.

    Returns
    -------
    samples : :class:`~sklearn.utils.Bunch`
        With the attributes

        X, X_validation, X_test : ndarray of shape (n, 2)
            Points of each split, equal to ``curve`` at t.
        y, y_validation, y_test : ndarray of shape (n,)
            Values without noise, equal to ``function`` at t.
        t, t_validation, t_test : ndarray of shape (n, 1)
            Parameter of each point, in [0, 1).
        curve : callable
            Maps t of shape (m, 1) to points of shape (m, 2).
        function : callable
            The exact function of t, which maps (m, 1) to (m,). It has ``frequencies`` (cycles per
            unit of t), ``phases`` and ``amplitudes``, each of shape (40,).

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of range.

    References
    ----------
    .. [1] Fang and Xu (2024), "Addressing spectral bias of deep neural networks by multi-grade deep
       learning", arXiv:2410.16105. Seeds and order of the draws: the authors' code.

    Examples
    --------
    >>> from skspectral.datasets import make_tones_on_curve
    >>> tones = make_tones_on_curve(q=4)
    >>> tones.X.shape, tones.X_validation.shape, tones.X_test.shape
    ((12000, 2), (4000, 2), (4000, 2))
    >>> bool((tones.y == tones.function(tones.t)).all())
    True
    """
    curve = FlowerCurve(check_count(q, "q", minimum=0))
    t, t_validation, t_test = _positions(n_samples, n_validation, n_test)
    function = _tones(np.linspace(0.025, 1.0, 40), 40)
    return Bunch(
        X=curve(t),
        y=function(t),
        t=t,
        X_validation=curve(t_validation),
        y_validation=function(t_validation),
        t_validation=t_validation,
        X_test=curve(t_test),
        y_test=function(t_test),
        t_test=t_test,
        curve=curve,
        function=function,
    )


def _amplitudes_of(setting: int) -> Amplitudes:
    """The amplitudes of the paper's four settings."""
    if setting == 3:
        return decaying_amplitudes
    first, last = {1: (1.0, 1.0), 2: (1.0, 0.05), 4: (0.05, 1.0)}[setting]
    return np.linspace(first, last, 20)


def _tones(amplitudes: Amplitudes, n_tones: int) -> Tones:
    """Tones at multiples of 10 cycles per unit; their phases are the first ones of one sequence."""
    phases = np.random.RandomState(0).uniform(0, 2 * np.pi, n_tones)
    return Tones(10.0 * np.arange(1, n_tones + 1), phases, amplitudes)


def _positions(
    n_samples: int, n_validation: int, n_test: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # in [0, 1), shapes: (n, 1)
    """Grid of the training points, random validation and test points."""
    n_samples = check_count(n_samples, "n_samples")
    n_validation = check_count(n_validation, "n_validation")
    n_test = check_count(n_test, "n_test")
    # arange(0, 1, 1 / n) multiplies a rounded step: for n = 49 it has a fiftieth point.
    grid = np.arange(n_samples)[:, None] / n_samples
    validation = np.random.RandomState(0).uniform(size=(n_validation, 1))
    return grid, validation, np.random.RandomState(1).uniform(size=(n_test, 1))


def _turns(
    x: np.ndarray,  # shape: (m, 1)
    frequencies: np.ndarray,  # integers, shape: (q,)
) -> np.ndarray:  # frequencies * x less whole turns, shape: (m, q)
    # With x split at 24 bits frequency * high is exact, and so is its fractional part.
    high = x.astype(np.float32).astype(np.float64)
    turns = high * frequencies
    fraction: np.ndarray = turns - np.rint(turns) + (x - high) * frequencies
    return fraction


def _check_column(points: np.ndarray, name: str) -> np.ndarray:  # shape: (m, 1)
    column: np.ndarray = check_array(points, dtype=np.float64, ensure_min_samples=0, input_name=name)
    if column.shape[1] != 1:
        raise ValueError(f"{name} must have shape (m, 1), got {column.shape}")
    return column
