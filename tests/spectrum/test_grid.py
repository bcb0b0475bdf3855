"""Grids are found in rows of any order; periods are those of functions whose period is known."""

import math

import numpy as np
import pytest
import torch

from skspectral._backend.samples import canonical_samples
from skspectral.spectrum import Grid, detect_grid
from skspectral.spectrum.grid import mean_nyquist


def tensor(values):
    return torch.tensor(np.asarray(values, float))


def mesh(*axes):
    """Every point of the tensor grid, in C order."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(axes))


def canonical(X):
    """Scaled rows as an estimator sees them."""
    ones = torch.ones(len(X), dtype=torch.float64)
    return canonical_samples(tensor(X), ones[:, None], ones)[0].t


UNEVEN = [0.0, 0.1, 0.5, 2.0, 2.1]
AXES = {
    "line": (np.linspace(0, 5, 9),),
    "uneven line": (UNEVEN,),
    "plane": (np.linspace(-1, 1, 6), np.linspace(3, 4, 4)),
    "uneven plane": (UNEVEN, [-7.0, 1.0, 9.0]),
    "space": (np.arange(3), UNEVEN, np.arange(4) / 7),
    "constant column": (np.arange(6), [2.5]),
}


@pytest.mark.parametrize("axes", AXES.values(), ids=AXES)
def test_grid_is_found_in_shuffled_rows(axes, rng):
    grid = detect_grid(canonical(rng.permutation(mesh(*axes))))
    assert grid.shape == tuple(len(axis) for axis in axes)
    for found, axis in zip(grid.axes, axes):
        half = (max(axis) - min(axis)) / 2 or abs(axis[0])
        expected = (np.array(axis) - (max(axis) + min(axis)) / 2) / half
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("axes", AXES.values(), ids=AXES)
def test_canonical_rows_are_the_grid_in_c_order(axes, rng):
    t = canonical(rng.permutation(mesh(*axes)))
    np.testing.assert_array_equal(mesh(*detect_grid(t).axes), t)


@pytest.mark.parametrize("case", ["plane", "uneven plane", "space"])
def test_a_missing_point_makes_rows_scattered(case, rng):
    rows = mesh(*AXES[case])
    missing = rng.integers(len(rows))
    assert detect_grid(canonical(np.delete(rows, missing, 0))) is None


def test_a_point_too_many_makes_rows_scattered():
    rows = np.vstack([mesh(*AXES["plane"]), [[0.123, 3.4]]])
    assert detect_grid(canonical(rows)) is None


def test_scattered_rows_are_no_grid(rng):
    assert detect_grid(canonical(rng.random((100, 2)))) is None


@pytest.mark.parametrize("case", AXES)
def test_uniform_axes_are_told_from_uneven_ones(case):
    grid = detect_grid(canonical(mesh(*AXES[case])))
    expected = [axis is not UNEVEN and len(axis) > 2 for axis in AXES[case]]
    assert [grid.uniform(i) for i in range(len(expected))] == expected


@pytest.mark.parametrize(
    ("axes", "steps"), [("line", [0.25]), ("plane", [0.4, 2 / 3]), ("space", [1.0, 2 / 3])]
)
def test_the_step_of_each_even_axis_sets_its_highest_frequency(axes, steps):
    grid = detect_grid(canonical(mesh(*AXES[axes])))
    assert sorted(grid.nyquist())[: len(steps)] == pytest.approx(sorted(math.pi / step for step in steps))


def test_uneven_axes_have_no_highest_frequency():
    assert detect_grid(canonical(mesh(*AXES["uneven line"]))).nyquist() == (math.inf,)


def test_the_mean_step_sets_the_mean_nyquist_frequency():
    """A wave of two steps has it; 16 rows of a square are 4 along each axis."""
    assert mean_nyquist(5) == pytest.approx(2 * math.pi / (2 * 0.5))
    assert mean_nyquist(16**0.5, 3.0) == pytest.approx(math.pi)


@pytest.mark.parametrize("n", [20, 500])
def test_coordinates_in_single_precision_are_uniform(n):
    x = np.linspace(0, 1, n).astype(np.float32)
    assert detect_grid(canonical(x[:, None])).uniform(0)
    x[n // 2] += 1e-5
    assert not detect_grid(canonical(x[:, None])).uniform(0)


def test_rounded_coordinates_are_uniform(rng):
    x = 1e3 + 0.1 * np.arange(50)
    assert detect_grid(canonical(x[:, None])).uniform(0)


N = 64
OPEN = np.linspace(-1, 1, N)  # ends one step short of a period of 2 N / (N - 1)
PERIOD = 2 * N / (N - 1)


def period(values, t=OPEN):
    return Grid((tensor(t),)).periods(tensor(values)[:, None])[0]


def turn(t, period):
    return 2 * np.pi * (np.asarray(t) + 1) / period


PERIODIC = {
    "tones": lambda a: np.cos(a + 1) - 0.2 * np.sin(7 * a),
    "smooth": lambda a: np.exp(np.sin(a)),
    "steep": lambda a: 1 / (1.3 + np.cos(a)),
    "highest tones": lambda a: np.cos(30 * a) + np.cos(a),
}


@pytest.mark.parametrize("function", PERIODIC.values(), ids=PERIODIC)
def test_period_is_one_step_more_than_the_box(function):
    assert period(function(turn(OPEN, PERIOD))) == pytest.approx(PERIOD, rel=1e-15)


@pytest.mark.parametrize("function", PERIODIC.values(), ids=PERIODIC)
def test_duplicated_end_point_makes_the_box_the_period(function):
    t = np.linspace(-1, 1, N + 1)
    assert period(function(turn(t, 2)), t) == pytest.approx(2, rel=1e-15)


# Polynomials whose periodic continuation first jumps in the derivative of this order.
JUMPS = {0: lambda t: t, 1: lambda t: t**2, 2: lambda t: t - t**3, 3: lambda t: (1 - t**2) ** 2}


@pytest.mark.parametrize("order", JUMPS)
@pytest.mark.parametrize("n", [16, 64, 256])
def test_a_jump_at_the_seam_is_no_period(order, n):
    t = -1 + 2 * np.arange(n) / n  # the seam is where the continuation jumps
    assert period(JUMPS[order](t), np.linspace(-1, 1, n)) == math.inf


@pytest.mark.parametrize("order", JUMPS)
def test_a_jump_at_the_duplicated_end_point_is_no_period(order):
    t = np.linspace(-1, 1, N + 1)
    assert period(JUMPS[order](t), t) == math.inf


SMOOTH = {
    "exponential": np.exp,
    "tone off the box": lambda t: np.cos(9.3 * t),
    "front": lambda t: np.tanh(5 * t),
    "small slope": lambda t: np.cos(np.pi * t) + 1e-3 * t,
}


@pytest.mark.parametrize("function", SMOOTH.values(), ids=SMOOTH)
def test_smooth_is_not_periodic(function):
    assert period(function(OPEN)) == math.inf


def test_noise_does_not_hide_a_period(rng):
    """A tone with one percent of noise: rougher at the seam than inside now and then."""
    tone = np.cos(turn(OPEN, PERIOD))
    found = [period(tone + 0.01 * rng.standard_normal(N)) for _ in range(50)]
    assert np.isfinite(found).mean() > 0.9


def test_noise_does_not_make_a_period(rng):
    found = [period(OPEN + 0.01 * rng.standard_normal(N)) for _ in range(50)]
    assert np.isinf(found).all()


def test_uneven_and_short_axes_have_no_period():
    uneven = np.sort(np.cos(np.linspace(0, np.pi, N)))
    assert period(np.cos(turn(uneven, PERIOD)), uneven) == math.inf
    short = np.linspace(-1, 1, 8)
    assert period(np.cos(turn(short, 16 / 7)), short) == math.inf


def test_zeros_have_no_period():
    assert period(np.zeros(N)) == math.inf


def test_periods_are_decided_per_axis():
    """Periodic along the first axis, not along the second; the third ends where it begins."""
    x, y, z = np.linspace(-1, 1, 16), np.linspace(-1, 1, 17), np.linspace(-1, 1, 13)
    X, Y, Z = np.meshgrid(x, y, z, indexing="ij")
    values = np.sin(turn(X, 32 / 15)) * np.exp(Y) * (2 + np.cos(turn(Z, 2)))
    grid = Grid(tuple(map(tensor, (x, y, z))))
    found = grid.periods(tensor(values)[..., None])
    np.testing.assert_allclose(found, [32 / 15, math.inf, 2], rtol=1e-15)


def test_periods_hold_for_all_outputs():
    periodic = np.cos(turn(OPEN, PERIOD))
    grid = Grid((tensor(OPEN),))
    assert grid.periods(tensor(np.stack([periodic, 2 * periodic], 1)))[0] == pytest.approx(PERIOD)
    assert grid.periods(tensor(np.stack([periodic, OPEN], 1)))[0] == math.inf


@pytest.mark.parametrize("factor", [2.0**-500, 2.0**300])
def test_size_of_values_does_not_matter(factor):
    assert period(factor * np.exp(np.sin(turn(OPEN, PERIOD)))) == pytest.approx(PERIOD)
    assert period(factor * np.exp(OPEN)) == math.inf
