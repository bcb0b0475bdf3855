"""Dense layers written out by hand, and their derivatives against automatic differentiation."""

import math

import pytest
import torch

from skspectral.networks import ACTIVATIONS, DenseNetwork

EPS = torch.finfo(torch.float64).eps
N = 9
WRITTEN_OUT = {
    "tanh": torch.tanh,
    "cos": torch.cos,
    "sin": torch.sin,
    "relu": torch.relu,
    "pair": lambda z: torch.cat([torch.cos(z), torch.sin(z)], 1),
}
NETWORKS = {
    "one layer": DenseNetwork((2, 5), ("tanh",), (0,)),
    "one input": DenseNetwork((1, 4, 3), ("tanh", "tanh"), (1,)),
    "deep": DenseNetwork((3, 4, 5, 2, 3), ("tanh",) * 4, (3,)),
    "every layer read": DenseNetwork((2, 4, 5, 3), ("tanh",) * 3, (0, 1, 2)),
    "ends read": DenseNetwork((2, 4, 5, 3), ("sin", "tanh", "cos"), (0, 2)),
    "middle read": DenseNetwork((2, 4, 5, 3), ("tanh",) * 3, (1,)),
    "modes": DenseNetwork((2, 6, 4), ("cos", "tanh"), (1,)),
    "pairs": DenseNetwork((2, 6), ("pair",), (0,)),
    "pairs before": DenseNetwork((2, 3, 4), ("pair", "tanh"), (0, 1)),
    "pairs between": DenseNetwork((2, 3, 4, 2), ("tanh", "pair", "sin"), (1, 2)),
    "pairs alone": DenseNetwork((1, 2, 2), ("pair", "pair"), (1,)),
    **{name: DenseNetwork((2, 3, 4), (name, name), (1,)) for name in ACTIVATIONS},
}


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def normal(*shape, generator):
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def written_out(network, theta, t):
    """z = a W + b layer by layer, the weights cut from theta one after the other."""
    a, read, start = t, [], 0
    for layer, (width, name) in enumerate(zip(network.sizes[1:], network.activations)):
        end = start + (a.shape[1] + 1) * width
        matrix = theta[start:end].reshape(a.shape[1] + 1, width)
        a, start = WRITTEN_OUT[name](a @ matrix[:-1] + matrix[-1]), end
        read += [a] * (layer in network.read)
    assert start == len(theta)
    return torch.cat(read, 1)


@pytest.fixture(params=NETWORKS.values(), ids=NETWORKS)
def case(request, generator):
    """A network, its parameters, rows; weights of about one."""
    network = request.param
    theta = normal(network.n_parameters, generator=generator)
    return network, theta, normal(N, network.sizes[0], generator=generator)


def test_features_are_the_layers_written_out(case):
    network, theta, t = case
    found = network.features(theta, t)
    assert found.shape == (N, network.n_features)
    torch.testing.assert_close(found, written_out(network, theta, t), rtol=0, atol=1e3 * EPS)


def test_weights_are_views_of_the_parameters(case):
    network, theta, _ = case
    for matrix in network.weights(theta):
        matrix.zero_()
    assert not theta.any()


def test_rows_of_factors_multiply_to_the_jacobian(case, generator):
    """Against automatic differentiation, each row read by weights of its own."""
    network, theta, t = case
    upstream = normal(N, network.n_features, generator=generator)
    factors = network.factors(theta, network.forward(theta, t), upstream)
    assert [(a.shape[1], b.shape[1]) for a, b in factors] == network.shapes
    found = torch.cat([(a[:, :, None] * b[:, None, :]).flatten(1) for a, b in factors], 1)
    expected = torch.func.jacrev(lambda p: (written_out(network, p, t) * upstream).sum(1))(theta)
    bound = 100 * EPS * float(expected.abs().max())
    torch.testing.assert_close(found, expected, rtol=0, atol=bound)


def test_gradient_is_automatic_differentiation(case, generator):
    network, theta, t = case
    upstream = normal(N, network.n_features, generator=generator)
    found = network.gradient(theta, network.forward(theta, t), upstream)
    expected = torch.func.grad(lambda p: (written_out(network, p, t) * upstream).sum())(theta)
    bound = 100 * EPS * float(expected.abs().max())
    torch.testing.assert_close(found, expected, rtol=0, atol=bound)


def test_features_differentiate_with_respect_to_rows(case):
    """Exact gradients of predictions rely on this."""
    network, theta, t = case
    found = torch.func.jacrev(lambda rows: network.features(theta, rows).sum(0))(t)
    expected = torch.func.jacrev(lambda rows: written_out(network, theta, rows).sum(0))(t)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e4 * EPS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_hold_where_units_saturate(name):
    z = torch.tensor([[-700.0, -20.0, -1e-300, 0.0, 1e-9, 20.0, 700.0]], dtype=torch.float64)
    value = ACTIVATIONS[name].value(z)
    derivative = ACTIVATIONS[name].slope(z, value)
    expected = torch.autograd.functional.jacobian(lambda x: WRITTEN_OUT[name](x)[0], z)[:, 0]
    torch.testing.assert_close(value, WRITTEN_OUT[name](z), rtol=0, atol=0)
    # Row i of the Jacobian has one entry: the derivative of feature i by its own unit.
    torch.testing.assert_close(derivative[0], expected.sum(1), rtol=0, atol=0)


def test_parameters_and_features_are_counted():
    network = DenseNetwork((2, 3, 4), ("pair", "tanh"), (0, 1))
    assert network.shapes == [(3, 3), (7, 4)]  # a pair is two inputs of the next layer
    assert (network.n_parameters, network.n_features) == (9 + 28, 6 + 4)


def test_features_take_no_derivatives(case, monkeypatch):
    """Predictions need none, and a derivative takes as long as its unit."""
    network, theta, t = case
    expected = network.read_out(network.forward(theta, t))
    for name, activation in ACTIVATIONS.items():
        monkeypatch.setitem(ACTIVATIONS, name, activation._replace(slope=None))
    torch.testing.assert_close(network.features(theta, t), expected, rtol=0, atol=0)


def test_no_rows_are_legal(case):
    network, theta, t = case
    assert network.features(theta, t[:0]).shape == (0, network.n_features)


def test_known_values():
    """cos(pi t / 3) and its sine at t = 1, then tanh(2 cos + sin - 1)."""
    network = DenseNetwork((1, 1, 1), ("pair", "tanh"), (0, 1))
    theta = torch.tensor([math.pi / 3, 0, 2, 1, -1], dtype=torch.float64)
    found = network.features(theta, torch.ones(1, 1, dtype=torch.float64))
    half, root = 0.5, math.sqrt(3) / 2
    expected = torch.tensor([[half, root, math.tanh(root)]], dtype=torch.float64)
    torch.testing.assert_close(found, expected, rtol=0, atol=4 * EPS)
