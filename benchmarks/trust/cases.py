"""One random fit: what it is (`Plan`) and its data (`Case`), both from a seed and an index alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice

import numpy as np

from benchmarks.trust.designs import DESIGNS, Design
from benchmarks.trust.functions import FUNCTIONS

ESTIMATORS = ("SpectralMultistageRegressor", "MultiGradeRegressor", "TunerRegressor")
NOISES = (0.0, 1e-6, 1e-3, 0.1)  # relative to the spread of the function
_NOISE_WEIGHTS = (0.5, 1 / 6, 1 / 6, 1 / 6)
_MAX_ROWS = 5000
_DIMENSION_WEIGHTS = {1: 6, 2: 6, 3: 4, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1}


@dataclass(frozen=True)
class Plan:
    """What is fitted to what.

    Parameters
    ----------
    seed, index : int
        These make all the rest.
    estimator, design, function : str
        Names in `ESTIMATORS`, `DESIGNS` and `FUNCTIONS`.
    n, d : int
        Rows that are asked for, a design may have some more or less; dimensions.
    noise : float
        Standard deviation over the spread of the function.
    series : bool
        Without networks, which is quick.
    """

    seed: int
    index: int
    estimator: str
    design: str
    function: str
    n: int
    d: int
    noise: float
    series: bool = False


@dataclass(frozen=True)
class Case:
    """Data of a fit.

    Parameters
    ----------
    X, y : ndarray
        Rows, with noise.
    probes, clean : ndarray
        Points of the region that the rows cover, and the function there, without noise.
    noise : float
        Standard deviation of the noise, in units of y.
    axes : tuple of ndarray or None
        Nodes of each axis, where the rows are a grid.
    order : ndarray
        `y[order]` is in the order of the grid, the last axis fastest.
    """

    X: np.ndarray
    y: np.ndarray
    probes: np.ndarray
    clean: np.ndarray
    noise: float
    axes: tuple[np.ndarray, ...] | None
    order: np.ndarray


def draw_plan(seed: int, index: int) -> Plan:
    """The fit of an index: estimators in turn, all else at random."""
    rng = np.random.default_rng([seed, index])
    design, function = str(rng.choice(list(DESIGNS))), str(rng.choice(list(FUNCTIONS)))
    kind = DESIGNS[design]
    weights = np.array([_DIMENSION_WEIGHTS[d] for d in kind.dims], dtype=float)
    d = int(rng.choice(kind.dims, p=weights / weights.sum()))
    n = round(math.exp(rng.uniform(math.log(kind.min_rows), math.log(_MAX_ROWS))))
    noise = float(rng.choice(NOISES, p=_NOISE_WEIGHTS))
    return Plan(seed, index, ESTIMATORS[index % len(ESTIMATORS)], design, function, n, d, noise)


def plans(
    seed: int, size: int, estimators: Sequence[str], designs: Sequence[str], functions: Sequence[str]
) -> Iterator[Plan]:
    """The first `size` plans with these names; an index means the same fit whatever is left out."""
    every = (draw_plan(seed, index) for index in count())
    fitting = (
        plan
        for plan in every
        if plan.estimator in estimators and plan.design in designs and plan.function in functions
    )
    return islice(fitting, size)


def draw_case(plan: Plan) -> Case:
    """The data of a plan."""
    rng = np.random.default_rng([plan.seed, plan.index, 1])
    design = DESIGNS[plan.design].draw(rng, plan.n, plan.d)
    half, center = _box(rng, design)
    shuffled = rng.permutation(len(design.rows)) if rng.random() < 0.5 else np.arange(len(design.rows))
    X, probes = center + half * design.rows[shuffled], center + half * design.probes
    make, scale = FUNCTIONS[plan.function], 10 ** rng.uniform(-3, 3)
    # from X, of which y is then a function to the last digit
    u, u_probes = (design.seen((points - center) / half) for points in (X, probes))
    f = make(rng, u)
    y, clean = scale * f(u), scale * f(u_probes)
    noise = plan.noise * float(np.std(y))
    axes = design.axes
    if axes is not None:
        axes = tuple(c + h * axis for c, h, axis in zip(center, half, axes))
    return Case(X, y + noise * rng.standard_normal(len(y)), probes, clean, noise, axes, shuffled.argsort())


def _box(rng: np.random.Generator, design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Half the width of the box, and its center, for each axis."""
    d = design.rows.shape[1]
    half = np.power(10, rng.uniform(-2, 3, d))
    center = half * (np.full(d, -design.zero) if design.ratio else rng.uniform(-3, 3, d))
    return half, center
