"""Directions of the inputs along which a network varies, against those it was built with."""

import pytest
import torch

from skspectral.networks import DenseNetwork, gradient_stretch, xavier_start


@pytest.fixture
def t():
    return torch.randn(300, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def one_wave(direction):
    """sin(direction . t + 1) as a network, its parameters and readout."""
    layer = torch.cat([direction, torch.ones(1, dtype=torch.float64)])
    return DenseNetwork((len(direction), 1), ("sin",), (0,)), layer, torch.ones(1, 1, dtype=torch.float64)


def spread(t):
    return (t - t.mean(0)).square().sum(1).mean().sqrt()


def test_one_wave_varies_along_its_direction_alone(t):
    direction = torch.tensor([3.0, 0, -4, 0, 0], dtype=torch.float64)
    metric = (stretch := gradient_stretch(*one_wave(direction), t)) @ stretch.T
    expected = torch.outer(direction, direction)
    torch.testing.assert_close(metric / metric.trace(), expected / expected.trace())


def test_spread_of_the_rows_is_kept(t):
    network = DenseNetwork((5, 8, 7), ("tanh", "sin"), (1,))
    theta = xavier_start(network, t, torch.Generator().manual_seed(1))
    readout = torch.randn(7, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(spread(t @ gradient_stretch(network, theta, readout, t)), spread(t))


def test_gradients_are_those_of_autograd(t):
    """Deep network, two outputs."""
    network = DenseNetwork((5, 8, 7), ("tanh", "sin"), (1,))
    theta = xavier_start(network, t, torch.Generator().manual_seed(1))
    readout = torch.randn(7, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    leaf = t.clone().requires_grad_()
    values = network.features(theta, leaf) @ readout
    slopes = [torch.autograd.grad(values[:, i].sum(), leaf, retain_graph=True)[0] for i in (0, 1)]
    expected = sum(slope.T @ slope for slope in slopes)
    metric = (stretch := gradient_stretch(network, theta, readout, t)) @ stretch.T
    torch.testing.assert_close(metric / metric.trace(), expected / expected.trace())


def test_constant_has_no_directions(t):
    network, layer, readout = one_wave(torch.zeros(5, dtype=torch.float64))
    assert gradient_stretch(network, layer, readout, t) is None
