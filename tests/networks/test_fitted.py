"""The fitted module against its parts, put together by hand."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from skspectral.networks import DenseNetwork, Expansion, FittedFunction, FunctionUnits, StageWeights
from skspectral.networks.fitted import MIN_MODES

EPS = np.finfo(float).eps
N, D, K = 8, 2, 2
CENTER, HALFWIDTH = np.array([3.0, -1.0]), np.array([2.0, 0.5])
UNIT, OFFSET = 4.0, np.array([0.25, -0.5])


def series(affine, frequencies, cosine, sine, step=None):
    """The fields of an expansion that has nothing else."""
    given = {"affine": affine, "frequencies": frequencies, "cosine": cosine, "sine": sine, "step": step}
    return {field.name: given.get(field.name) for field in fields(Expansion)}


def by_strength(weights):
    """The same series, its modes sorted, the strongest first."""
    part = weights.series
    order = np.argsort(-(part["cosine"] ** 2 + part["sine"] ** 2).sum(1), kind="stable")
    moved = {name: part[name][order] for name in ("frequencies", "cosine", "sine")}
    return replace(weights, series={**part, **moved})


@pytest.fixture
def linear(rng):
    """A stage without a network, on a lattice."""
    vectors, step = np.array([[0, 1], [1, -1], [1, 0], [1, 1]]), np.array([0.25, 0.5])
    affine, cosine, sine = (rng.standard_normal((rows, K)) for rows in (3, 4, 4))
    return StageWeights(0.7, series(affine, vectors * step, cosine, sine, step))


@pytest.fixture
def trained(rng):
    """A stage with two modes beside a network."""
    network = DenseNetwork((D, 3, 4), ("tanh", "tanh"), (1,))
    parts = [rng.standard_normal(shape) for shape in ((3, K), (2, D), (2, K), (2, K))]
    theta, readout = rng.standard_normal(network.n_parameters), rng.standard_normal((4, K))
    return StageWeights(1e-3, series(*parts), network, theta, readout)


@pytest.fixture
def X(rng):
    return CENTER + HALFWIDTH * rng.uniform(-1, 1, (N, D))


def function(stages, flat=False):
    return FittedFunction(FunctionUnits(CENTER, HALFWIDTH, UNIT, OFFSET, flat), stages)


def stage_by_hand(weights, t):
    """scale (plane + modes + network) in numpy."""
    angle = 2 * np.pi * t @ weights.series["frequencies"].T
    smooth = weights.series["affine"][0] + t @ weights.series["affine"][1:]
    total = smooth + np.cos(angle) @ weights.series["cosine"] + np.sin(angle) @ weights.series["sine"]
    return weights.scale * (total + network_by_hand(weights, t))


def network_by_hand(weights, t):
    """The features of two tanh layers, or none where the stage has no network."""
    if weights.theta is None:
        return 0.0
    first, second = weights.theta[:9].reshape(3, 3), weights.theta[9:].reshape(4, 4)
    hidden = np.tanh(t @ first[:-1] + first[-1])
    return np.tanh(hidden @ second[:-1] + second[-1]) @ weights.readout


def by_hand(stages, X):
    t = (X - CENTER) / HALFWIDTH
    parts = [np.zeros((len(X), K)), *(stage_by_hand(weights, t) for weights in stages)]
    return UNIT * (OFFSET + sum(parts))


def test_prediction_is_the_sum_of_its_parts(linear, trained, X):
    stages = [linear, trained]
    found = function(stages)(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(found, by_hand(stages, X), rtol=0, atol=1e3 * EPS)


def test_no_stages_are_the_offset(X):
    found = function([])(torch.tensor(X)).numpy()
    np.testing.assert_array_equal(found, np.tile(UNIT * OFFSET, (N, 1)))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_first_stages_are_the_sum_of_those(count, linear, trained, X):
    stages = [linear, trained]
    whole = function(stages)
    found = whole.first(count)(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(found, by_hand(stages[:count], X), rtol=0, atol=1e3 * EPS)
    assert len(whole.stages) == 2


def test_part_shares_the_weights_of_the_whole(linear, trained):
    whole = function([linear, trained])
    assert whole.first(1).stages[0].affine is whole.stages[0].affine


def test_stages_of_one_output_may_be_flat(linear, X):
    first = {name: linear.series[name][:, :1] for name in ("affine", "cosine", "sine")}
    one = replace(linear, series={**linear.series, **first})
    units = (FunctionUnits(CENTER, HALFWIDTH, UNIT, OFFSET[:1], flat) for flat in (True, False))
    flat, column = (FittedFunction(unit, [one])(torch.tensor(X)) for unit in units)
    assert flat.shape == (N,) and torch.equal(flat[:, None], column)


def test_gradient_is_the_slope_in_original_units(linear, trained, X):
    """Central differences with step h: off by h^2 times the third derivative, and eps / h."""
    whole, h = function([linear, trained]), 1e-5
    rows = torch.tensor(X).requires_grad_()
    (found,) = torch.autograd.grad(whole(rows)[:, 0].sum(), rows)
    first = lambda shift: by_hand([linear, trained], X + shift)[:, 0]  # noqa: E731
    slope = np.stack([(first(h * e) - first(-h * e)) / (2 * h) for e in np.eye(D)], 1)
    np.testing.assert_allclose(found, slope, rtol=0, atol=1e-7)


def test_weights_are_parameters_and_units_are_not(linear, trained):
    whole = function([linear, trained])
    names = {name.split(".")[-1] for name, _ in whole.named_parameters()}
    assert names == {"affine", "frequencies", "cosine", "sine", "theta", "readout"}
    assert {"center", "halfwidth", "offset"} <= {name for name, _ in whole.named_buffers()}


def test_state_dict_carries_the_weights(linear, trained, X, rng):
    whole, other = function([linear, trained]), function([linear, trained])
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(whole.state_dict())
    assert torch.equal(whole(torch.tensor(X)), other(torch.tensor(X)))


def test_weights_are_copies(linear, X):
    whole = function([linear])
    before = whole(torch.tensor(X)).detach().clone()
    linear.series["affine"][:] = 0
    assert torch.equal(whole(torch.tensor(X)), before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_any_real_input_gives_float64(dtype, linear):
    rows = torch.tensor([[2, -1], [4, 0]], dtype=dtype)
    found = function([linear])(rows)
    assert found.dtype == torch.float64
    expected = by_hand([linear], rows.numpy().astype(float))
    np.testing.assert_allclose(found.detach(), expected, rtol=0, atol=1e3 * EPS)


@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**1000])
def test_unit_moves_exponents_only(unit, linear, X):
    units = FunctionUnits(CENTER, HALFWIDTH, unit, OFFSET, False)
    scaled = FittedFunction(units, [linear])(torch.tensor(X)) / unit
    assert torch.equal(scaled, function([linear])(torch.tensor(X)) / UNIT)


def composed(rng, grade, inputs):
    """A grade with a network of sines on `inputs` features, and no modes."""
    network = DenseNetwork((inputs, 3), ("sin",), (0,))
    affine, none = np.zeros((1 + D, K)), np.zeros((0, K))
    affine[0] = rng.standard_normal(K)
    theta, readout = rng.standard_normal(network.n_parameters), rng.standard_normal((3, K))
    return StageWeights(0.5, series(affine, np.zeros((0, D)), none, none), network, theta, readout, grade)


def grade_by_hand(weights, hidden):
    matrix = weights.theta.reshape(-1, 3)
    features = np.sin(hidden @ matrix[:-1] + matrix[-1])
    return weights.scale * (weights.series["affine"][0] + features @ weights.readout), features


def test_a_grade_sees_the_features_of_the_one_before(rng, X):
    grades = [composed(rng, 1, D), composed(rng, 2, 3), composed(rng, 3, 3)]
    hidden, total = (X - CENTER) / HALFWIDTH, OFFSET
    for grade in grades:
        values, hidden = grade_by_hand(grade, hidden)
        total = total + values
    found = function(grades)(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(found, UNIT * total, rtol=0, atol=1e3 * EPS)


def test_a_grade_of_modes_hands_on_the_point_and_its_waves(rng, linear, X):
    t = (X - CENTER) / HALFWIDTH
    angle = 2 * np.pi * t @ by_strength(linear).series["frequencies"].T
    hidden = np.concatenate([t, np.cos(angle), np.sin(angle)], 1)
    second = composed(rng, 2, hidden.shape[1])
    expected = stage_by_hand(linear, t) + grade_by_hand(second, hidden)[0]
    found = function([replace(linear, grade=1), second])(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(found, UNIT * (OFFSET + expected), rtol=0, atol=1e3 * EPS)


def test_a_grade_of_many_modes_hands_on_the_strongest(rng, X):
    """Some of 200 waves are handed on, and all of ten."""
    for count, handed in ((10, 10), (200, MIN_MODES)):
        frequencies, cosine, sine = (rng.standard_normal((count, columns)) for columns in (D, K, K))
        stage = StageWeights(1.0, series(np.zeros((1 + D, K)), frequencies, cosine, sine), grade=1)
        second = composed(rng, 2, D + 2 * handed)
        t = (X - CENTER) / HALFWIDTH
        angle = 2 * np.pi * t @ by_strength(stage).series["frequencies"][:handed].T
        hidden = np.concatenate([t, np.cos(angle), np.sin(angle)], 1)
        expected = stage_by_hand(stage, t) + grade_by_hand(second, hidden)[0]
        found = function([stage, second])(torch.tensor(X)).detach().numpy()
        np.testing.assert_allclose(found, UNIT * (OFFSET + expected), rtol=0, atol=1e4 * EPS * count)
