"""Coefficients unfolded beyond Nyquist: the same on the nodes, and in proportion to powers."""

import numpy as np
import pytest
import torch

from skspectral.spectrum import unfolded

SHAPES = [(1,), (2,), (9,), (40,), (8, 9), (6, 7, 5)]
SHAPED = pytest.mark.parametrize("shape", SHAPES, ids=str)
EXPONENTS = pytest.mark.parametrize("exponent", [1.5, 2.0, 3.5])


def drawn(shape):
    return torch.tensor(np.random.default_rng(len(shape)).standard_normal(shape))


def on_nodes(coefficients, shape):
    """The sum of cosines at the nodes j + 1/2, written out."""
    values = coefficients.numpy()
    for axis, n in enumerate(shape):
        phase = np.pi / n * np.outer(np.arange(n) + 0.5, np.arange(values.shape[axis]))
        values = np.moveaxis(np.tensordot(np.cos(phase), values, (1, axis)), 0, axis)
    return values


@SHAPED
@EXPONENTS
def test_values_on_the_nodes_stay(shape, exponent):
    coefficients = drawn(shape)
    found = on_nodes(unfolded(coefficients, exponent), shape)
    np.testing.assert_allclose(found, on_nodes(coefficients, shape), rtol=0, atol=1e-12)


@EXPONENTS
def test_a_wave_and_its_alias_share_in_proportion_to_their_powers(exponent):
    found = unfolded(torch.ones(20, dtype=torch.float64), exponent)
    k = np.arange(11, 20)
    ratio = -found[40 - k[::-1]].numpy()[::-1] / found[k].numpy()
    np.testing.assert_allclose(ratio, ((40 - k) / k) ** (-2 * exponent), rtol=1e-12)


def test_what_a_product_looks_like_on_the_nodes_is_shared_by_four():
    found = unfolded(torch.ones(20, 20, dtype=torch.float64), 2.0)
    four = [found[15, 16], -found[25, 16], -found[15, 24], found[25, 24]]
    assert float(sum(four)) == pytest.approx(1)
    powers = np.array([15**2 + 16**2, 25**2 + 16**2, 15**2 + 24**2, 25**2 + 24**2]) ** -2.0
    np.testing.assert_allclose(four, powers / powers.sum(), rtol=1e-12)


def test_nothing_is_beyond_a_spectrum_that_falls_fast():
    coefficients = drawn((8, 9))
    assert unfolded(coefficients, 5.0) is coefficients
