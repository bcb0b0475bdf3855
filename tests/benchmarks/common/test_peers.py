"""The peers: against exact answers, noise and units; how settings are chosen."""

import math

import numpy as np
import pytest
import scipy.interpolate

from benchmarks.common.expansions import Chebyshev, FourierExtension
from benchmarks.common.peers import PEERS
from benchmarks.common.targets import relative_l2
from benchmarks.common.tuned import TunedPeer, first_stable

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


# How far each peer is off on sin(2x) cos(y), 400 points: their orders of accuracy, with room
WITHIN = {
    "rbf": 1e-2,
    "gaussian_process": 1e-4,
    "kernel_ridge": 1e-4,
    "mlp": 5e-2,
    "boosting": 0.5,
    "fourier_extension": 1e-3,
    "chebyshev": 1e-9,
    "ard_process": 1e-3,
    "anova": 1e-3,
}
# What is not in the test extra, and the peer that asks for it.
PACKAGES = {"ard_process": "gpytorch", "anova": "pyANOVAapprox"}


def plane_wave(X):
    return np.sin(2 * X[:, 0]) * np.cos(X[:, 1])


@pytest.fixture
def square(rng):
    """400 points of [-1, 1]^2."""
    return rng.uniform(-1, 1, (400, 2))


def needs_package(name):
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name], reason=f"{PACKAGES[name]} is in the bench extra alone")


def test_every_peer_has_a_bound():
    assert {*WITHIN, "aaa"} == set(PEERS)


def test_rational_functions_meet_a_pole_beside_the_line():
    if not hasattr(scipy.interpolate, "AAA"):
        pytest.skip("AAA came with SciPy 1.15")
    x = np.linspace(-1, 1, 200)[:, None]
    model = PEERS["aaa"]().fit(x, 1 / (1 + 25 * x[:, 0] ** 2))
    new = np.linspace(-0.97, 0.98, 333)[:, None]
    assert relative_l2(1 / (1 + 25 * new[:, 0] ** 2), model.predict(new)) < 1e-12
    with pytest.raises(ValueError, match="one feature"):
        PEERS["aaa"]().fit(np.ones((9, 2)), np.arange(9.0))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", WITHIN)
def test_peers_predict_what_they_have_not_seen(name, square, rng, monkeypatch):
    needs_package(name)
    monkeypatch.setattr(PEERS["mlp"], "row_passes", 200 * len(square))  # 2000 iterations take half a minute
    new = rng.uniform(-0.9, 0.9, (500, 2))
    model = PEERS[name]().fit(square, plane_wave(square))
    assert relative_l2(plane_wave(new), model.predict(new)) < WITHIN[name]
    assert model.chosen_


@pytest.mark.parametrize("name", ["rbf", "gaussian_process", "kernel_ridge", "chebyshev"])
def test_peers_smooth_noise(name, rng):
    """300 points with 10 % noise: an interpolant keeps all of it, a smoother less than half."""
    x = rng.uniform(-1, 1, (300, 1))
    new = np.linspace(-0.95, 0.95, 200)[:, None]
    y = np.sin(2 * x[:, 0])
    noisy = y + 0.1 * np.std(y) * rng.standard_normal(300)
    predicted = PEERS[name]().fit(x, noisy).predict(new)
    assert relative_l2(np.sin(2 * new[:, 0]), predicted) < 0.05


@pytest.mark.parametrize("name", ["rbf", "kernel_ridge", "fourier_extension"])
def test_peers_do_not_care_for_units(name, square):
    """Powers of two change exponents alone."""
    y = plane_wave(square)
    plain = PEERS[name]().fit(square, y).predict(square)
    scaled = PEERS[name]().fit(square * [1024, 2], 4096 * y).predict(square * [1024, 2])
    np.testing.assert_array_equal(scaled, 4096 * plain)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_fourier_extension_is_a_tensor_product(d):
    assert FourierExtension().n_terms(3, d) == 7**d


@pytest.mark.parametrize(("degree", "d"), [(5, 1), (4, 2), (3, 3), (3, 6)])
def test_chebyshev_has_the_terms_of_its_total_degree(degree, d):
    assert Chebyshev().n_terms(degree, d) == math.comb(degree + d, d)


def test_fourier_extension_bounds_the_total_degree_beyond_three_features():
    """At most one mode in all: the constant, a cosine and a sine of each axis."""
    assert FourierExtension().n_terms(1, 5) == 1 + 2 * 5


def test_chebyshev_reproduces_polynomials(square):
    x, y = square.T
    values = x**3 - 2 * x * y + 5 * y**2 + 1
    predicted = Chebyshev().train(square, values, degree=3)(square)
    np.testing.assert_allclose(predicted, values, atol=1e-13)


def test_fourier_extension_reproduces_its_modes(square):
    x, y = square.T
    values = np.cos(np.pi * x) * np.sin(np.pi / 2 * y) + 2
    predicted = FourierExtension().train(square, values, degree=2)(square)
    np.testing.assert_allclose(predicted, values, atol=1e-12)


@pytest.mark.parametrize("expansion", [FourierExtension(), Chebyshev()])
@pytest.mark.parametrize("d", [1, 2, 3, 6, 10])
def test_expansions_have_fewer_terms_than_rows(expansion, d):
    degrees = [settings["degree"] for settings in expansion.candidates(1000, d)]
    assert degrees == sorted(set(degrees))
    assert 20 <= expansion.n_terms(degrees[-1], d) <= 500


class Constant(TunedPeer):
    """Predicts the level that it is given; 2 breaks down."""

    def candidates(self, n, d):
        return [{"level": level} for level in (2, 0, 1)]

    def train(self, U, v, level):
        if level == 2:
            raise np.linalg.LinAlgError
        return lambda points: np.full(len(points), float(level))


def test_settings_are_those_of_the_least_held_out_error(rng):
    """Scaled values have mean 0, so that level 0 wins; 2 breaks down and is passed over."""
    model = Constant().fit(rng.standard_normal((50, 1)), 3 + rng.standard_normal(50))
    assert model.chosen_ == {"level": 0}


def positive(penalty):
    """Stands for a factorization that needs a penalty of 1e-9 or more."""
    return np.linalg.cholesky([[penalty - 1e-10]])


def test_first_stable_raises_the_penalty_no_more_than_it_must():
    np.testing.assert_allclose(first_stable(positive, 1e-13) ** 2, 1e-9 - 1e-10)
    with pytest.raises(np.linalg.LinAlgError, match="singular for every penalty"):
        first_stable(lambda penalty: np.linalg.cholesky([[-1.0]]), 1e-13)
