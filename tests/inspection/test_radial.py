"""The angle-averaged spectrum against waves of known power, Parseval, and slow sums."""

from itertools import product
from math import prod

import numpy as np
import pytest

from skspectral.inspection import angle_averaged_spectrum

SHAPES = [(1,), (2,), (16,), (17,), (8, 8), (7, 12), (1, 9), (4, 5, 6), (9, 3, 3)]


def coordinates(shape):
    """The axes of a grid on the unit box, shaped to broadcast."""
    return np.ix_(*[np.arange(n) / n for n in shape])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("window", [None, "hann"])
def test_shells_sum_to_the_mean_square(shape, window, rng):
    signs = rng.choice([-1.0, 1.0], shape)
    field = signs - (window == "hann") * signs.mean()
    weights = [np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2 for n in shape]
    tapered = prod(np.ix_(*[w / np.sqrt(np.mean(w**2)) for w in weights])) * field
    expected = np.mean({None: field, "hann": tapered}[window] ** 2)
    _, power = angle_averaged_spectrum(field, window=window)
    assert np.sum(power) == pytest.approx(expected, rel=1e-13, abs=1e-28)


@pytest.mark.parametrize(
    ("shape", "lengths", "mode"),
    [
        ((32,), (1.0,), (5,)),
        ((33,), (2 * np.pi,), (16,)),
        ((32, 32), (1.0, 1.0), (3, -4)),
        ((24, 48), (0.5, 1.0), (3, 8)),
        ((40, 30), (7.0, 7.0), (0, 9)),
        ((16, 16, 16), (1.0, 1.0, 1.0), (2, -3, 6)),
        ((8, 16, 32), (1.0, 2.0, 4.0), (1, 2, 8)),
    ],
)
def test_a_wave_has_half_its_squared_amplitude_in_one_shell(shape, lengths, mode):
    phase = 2 * np.pi * sum(m * x for m, x in zip(mode, coordinates(shape)))
    waves, power = angle_averaged_spectrum(3.0 * np.cos(phase + 0.7), lengths)
    wavenumber = np.sqrt(sum((m / L) ** 2 for m, L in zip(mode, lengths)))
    shell = np.argmax(power)
    assert waves[shell] == pytest.approx(wavenumber, abs=0.5 / max(lengths))
    assert power[shell] == pytest.approx(4.5, rel=1e-13)
    assert np.delete(power, shell).max() < 1e-26


@pytest.mark.parametrize("shape", [(6,), (5, 8), (3, 4, 5)])
def test_slow_sums_agree(shape, rng):
    field = rng.standard_normal(shape)
    lengths = np.array([2.0, 3.0, 5.0])[: len(shape)]
    expected = np.zeros(100)
    for mode in product(*[range(-((n - 1) // 2), n // 2 + 1) for n in shape]):
        phase = 2 * np.pi * sum(m * x for m, x in zip(mode, coordinates(shape)))
        coefficient = np.mean(field * np.exp(-1j * phase))
        radius = np.linalg.norm(np.array(mode) / lengths) * lengths.max()
        expected[int(np.floor(radius + 0.5))] += abs(coefficient) ** 2
    waves, power = angle_averaged_spectrum(field, lengths)
    shells = np.rint(waves * lengths.max()).astype(int)
    np.testing.assert_allclose(power, expected[shells], rtol=1e-12)
    assert np.delete(expected, shells).max() == 0


def test_mean_and_nyquist_wave_are_single_modes():
    field = 2.0 + 3.0 * (-1.0) ** np.arange(8)
    waves, power = angle_averaged_spectrum(field)
    np.testing.assert_array_equal(waves, [0, 0.125, 0.25, 0.375, 0.5])
    np.testing.assert_allclose(power, [4, 0, 0, 0, 9], atol=1e-29)


def test_shells_without_modes_are_left_out():
    waves, _ = angle_averaged_spectrum(np.ones((4, 4)), (10.0, 1.0))
    np.testing.assert_allclose(waves * 10, [0, 1, 2, 10, 20])


def test_one_length_stands_for_all_axes(rng):
    field = rng.standard_normal((6, 6))
    one, three = angle_averaged_spectrum(field, 2.5), angle_averaged_spectrum(field, [2.5, 2.5])
    np.testing.assert_array_equal(one, three)


def test_window_removes_the_tail_of_a_jump():
    """A ramp jumps by one at its end: |u_k| = 1 / (2 pi k); under the window, about k^-3."""
    ramp = np.arange(512) / 512
    waves, plain = angle_averaged_spectrum(ramp, 1.0)
    _, tapered = angle_averaged_spectrum(ramp, 1.0, window="hann")
    np.testing.assert_allclose(plain[1:20], 2 / (2 * np.pi * waves[1:20]) ** 2, rtol=2e-2)
    assert np.all(tapered[20:200] < 1e-4 * plain[20:200])


def test_window_is_blind_to_the_mean(rng):
    field = rng.standard_normal((8, 12))
    _, power = angle_averaged_spectrum(field, window="hann")
    _, shifted = angle_averaged_spectrum(field + 1e3, window="hann")
    np.testing.assert_allclose(shifted, power, rtol=1e-9)


@pytest.mark.parametrize(
    ("field", "options", "message"),
    [
        (np.ones((2, 2, 2, 2)), {}, "one to three axes"),
        (np.array([1.0, np.nan]), {}, "field contains NaN"),
        (np.array([1.0, 1j]), {}, "Complex"),
        (np.ones(4), {"lengths": 0.0}, "lengths"),
        (np.ones(4), {"lengths": np.inf}, "lengths"),
        (np.ones(4), {"lengths": (1.0, 1.0)}, "lengths"),
        (np.ones((4, 4)), {"lengths": (1.0, -1.0)}, "lengths"),
        (np.ones(4), {"window": "hamming"}, "hamming"),
    ],
)
def test_bad_input_is_refused(field, options, message):
    with pytest.raises(ValueError, match=message):
        angle_averaged_spectrum(field, **options)
