"""Named targets with exact held-out sets.

>>> X_train, y_train, X_test, y_test = TARGETS["runge"].load(0)

`y_test` is exact (clean where `y_train` is noisy), and `X_test` is uniform at random inside the
bounding box of `X_train`, never on its points. `bound` is the relative L2 error that a default fit
must reach, `seconds` the time it may take on two cores; None where nothing is promised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from skspectral.datasets import make_line_spectrum, make_turbulence, trigonometric_interpolant

Array = np.ndarray
Split = tuple[Array, Array, Array, Array]
Function = Callable[..., Array]  # of the coordinates, one array each
Sampler = Callable[[np.random.Generator], Array]  # shape: (n, d)

_N_TEST = 5000


@dataclass(frozen=True)
class Target:
    """A function to be fitted, and the data that it is fitted from.

    Parameters
    ----------
    name : str
    dimension : int
        Number of features.
    kind : str
        "smooth", "periodic", "oscillatory", "steep" or "noisy".
    bound : float or None
        Largest relative L2 error of a default fit on the held-out points.
    seconds : float or None
        Longest time of that fit.
    load : callable
        Maps a seed to ``(X_train, y_train, X_test, y_test_exact)``.
    """

    name: str
    dimension: int
    kind: str
    bound: float | None
    seconds: float | None
    load: Callable[[int], Split]


def relative_l2(y: Array, f: Array) -> float:
    """Norm of the error of `f` over the norm of the exact values `y`, both of one shape."""
    y, f = np.asarray(y, dtype=np.float64), np.asarray(f, dtype=np.float64)
    if y.shape != f.shape:  # (n,) against (n, 1) would broadcast to (n, n) without a word
        raise ValueError(f"y and f must have the same shape, got {y.shape} and {f.shape}")
    return float(np.linalg.norm(f - y) / np.linalg.norm(y))


# How points are drawn


def _line(n: int, low: float, high: float, *, endpoint: bool = True) -> Sampler:
    """n evenly spaced points."""
    return lambda rng: np.linspace(low, high, n, endpoint=endpoint)[:, None]


def _scattered(n: int, low: Sequence[float], high: Sequence[float]) -> Sampler:
    """n points, uniform at random in a box."""
    return lambda rng: rng.uniform(low, high, (n, len(low)))


def _cube(n: int, dimension: int) -> Sampler:
    """n points, uniform at random in [-1, 1]^dimension."""
    return _scattered(n, [-1] * dimension, [1] * dimension)


def _unit_cube(n: int, dimension: int) -> Sampler:
    """n points, uniform at random in [0, 1]^dimension."""
    return _scattered(n, [0] * dimension, [1] * dimension)


def _grid(*axes: Array) -> Sampler:
    """The points of a tensor grid, in C order."""
    return lambda rng: np.stack([x.ravel() for x in np.meshgrid(*axes, indexing="ij")], axis=1)


def _inside(X: Array, rng: np.random.Generator, inset: float = 0.0) -> Array:
    """Points, uniform at random in the bounding box of X, a share `inset` of its width off the rim."""
    low, high = X.min(axis=0), X.max(axis=0)
    margin = inset * (high - low)
    return rng.uniform(low + margin, high - margin, (_N_TEST, X.shape[1]))


# How data are made of them


def _formula(
    function: Function, draw: Sampler, noise: float = 0.0, inset: float = 0.0
) -> Callable[[int], Split]:
    """Data of a formula; `noise` is a fraction of the root mean square of y."""

    def load(seed: int) -> Split:
        rng = np.random.default_rng(seed)
        X = draw(rng)
        y = function(*X.T)
        deviation = noise * np.sqrt(np.mean(y**2)) * rng.standard_normal(len(y))
        X_test = _inside(X, rng, inset)
        return X, y + deviation, X_test, function(*X_test.T)

    return load


def _padded(function: Function) -> Callable[[int], Split]:
    """1501 even points of [-1.02, 1.02], judged on 8000 of [-1, 1], as in arXiv 2307.08934."""

    def load(seed: int) -> Split:
        X = np.linspace(-1.02, 1.02, 1501)[:, None]
        X_test = np.random.default_rng(seed).uniform(-1, 1, (8000, 1))
        return X, function(X[:, 0]), X_test, function(X_test[:, 0])

    return load


def _tones(seed: int) -> Split:
    samples = make_line_spectrum(1500, random_state=seed)
    X_test = _inside(samples.X, np.random.default_rng(seed))
    return samples.X, samples.y, X_test, samples.function(X_test)


def _random_waves(seed: int) -> Split:
    """Waves of all integer vectors up to length 20, amplitudes |k| exp(-0.4 |k|), on [0, 2 pi]^2."""
    rng = np.random.default_rng(seed)
    every = np.stack(np.meshgrid(np.arange(21), np.arange(-20, 21), indexing="ij"), -1).reshape(-1, 2)
    length = np.hypot(*every.T)
    half = (length <= 20) & ((every[:, 0] > 0) | (every[:, 1] > 0))
    k, length = every[half], length[half]
    amplitude = rng.standard_normal(len(k)) * length * np.exp(-0.4 * length)
    phase = rng.uniform(0, 2 * np.pi, len(k))

    def function(x: Array, y: Array) -> Array:
        return np.cos(np.multiply.outer(x, k[:, 0]) + np.multiply.outer(y, k[:, 1]) + phase) @ amplitude

    return _formula(function, _scattered(20_000, [0, 0], [2 * np.pi] * 2), inset=0.01)(seed)


def _turbulence(seed: int) -> Split:
    flow = make_turbulence(256, random_state=seed)
    X_test = _inside(flow.X, np.random.default_rng(seed))
    exact = trigonometric_interpolant(flow.stream_function)
    return flow.X, flow.stream_function.ravel(), X_test, exact(X_test)


# The formulas


def _ln_cos(t: Array) -> Array:
    return np.log(t + 2) * np.cos(2 * t + t**3)


def _sin_exp(t: Array) -> Array:
    return np.sin(2 * t + 1) + 0.2 * np.exp(1.3 * t)


def _runge(x: Array) -> Array:
    return 1 / (1 + 25 * x**2)


def _layer(x: Array) -> Array:
    return np.tanh(80 * x) + 0.3 * np.sin(20 * x)


def _exp_sine(x: Array) -> Array:
    return np.exp(np.sin(3 * x))


def _chirp(x: Array) -> Array:
    return np.sin(2 * np.pi * (5 * x + 20 * x**2))


def _rising_chirp(x: Array) -> Array:
    return np.cos(2 * x) * np.sin(np.exp(1.1 * x))


def _two_tones(x: Array) -> Array:
    return np.sin(40 * x) * np.exp(x) + np.cos(200 * x)


def _branch_point(x: Array) -> Array:
    """A branch point two hundredths beyond the box."""
    return np.sqrt(1.02 + x) * np.cos(7 * x)


def _pole_row(x: Array) -> Array:
    """Poles all along the axis, close to it."""
    return np.exp(x) * np.cosh(3 * np.sin(30 * x)) ** -np.exp(x)


def _waves(x: Array, y: Array) -> Array:
    return np.exp(x / 2) * np.sin(3 * x + 2 * y) + np.cos(4 * x * y)


def _front(x: Array, y: Array) -> Array:
    return np.tanh(20 * (x + 0.3 * y)) + np.sin(3 * x * y)


def _ring(x: Array, y: Array) -> Array:
    return np.arctan(30 * (x**2 + y**2 - 0.5))


def _ripple(x: Array, y: Array) -> Array:
    return np.cos(3 * x + y**2) / (1.2 + x * y)


def _swing(x: Array) -> Array:
    return np.exp(x) * np.sin(5 * x)


def _step(x: Array, y: Array) -> Array:
    """A front wide enough for few nodes."""
    return np.tanh(4 * (x + 0.3 * y)) + np.sin(3 * x * y)


def _peaks(x: Array, y: Array) -> Array:
    """The surface that plotting libraries show, on [-1, 1]^2."""
    x, y = 3 * x, 3 * y
    near = 3 * (1 - x) ** 2 * np.exp(-(x**2) - (y + 1) ** 2)
    middle = 10 * (x / 5 - x**3 - y**5) * np.exp(-(x**2) - y**2)
    return near - middle - np.exp(-((x + 1) ** 2) - y**2) / 3


def _franke(x: Array, y: Array) -> Array:
    """Franke (1979), peaks and a dip on [0, 1]^2."""
    u, v = 9 * x, 9 * y
    return (
        0.75 * np.exp(-((u - 2) ** 2 + (v - 2) ** 2) / 4)
        + 0.75 * np.exp(-((u + 1) ** 2) / 49 - (v + 1) / 10)
        + 0.5 * np.exp(-((u - 7) ** 2 + (v - 3) ** 2) / 4)
        - 0.2 * np.exp(-((u - 4) ** 2) - (v - 7) ** 2)
    )


def _saddle(x: Array, y: Array, z: Array) -> Array:
    return np.exp(-(x**2) / 2) * np.cos(2 * x + y - z) + x * y * z


def _ripples(x: Array, y: Array) -> Array:
    return np.sin(30 * x * y) + np.cos(18 * x + 9 * y**2)


def _pass(x: Array, y: Array) -> Array:
    return np.cos(4 * x * y + 1) / (2.3 + x - y)


def _stripes(x: Array, y: Array) -> Array:
    """Many waves along one axis, none along the other."""
    return np.sin(28 * np.pi * x) * np.exp(y) + y**2


def _oblique(x: Array, y: Array) -> Array:
    return np.sin(2.9 * x + 1.1 * y)


def _cubewave(x: Array, y: Array, z: Array) -> Array:
    return np.exp(-((x - 0.1) ** 2 + (y - 0.1) ** 2 + (z - 0.1) ** 2)) * np.cos(3 * x - 2 * y + z)


def _branin(x: Array, y: Array) -> Array:
    """Branin (1972), on [-5, 10] x [0, 15]."""
    valley = y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10


def _ishigami(x: Array, y: Array, z: Array) -> Array:
    """Ishigami and Homma (1990), on [-pi, pi]^3: one pair of inputs interacts."""
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


def _bumps(x: Array, y: Array, z: Array) -> Array:
    """Three Gaussian bumps of unlike width and sign."""
    return (
        np.exp(-8 * ((x - 0.4) ** 2 + (y + 0.2) ** 2 + z**2))
        - 0.7 * np.exp(-5 * ((x + 0.5) ** 2 + (y - 0.3) ** 2 + (z - 0.4) ** 2))
        + 0.5 * np.exp(-12 * ((x + 0.1) ** 2 + (y + 0.5) ** 2 + (z + 0.5) ** 2))
    )


def _vortices(x: Array, y: Array, z: Array) -> Array:
    return np.exp(np.cos(x) * np.sin(y)) * np.cos(z - x)


def _borehole(radius: Array, head: Array, length: Array, conductivity: Array) -> Array:
    """Flow through a borehole (Harper and Gupta 1983), its other four inputs held fixed."""
    influence, upper, lower, low_head = 25050.0, 89335.0, 89.55, 760.0
    log_ratio = np.log(influence / radius)
    leak = 2 * length * upper / (log_ratio * radius**2 * conductivity)
    return 2 * np.pi * upper * (head - low_head) / (log_ratio * (1 + leak + upper / lower))


def _friedman(a: Array, b: Array, c: Array, d: Array, e: Array, *_: Array) -> Array:
    """Friedman (1991), the first problem: five inputs on [0, 1] matter, any more do not."""
    return 10 * np.sin(np.pi * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e


def _additive(a: Array, b: Array, c: Array, d: Array, e: Array, f: Array) -> Array:
    """Six functions of one variable and one interaction."""
    alone = np.sin(2 * a) + np.exp(b / 2) + np.cos(3 * c) + d**3 + 1 / (1 + e**2) + np.tanh(2 * f)
    return alone + np.sin(2 * a * f)


def _otl(b1: Array, b2: Array, f: Array, c1: Array, c2: Array, gain: Array) -> Array:
    """Voltage at the midpoint of a push-pull circuit (Ben-Ari and Steinberg 2007)."""
    base, load = 12 * b2 / (b1 + b2), gain * (c2 + 9)
    return ((base + 0.74) * load + 11.35 * f + 0.74 * f * load / c1) / (load + f)


def _wing(
    area: Array, fuel: Array, aspect: Array, sweep: Array, pressure: Array, taper: Array, *others: Array
) -> Array:
    """Weight of the wing of a light aircraft (Forrester, Sobester and Keane 2008)."""
    thickness, load, gross, paint = others
    cosine = np.cos(np.deg2rad(sweep))
    shape = area**0.758 * fuel**0.0035 * (aspect / cosine**2) ** 0.6 * pressure**0.006 * taper**0.04
    return 0.036 * shape * (100 * thickness / cosine) ** -0.3 * (load * gross) ** 0.49 + area * paint


def _wells(*inputs: Array) -> Array:
    """Flow through a borehole (Harper and Gupta 1983), in all of its eight inputs."""
    radius, influence, upper, head, lower, low_head, length, conductivity = inputs
    log_ratio = np.log(influence / radius)
    leak = 2 * length * upper / (log_ratio * radius**2 * conductivity)
    return 2 * np.pi * upper * (head - low_head) / (log_ratio * (1 + leak + upper / lower))


def _field_force(charge: Array, field: Array, flux: Array, speed: Array, angle: Array) -> Array:
    """Equation I.12.11 of Feynman's lectures, in the units of Udrescu and Tegmark (2020)."""
    return charge * (field + flux * speed * np.sin(angle))


def _three_pairs(*x: Array) -> Array:
    """Ten functions of one input, and three pairs that interact."""
    alone = sum(np.sin((1 + 0.3 * j) * column + 0.2 * j) for j, column in enumerate(x))
    pairs = np.exp(x[0] * x[1]) + np.cos(2 * x[2] * x[3] + 1) + 1 / (3 + x[4] + x[5])
    both: Array = alone + pairs
    return both


# The points of the longer rows

_UNIT = np.linspace(0, 1, 40)
_FEW, _SOME = np.linspace(-1, 1, 30), np.linspace(-1, 1, 40)
_CHEBYSHEV = -np.cos(np.pi * np.arange(48) / 47)
_CROWDED = np.linspace(0, 1, 36) ** 1.5
_TURN = 2 * np.pi * np.arange(24) / 24
_CIRCLE = _line(200, 0, 2 * np.pi, endpoint=False)
_WELLS = _scattered(2000, [0.05, 990, 1120, 9855], [0.15, 1110, 1680, 12045])

_PROMISED = (
    Target("ln_cos", 1, "smooth", 1e-14, 1.0, _padded(_ln_cos)),
    Target("sin_exp", 1, "smooth", 1e-14, 1.0, _padded(_sin_exp)),
    Target("runge", 1, "smooth", 1e-12, 2.0, _formula(_runge, _cube(1000, 1))),
    Target("tones", 1, "oscillatory", 1e-11, 10.0, _tones),
    Target("waves", 2, "smooth", 1e-11, 10.0, _formula(_waves, _cube(6000, 2))),
    Target("front", 2, "steep", 1e-7, 60.0, _formula(_front, _cube(6000, 2))),
    Target("ring", 2, "steep", 1e-5, 90.0, _formula(_ring, _cube(6000, 2))),
    Target("layer", 1, "steep", 1e-9, 20.0, _formula(_layer, _line(600, -1, 1))),
    Target("turbulence", 2, "periodic", 1e-12, 60.0, _turbulence),
    Target("noisy", 1, "noisy", 3e-3, None, _formula(_ln_cos, _cube(1000, 1), noise=0.01)),
)

# Scattered rows, held out one percent inside the box. Bounds and seconds are what is aimed at.
_INSET = 0.01
_BRANIN, _TURNS = _scattered(3000, [-5, 0], [10, 15]), _scattered(2000, [-np.pi] * 3, [np.pi] * 3)
_SCATTERED = (
    Target("ripples", 2, "oscillatory", 1e-11, 3.0, _formula(_ripples, _cube(10_000, 2), inset=_INSET)),
    Target("random_waves", 2, "oscillatory", 1e-9, 6.0, _random_waves),
    Target("pass", 2, "smooth", 1e-11, 1.0, _formula(_pass, _cube(6000, 2), inset=_INSET)),
    Target("stripes", 2, "oscillatory", 1e-9, 2.0, _formula(_stripes, _unit_cube(2000, 2), inset=_INSET)),
    Target("oblique", 2, "smooth", 1e-13, 0.3, _formula(_oblique, _cube(400, 2), inset=_INSET)),
    Target("branin", 2, "smooth", 1e-13, 3.0, _formula(_branin, _BRANIN, inset=_INSET)),
    Target("cubewave", 3, "smooth", 2e-8, 3.0, _formula(_cubewave, _cube(8000, 3), inset=_INSET)),
    Target("ishigami", 3, "smooth", 1e-13, 3.0, _formula(_ishigami, _TURNS, inset=_INSET)),
)

_FINE = _line(500, -1, 1)
_LONG, _MANY = _line(1_000_000, -1, 1), _cube(1_000_000, 1)
_EVEN, _RANDOM = _line(2000, 0, 5.3), _scattered(3000, [0], [5.3])
# The same on a line. What is left of `pole_row` is 1.3e-3 by scipy.interpolate.AAA as it comes.
_ON_LINES = (
    Target("long_line", 1, "oscillatory", 1e-13, 3.0, _formula(_two_tones, _LONG, inset=_INSET)),
    Target("many_rows", 1, "oscillatory", 1e-13, 6.0, _formula(_two_tones, _MANY, inset=_INSET)),
    Target("even_chirp", 1, "oscillatory", 1e-9, 3.0, _formula(_rising_chirp, _EVEN, inset=_INSET)),
    Target("random_chirp", 1, "oscillatory", 1e-8, 3.0, _formula(_rising_chirp, _RANDOM, inset=_INSET)),
    Target("even_runge", 1, "smooth", 1e-14, 2.0, _formula(_runge, _FINE, inset=_INSET)),
    Target("branch_point", 1, "smooth", 3e-14, 2.0, _formula(_branch_point, _FINE, inset=_INSET)),
    Target("pole_row", 1, "oscillatory", 5e-5, 2.0, _formula(_pole_row, _FINE, inset=_INSET)),
)

# Many inputs, held out in the same way. Bounds are of the error over the norm of y, its mean included, and
# so a little easier than those about the mean that `docs/scattered.md` gives.
_CIRCUIT = _scattered(2000, [50, 25, 0.5, 1.2, 0.25, 50], [150, 70, 3, 2.5, 1.2, 300])
_AIRCRAFT = _scattered(
    2000,
    [150, 220, 6, -10, 16, 0.5, 0.08, 2.5, 1700, 0.025],
    [200, 300, 10, 10, 45, 1, 0.18, 6, 2500, 0.08],
)
_WELL_FIELD = _scattered(
    2000,
    [0.05, 100, 63070, 990, 63.1, 700, 1120, 9855],
    [0.15, 50000, 115600, 1110, 116, 820, 1680, 12045],
)
_UNITS = _scattered(2000, [1] * 5, [5] * 5)
_INPUTS = (
    Target("otl_circuit", 6, "smooth", 1e-6, 10.0, _formula(_otl, _CIRCUIT, inset=_INSET)),
    Target("wing_weight", 10, "smooth", 2e-5, 20.0, _formula(_wing, _AIRCRAFT, inset=_INSET)),
    Target("wells", 8, "smooth", 4e-5, 20.0, _formula(_wells, _WELL_FIELD, inset=_INSET)),
    Target("field_force", 5, "smooth", 8.7e-6, 40.0, _formula(_field_force, _UNITS, inset=_INSET)),
    Target(
        "friedman_ten", 10, "smooth", 2.9e-5, 40.0, _formula(_friedman, _unit_cube(2000, 10), inset=_INSET)
    ),
    # Noise of 0.2 of the spread; 1.1 times the error of a Gaussian process with a length for each input.
    Target("friedman_600", 10, "noisy", 0.026, 10.0, _formula(_friedman, _unit_cube(600, 10), noise=0.065)),
    Target(
        "three_pairs", 10, "smooth", 1e-9, 60.0, _formula(_three_pairs, _cube(20_000, 10), inset=_INSET)
    ),
)

_MEASURED = (  # name, dimension, kind, load
    ("exp_sine", 1, "periodic", _formula(_exp_sine, _CIRCLE)),
    ("chirp", 1, "oscillatory", _formula(_chirp, _line(1000, 0, 1))),
    ("kink", 1, "steep", _formula(np.abs, _cube(500, 1))),
    ("franke_scattered", 2, "smooth", _formula(_franke, _unit_cube(2000, 2))),
    ("franke_grid", 2, "smooth", _formula(_franke, _grid(_UNIT, _UNIT))),
    ("franke_noisy", 2, "noisy", _formula(_franke, _unit_cube(2000, 2), noise=0.05)),
    ("coarse_runge", 1, "smooth", _formula(_runge, _line(60, -1, 1))),
    ("coarse_swing", 1, "smooth", _formula(_swing, _line(16, -1, 1))),
    ("coarse_step", 2, "smooth", _formula(_step, _grid(_FEW, _FEW))),
    ("coarse_peaks", 2, "smooth", _formula(_peaks, _grid(_SOME, _SOME))),
    ("uneven_grid", 2, "smooth", _formula(_ripple, _grid(_CHEBYSHEV, _CROWDED))),
    ("saddle", 3, "smooth", _formula(_saddle, _cube(4000, 3))),
    ("bumps", 3, "smooth", _formula(_bumps, _cube(5000, 3))),
    ("vortices", 3, "periodic", _formula(_vortices, _grid(_TURN, _TURN, _TURN))),
    ("borehole", 4, "smooth", _formula(_borehole, _WELLS)),
    ("friedman", 5, "smooth", _formula(_friedman, _unit_cube(3000, 5))),
    ("additive", 6, "smooth", _formula(_additive, _cube(5000, 6))),
    ("pass_fine_noise", 2, "noisy", _formula(_pass, _cube(6000, 2), noise=1e-3, inset=_INSET)),
    ("pass_noise", 2, "noisy", _formula(_pass, _cube(6000, 2), noise=0.05, inset=_INSET)),
    ("ripples_fine_noise", 2, "noisy", _formula(_ripples, _cube(10_000, 2), noise=1e-3, inset=_INSET)),
    ("ripples_noise", 2, "noisy", _formula(_ripples, _cube(10_000, 2), noise=0.05, inset=_INSET)),
    ("friedman_noisy", 10, "noisy", _formula(_friedman, _unit_cube(1000, 10), noise=0.07)),
)

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        *_PROMISED,
        *_SCATTERED,
        *_ON_LINES,
        *_INPUTS,
        *(Target(*row[:3], None, None, row[3]) for row in _MEASURED),
    )
}
