"""Where training starts: exact relations between starts, moments of the draws."""

import math

import pytest
import torch

from skspectral.networks import (
    DenseNetwork,
    cosine_start,
    data_drawn_start,
    deep_start,
    first_layer,
    linear_start,
    scale_factor_start,
    xavier_start,
)

EPS = torch.finfo(torch.float64).eps
WIDE = DenseNetwork((3, 400, 300), ("tanh", "tanh"), (1,))
LIKE = torch.zeros(1, dtype=torch.float64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def centers():
    return torch.rand(17, 3, dtype=torch.float64, generator=generator(5)) * 2 - 1


def weights(network, theta):
    assert theta.shape == (network.n_parameters,) and theta.dtype == torch.float64
    return network.weights(theta)


def assert_variance(matrix, variance):
    """The mean of N squares of normal numbers is off by sqrt(2 / N) of itself: five of those."""
    found = float(matrix.square().mean())
    assert found == pytest.approx(variance, rel=5 * math.sqrt(2 / matrix.numel()))


def test_xavier_variance_and_zero_biases():
    """Glorot and Bengio (2010), eq. 16, for a normal draw: 2 / (fan-in + fan-out)."""
    first, second = weights(WIDE, xavier_start(WIDE, LIKE, generator()))
    assert_variance(first[:-1], 2 / 403)
    assert_variance(second[:-1], 2 / 700)
    assert not first[-1].any() and not second[-1].any()


@pytest.mark.parametrize("gain", [0.5, 3.0, 80.0])
def test_every_unit_is_zero_at_one_of_the_centers(gain, centers):
    first = weights(WIDE, data_drawn_start(WIDE, centers, gain, generator()))[0]
    nearest = (centers @ first[:-1] + first[-1]).abs().amin(0)
    assert float(nearest.max()) <= 4 * EPS * float(first.abs().max())


def test_every_center_is_used(centers):
    first = weights(WIDE, data_drawn_start(WIDE, centers, 3.0, generator()))[0]
    used = (centers @ first[:-1] + first[-1]).abs().argmin(0)
    assert len(used.unique()) == len(centers)


def test_gain_is_the_steepness_of_the_first_layer_alone(centers):
    plain = weights(WIDE, data_drawn_start(WIDE, centers, 1.0, generator()))
    steep = weights(WIDE, data_drawn_start(WIDE, centers, 8.0, generator()))
    torch.testing.assert_close(steep[0], 8 * plain[0], rtol=0, atol=0)
    assert torch.equal(steep[1], plain[1])
    assert_variance(plain[0][:-1], 1 / 3)


def test_later_layers_have_unit_outputs_and_small_biases(centers):
    second = weights(WIDE, data_drawn_start(WIDE, centers, 3.0, generator()))[1]
    assert_variance(second[:-1], 1 / 400)
    assert_variance(second[-1], 0.01 / 400)


def test_cosine_start_is_the_modes(centers):
    """Features of the first layer are cos(2 pi f.t + phase)."""
    f = torch.tensor([[1.0, 0.0, -2.0], [0.5, 0.25, 0.0]], dtype=torch.float64)
    phases = torch.tensor([0.3, -2.0], dtype=torch.float64)
    network = DenseNetwork((3, 2, 4), ("cos", "tanh"), (0, 1))
    theta = cosine_start(network, f, phases, generator())
    found = network.features(theta, centers)[:, :2]
    expected = torch.cos(2 * math.pi * centers @ f.T + phases)
    torch.testing.assert_close(found, expected, rtol=0, atol=30 * EPS)


@pytest.mark.parametrize("hidden", [(4,), (5, 3), (4, 4, 6)])
def test_linear_start_is_the_series(hidden, centers):
    """The first unit is it, to rounding, times a small number; the others are small too."""
    f = torch.tensor([[1.0, 0.0, -2.0], [0.5, 0.25, 0.0]], dtype=torch.float64)
    phases = torch.tensor([0.3, -2.0], dtype=torch.float64)
    amplitudes = torch.tensor([[3.0], [-4.0]], dtype=torch.float64)
    network = DenseNetwork((3, 2, *hidden), ("cos", *("tanh",) * len(hidden)), (len(hidden),))
    theta = linear_start(network, f, phases, amplitudes, generator())
    found = network.features(theta, centers)
    series = torch.cos(2 * math.pi * centers @ f.T + phases) @ amplitudes / 5
    torch.testing.assert_close(found[:, :1] / math.sqrt(EPS), series, rtol=0, atol=100 * EPS)
    assert found.abs().max() < 100 * math.sqrt(EPS)


def test_behind_the_modes_is_xavier():
    network = DenseNetwork((3, 400, 300), ("cos", "tanh"), (1,))
    f, phases = LIKE.expand(400, 3), LIKE.expand(400)
    second = weights(network, cosine_start(network, f, phases, generator()))[1]
    assert_variance(second[:-1], 2 / 700)
    assert not second[-1].any()


def test_scale_factor_multiplies_the_first_layer_of_xavier():
    plain = weights(WIDE, xavier_start(WIDE, LIKE, generator()))
    scaled = weights(WIDE, scale_factor_start(WIDE, LIKE, 25.0, generator()))
    assert torch.equal(scaled[0], 25 * plain[0])
    assert torch.equal(scaled[1], plain[1])


def test_starts_repeat_with_their_generator_only():
    before = torch.get_rng_state()
    first, again, other = (xavier_start(WIDE, LIKE, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def layer_of(activation, inputs=2, units=256, band=30.0, seed=0, t=None):
    network = DenseNetwork((inputs, units), (activation,), (0,))
    t = torch.zeros(1, inputs, dtype=torch.float64) if t is None else t
    return first_layer(network, t, band, generator(seed))


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_waves_fill_the_ball_of_the_band(inputs):
    radius = torch.linalg.vector_norm(layer_of("sin", inputs)[:-1], dim=0) / 30.0
    assert float(radius.max()) <= 1
    # Half the volume lies within 2^(-1/d) of the radius; a Sobol sequence errs by 1 / n, not 1 / sqrt(n).
    share = float((radius < 0.5 ** (1 / inputs)).double().mean())
    assert share == pytest.approx(0.5, abs=0.02)


def test_waves_leave_no_gaps():
    waves = layer_of("sin", 1)[0].sort().values
    # 256 independent draws would leave a gap of about ln(256) / 256 of the band of width 60.
    assert float(waves.diff().max()) < 60 * 4 / 256
    phases = layer_of("sin", 1)[1].sort().values
    assert float(phases[0]) >= 0 and float(phases[-1]) <= 2 * math.pi
    assert float(phases.diff().max()) < 2 * math.pi * 4 / 256


def test_waves_in_many_dimensions_are_within_the_band():
    layer = layer_of("sin", inputs=40)
    radius = torch.linalg.vector_norm(layer[:-1], dim=0)
    assert float(radius.max()) <= 30.0
    assert float(radius.min()) < 15.0


def test_waves_scale_with_the_band_and_repeat():
    first, second = layer_of("sin", band=1.0), layer_of("sin", band=16.0)
    assert torch.equal(16 * first[:-1], second[:-1]) and torch.equal(first[-1], second[-1])
    assert not torch.equal(layer_of("sin", seed=1), layer_of("sin", seed=0))


@pytest.mark.parametrize(("activation", "slope"), [("tanh", 15.0), ("relu", 1.0)])
def test_fronts_and_kinks_pass_through_rows(activation, slope, centers):
    layer = layer_of(activation, 3, 50, t=centers)
    torch.testing.assert_close(
        torch.linalg.vector_norm(layer[:-1], dim=0), torch.full((50,), slope, dtype=torch.float64)
    )
    values = centers @ layer[:-1] + layer[-1]
    assert float(values.abs().min(0).values.max()) < 100 * EPS * slope


@pytest.mark.parametrize(("activation", "power"), [("sin", 0.5), ("tanh", 1.0), ("relu", 0.5)])
def test_deep_layers_have_units_of_unit_variance(activation, power, centers):
    network = DenseNetwork((3, 400, 300), (activation,) * 2, (1,))
    second = weights(network, deep_start(network, centers, 4.0, generator()))[1]
    assert_variance(second[:-1], 1 / (power * 400))
    assert_variance(second[-1:], 0.01 / (power * 400))
