"""Panels of Gauss nodes integrate the functions that they were laid out for exactly."""

import math

import numpy as np
import pytest
import torch

from skspectral.linalg.panels import gauss_legendre, panel_nodes, weighted_sums

LOW = torch.tensor([-1.0, -0.3, 0.999, -2.0, 0.5], dtype=torch.float64)
HIGH = torch.tensor([1.0, 0.4, 1.0, 3.0, 0.5], dtype=torch.float64)


@pytest.mark.parametrize("phase", [0.0, 3.0, 20.0, 48.0, 49.0, 700.0])
def test_waves_of_half_the_interval(phase):
    places, weights = gauss_legendre(phase)
    exact = np.sinc(phase / math.pi)
    assert abs(float(weights @ torch.cos(phase * (2 * places - 1))) - exact) < 1e-13


@pytest.mark.parametrize("fineness", [1.0, 300.0])
def test_weights_sum_to_one_and_nodes_are_inside(fineness):
    nodes, weights = panel_nodes(LOW, HIGH, [-1.5, -1.0, 1.0, 1.5], fineness, 0.0)
    torch.testing.assert_close(weights.sum(1), torch.ones(5, dtype=torch.float64), rtol=0, atol=1e-14)
    assert bool(((nodes >= LOW[:, None]) & (nodes <= HIGH[:, None])).all())


def test_polynomials_of_high_degree_and_waves():
    low, high = LOW[:3], HIGH[:3]
    nodes, weights = panel_nodes(low, high, [-1.0, 1.0], 201.0, 0.0)

    def functions(t):
        return torch.stack([torch.cos(200 * torch.acos(t.clamp(-1, 1))), torch.cos(150 * t)], 1)

    chebyshev = np.polynomial.chebyshev.Chebyshev.basis(200).integ()
    exact = [chebyshev(high.numpy()) - chebyshev(low.numpy())]
    exact.append((np.sin(150 * high.numpy()) - np.sin(150 * low.numpy())) / 150)
    found = weighted_sums(functions, nodes, weights * (high - low)[:, None])
    np.testing.assert_allclose(found.numpy(), np.stack(exact, 1), atol=1e-13)


def test_kinks_at_breaks():
    nodes, weights = panel_nodes(LOW[3:4], HIGH[3:4], [-1.25, -1.0, 1.0, 1.25], 1.0, 0.0)
    found = weighted_sums(lambda t: t.clamp(-1.25, 1.25)[:, None], nodes, weights)
    assert float(found) == pytest.approx((-1.25 * 0.75 + 1.25 * 1.75) / 5, abs=1e-14)
