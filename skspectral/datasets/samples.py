"""Scattered samples of functions that can be evaluated everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from sklearn.utils import Bunch, check_random_state

from .checks import check_count, check_finite, check_positive

Seed = int | np.random.RandomState | None


@dataclass(frozen=True)
class LineSpectrum:
    """The function sum_j amplitudes_j sin(2 pi frequencies_j x + phases_j).

    Parameters
    ----------
    frequencies : ndarray of shape (n_tones,)
        In cycles per unit of x.
    amplitudes, phases : ndarray of shape (n_tones,)
    """

    frequencies: np.ndarray
    amplitudes: np.ndarray
    phases: np.ndarray

    def __call__(
        self,
        X: np.ndarray,  # shape: (m, 1)
    ) -> np.ndarray:  # shape: (m,)
        values: np.ndarray = np.sin(2 * np.pi * X * self.frequencies + self.phases) @ self.amplitudes
        return values


@dataclass(frozen=True)
class Front:
    """A steep layer between two plateaus, along a plane or around a sphere.

    Parameters
    ----------
    shape : {"plane", "ring"}
        "plane": tanh(steepness (x_1 + 0.3 x_2 + 0.09 x_3 + ...));
        "ring": arctan(steepness (x_1^2 + x_2^2 + ... - 1/2)).
    steepness : float
        Slope of the layer, per unit of x.
    """

    shape: Literal["plane", "ring"]
    steepness: float

    def __call__(
        self,
        X: np.ndarray,  # shape: (m, n_features)
    ) -> np.ndarray:  # shape: (m,)
        X = np.asarray(X)
        values: np.ndarray
        if self.shape == "plane":
            values = np.tanh(self.steepness * (X @ 0.3 ** np.arange(X.shape[1])))
        else:
            values = np.arctan(self.steepness * (np.sum(X**2, axis=1) - 0.5))
        return values


def make_line_spectrum(
    n_samples: int = 1500,
    *,
    n_tones: int = 12,
    dynamic_range: float = 60.0,
    nyquist_fraction: float = 1 / 3,
    noise: float = 0.0,
    random_state: Seed = None,
) -> Bunch:
    """Make scattered samples of a sum of sines on [-1, 1].

    No tone is a multiple of 1/2, the lattice of the interval, where it would be a single line of a
    discrete Fourier transform: all are at least 1/8 away from it and at least 3/4 from each other.

    Parameters
    ----------
    n_samples : int, default=1500
        Number of points, uniform at random.
    n_tones : int, default=12
        Number of sines.
    dynamic_range : float, default=60.0
        Largest over smallest amplitude in decibels; the largest is 1, and the amplitudes are
        spaced evenly in decibels, in random order.
    nyquist_fraction : float, default=1/3
        The highest tone, as a fraction of the Nyquist frequency ``n_samples / 4`` of as many
        evenly spaced points. It is reached to within one unit.
    noise : float, default=0.0
        Standard deviation of Gaussian noise on y.
    random_state : int, RandomState instance or None, default=None
        Seed of tones, points and noise.

    Returns
    -------
    samples : :class:`~sklearn.utils.Bunch`
        ``X`` of shape (n_samples, 1), ``y`` of shape (n_samples,) and the exact ``function``, which
        maps (m, 1) to (m,) and has ``frequencies`` (cycles per unit, ascending), ``amplitudes``
        and ``phases``.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of range, or the band is too narrow for so many
        tones.

    Examples
    --------
    >>> from skspectral.datasets import make_line_spectrum
    >>> tones = make_line_spectrum(200, n_tones=3, random_state=0)
    >>> bool((tones.y == tones.function(tones.X)).all())
    True
    """
    n_samples = check_count(n_samples, "n_samples")
    n_tones = check_count(n_tones, "n_tones")
    decades = check_finite(dynamic_range, "dynamic_range", min_val=0) / 20
    highest = check_positive(nyquist_fraction, "nyquist_fraction") * n_samples / 4
    rng = check_random_state(random_state)
    function = LineSpectrum(
        _off_lattice(n_tones, highest, rng),
        10 ** (-decades * rng.permutation(np.linspace(0, 1, n_tones))),
        rng.uniform(0, 2 * np.pi, n_tones),
    )
    return _scatter(function, n_samples, 1, noise, rng)


def make_front(
    n_samples: int = 1000,
    n_features: int = 2,
    *,
    shape: Literal["plane", "ring"] = "plane",
    steepness: float = 20.0,
    noise: float = 0.0,
    random_state: Seed = None,
) -> Bunch:
    """Make scattered samples of a steep front on [-1, 1]^n_features.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of points, uniform at random.
    n_features : int, default=2
        Dimension of the points.
    shape : {"plane", "ring"}, default="plane"
        "plane": ``tanh(steepness (x_1 + 0.3 x_2 + 0.09 x_3 + ...))``;
        "ring": ``arctan(steepness (x_1^2 + x_2^2 + ... - 1/2))``.
    steepness : float, default=20.0
        Slope of the front; its width is about 2 / steepness.
    noise : float, default=0.0
        Standard deviation of Gaussian noise on y.
    random_state : int, RandomState instance or None, default=None
        Seed of points and noise.

    Returns
    -------
    samples : :class:`~sklearn.utils.Bunch`
        ``X`` of shape (n_samples, n_features), ``y`` of shape (n_samples,) and the exact
        ``function``, which maps (m, n_features) to (m,).

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type, is out of range or names no shape.

    Examples
    --------
    >>> from skspectral.datasets import make_front
    >>> front = make_front(100, shape="ring", random_state=0)
    >>> front.X.shape, front.y.shape
    ((100, 2), (100,))
    """
    n_samples = check_count(n_samples, "n_samples")
    n_features = check_count(n_features, "n_features")
    if shape not in ("plane", "ring"):
        raise ValueError(f"shape must be 'plane' or 'ring', got {shape!r}")
    rng = check_random_state(random_state)
    function = Front(shape, check_finite(steepness, "steepness"))
    return _scatter(function, n_samples, n_features, noise, rng)


def _off_lattice(
    n_tones: int, highest: float, rng: np.random.RandomState
) -> np.ndarray:  # cycles per unit, ascending, shape: (n_tones,)
    """Tones in the middle halves of distinct, not adjacent cells of the lattice 1/2."""
    cells = np.arange(1, int(2 * highest), 2)
    if n_tones > len(cells):
        raise ValueError(
            f"n_tones={n_tones} do not fit below {highest:g} cycles per unit: at most {len(cells)}"
        )
    chosen = np.append(rng.choice(cells[:-1], n_tones - 1, replace=False), cells[-1])
    return (np.sort(chosen) + rng.uniform(0.25, 0.75, n_tones)) / 2


def _scatter(
    function: LineSpectrum | Front,
    n_samples: int,
    n_features: int,
    noise: float,
    rng: np.random.RandomState,
) -> Bunch:
    """Samples of a function at uniform points of [-1, 1]^n_features."""
    noise = check_finite(noise, "noise", min_val=0)
    X = rng.uniform(-1, 1, (n_samples, n_features))
    y = function(X)
    return Bunch(X=X, y=y + noise * rng.standard_normal(n_samples), function=function)
