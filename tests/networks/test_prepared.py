"""Functions prepared for many predictions: the same values, in a row as in many, and derivatives."""

import numpy as np
import pytest
import torch

from skspectral.linalg.mapped_cosines import bend
from skspectral.networks import Expansion, FittedFunction, FunctionUnits, PreparedFunction, StageWeights

EPS = np.finfo(float).eps
K = 2  # outputs


def function_of(d, rng, **series):
    """A function of one stage: a plane and the parts of a series."""
    none, nowhere = np.zeros((0, K)), np.zeros((0, d))
    parts = {
        "affine": rng.standard_normal((1 + d, K)),
        "frequencies": nowhere,
        "cosine": none,
        "sine": none,
    }
    units = FunctionUnits(np.zeros(d), np.ones(d), 2.0, np.ones(K), False)
    return FittedFunction(units, [StageWeights(3.0, vars(Expansion(**{**parts, **series})))])


def polynomials(d, rng):
    degrees = np.unique(rng.poisson(1.0, (60, d)), axis=0)
    return function_of(d, rng, degrees=degrees, legendre=rng.standard_normal((len(degrees), K)))


def mapped_cosines(d, rng, order=9):
    orders = np.unique(rng.integers(0, order + 1, (400, d)), axis=0)
    bends = np.full(d, bend(order, 1e-6))
    amplitudes = rng.standard_normal((len(orders), K))
    return function_of(d, rng, orders=orders, bends=bends, mapped=amplitudes)


def waves(d, rng, reach=6):
    integers = np.unique(rng.integers(-reach, reach + 1, (600, d)), axis=0)
    integers = integers[np.lexsort(integers.T[::-1])][len(integers) // 2 + 1 :]
    cosine, sine = rng.standard_normal((2, len(integers), K))
    step = np.full(d, 0.25)
    return function_of(d, rng, frequencies=integers * step, cosine=cosine, sine=sine, step=step)


def bells(d, rng):
    powers = np.unique(rng.poisson(1.0, (60, d)), axis=0)
    lengths = rng.uniform(0.5, 2, d)
    return function_of(
        d, rng, powers=powers, lengths=lengths, gaussian=rng.standard_normal((len(powers), K))
    )


CASES = [(make, d) for make in (polynomials, mapped_cosines, waves, bells) for d in (1, 2, 3)]
CASES += [(polynomials, 4), (bells, 6)]


def size(function):
    """The bound is relative to the sum of all amplitudes, as rounding is."""
    with torch.no_grad():
        return 6 * sum(float(parameter.abs().sum()) for parameter in function.parameters())


@pytest.mark.parametrize(("make", "d"), CASES)
@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize("reach", [1.0, 1.5])
def test_values_are_the_same_also_beyond_the_rim(make, d, n, reach, rng):
    function, t = make(d, rng), torch.tensor(rng.uniform(-reach, reach, (n, d)))
    with torch.no_grad():
        expected = function(t)
    found = PreparedFunction(function)(t)
    torch.testing.assert_close(found, expected, rtol=0, atol=50 * EPS * size(function) * reach**2)


@pytest.mark.parametrize(("make", "d"), [(mapped_cosines, 2), (mapped_cosines, 3), (waves, 2), (waves, 3)])
def test_transforms_give_the_same_values(make, d, rng, monkeypatch):
    pytest.importorskip("finufft", reason="the transforms are those of finufft")
    function, t = make(d, rng), torch.tensor(rng.uniform(-1.2, 1.2, (300, d)))
    with torch.no_grad():
        expected = function(t)
    called = []

    def pays(n, shape):
        called.append(n)
        return True

    monkeypatch.setattr("skspectral.networks.prepared.transform_pays", pays)
    found = PreparedFunction(function)(t)
    atol = 20 * 1e-14 * size(function)
    assert called == [300]
    torch.testing.assert_close(found, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("d", [2, 3])
def test_most_nodes_of_a_grid_are_summed_at_once(d, rng, monkeypatch):
    """It is not done block by block, as each block would take as long as all of them."""
    function = waves(d, rng)
    axis = torch.linspace(-1, 1, 8, dtype=torch.float64)
    t = torch.cartesian_prod(*[axis] * d)[: 8**d - 3]
    with torch.no_grad():
        expected = function(t)
    monkeypatch.setattr("skspectral.networks.prepared.row_blocks", None)
    found = PreparedFunction(function)(t)
    torch.testing.assert_close(found, expected, rtol=0, atol=50 * EPS * size(function))


def test_derivatives_are_those_of_the_module(rng):
    function = PreparedFunction(polynomials(4, rng)).module
    t = torch.tensor(rng.uniform(-1, 1, (5, 4)), requires_grad=True)
    step = 1e-6 * torch.eye(4, dtype=torch.float64)[0]
    slope = torch.autograd.grad(function(t)[:, 0].sum(), t)[0][:, 0]
    with torch.no_grad():
        change = (function(t + step) - function(t - step))[:, 0] / 2e-6
    torch.testing.assert_close(slope, change, rtol=1e-6, atol=1e-6)


def test_functions_of_a_process_share_their_factors(rng, monkeypatch):
    """The products are not multiplied out one by one: a row of six inputs took 0.9 ms, and takes 0.2."""
    function, t = bells(6, rng), torch.tensor(rng.uniform(-1, 1, (1, 6)))
    with torch.no_grad():
        expected = function(t)
    monkeypatch.setattr("skspectral.networks.expansion.bell_features", None)
    found = PreparedFunction(function)(t)
    torch.testing.assert_close(found, expected, rtol=0, atol=50 * EPS * size(function))
