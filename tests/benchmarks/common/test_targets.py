"""The registry of targets: shapes, exactness, and held-out points that are held out."""

import functools

import numpy as np
import pytest
from scipy.interpolate import CubicSpline, LinearNDInterpolator
from sklearn.datasets import make_friedman1

from benchmarks.accuracy import command
from benchmarks.common.targets import (
    _INPUTS,
    _MEASURED,
    _ON_LINES,
    _PROMISED,
    _SCATTERED,
    TARGETS,
    _friedman,
    relative_l2,
)

# name: rows of the targets that something is promised of
PROMISED = {
    "ln_cos": 1501,
    "sin_exp": 1501,
    "runge": 1000,
    "tones": 1500,
    "waves": 6000,
    "front": 6000,
    "ring": 6000,
    "layer": 600,
    "turbulence": 65536,
    "noisy": 1000,
}
NOISE = 0.01  # of the noisy one


# The formulas of the table, written once more
FORMULAS = {
    "ln_cos": lambda t: np.log(t + 2) * np.cos(2 * t + t**3),
    "sin_exp": lambda t: np.sin(2 * t + 1) + np.exp(1.3 * t) / 5,
    "runge": lambda x: 1 / (1 + 25 * x**2),
    "waves": lambda x, y: np.exp(0.5 * x) * np.sin(3 * x + 2 * y) + np.cos(4 * x * y),
    "front": lambda x, y: np.tanh(20 * x + 6 * y) + np.sin(3 * x * y),
    "ring": lambda x, y: np.arctan(30 * x**2 + 30 * y**2 - 15),
    "layer": lambda x: np.tanh(80 * x) + 0.3 * np.sin(20 * x),
    "noisy": lambda t: np.log(t + 2) * np.cos(2 * t + t**3),
}


@functools.cache
def load(name):
    """Data of seed 0, made once."""
    return TARGETS[name].load(0)


@pytest.fixture(params=list(TARGETS))
def loaded(request):
    """A target with its data."""
    return TARGETS[request.param], load(request.param)


def rows(X):
    """The rows of X as a set."""
    return set(map(tuple, X.tolist()))


@pytest.mark.slow
def test_shapes_and_values(loaded):
    target, (X_train, y_train, X_test, y_test) = loaded
    assert X_train.shape == (len(y_train), target.dimension)
    assert X_test.shape == (len(y_test), target.dimension)
    assert len(y_test) >= 5000
    assert y_train.ndim == y_test.ndim == 1
    assert all(np.isfinite(part).all() for part in (X_train, y_train, X_test, y_test))
    assert all(part.dtype == np.float64 for part in (X_train, y_train, X_test, y_test))


@pytest.mark.slow
def test_held_out_points_are_inside_the_box_and_new(loaded):
    _, (X_train, _, X_test, _) = loaded
    assert (X_test >= X_train.min(axis=0)).all()
    assert (X_test <= X_train.max(axis=0)).all()
    assert len(rows(X_test)) == len(X_test)
    assert not rows(X_test) & rows(X_train)


def test_registry_names_and_spread():
    # a name that is taken twice would be lost
    assert len(TARGETS) == sum(map(len, (_PROMISED, _SCATTERED, _ON_LINES, _INPUTS, _MEASURED)))
    assert {target.dimension for target in TARGETS.values()} >= {1, 2, 3, 4, 5, 6}
    kinds = {"smooth", "periodic", "oscillatory", "steep", "noisy"}
    assert {target.kind for target in TARGETS.values()} == kinds
    assert len(TARGETS) >= len(PROMISED) + 10


def test_the_promised_targets():
    assert {t.name for t in TARGETS.values() if t.bound is not None} == {
        *PROMISED,
        *(t.name for t in (*_SCATTERED, *_ON_LINES, *_INPUTS)),
    }
    # slower fits are killed, and nobody would know by how much they miss
    limit = command._options([]).time_limit
    assert all(0 < t.seconds <= limit for t in TARGETS.values() if t.seconds is not None)
    assert {t.name for t in TARGETS.values() if t.seconds is not None} == {
        *PROMISED,
        *(t.name for t in (*_SCATTERED, *_ON_LINES, *_INPUTS)),
    } - {"noisy"}


def interpolated(name):
    """Error of the usual interpolant: a cubic spline, or linear on triangles."""
    X, y, X_test, y_test = load(name)
    if X.shape[1] == 1:
        order = np.argsort(X[:, 0])
        return relative_l2(y_test, CubicSpline(X[order, 0], y[order])(X_test[:, 0]))
    predicted = LinearNDInterpolator(X, y)(X_test)
    inside = np.isfinite(predicted)
    return relative_l2(y_test[inside], predicted[inside])


@pytest.mark.parametrize("name", sorted(PROMISED.keys() - {"noisy"}))
def test_promises_are_worth_something_and_can_be_kept(name):
    """Well beyond the usual interpolant, near rounding unless the function is steep, and none beyond."""
    eps, target = np.finfo(float).eps, TARGETS[name]
    assert 10 * eps < target.bound < 0.2 * interpolated(name)
    assert target.kind == "steep" or target.bound < 1e5 * eps


def test_noise_is_promised_to_be_smoothed():
    """An interpolant keeps all of the noise, least squares of p terms sqrt(p / n): 5 terms to 100."""
    least, most = NOISE * np.sqrt(np.array([5, 100]) / PROMISED["noisy"])
    assert least < TARGETS["noisy"].bound < most < interpolated("noisy")


@pytest.mark.parametrize("name", PROMISED)
def test_promised_targets_have_their_rows(name):
    assert len(load(name)[1]) == PROMISED[name]


@pytest.mark.parametrize("name", FORMULAS)
def test_held_out_values_are_exact(name):
    _, _, X_test, y_test = load(name)
    np.testing.assert_allclose(y_test, FORMULAS[name](*X_test.T), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["ln_cos", "sin_exp"])
def test_padded_targets_are_judged_on_the_inner_interval(name):
    X_train, _, X_test, _ = load(name)
    np.testing.assert_allclose(X_train[[0, 750, -1], 0], [-1.02, 0, 1.02], atol=1e-15)
    assert X_test.shape == (8000, 1)
    assert np.abs(X_test).max() <= 1


@pytest.mark.parametrize(("name", "level"), [("noisy", 0.01), ("franke_noisy", 0.05)])
def test_noise_is_on_the_training_values(name, level):
    """Against the nearest clean value, which differs by far less than the noise."""
    X_train, y_train, X_test, y_test = load(name)
    nearest = np.array([np.sum((X_test - x) ** 2, axis=1).argmin() for x in X_train])
    deviation = np.std(y_train - y_test[nearest]) / np.sqrt(np.mean(y_train**2))
    np.testing.assert_allclose(deviation, level, rtol=0.15)


def test_friedman_is_that_of_scikit_learn():
    X, y = make_friedman1(100, n_features=10, random_state=0)
    np.testing.assert_allclose(_friedman(*X.T), y, rtol=1e-14)


def test_load_is_repeatable_and_seeds_differ():
    first, again, other = (TARGETS["waves"].load(seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[3], again[3])
    assert np.abs(first[0] - other[0]).max() > 0.1


def test_relative_l2():
    assert relative_l2([3.0, 4.0], [3.0, 4.0]) == 0
    np.testing.assert_allclose(relative_l2([3.0, 4.0], [3.0, 4.5]), 0.1)
    with pytest.raises(ValueError, match="same shape"):
        relative_l2(np.ones(3), np.ones((3, 1)))
