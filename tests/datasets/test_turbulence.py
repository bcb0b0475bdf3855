"""Turbulence snapshots: budgets, resolution, and the relations that the docstring states."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from skspectral.datasets import make_turbulence, trigonometric_interpolant


@pytest.fixture(scope="module")
def small():
    """A short run on a small grid."""
    return make_turbulence(64, reynolds=40, time=0.5, random_state=3)


@pytest.fixture(scope="module")
def default():
    """The snapshot that users get."""
    return make_turbulence(random_state=0)


def laplacian(field):
    """Laplacian of a periodic field on [0, 2 pi)^2 by complex transforms."""
    k = np.fft.fftfreq(len(field), 1 / len(field))
    return np.fft.ifft2(-(k[:, None] ** 2 + k**2) * np.fft.fft2(field)).real


def test_layout(small):
    assert small.stream_function.shape == small.vorticity.shape == (64, 64)
    assert small.time == small.history.time[-1] == 0.5
    assert small.viscosity == 1 / 40
    np.testing.assert_array_equal(small.X[:, 0].reshape(64, 64), np.tile(small.x, (64, 1)).T)
    np.testing.assert_array_equal(small.X[:, 1].reshape(64, 64), np.tile(small.x, (64, 1)))
    np.testing.assert_allclose(small.x, np.linspace(0, 2 * np.pi, 65)[:-1], rtol=1e-15)


def test_stream_function_has_no_mean(small):
    assert abs(small.stream_function.mean()) < 1e-16


def test_vorticity_is_the_laplacian_of_the_stream_function(small):
    error = small.vorticity - laplacian(small.stream_function)
    assert np.abs(error).max() < 1e-12 * np.abs(small.vorticity).max()


def test_history_ends_at_the_snapshot(small):
    """Means over the grid against sums over modes (Parseval)."""
    energy = -np.mean(small.stream_function * small.vorticity) / 2
    palinstrophy = -np.mean(small.vorticity * laplacian(small.vorticity)) / 2
    np.testing.assert_allclose(small.history.energy[-1], energy, rtol=1e-13)
    np.testing.assert_allclose(small.history.enstrophy[-1], np.mean(small.vorticity**2) / 2)
    np.testing.assert_allclose(small.history.palinstrophy[-1], palinstrophy, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(("quantity", "rate"), [("energy", "enstrophy"), ("enstrophy", "palinstrophy")])
def test_viscous_decay_law(default, quantity, rate):
    """d energy/dt = -2 nu enstrophy and d enstrophy/dt = -2 nu palinstrophy, all the way.

    The bound is the quadrature's: the first steps resolve the steep start to a few 1e-5.
    """
    history = default.history
    spent = CubicSpline(history.time, 2 * default.viscosity * history[rate]).antiderivative()
    balance = history[quantity] + spent(history.time) - history[quantity][0]
    assert np.abs(balance).max() < 1e-4 * history[quantity][0]


def test_initial_energy_and_spectrum():
    """Energy 0.5 and, mode by mode, |u|^2 ~ 1 / (1 + (k / 6)^4): shells ~ k / (1 + (k / 6)^4)."""
    start = make_turbulence(128, time=0, random_state=0)
    np.testing.assert_allclose(start.history.energy, [0.5], rtol=1e-13)
    k = np.fft.fftfreq(128, 1 / 128)
    square = k[:, None] ** 2 + k**2
    speed = square * np.abs(np.fft.fft2(start.stream_function) / 128**2) ** 2
    level = (speed * (1 + square**2 / 6**4))[(square > 0) & (square <= 32**2)]
    np.testing.assert_allclose(level, level.mean(), rtol=1e-10)
    assert speed[square > 32**2].max() < 1e-25 * speed.max()


def test_default_is_resolved(default):
    """At the dealiasing cutoff (k = 85 of 256) the stream function is below 1e-12 of its peak."""
    coefficients = np.abs(np.fft.fft2(default.stream_function))
    k = np.abs(np.fft.fftfreq(256, 1 / 256))
    cutoff = np.maximum(k[:, None], k)
    assert coefficients[cutoff == 85].max() < 1e-12 * coefficients.max()
    assert coefficients[cutoff > 85].max() < 1e-15 * coefficients.max()


def test_resolution_does_not_change_the_flow():
    """Two grids that both resolve the flow give one function; the rest is the time step's error."""
    options = {"reynolds": 10, "time": 0.4, "random_state": 1}
    coarse, fine = (make_turbulence(n, **options) for n in (100, 128))
    values = trigonometric_interpolant(fine.stream_function)(coarse.X)
    error = np.linalg.norm(values - coarse.stream_function.ravel()) / np.linalg.norm(values)
    assert error < 5e-6


def test_random_state_decides():
    first, again, other = (
        make_turbulence(32, time=0.1, random_state=seed).stream_function for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1 * np.abs(first).max()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"n": 7}, ValueError),
        ({"n": 64.0}, TypeError),
        ({"reynolds": 0}, ValueError),
        ({"reynolds": np.inf}, ValueError),
        ({"time": -1}, ValueError),
        ({"time": np.nan}, ValueError),
        ({"time": "long"}, TypeError),
    ],
    ids=str,
)
def test_bad_parameters_are_named(options, error):
    with pytest.raises(error, match=next(iter(options))):
        make_turbulence(**options)
