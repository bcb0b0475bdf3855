"""Data of the ablations: a smooth, an oscillatory and a rough target, and families of targets.

>>> [problem.name for problem in three(0, 100)]
['smooth', 'oscillatory', 'rough']
>>> waves(0, 100, n_inputs=3, cycles=4).X.shape
(100, 3)

Held-out points lie in the box of the rows, off them. Errors are of y less its mean over the rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.stages import grid_points, target
from benchmarks.common.targets import TARGETS, Array

N_TEST = 2000
SMOOTH, OSCILLATORY = "franke_scattered", "chirp"
N_LEAVES = 200
INSET = 0.02  # of half the box: nobody is judged on the corners alone, where most of a cube is


@dataclass(frozen=True)
class Problem:
    """Rows to learn from, and points off them to be judged on.

    Parameters
    ----------
    name : str
    X, y : ndarray of shape (n, d) and (n,)
    X_test, y_test : ndarray of shape (m, d) and (m,)
        Held out, exact.
    slopes : ndarray of shape (m, d) or None
        The gradient at X_test, where it is judged.
    """

    name: str
    X: Array
    y: Array
    X_test: Array
    y_test: Array
    slopes: Array | None = None


def three(seed: int, n: int) -> list[Problem]:
    """The three targets of about `n` rows, drawn anew for each seed where anything is drawn."""
    return [_named("smooth", SMOOTH, seed, n), _named("oscillatory", OSCILLATORY, seed, n), leaves(seed, n)]


def four(seed: int, n: int) -> list[Problem]:
    """The three, and waves on a period."""
    return [*three(seed, n), periodic(seed, n)]


def periodic(seed: int, n: int) -> Problem:
    """Waves of three lengths on about `n` points of a period: what the multistage paper is at home in."""
    X = grid_points(math.isqrt(n))
    # Up to the last grid line: nets that are not periodic would be judged on extrapolation beyond.
    X_test = np.random.default_rng(seed).uniform(-1, X.max(), (N_TEST, 2))
    return Problem("periodic", X, target(X), X_test, target(X_test))


def _named(name: str, known: str, seed: int, n: int) -> Problem:
    """The first rows of scattered ones, every so many of a line."""
    X, y, X_test, y_test = TARGETS[known].load(seed)
    rows = slice(n) if X.shape[1] > 1 else slice(None, None, max(1, len(X) // n))
    return Problem(name, X[rows], y[rows], X_test[:N_TEST], y_test[:N_TEST])


def leaves(seed: int, n: int) -> Problem:
    """A photograph as the dead leaves model has it, on a square of about `n` pixels.

    Disks of radii that fall by the power -3 cover each other, as objects do: A. B. Lee, D. Mumford and
    J. Huang, "Occlusion models for natural images", Int. J. Comput. Vis. 41 (2001). Their edges are as
    wide as a pixel, so that pixels are samples of the field and not averages.
    """
    side = math.isqrt(n)
    axis = np.linspace(-1, 1, side)
    field = _cover(np.random.default_rng(seed), width=1 / side)
    X = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    X_test = np.random.default_rng([seed, 1]).uniform(-1, 1, (N_TEST, 2))
    shifts = 1e-6 * np.eye(2)
    slopes = np.stack([field(X_test + h) - field(X_test - h) for h in shifts], axis=1) / 2e-6
    return Problem("rough", X, field(X), X_test, field(X_test), slopes)


def _cover(rng: np.random.Generator, width: float) -> Callable[[Array], Array]:
    radii = np.minimum(0.06 / np.sqrt(rng.uniform(size=N_LEAVES)), 0.8)
    centers, greys = rng.uniform(-1.2, 1.2, (N_LEAVES, 2)), rng.uniform(-1, 1, N_LEAVES)

    def field(X: Array) -> Array:
        values = np.zeros(len(X))
        for radius, center, grey in zip(radii, centers, greys):  # from the back to the front
            cover = (1 + np.tanh((radius - np.hypot(*(X - center).T)) / width)) / 2
            values += cover * (grey - values)
        return values

    return field


def bowl(seed: int, n: int, n_inputs: int) -> Problem:
    """An oblique wave over a bowl: smooth, neither a sum nor a product of functions of one input."""
    rng = np.random.default_rng(seed)
    direction = rng.standard_normal(n_inputs)
    direction *= 3 / np.linalg.norm(direction)
    return _scattered(
        f"{n_inputs} input{'s' * (n_inputs > 1)}",
        lambda X: np.cos(X @ direction + 1) / (1 + (X**2).mean(axis=1)),
        rng,
        (n, n_inputs),
    )


def waves(seed: int, n: int, n_inputs: int, cycles: float) -> Problem:
    """Twenty plane waves of random directions, `cycles` or fewer across the box."""
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((n_inputs, 20))
    directions *= np.pi * cycles * rng.uniform(size=20) / np.linalg.norm(directions, axis=0)
    phases = rng.uniform(0, 2 * np.pi, 20)
    return _scattered(
        f"{cycles:g} cycles", lambda X: np.cos(X @ directions + phases).sum(axis=1), rng, (n, n_inputs)
    )


def _scattered(
    name: str, function: Callable[[Array], Array], rng: np.random.Generator, shape: tuple[int, int]
) -> Problem:
    X = rng.uniform(-1, 1, shape)
    X_test = rng.uniform(INSET - 1, 1 - INSET, (N_TEST, shape[1]))
    return Problem(name, X, function(X), X_test, function(X_test))
