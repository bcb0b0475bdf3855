"""Input frequencies: every axis there, none twice, low and high ones in the share asked for."""

import numpy as np
import pytest
import torch

from skspectral.spectrum import PowerLaw, count_input_modes, input_modes
from skspectral.spectrum.input_modes import random_modes

CASES = {
    "1-D": ([60.0], 30),
    "2-D": ([9.0, 9.0], 40),
    "2-D, one axis coarse": ([20.0, 3.0], 40),
    "2-D, beyond what is listed": ([130.0, 125.0], 200),
    "3-D": ([6.0, 5.5, 4.0], 50),
    "4-D": ([4.0, 4.0, 4.0, 2.0], 60),
    "10-D": ([4.0] * 10, 100),
}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def draw(reach, count, low=0.7, seed=0):
    return input_modes(count, np.array(reach), low, seeded(seed))


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request):
    """Reach per axis, and how many are wanted."""
    return request.param


@pytest.mark.parametrize("low", [0.0, 0.7, 1.0])
def test_as_many_integer_vectors_as_wanted(case, low):
    reach, count = case
    modes = draw(reach, count, low)
    assert modes.shape == (count, len(reach))
    assert np.issubdtype(modes.dtype, np.integer)


@pytest.mark.parametrize("low", [0.0, 0.7, 1.0])
def test_the_unit_vectors_come_first(case, low):
    """Layers generate integer combinations: without them a lattice of their own, not every vector."""
    reach, count = case
    np.testing.assert_array_equal(draw(reach, count, low)[: len(reach)], np.eye(len(reach)))


@pytest.mark.parametrize("low", [0.0, 0.7, 1.0])
def test_none_is_there_twice(case, low):
    """A vector and its negative are one frequency; zero is none."""
    modes = draw(*case, low)
    both = {tuple(k) for k in np.concatenate([modes, -modes]).tolist()}
    assert len(both) == 2 * len(modes)
    assert np.abs(modes).sum(1).min() > 0


@pytest.mark.parametrize("low", [0.0, 0.7, 1.0])
def test_none_is_beyond_the_reach(case, low):
    reach, count = case
    assert (np.abs(draw(reach, count, low)) <= reach).all()


def ranks(modes, reach, count):
    """Place of each mode but the unit vectors when all there are are sorted by length."""
    d = len(reach)
    everything = draw(reach, count_input_modes(np.array(reach)))[d:]
    lengths = np.sort(np.square(everything).sum(1))
    return np.searchsorted(lengths, np.square(modes[d:]).sum(1))


@pytest.mark.parametrize("low", [0.0, 0.3, 0.7, 1.0])
def test_the_low_share_is_low(case, low):
    """So many of them among twice as many of the lowest."""
    reach, count = case
    n_low = round(low * (count - len(reach)))
    assert (ranks(draw(reach, count, low), reach, count) < 2 * n_low).sum() >= n_low


def test_the_others_are_anywhere(case):
    """Without a share of low modes the median is that of all of them, to three standard deviations."""
    reach, count = case
    total = count_input_modes(np.array(reach)) - len(reach)
    places = ranks(draw(reach, count, 0.0), reach, count) / total
    assert abs(np.median(places) - 0.5) < 3 * 0.5 / np.sqrt(len(places)) + 0.02


def test_all_that_there_are_can_be_had():
    """The disk of radius 3 holds zero and 14 pairs."""
    assert count_input_modes(np.array([3.0, 3.0])) == 14
    assert count_input_modes(np.array([50.0])) == 50
    np.testing.assert_array_equal(np.sort(draw([50.0], 50)[:, 0]), np.arange(1, 51))


@pytest.mark.parametrize("d", [1, 2, 3, 4, 10])
def test_more_than_there_are_is_an_error(d):
    reach = np.full(d, 2.5)
    most = count_input_modes(reach)
    assert len(input_modes(most, reach, 0.7, seeded())) == most
    with pytest.raises(ValueError, match=rf"n_modes={most + 1} .* {most} distinct .* bandlimit"):
        input_modes(most + 1, reach, 0.7, seeded())


@pytest.mark.parametrize("d", [1, 2, 3, 4, 10])
def test_below_one_harmonic_the_unit_vectors_are_left(d):
    """Without these modes there would be no input for a network."""
    reach = np.full(d, 0.3)
    assert count_input_modes(reach) == d
    np.testing.assert_array_equal(input_modes(d, reach, 0.7, seeded()), np.eye(d))


def test_fewer_than_axes_are_some_of_the_axes():
    np.testing.assert_array_equal(draw([3.0, 3.0, 3.0], 2), np.eye(3)[:2])


def test_draws_are_those_of_the_generator(case):
    one, two, other = (draw(*case, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_very_many_are_not_listed_one_by_one():
    """The lattice becomes coarser away from zero; low frequencies stay complete."""
    reach = [250.0, 250.0]
    assert count_input_modes(np.array(reach)) < 40_000
    assert np.abs(draw(reach, 400, 1.0)).max() < 30


def test_random_frequencies_fill_the_box():
    reach = np.array([8.0, 0.5])
    found = random_modes(4000, reach, seeded())
    assert (np.abs(found) <= reach).all()
    np.testing.assert_allclose(found.std(0), reach / np.sqrt(3), rtol=0.05)
    np.testing.assert_allclose(found.mean(0) / reach, 0, atol=0.05)
    np.testing.assert_array_equal(found, random_modes(4000, reach, seeded()))


def test_amplitudes_level_off_and_then_fall_with_two_thirds_of_the_exponent():
    """The power |k|^(-2 exponent) is the density of the draws times the square of the weights: A^3."""
    law = PowerLaw(1.2, longest=1.5)
    modes = np.array([[0, 0], [1000, 0], [0, 2000], [3000, -4000]])
    base, *others = law.amplitudes(modes)
    assert base == 1
    lengths = np.array([1000, 2000, 5000]) / 1.5
    np.testing.assert_allclose(np.array(others) ** 3, lengths**-2.4, rtol=1e-5)


@pytest.mark.parametrize("exponent", [1.0, 1.5])
def test_a_law_draws_modes_in_proportion_to_its_amplitudes(exponent):
    """The share of 400 draws below each radius is the expected one, to four standard deviations."""
    reach, law = np.array([60.0, 60.0]), PowerLaw(exponent, 1.5)
    everything = input_modes(count_input_modes(reach), reach, 0.0, seeded())[2:]
    shares = law.amplitudes(everything)
    drawn = np.concatenate([input_modes(22, reach, 0.7, seeded(seed), law)[2:] for seed in range(20)])
    for radius in (5, 10, 20, 40):
        expected = shares[np.hypot(*everything.T) <= radius].sum() / shares.sum()
        found = (np.hypot(*drawn.T) <= radius).mean()
        assert abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / len(drawn)) + 0.01


def test_a_law_draws_none_twice_and_the_unit_vectors_first(case):
    reach, count = case
    modes = input_modes(count, np.array(reach), 0.7, seeded(), PowerLaw(1.25, 1.5))
    np.testing.assert_array_equal(modes[: len(reach)], np.eye(len(reach)))
    assert len({tuple(k) for k in np.concatenate([modes, -modes]).tolist()}) == 2 * count
