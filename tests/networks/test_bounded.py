"""Bounded sine layers written out in NumPy, their derivatives by autograd, and where weights may be."""

import numpy as np
import pytest
import torch

from skspectral.networks import BoundedNetwork, DenseNetwork
from skspectral.networks.bounded import DEEP_START_SHARE

EPS = np.finfo(float).eps
N, D, M = 9, 2, 4
HIDDEN = {"one layer": (5,), "two layers": (5, 3), "three layers": (4, 3, 2)}
KINDS = ["free", "fixed", "learned"]
FREQUENCIES = torch.tensor([[1, 0], [0, 1], [1, 2], [3, -1]], dtype=torch.float64) / 4
AMPLITUDES = torch.tensor([1.0, 0.8, 0.5, 0.3], dtype=torch.float64)
BOUNDS = torch.tensor([1.0, 1.0, 0.6, 0.25], dtype=torch.float64)


def network(kind, hidden, frequencies=FREQUENCIES, bounds=BOUNDS, amplitudes=None):
    within = None if kind == "free" else bounds
    return BoundedNetwork(frequencies, hidden, within, kind == "learned", amplitudes=amplitudes)


def normal(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def parameters(net):
    """Far from the start: weights of about one, some beyond their bounds; learned bounds positive."""
    theta = normal(net.n_parameters)
    theta[-M:] = theta[-M:].abs() + 0.1
    return theta


@pytest.fixture(params=HIDDEN.values(), ids=HIDDEN)
def hidden(request):
    return request.param


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(params=[None, AMPLITUDES], ids=["even", "weighted"])
def case(kind, hidden, request):
    """A network, its parameters, rows."""
    net = network(kind, hidden, amplitudes=request.param)
    return net, parameters(net), normal(N, D, seed=1)


def cut(net, theta):
    """Phases, (weights, biases) per hidden layer, and what is left, cut one after the other."""
    phases, rest, layers, below = theta[:M], theta[M:], [], M
    for width in net.hidden:
        matrix, rest = rest[: (below + 1) * width].reshape(below + 1, width), rest[(below + 1) * width :]
        layers.append((matrix[:-1], matrix[-1]))
        below = width
    return phases, layers, rest


def used_weights(net, theta, xp):
    """First weights of the layers, A v: under learned bounds c tanh(A v / c at the start)."""
    _, layers, rest = cut(net, theta)
    v = layers[0][0] if net.amplitudes is None else net.amplitudes[:, None] * layers[0][0]
    return rest[:, None] * xp.tanh(v / net.bounds[:, None]) if net.learned else v


def written_out(net, theta, t, xp=torch):
    """Every layer but the first, side by side."""
    phases, layers, rest = cut(net, theta)
    assert len(rest) == M * net.learned
    a, read = xp.sin(2 * np.pi * t @ net.frequencies.T + phases), []
    for index, (weights, biases) in enumerate(layers):
        a = xp.sin(a @ (weights if index else used_weights(net, theta, xp)) + biases)
        read.append(a)
    return xp.concatenate(read, 1)


def in_numpy(net):
    """The same sizes and numbers, as NumPy arrays."""
    bounds = None if net.bounds is None else net.bounds.numpy()
    amplitudes = None if net.amplitudes is None else net.amplitudes.numpy()
    return BoundedNetwork(net.frequencies.numpy(), net.hidden, bounds, net.learned, amplitudes=amplitudes)


def test_features_are_the_formula(case):
    net, theta, t = case
    expected = written_out(in_numpy(net), theta.numpy(), t.numpy(), np)
    assert expected.shape == (N, net.n_features) == (N, sum(net.hidden))
    np.testing.assert_allclose(net.features(theta, t), expected, rtol=0, atol=1e3 * EPS)
    np.testing.assert_allclose(net.read_out(net.forward(theta, t)), expected, rtol=0, atol=1e3 * EPS)


def test_dense_is_the_same_function(case):
    """An ordinary network, which needs no bounds any more, and one with the frequencies in it."""
    net, theta, t = case
    dense, weights = net.dense(theta)
    assert isinstance(dense, DenseNetwork)
    assert len(weights) == dense.n_parameters
    expected = written_out(in_numpy(net), theta.numpy(), t.numpy(), np)
    np.testing.assert_allclose(dense.features(weights, t), expected, rtol=0, atol=1e3 * EPS)
    first = weights[: D * M].reshape(D, M)
    np.testing.assert_allclose(first, 2 * np.pi * FREQUENCIES.T, rtol=2 * EPS)


def test_gradient_is_automatic_differentiation(case):
    net, theta, t = case
    upstream = normal(N, net.n_features, seed=2)
    found = net.gradient(theta, net.forward(theta, t), upstream)
    expected = torch.func.grad(lambda p: (written_out(net, p, t) * upstream).sum())(theta)
    assert expected.abs().min() > 0  # no parameter is without effect
    bound = 1e3 * EPS * float(expected.abs().max())
    torch.testing.assert_close(found, expected, rtol=0, atol=bound)


@pytest.mark.parametrize("kind", ["free", "fixed"], indirect=True)
def test_rows_of_factors_multiply_to_the_jacobian(case):
    net, theta, t = case
    upstream = normal(N, net.n_features, seed=2)
    factors = net.factors(theta, net.forward(theta, t), upstream)
    assert [(a.shape[1], b.shape[1]) for a, b in factors] == net.shapes
    found = torch.cat([(a[:, :, None] * b[:, None, :]).flatten(1) for a, b in factors], 1)
    expected = torch.func.jacrev(lambda p: (written_out(net, p, t) * upstream).sum(1))(theta)
    bound = 1e3 * EPS * float(expected.abs().max())
    assert net.has_factors
    torch.testing.assert_close(found, expected, rtol=0, atol=bound)


def test_factors_of_learned_bounds_are_not_the_whole_jacobian():
    assert not network("learned", (3,)).has_factors


def test_penalty_is_that_of_the_mean_bound(case):
    """Proportional to the mean of the learned bounds, and to nothing else."""
    net, theta, _ = case
    found = torch.tensor([net.penalty(parameter) for parameter in (theta, 3 * theta)])
    assert found[1] == pytest.approx(3 * float(found[0]), rel=1e-12)
    assert (found[0] > 0) == net.learned
    other = theta.clone()
    other[: len(theta) - M * net.learned] += 1
    assert net.penalty(other) == found[0]


def test_slope_of_the_penalty_is_its_differences(case):
    """It is linear: differences are exact up to rounding."""
    net, theta, _ = case
    steps = 1e-2 * torch.eye(len(theta), dtype=torch.float64)
    found = [(net.penalty(theta + h) - net.penalty(theta - h)) / 2e-2 for h in steps]
    np.testing.assert_allclose(net.penalty_slope(theta), found, rtol=1e-9, atol=1e-16)


def inside(net, theta):
    """By how much the first weights stay below their bounds."""
    first = used_weights(net, theta, torch)
    bounds = cut(net, theta)[2] if net.learned else net.bounds
    return bounds[:, None] - first.abs()


@pytest.mark.parametrize("kind", ["fixed", "learned"], indirect=True)
def test_clipped_weights_are_inside_their_bounds(case):
    net, theta, _ = case
    clipped = net.clip(100 * theta)
    assert (inside(net, clipped) >= 0).all()
    assert all(w.abs().max() == net.bounds.max() for w, _ in cut(net, clipped)[1][1:])


def test_clipping_once_is_enough(case):
    net, theta, _ = case
    once = net.clip(100 * theta)
    assert torch.equal(net.clip(once), once)


def test_what_is_inside_stays(case):
    net = case[0]
    theta = net.start(torch.Generator().manual_seed(0))
    assert torch.equal(net.clip(theta), theta)


def test_clipping_changes_no_phase_and_no_bias(case):
    net, theta, _ = case
    before, after = cut(net, 100 * theta), cut(net, net.clip(100 * theta))
    assert torch.equal(before[0], after[0])
    for (_, biases), (_, left) in zip(before[1], after[1]):
        assert torch.equal(biases, left)


def test_the_nearest_weights_are_taken():
    """Each weight on input j is cut at +-c_j, by itself."""
    net = network("fixed", (5,))
    theta = parameters(net)
    expected = np.clip(cut(net, theta)[1][0][0].numpy(), -BOUNDS.numpy()[:, None], BOUNDS.numpy()[:, None])
    np.testing.assert_array_equal(cut(net, net.clip(theta))[1][0][0], expected)


def test_without_bounds_nothing_is_clipped(hidden):
    net = network("free", hidden)
    theta = 100 * parameters(net)
    assert torch.equal(net.clip(theta), theta)


def test_clip_leaves_its_argument_alone(case):
    net, theta, _ = case
    copy = theta.clone()
    net.clip(theta)
    assert torch.equal(theta, copy)


def test_learned_bounds_stay_positive():
    """Also those that a step takes below zero: weights keep their signs."""
    net = network("learned", (3,))
    theta = parameters(net)
    theta[-M:] = torch.tensor([-5.0, 0.0, 1e-9, 2.0])
    bounds = net.clip(theta)[-M:]
    assert (bounds > 0).all()
    assert bounds[-1] == 2.0


@pytest.mark.parametrize("kind", ["fixed", "learned"])
def test_bounded_weights_bound_the_units(kind):
    """Without biases a sine of sines is at most sin(sum c): 1/2 here, whatever the parameters."""
    bounds = torch.full((M,), np.pi / 6 / M, dtype=torch.float64)
    net = network(kind, (50,), bounds=bounds)
    theta = 100 * parameters(net)
    theta[-M:] = bounds if kind == "learned" else theta[-M:]
    phases, ((weights, _),), rest = cut(net, theta)
    without = torch.cat([phases, weights.flatten(), torch.zeros(50, dtype=torch.float64), rest])
    features = net.features(net.clip(without), normal(200, D))
    assert features.abs().max() <= 0.5 + 10 * EPS


WIDE = torch.arange(1.0, 121.0, dtype=torch.float64)[:, None]


@pytest.fixture(params=KINDS)
def wide_start(request):
    """A start large enough for its distribution to show."""
    bounds = torch.where(WIDE[:, 0] <= 60, 1.0, 0.4).double()
    net = network(request.param, (150, 80), WIDE, bounds)
    theta = net.start(torch.Generator().manual_seed(5))
    phases, rest = theta[:120], theta[120:]
    first, second = rest[: 121 * 150].reshape(121, 150), rest[121 * 150 :][: 151 * 80].reshape(151, 80)
    return net, phases, first, second


def test_phases_start_within_a_quarter_turn(wide_start):
    """Uniform on (-pi/2, pi/2): its deviation is pi / sqrt(12), here to three of its own."""
    phases = wide_start[1]
    assert phases.abs().max() < np.pi / 2
    assert float(phases.std()) == pytest.approx(np.pi / np.sqrt(12), rel=3 * 0.45 / np.sqrt(120))


def test_biases_start_anywhere_on_the_circle(wide_start):
    """120 to 150 directions add up to nothing but chance."""
    for matrix in wide_start[2:]:
        turn = matrix[-1]
        assert abs(torch.exp(1j * turn).mean()) < 4 / np.sqrt(len(turn))


def test_weights_start_centered_and_well_within_their_bounds(wide_start):
    net, _, first, _ = wide_start
    weights = first[:-1]
    bounds = torch.ones(120, dtype=torch.float64) if net.bounds is None else net.bounds
    share = weights / bounds[:, None]
    assert abs(float(share.mean())) < 5 * float(share.std()) / np.sqrt(share.numel())
    low, high = share[:60].std(), share[60:].std()
    assert 0 < float(low) < 0.5
    assert float(high) == pytest.approx(float(low), rel=0.05)


def test_layers_behind_start_at_a_share_of_unit_deviation_before_the_sine(wide_start):
    """A sine of any phase has the variance 1/2: so many times the squared weights of a unit."""
    second = wide_start[3]
    variance = 0.5 * second[:-1].square().sum(0).mean()
    assert float(variance) == pytest.approx(DEEP_START_SHARE**2, rel=0.05)


def test_layers_behind_start_where_sines_bend_but_little(wide_start):
    """Sines of a tenth would add nothing to the layer before, and those of two are noise."""
    arguments = 0.5**0.5 * wide_start[3][:-1].square().sum(0).mean().sqrt()
    assert 0.1 < float(arguments) < 0.6


def test_weighted_units_start_with_unit_variance_before_the_sine():
    """Whatever the amplitudes: a sine of any phase has the variance 1/2."""
    net = network("free", (400,), WIDE, amplitudes=1 / WIDE[:, 0])
    theta = net.start(torch.Generator().manual_seed(5))
    v = theta[120:].reshape(121, 400)[:-1]
    weights = v / WIDE
    assert float(0.5 * weights.square().sum(0).mean()) == pytest.approx(1, rel=0.1)
    assert float(v[60:].std()) == pytest.approx(float(v[:60].std()), rel=0.05)


@pytest.mark.parametrize("kind", ["fixed", "learned"], indirect=True)
def test_starts_are_inside_the_bounds(case):
    net = case[0]
    thetas = [net.start(torch.Generator().manual_seed(seed)) for seed in range(50)]
    assert all((inside(net, theta) >= 0).all() for theta in thetas)


def test_learned_bounds_start_at_the_given_ones(hidden):
    net = network("learned", hidden)
    assert torch.equal(net.start(torch.Generator().manual_seed(0))[-M:], BOUNDS)


def test_starts_are_repeatable(case):
    net = case[0]
    one, two, other = (net.start(torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_parameters_and_features_are_counted(kind):
    net = network(kind, (5, 3))
    first = [(1, M), (M + 1, 5), (6, 3)]
    assert net.shapes == first + [(1, M)] * net.learned
    assert net.n_parameters == M + 25 + 18 + M * net.learned
    assert (net.n_features, net.activations) == (8, ("sin",) * 3)


def test_no_rows_are_legal(case):
    net, theta, t = case
    assert net.features(theta, t[:0]).shape == (0, net.n_features)


def test_known_values():
    """sin(2 pi t + pi/2) = cos(pi) at t = 1/2, then sin(-1/2 + 1/6), bound 1/2 on a weight of 3."""
    net = network("fixed", (1,), torch.ones(1, 1).double(), torch.tensor([0.5]).double())
    theta = net.clip(torch.tensor([np.pi / 2, 3.0, 1 / 6], dtype=torch.float64))
    found = net.features(theta, torch.full((1, 1), 0.5, dtype=torch.float64))
    assert float(found) == pytest.approx(np.sin(-1 / 3), abs=4 * EPS)
