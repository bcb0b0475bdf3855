"""Series of one axis: real functions, exponentials and the discrete cosine transform agree."""

import numpy as np
import pytest
import torch
from scipy import fft

from skspectral.spectrum import AxisSeries, mirrored_series

EPS = np.finfo(float).eps
SERIES = {
    "constant": AxisSeries(3.0, 0),
    "plain": AxisSeries(2.5, 6),
    "shifted": AxisSeries(2.5, 6, -1.0),
    "mirrored": AxisSeries(4.2, 5, -1.05, True),
    "mirrored constant": AxisSeries(4.2, 0, -1.05, True),
}


@pytest.fixture
def t(rng):
    return torch.tensor(rng.uniform(-3, 3, 40))


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_functions_are_cosines_and_sines_about_the_origin(series, t):
    angle = 2 * np.pi / series.period * (t.numpy() - series.origin)
    orders = range(1, series.order + 1)
    cosines = [np.ones(len(t)), *(np.cos(k * angle) for k in orders)]
    sines = [np.sin(k * angle) for k in orders] * (not series.mirrored)
    found = series.matrix(t)
    assert found.shape == (len(t), series.n_functions)
    bound = 8 * EPS * np.abs(angle).max() * max(1, series.order)
    np.testing.assert_allclose(found, np.stack(cosines + sines, 1), rtol=0, atol=bound)


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_exponentials_are_the_same_functions(series, t):
    """Unit coefficients j: sum_k table[k, j] exp(2 pi i k t / period) is the j-th real function."""
    k = np.arange(-series.order, series.order + 1)
    waves = np.exp(2j * np.pi / series.period * np.outer(t.numpy(), k))
    found = waves @ series.to_exponentials(torch.eye(series.n_functions, dtype=torch.float64)).numpy()
    bound = 8 * EPS * 2 * np.pi / series.period * 4.1 * max(1, series.order)
    np.testing.assert_allclose(found.real, series.matrix(t), rtol=0, atol=bound)
    np.testing.assert_allclose(found.imag, 0, atol=bound)


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_series_repeats_after_its_period(series, t):
    bound = 8 * EPS * 2 * np.pi / series.period * 8 * max(1, series.order)
    later = series.matrix(t + series.period)
    np.testing.assert_allclose(later, series.matrix(t), rtol=0, atol=bound)


@pytest.mark.parametrize("n", [2, 9, 30])
def test_mirrored_series_is_the_discrete_cosine_transform(n):
    """DCT-II (Ahmed, Natarajan and Rao 1974): unit vectors give 2 cos(pi k (j + 1/2) / n)."""
    t = torch.linspace(-1, 1, n, dtype=torch.float64)
    found = mirrored_series(t, n - 1).matrix(t).numpy()
    expected = fft.dct(np.eye(n), type=2, axis=1) / 2
    np.testing.assert_allclose(found, expected, rtol=0, atol=20 * EPS * n)


@pytest.mark.parametrize("n", [3, 10])
def test_mirrored_series_is_even_about_half_a_step_outside_both_ends(n):
    t = torch.linspace(-1, 1, n, dtype=torch.float64)
    series, half = mirrored_series(t, n - 1), 1 / (n - 1)
    s = torch.linspace(0, 1, 13, dtype=torch.float64)
    for end in (-1 - half, 1 + half):
        inside, outside = series.matrix(end + s), series.matrix(end - s)
        np.testing.assert_allclose(inside, outside, rtol=0, atol=50 * EPS * n)


def test_an_axis_of_one_point_carries_the_constant():
    t = torch.zeros(1, dtype=torch.float64)
    series = mirrored_series(t, 0)
    np.testing.assert_array_equal(series.matrix(t), [[1.0]])
    assert np.isfinite(1 / series.period)
