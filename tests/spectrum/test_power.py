"""Smoothed power and noise, for fields drawn from spectra that are known."""

import numpy as np
import pytest
import torch

from skspectral.spectrum import smoothed_power, spectral_tail

EPS = np.finfo(float).eps
SHAPES = [(1500,), (64, 64), (100, 30), (11, 11, 11)]
SHAPED = pytest.mark.parametrize("shape", SHAPES, ids=str)
EXPONENTS = pytest.mark.parametrize("exponent", [0.75, 1.5, 2.5])


def power_law(shape, exponent, stretch=1.0):
    """r^(-2 exponent) in units of Nyquist, leveled off at the mean; the first axis may fall faster."""
    squares = [np.square(np.arange(n) / n) for n in shape]
    squares[0] = stretch**2 * squares[0]
    square = sum(np.meshgrid(*squares, indexing="ij"))
    return (square + square[square > 0].min() / 4) ** -exponent


def draw(rng, power):
    return torch.tensor(np.sqrt(power) * rng.standard_normal(power.shape))


def smoothed_share(coefficients, power):
    return smoothed_power(coefficients).numpy() / power


@SHAPED
@EXPONENTS
@pytest.mark.parametrize("stretch", [1.0, 4.0])
def test_spectrum_of_a_draw_is_found_within_a_factor_of_two(shape, exponent, stretch, rng):
    """For four modes of five: the first harmonics stand alone, and have one draw each."""
    power = power_law(shape, exponent, stretch)
    share = smoothed_share(draw(rng, power), power)
    assert np.mean((share > 0.5) & (share < 2)) > 0.8
    assert np.median(share) == pytest.approx(1, rel=0.3)


@SHAPED
def test_smoothing_keeps_a_flat_spectrum(shape, rng):
    signs = torch.tensor(rng.choice([-3.0, 3.0], shape))
    np.testing.assert_allclose(smoothed_power(signs), 9.0, rtol=1e-12)


@EXPONENTS
def test_smoothing_keeps_a_power_law(exponent):
    """Within the fall of the law over a width of the kernel, in every direction."""
    power = power_law((64, 64), exponent)
    share = smoothed_share(torch.tensor(np.sqrt(power)), power)
    assert share.min() > 0.9
    assert share.max() < 2


@SHAPED
def test_signs_of_coefficients_do_not_matter(shape, rng):
    coefficients = draw(rng, power_law(shape, 1.5))
    flipped = coefficients * torch.tensor(rng.choice([-1.0, 1.0], shape))
    assert torch.equal(smoothed_power(flipped), smoothed_power(coefficients))


@SHAPED
@EXPONENTS
@pytest.mark.parametrize("noise", [2.0, 20.0])
def test_noise_over_an_exact_power_law(shape, exponent, noise):
    found = spectral_tail(torch.tensor(power_law(shape, exponent) + noise)).noise
    assert found == pytest.approx(noise, rel=0.02)


@SHAPED
@EXPONENTS
def test_an_exact_power_law_has_no_noise(shape, exponent):
    assert spectral_tail(torch.tensor(power_law(shape, exponent))).noise == 0


def levels(shape, exponent, noise):
    """Noise found in five draws."""
    power = power_law(shape, exponent) + noise
    draws = (draw(np.random.default_rng(seed), power) for seed in range(5))
    return np.array([spectral_tail(smoothed_power(coefficients)).noise for coefficients in draws])


@SHAPED
@EXPONENTS
def test_noise_of_draws(shape, exponent):
    found = levels(shape, exponent, 10.0)
    assert np.median(found) == pytest.approx(10, rel=0.15)
    assert found.min() > 5
    assert found.max() < 13


@EXPONENTS
def test_noise_alone_is_noise(exponent):
    found = levels((64, 64), exponent, 1e9)
    np.testing.assert_allclose(found, 1e9, rtol=0.25)


@SHAPED
@EXPONENTS
def test_draws_of_a_power_law_have_no_more_noise_than_their_least_power(shape, exponent):
    least = power_law(shape, exponent).min()
    assert levels(shape, exponent, 0.0).max() < 2 * least


@SHAPED
@pytest.mark.parametrize("exponent", [1.5, 2.5])
def test_most_draws_of_a_power_law_have_no_noise(shape, exponent):
    assert np.median(levels(shape, exponent, 0.0)) == 0


@pytest.mark.parametrize("exponent", [-200, 9])
def test_scale(exponent, rng):
    """Logarithms are interpolated: some roundings of them for each axis are what powers are off by."""
    coefficients = draw(rng, power_law((30, 40), 1.5) + 5)
    base, scaled = smoothed_power(coefficients), smoothed_power(2.0**exponent * coefficients)
    logarithm = base.log().abs().max() + abs(exponent) * np.log(4)
    np.testing.assert_allclose(scaled, 4.0**exponent * base, rtol=20 * EPS * float(logarithm))
    expected = 4.0**exponent * spectral_tail(base).noise
    assert expected > 0
    assert spectral_tail(scaled).noise == pytest.approx(expected, rel=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 1e-150, 3.0])
@SHAPED
def test_constants_give_finite_values(shape, value):
    coefficients = torch.zeros(shape, dtype=torch.float64)
    coefficients.view(-1)[0] = value
    power = smoothed_power(coefficients)
    assert bool(power.isfinite().all())
    assert float(power.min()) > 0
    assert 0 <= spectral_tail(power).noise <= max(1e-290, 1e-10 * value**2)


@pytest.mark.parametrize("shape", [(2,), (1, 1), (2, 3), (1, 40)])
def test_few_harmonics_give_finite_values(shape, rng):
    power = smoothed_power(draw(rng, np.ones(shape)))
    assert bool(power.isfinite().all())
    assert 0 <= spectral_tail(power).noise < np.inf
