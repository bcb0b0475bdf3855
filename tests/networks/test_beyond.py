"""Beyond the box: the function itself within the reach, held and fading beyond it, smooth at all places."""

import math

import numpy as np
import pytest
import torch

from skspectral.networks import Beyond, DenseNetwork, Expansion, StageFunction
from skspectral.networks.products import AxisHeld, AxisPolynomials, axis_integrals

RNG = np.random.default_rng(3)
REACH = torch.tensor([0.2, 0.05], dtype=torch.float64)


def tensor(*shape):
    return torch.tensor(RNG.standard_normal(shape))


PLANE = tensor(3, 2)
WAVES = Expansion(tensor(3, 2), tensor(4, 2), tensor(4, 2), tensor(4, 2))
NETWORK = DenseNetwork((2, 5), ("tanh",), (0,))
PLAIN = StageFunction(WAVES, NETWORK, tensor(NETWORK.n_parameters), tensor(5, 2))
HELD = StageFunction(PLAIN.expansion, NETWORK, PLAIN.theta, PLAIN.readout, 0, Beyond(REACH, PLANE))


def values(function, t):
    return function(t, t)[0]


def test_within_the_reach_it_is_the_function_itself():
    t = torch.tensor(RNG.uniform(-1, 1, (200, 2))) * (1 + REACH)
    assert torch.equal(values(HELD, t), values(PLAIN, t))


def test_coordinates_stay_within_twice_the_reach():
    t = 10 * tensor(200, 2)
    near = HELD.beyond.near(t)
    assert bool((near.abs() <= (1 + 2 * REACH) * (1 + 1e-14)).all())
    assert bool((near * t >= 0).all())


def test_far_away_it_is_the_plane():
    t = torch.tensor([[30.0, 0.1], [-25.0, 40.0], [0.3, -1e6]], dtype=torch.float64)
    expected = PLANE[:1] + t @ PLANE[1:]
    torch.testing.assert_close(values(HELD, t), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_have_no_jumps(order):
    """Across the place where it begins to be held, along the axis on which it is."""
    step = 1e-6

    def derivative(x):
        t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        value = values(HELD, torch.stack([t, torch.full_like(t, 0.3)])[None])[0, 0]
        for _ in range(order):
            (value,) = torch.autograd.grad(value, t, create_graph=True)
        return float(value.detach())

    edge = 1 + float(REACH[0])
    before, after = derivative(edge - step), derivative(edge + step)
    # The third derivative of what is held is 2 / reach^2 times the slope.
    assert abs(after - before) < 2 * step * 100 * (2 / float(REACH[0]) ** 2)
    assert abs(derivative(edge + 1.5 * float(REACH[0])) - before) > 1e-3  # it does change


@pytest.mark.parametrize("reach", [1e-3, 0.1, 5.0])
def test_an_axis_integrates_to_rounding(reach):
    """Against Gauss-Legendre panels that are far finer than what is integrated."""
    functions = AxisHeld(AxisPolynomials(5), reach)
    low, high = torch.tensor([-1.7, 0.2, -0.5, -8.0]), torch.tensor([1.4, 6.0, 0.9, 40.0])
    low, high = low.double(), high.double()
    found = axis_integrals(functions, low, high, 0.3)
    x, w = (torch.tensor(part) for part in np.polynomial.legendre.leggauss(40))
    for first, last, integral in zip(low.tolist(), high.tolist(), found, strict=True):
        kinks = [s * (1 + k * reach) for s in (-1, 1) for k in (0, 1, 2, 3, 5, 8, 13, 19)]
        inner = np.clip([*kinks, *np.linspace(first, last, 60)], first, last)
        edges = torch.tensor(np.unique(inner))
        half, middle = edges.diff() / 2, (edges[1:] + edges[:-1]) / 2
        t = (middle[:, None] + half[:, None] * x).reshape(-1)
        weight = (half[:, None] * w).reshape(-1) * torch.exp(0.3 * (1 + t))
        expected, size = weight @ functions(t), weight @ functions(t).abs()
        assert bool(((integral - expected).abs() <= 1e-9 * size).all())


def test_reach_is_where_functions_have_grown():
    growth, none = 3.0, torch.zeros(0, 1, dtype=torch.float64)
    degrees = torch.tensor([[0], [1], [7]])
    series = Expansion(torch.zeros(2, 1), none, none, none, degrees=degrees, legendre=torch.ones(3, 1))
    place = 1 + float(series.reach(growth))
    chebyshev = np.polynomial.chebyshev.chebval(place, [0] * 7 + [1])
    assert chebyshev == pytest.approx(math.cosh(growth), rel=1e-12)
    plane = Expansion(torch.ones(2, 1).double(), none, none, none)
    assert float(plane.reach(growth)) > 1e50
