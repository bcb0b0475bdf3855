"""Series as sums of products: their values, integrals and parts of variance, by one way and by another."""

import math

import numpy as np
import pytest
import torch

from skspectral.networks import (
    Box,
    DenseNetwork,
    FittedFunction,
    FunctionUnits,
    StageWeights,
    box_integrals,
    products_of,
    variances,
)
from skspectral.networks.integrals import node_grid

D, K = 2, 2
RNG = np.random.default_rng(0)


def draw(*shape):
    return RNG.standard_normal(shape)


NONE = {"affine": draw(1 + D, K), "frequencies": np.zeros((0, D)), "cosine": np.zeros((0, K))}
NONE["sine"] = NONE["cosine"]
INDICES = np.array([[0, 0], [3, 1], [12, 0], [0, 7], [5, 5]])
FAMILIES = {
    "affine": {},
    "waves": {"frequencies": 2 * draw(6, D), "cosine": draw(6, K), "sine": draw(6, K)},
    "polynomials": {"degrees": INDICES, "legendre": draw(5, K)},
    "mapped cosines": {
        "orders": INDICES,
        "bends": np.array([0.9, 0.0]),
        "mapped": draw(5, K),
    },
    "Gaussians": {
        "centers": RNG.uniform(-1, 1, (7, D)),
        "lengths": np.array([0.2, 1.5]),
        "gaussian": draw(7, K),
    },
    "bells": {
        "powers": np.array([[0, 0], [3, 1], [9, 0], [0, 5], [2, 2]]),
        "lengths": np.array([0.3, 1.5]),
        "gaussian": draw(5, K),
    },
}
every = {name: part for key in FAMILIES if key != "bells" for name, part in FAMILIES[key].items()}
on_families = pytest.mark.parametrize("family", [*FAMILIES.values(), every], ids=[*FAMILIES, "all"])
UNITS = FunctionUnits(np.array([1.0, 2.0]), np.array([3.0, 0.5]), 4.0, np.array([0.3, -0.2]), False)
LOW = torch.tensor([[-1.0, -1.0], [-0.4, 0.1], [-1.6, 0.5], [0.2, -3.0]], dtype=torch.float64)
HIGH = torch.tensor([[1.0, 1.0], [0.3, 0.9], [1.4, 2.0], [0.2, 1.0]], dtype=torch.float64)


def function_of(family, **network):
    series = {**NONE, **family}
    return FittedFunction(UNITS, [StageWeights(0.5, series, **network), StageWeights(2.0, NONE)])


def product_values(sums, t):
    """Each product written out."""
    total = 0
    for one in sums:
        factors = [axis(t[:, i])[:, one.index[:, i]] for i, axis in enumerate(one.axes)]
        values = math.prod(factors) * torch.ones((), dtype=one.coefficients.dtype) @ one.coefficients
        total = total + (values.real if values.is_complex() else values)
    return total


def values_of(function):
    def values(t):
        with torch.no_grad():
            return function.evaluate(t)[0]

    return values


@on_families
def test_products_are_the_series(family):
    function = function_of(family)
    t = torch.tensor(RNG.uniform(-1.7, 1.7, (50, D)))
    sums, whole = products_of(function)
    assert whole
    torch.testing.assert_close(product_values(sums, t), values_of(function)(t), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["cos", "sin", "pair"])
def test_a_network_of_one_periodic_layer_is_a_sum_of_waves(name):
    network = DenseNetwork((D, 4), (name,), (0,))
    theta, readout = draw(network.n_parameters), draw(network.n_features, K)
    function = function_of({}, network=network, theta=theta, readout=readout)
    t = torch.tensor(RNG.uniform(-2, 2, (50, D)))
    sums, whole = products_of(function)
    assert whole
    torch.testing.assert_close(product_values(sums, t), values_of(function)(t), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("setting", [(("tanh",), 0), (("sin", "sin"), 0), (("sin",), 2)])
def test_other_networks_are_none(setting):
    names, grade = setting
    network = DenseNetwork((D, 4, *[4] * (len(names) - 1)), names, (len(names) - 1,))
    theta, readout = draw(network.n_parameters), draw(network.n_features, K)
    function = function_of({}, network=network, theta=theta, readout=readout, grade=grade)
    assert not products_of(function)[1]


@on_families
@pytest.mark.parametrize("growth", [[0.0, 0.0], [2.5, 0.0]], ids=["linear", "logarithmic"])
def test_integrals_are_those_of_nodes(family, growth):
    function = function_of(family)
    sums, _ = products_of(function)
    growth = torch.tensor(growth, dtype=torch.float64)
    found = box_integrals(sums, LOW, HIGH, growth)
    for low, high, value in zip(LOW, HIGH, found):
        grid = node_grid(Box(low, high, growth), sums, extra=9.0)
        expected, size = grid.integral(values_of(function), 10_000)
        bound = 1e-12 * float((size * (high - low).prod()).max()) + 1e-300
        torch.testing.assert_close(value, expected * (high - low).prod(), rtol=0, atol=bound)


@on_families
@pytest.mark.parametrize("growth", [[0.0, 0.0], [2.5, 0.0]], ids=["linear", "logarithmic"])
def test_parts_of_the_variance_are_those_of_nodes(family, growth):
    function = function_of(family)
    sums, _ = products_of(function)
    box = Box(LOW[1], HIGH[1], torch.tensor(growth, dtype=torch.float64))
    closed = variances._Pairs.of(sums, box).parts()
    by_nodes = variances._on_grid(node_grid(box, sums), values_of(function), 10_000)
    torch.testing.assert_close(closed.mean, by_nodes.mean, rtol=1e-11, atol=1e-11)
    for part in ("variance", "first", "total"):
        expected = getattr(by_nodes, part)
        bound = 1e-11 * float(by_nodes.variance.max())
        torch.testing.assert_close(getattr(closed, part), expected, rtol=1e-10, atol=bound)
    torch.testing.assert_close(closed.first.sum(0), closed.variance * 2 - closed.total.sum(0))
