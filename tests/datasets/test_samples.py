"""Line spectra and fronts: what their docstrings promise."""

import pickle

import numpy as np
import pytest

from skspectral.datasets import make_front, make_line_spectrum


@pytest.fixture(scope="module")
def tones():
    return make_line_spectrum(1500, random_state=0)


def test_line_spectrum_is_the_stated_sum(tones):
    parts = [
        a * np.sin(2 * np.pi * f * tones.X[:, 0] + p)
        for f, a, p in zip(tones.function.frequencies, tones.function.amplitudes, tones.function.phases)
    ]
    np.testing.assert_allclose(tones.y, np.sum(parts, axis=0), rtol=0, atol=1e-13)


def test_line_spectrum_has_its_dynamic_range(tones):
    levels = 20 * np.log10(np.sort(tones.function.amplitudes))
    np.testing.assert_allclose(levels, np.linspace(-60, 0, 12), atol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_tones_are_off_the_lattice_apart_and_in_band(seed):
    frequencies = make_line_spectrum(1500, random_state=seed).function.frequencies
    from_lattice = np.abs(frequencies * 2 - np.round(frequencies * 2)) / 2
    assert from_lattice.min() >= 0.125
    assert np.diff(frequencies).min() >= 0.75
    assert frequencies.min() > 0.5
    assert 124 < frequencies.max() <= 125  # a third of 1500 / 4


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"n_features": 1, "steepness": 80}, lambda X: np.tanh(80 * X[:, 0])),
        ({}, lambda X: np.tanh(20 * (X[:, 0] + 0.3 * X[:, 1]))),
        (
            {"shape": "ring", "steepness": 30},
            lambda X: np.arctan(30 * (X[:, 0] ** 2 + X[:, 1] ** 2 - 0.5)),
        ),
    ],
    ids=["plane 1-D", "plane 2-D", "ring"],
)
def test_front_is_the_stated_function(options, expected):
    front = make_front(200, random_state=0, **options)
    np.testing.assert_allclose(front.y, expected(front.X), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("make", [make_front, make_line_spectrum])
def test_samples_are_scattered_over_the_cube(make):
    samples = make(2000, random_state=0)
    assert np.abs(samples.X).max() <= 1
    assert np.abs(samples.X).max(axis=0).min() > 0.99
    assert len(np.unique(samples.X[:, 0])) == 2000


@pytest.mark.parametrize("make", [make_front, make_line_spectrum])
def test_noise_has_its_deviation_and_leaves_the_rest(make):
    clean, noisy = (make(4000, noise=noise, random_state=0) for noise in (0.0, 0.1))
    np.testing.assert_array_equal(clean.X, noisy.X)
    np.testing.assert_array_equal(clean.y, noisy.function(noisy.X))
    # Five standard errors of a standard deviation, 0.1 / sqrt(2 n) each.
    np.testing.assert_allclose(np.std(noisy.y - clean.y), 0.1, atol=0.006)


@pytest.mark.parametrize("make", [make_front, make_line_spectrum])
def test_same_seed_same_samples_and_function_survives_pickling(make):
    first, again = (make(200, random_state=7) for _ in range(2))
    np.testing.assert_array_equal(first.y, again.y)
    copy = pickle.loads(pickle.dumps(first.function))
    np.testing.assert_array_equal(copy(again.X), again.y)


@pytest.mark.parametrize(
    ("make", "options", "error"),
    [
        (make_line_spectrum, {"n_tones": 0}, ValueError),
        (make_line_spectrum, {"n_tones": 126}, ValueError),
        (make_line_spectrum, {"dynamic_range": -1}, ValueError),
        (make_line_spectrum, {"nyquist_fraction": np.nan}, ValueError),
        (make_line_spectrum, {"noise": -0.1}, ValueError),
        (make_line_spectrum, {"n_samples": 10.5}, TypeError),
        (make_front, {"shape": "cube"}, ValueError),
        (make_front, {"n_features": 0}, ValueError),
        (make_front, {"steepness": np.inf}, ValueError),
        (make_front, {"noise": "loud"}, TypeError),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_bad_parameters_are_named(make, options, error):
    with pytest.raises(error, match=next(iter(options))):
        make(**options)
