"""Units and sums that NumPy, torch and others give alike: against more digits, and against each other."""

from fractions import Fraction
from operator import mul

import numpy as np
import pytest
import torch

from skspectral.networks.alike import Arithmetic, FastArithmetic, alike_constants

EPS = np.finfo(float).eps
FAST = FastArithmetic(np, alike_constants())
TORCH = Arithmetic(torch, {name: torch.tensor(table) for name, table in alike_constants().items()})
FUNCTIONS = {"sin": np.sin, "cos": np.cos, "tanh": np.tanh}


def arguments():
    """Tiny, common and many turns, both signs and zero."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(size=(60, 5)) * size for size in (0, 1e-8, 1e-3, 1, 30, 1e4)])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_units_are_those_of_the_library_to_the_last_bit_but_one(name):
    z = arguments()
    np.testing.assert_allclose(FAST.units(name, z), FUNCTIONS[name](z), rtol=4 * EPS, atol=EPS / 4)


@pytest.mark.parametrize("name", ["sin", "cos", "tanh", "pair"])
def test_libraries_give_the_same_bits(name):
    z = arguments()
    assert np.array_equal(FAST.units(name, z), TORCH.units(name, torch.tensor(z)).numpy())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_are_right_at_zero_too(name):
    z = torch.tensor([[0.0, -0.7, 0.7]], dtype=torch.float64, requires_grad=True)
    exact = z.detach().clone().requires_grad_()
    TORCH.units(name, z).sum().backward()
    getattr(torch, name)(exact).sum().backward()
    np.testing.assert_allclose(z.grad, exact.grad, rtol=0, atol=1e-14)


def cancelling(rows=50, terms=60):
    """Features and a matrix of which products add up to 1e-9 of themselves, and what they add up to."""
    rng = np.random.default_rng(1)
    half = rng.uniform(-1, 1, (rows, terms // 2))
    features = np.concatenate([half, half * (1 + 1e-9)], 1)
    weights = rng.uniform(-1e6, 1e6, (terms // 2, 2))
    matrix = np.concatenate([weights, -weights])
    rows, columns = ([[Fraction(x) for x in line] for line in table] for table in (features, matrix.T))
    exact = [[float(sum(map(mul, row, column))) for column in columns] for row in rows]
    return features, matrix, np.array(exact)


def test_sums_do_not_depend_on_their_order():
    features, matrix, _ = cancelling()
    order = np.random.default_rng(2).permutation(len(matrix))
    one = FAST.product(features, FAST.slices(matrix))
    other = FAST.product(features[:, order].copy(), FAST.slices(matrix[order]))
    assert np.array_equal(one, other)
    assert not np.array_equal(features @ matrix, features[:, order].copy() @ matrix[order])
    in_torch = TORCH.product(torch.tensor(features), TORCH.slices(torch.tensor(matrix)))
    assert np.array_equal(one, in_torch.numpy())


def test_sums_that_cancel_keep_their_digits():
    """A product of matrices leaves seven of them."""
    features, matrix, exact = cancelling()
    size = np.abs(exact).max()
    found = FAST.product(features, FAST.slices(matrix))
    np.testing.assert_allclose(found / size, exact / size, rtol=0, atol=1e-9)
    terms = np.abs(features) @ np.abs(matrix)
    assert np.abs(found - exact).max() < 1e-3 * EPS * terms.max()


def test_affine_maps_are_summed_term_by_term():
    rng = np.random.default_rng(3)
    t, matrix = rng.normal(size=(20, 3)), rng.normal(size=(4, 5))
    found = FAST.affine(t, matrix)
    np.testing.assert_allclose(found, t @ matrix[:-1] + matrix[-1], rtol=0, atol=1e-14)
    assert np.array_equal(found, TORCH.affine(torch.tensor(t), torch.tensor(matrix)).numpy())
