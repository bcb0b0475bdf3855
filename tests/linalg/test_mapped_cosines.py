"""Mapped cosines: polynomials without a bend, waves with one, smooth up to the rim and beyond."""

import math

import numpy as np
import pytest
import torch

from skspectral.linalg.mapped_cosines import (
    bend,
    center_frequencies,
    cosine_tables,
    end_of_map,
    mapped,
    product_features,
    unmapped,
)
from skspectral.linalg.polynomials import grown

EPS = np.finfo(float).eps
T = torch.linspace(-1, 1, 41, dtype=torch.float64)[:, None]


def table(t, a, order):
    bends = torch.tensor([a], dtype=torch.float64)
    return cosine_tables(mapped(t, bends), [order])[0]


def test_without_a_bend_they_are_polynomials():
    found = table(T, bend(9, 1.0), 9)
    expected = np.polynomial.chebyshev.chebvander((T[:, 0] * (1 - EPS**0.5)).numpy(), 9)
    np.testing.assert_allclose(found, expected, rtol=0, atol=200 * EPS)


def test_a_strong_bend_makes_waves_of_one_length():
    """Zeros of the last function are nearly even: the longest distance is less than twice the shortest."""
    t = torch.linspace(-1, 1, 20001, dtype=torch.float64)[:, None]
    spreads = {}
    for accuracy in (1.0, 1e-2):
        values = table(t, bend(40, accuracy), 40)[:, 40]
        zeros = t[1:, 0][values[1:] * values[:-1] < 0].diff()
        spreads[accuracy] = float(zeros.max() / zeros.min())
    assert spreads[1e-2] < 3 < 10 < spreads[1.0]


def test_the_center_frequency_is_that_of_the_wave_there():
    bends, orders = torch.tensor([bend(30, 1e-14)], dtype=torch.float64), torch.tensor([[29]])
    t = torch.linspace(-1e-3, 1e-3, 3, dtype=torch.float64)[:, None]
    values = product_features(t, orders, bends)[:, 0]  # an odd function: a sine at the center
    slope = float((values[2] - values[0]) / 2e-3)
    assert abs(slope) / (2 * math.pi) == pytest.approx(
        float(center_frequencies(orders, bends)[0, 0]), rel=1e-3
    )


@pytest.mark.parametrize("accuracy", [1.0, 1e-14, 1e-4])
def test_values_and_slopes_go_on_beyond_the_rim(accuracy):
    order, step = 12, 1e-5
    a = bend(order, accuracy)
    t = torch.tensor([[1 - step], [1.0], [1 + step]], dtype=torch.float64, requires_grad=True)
    values = table(t, a, order)
    slopes = torch.stack([torch.autograd.grad(v, t, retain_graph=True)[0].sum() for v in values.sum(1)])
    assert bool(torch.isfinite(slopes).all())
    bound = 2 * order**4 * step  # the second derivative at the rim, times the step
    assert float((values[2] - 2 * values[1] + values[0]).detach().abs().max()) < bound * step * order
    assert float((slopes[2] - slopes[0]).abs()) < bound * order


@pytest.mark.parametrize("growth", [0.7, 3.0, 16.0])
@pytest.mark.parametrize("accuracy", [1.0, 1e-3])
def test_where_they_have_grown(growth, accuracy):
    order = 20
    bends = torch.tensor([bend(order, accuracy)], dtype=torch.float64)
    place = unmapped(grown(growth, torch.tensor([order])), bends)
    if float(place) < float(end_of_map(bends)):
        largest = cosine_tables(mapped(place[None], bends), [order])[0].abs().max()
        assert float(largest) == pytest.approx(math.cosh(growth), rel=1e-6)
    else:
        assert growth > abs(math.log(accuracy))
