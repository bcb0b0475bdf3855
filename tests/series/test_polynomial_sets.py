"""Sets of products of polynomials: their values, and which products are next to a set."""

import numpy as np
import torch

from skspectral.series.polynomial_sets import (
    LegendreProducts,
    beyond,
    norms,
    pairs,
    plane,
    smoothed,
    without,
)


def as_sets(degrees):
    return {tuple(int(x) for x in row) for row in degrees}


def test_products_are_those_of_legendre_polynomials():
    """Asked for in any order: tables of an axis grow by what is asked."""
    t = torch.linspace(-1, 1, 7, dtype=torch.float64)[:, None] * torch.tensor(
        [1.0, 0.5], dtype=torch.float64
    )
    products, (x, y) = LegendreProducts(t), t.T
    for degrees, expected in (
        ([0, 1], 3**0.5 * y),
        ([2, 1], 5**0.5 * (3 * x**2 - 1) / 2 * 3**0.5 * y),
        ([3, 0], 7**0.5 * (5 * x**3 - 3 * x) / 2),
        ([0, 0], torch.ones_like(x)),
    ):
        found = products.features(np.array([degrees]))[:, 0]
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)


def test_products_have_mean_square_one():
    t = torch.rand(200_000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    degrees = np.array([[0, 0], [3, 0], [1, 2]])
    features = LegendreProducts(t).features(degrees)
    assert torch.allclose(features.T @ features / len(t), torch.eye(3).double(), atol=0.02)
    np.testing.assert_allclose(norms(degrees) ** 2, [1, 7, 15])


def test_what_is_beyond_a_plane():
    assert as_sets(beyond(plane(2), 2)) == {(2, 0), (3, 0), (0, 2), (0, 3), (1, 1), (1, 2), (2, 1)}


def test_smoothing_keeps_what_is_constant_and_spreads_the_rest():
    degrees = np.array([[0, 0], [1, 0], [2, 0], [0, 5]])
    np.testing.assert_allclose(smoothed(np.full(4, 2.0), degrees), 2)
    np.testing.assert_allclose(smoothed(np.array([4.0, 0, 0, 1]), degrees), [2, 1, 1, 1])


def test_pairs_are_all_products_of_two_inputs():
    assert as_sets(pairs(3)) == {(1, 1, 0), (1, 0, 1), (0, 1, 1)}
    assert len(pairs(1)) == 0


def test_members_and_repeats_are_left_out():
    degrees = np.array([[1, 0], [2, 0], [2, 0], [0, 3]])
    assert without(degrees, np.array([[1, 0], [5, 5]])).tolist() == [[0, 3], [2, 0]]
