"""Amplitudes that fall exponentially: the rate is found, noise is taken off, and the tail goes on."""

import numpy as np
import pytest

from skspectral.series.decay import Decay

LENGTHS = np.linspace(0, 20, 400)


def squares(rate):
    return np.exp(-2 * rate * LENGTHS)


@pytest.mark.parametrize("rate", [0.2, 1.0, 1.5])
def test_the_rate_of_exponential_amplitudes_is_found(rate):
    """Means over shells, a fiftieth of all lengths wide, have the same rate but at the rim."""
    assert Decay.of(LENGTHS, squares(rate), 0.0).fall == pytest.approx(rate, rel=0.03)


def test_what_is_expected_falls_on_beyond_the_longest():
    decay = Decay.of(LENGTHS, squares(0.5), 0.0)
    near, far = decay.expected(np.array([25.0, 29.0]))
    assert np.log(near / far) == pytest.approx(4 * 2 * decay.fall, rel=1e-12)


def test_noise_is_taken_off():
    """What stands out of it by less than itself does not count: the rate is that of the others."""
    rate, noise = 0.5, 1e-4
    decay = Decay.of(LENGTHS, squares(rate) + noise, noise)
    assert decay.lengths[-1] < -np.log(noise) / (2 * rate)
    assert decay.fall == pytest.approx(rate, rel=0.03)


def test_all_noise_is_one_level():
    decay = Decay.of(LENGTHS, np.full(400, 1e-6), 1e-6)
    assert len(decay.lengths) == 1 and decay.fall == 0
