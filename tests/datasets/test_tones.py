"""Tones on an interval and on a curve: the paper's functions, points and seeds."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

from skspectral.datasets import make_tones, make_tones_on_curve

AMPLITUDES = {
    1: lambda j, x: 1.0,
    2: lambda j, x: 1.05 - 0.05 * j,
    3: lambda j, x: math.exp(-x) * math.cos(j * x),
    4: lambda j, x: 0.05 * j,
    "curve": lambda j, x: 0.025 * j,
}
MAKERS = [make_tones, make_tones_on_curve]


def exact_tones(x, n_tones, amplitude):
    """The sum by rational arithmetic: a phase 2 pi kappa x loses no digit before the sine."""
    phases = np.random.RandomState(0).uniform(0, 2 * np.pi, 40)
    turns = [float(10 * j * Fraction(float(x)) % 1) for j in range(1, n_tones + 1)]
    return math.fsum(
        amplitude(j, x) * math.sin(2 * math.pi * turn + phase)
        for j, turn, phase in zip(range(1, n_tones + 1), turns, phases)
    )


def spectrum(y):
    """One-sided complex amplitudes, in cycles per length of the grid; a sine of size 1 gives 1."""
    return 2 * np.fft.rfft(y, norm="forward")


@pytest.mark.parametrize("setting", [1, 2, 3, 4])
@pytest.mark.parametrize("split", ["", "_validation", "_test"])
def test_tones_are_the_stated_sum(setting, split):
    tones = make_tones(setting)
    x, y = tones[f"X{split}"][::97, 0], tones[f"y{split}"][::97]
    expected = [exact_tones(point, 20, AMPLITUDES[setting]) for point in x]
    # Twenty angles of up to 4 pi, each rounded to 2e-15.
    np.testing.assert_allclose(y, expected, rtol=0, atol=2e-14)


@pytest.mark.parametrize("q", [0, 4])
@pytest.mark.parametrize("split", ["", "_validation", "_test"])
def test_tones_on_curve_are_the_stated_sum_and_points(q, split):
    tones = make_tones_on_curve(q)
    t = tones[f"t{split}"][::197, 0]
    expected = [exact_tones(point, 40, AMPLITUDES["curve"]) for point in t]
    np.testing.assert_allclose(tones[f"y{split}"][::197], expected, rtol=0, atol=4e-14)
    points = (1 + np.sin(2 * q * np.pi * t) / 2) * np.exp(2j * np.pi * t)
    found = tones[f"X{split}"][::197] @ [1, 1j]
    np.testing.assert_allclose(found, points, rtol=0, atol=1e-14)


@pytest.mark.parametrize("x", [1e-3, 1 / 3, 0.7234567890123456, 0.9999999999999999, -2.6, 31.4])
def test_function_is_exact_off_the_samples(x):
    function = make_tones_on_curve().function
    expected = exact_tones(x, 40, AMPLITUDES["curve"])
    np.testing.assert_allclose(function([[x]]), [expected], rtol=0, atol=4e-14)


def test_setting_1_has_twenty_lines_of_amplitude_1():
    lines = np.zeros(3001)
    lines[10:201:10] = 1
    np.testing.assert_allclose(np.abs(spectrum(make_tones(1).y)), lines, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("make", "options"),
    [(make_tones, {"setting": 2}), (make_tones, {"setting": 4}), (make_tones_on_curve, {"q": 4})],
)
def test_attributes_are_the_lines_of_the_spectrum(make, options):
    tones = make(**options)
    function = tones.function
    expected = np.zeros(len(tones.y) // 2 + 1, dtype=complex)
    lines = function.frequencies.astype(int)
    expected[lines] = function.amplitudes * np.exp(1j * function.phases) / 1j
    np.testing.assert_allclose(spectrum(tones.y), expected, rtol=0, atol=1e-13)


def test_frequencies_and_amplitudes_are_the_papers():
    for setting in (1, 2, 4):
        function = make_tones(setting).function
        np.testing.assert_array_equal(function.frequencies, range(10, 201, 10))
        stated = [AMPLITUDES[setting](j, None) for j in range(1, 21)]
        np.testing.assert_allclose(function.amplitudes, stated, rtol=1e-14)
    on_curve = make_tones_on_curve().function
    np.testing.assert_array_equal(on_curve.frequencies, range(10, 401, 10))
    np.testing.assert_allclose(on_curve.amplitudes, np.arange(1, 41) / 40, rtol=1e-14)


def test_amplitudes_of_setting_3_depend_on_x():
    x = np.array([0.0, 0.2, 0.9])
    expected = [[AMPLITUDES[3](j, point) for j in range(1, 21)] for point in x]
    found = make_tones(3).function.amplitudes(x[:, None])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("make", MAKERS)
def test_phases_are_the_first_draws_of_seed_0(make):
    phases = make().function.phases
    expected = np.random.RandomState(0).uniform(low=0, high=2 * np.pi, size=40)
    np.testing.assert_array_equal(phases, expected[: len(phases)])


@pytest.mark.parametrize(("make", "key", "n"), [(make_tones, "X", 6000), (make_tones_on_curve, "t", 12000)])
def test_splits_have_the_papers_sizes_and_seeds(make, key, n):
    tones = make()
    np.testing.assert_allclose(tones[key][:, 0], np.arange(0, 1, 1 / n), rtol=0, atol=2**-53)
    for split, seed in (("_validation", 0), ("_test", 1)):
        points = np.random.RandomState(seed).uniform(low=0, high=1, size=n // 3)
        np.testing.assert_array_equal(tones[key + split], points[:, None])


@pytest.mark.parametrize("n", [1, 49, 1000])
def test_training_grid_is_evenly_spaced_and_leaves_out_1(n):
    x = make_tones(1, n, 3, 2).X
    np.testing.assert_array_equal(x[:, 0], [float(Fraction(i, n)) for i in range(n)])


@pytest.mark.parametrize("make", MAKERS)
def test_sizes_can_be_chosen(make):
    tones = make(1, 30, 20, 10)
    assert [len(tones[key]) for key in ("X", "X_validation", "X_test")] == [30, 20, 10]
    assert [tones[key].shape for key in ("y", "y_validation", "y_test")] == [(30,), (20,), (10,)]


@pytest.mark.parametrize("make", MAKERS)
def test_arrays_are_float64_and_the_same_in_every_call(make):
    first, again = make(), make()
    for key in set(first) - {"function", "curve"}:
        assert first[key].dtype == np.float64
        np.testing.assert_array_equal(first[key], again[key])


@pytest.mark.parametrize("make", MAKERS)
def test_random_state_of_the_process_is_left_alone(make):
    before = np.random.get_state()[1].copy()
    make(1, 10, 10, 10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_one_data_set_does_not_change_the_next():
    make_tones(2).function.amplitudes[:] = 0
    make_tones(2).function.frequencies[:] = 0
    assert make_tones(2).function.amplitudes[0] == 1
    assert make_tones(2).function.frequencies[0] == 10


@pytest.mark.parametrize("setting", [1, 3])
def test_function_survives_pickling(setting):
    tones = make_tones(setting)
    copy = pickle.loads(pickle.dumps(tones.function))
    np.testing.assert_array_equal(copy(tones.X_test), tones.y_test)


def test_curve_survives_pickling():
    tones = make_tones_on_curve(4)
    copy = pickle.loads(pickle.dumps(tones.curve))
    np.testing.assert_array_equal(copy(tones.t_test), tones.X_test)


def test_no_points_no_values():
    tones = make_tones_on_curve()
    assert tones.function(np.empty((0, 1))).shape == (0,)
    assert tones.curve(np.empty((0, 1))).shape == (0, 2)


@pytest.mark.parametrize("points", [np.ones((2, 20)), np.ones(20), [[np.nan]], [["a"]]])
def test_bad_points_are_refused(points):
    """Twenty columns would broadcast against the twenty tones, and mean nothing."""
    with pytest.raises(ValueError, match=r"X must|X contains|Expected 2D|could not convert"):
        make_tones().function(points)


def test_bad_points_on_the_curve_are_refused():
    with pytest.raises(ValueError, match=r"t must have shape \(m, 1\), got \(3, 2\)"):
        make_tones_on_curve().curve(np.ones((3, 2)))


@pytest.mark.parametrize(
    ("make", "options", "error"),
    [
        (make_tones, {"setting": 0}, ValueError),
        (make_tones, {"setting": 5}, ValueError),
        (make_tones, {"setting": 1.0}, TypeError),
        (make_tones, {"setting": "increase"}, TypeError),
        (make_tones, {"n_samples": 0}, ValueError),
        (make_tones, {"n_validation": -1}, ValueError),
        (make_tones, {"n_test": 2.5}, TypeError),
        (make_tones_on_curve, {"q": -1}, ValueError),
        (make_tones_on_curve, {"q": 0.5}, TypeError),
        (make_tones_on_curve, {"n_samples": None}, TypeError),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_bad_parameters_are_named(make, options, error):
    with pytest.raises(error, match=next(iter(options))):
        make(**options)
