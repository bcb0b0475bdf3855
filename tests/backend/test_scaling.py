"""Scales are exact where the docstrings promise it, and finite for all finite data."""

import math

import numpy as np
import pytest
import torch

from skspectral._backend.scaling import InputScaling, power_of_two_scale


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("exponent", [-1074, -1022, -700, -1, 0, 1, 52, 700, 1023])
def test_scale_is_an_exact_power_of_two(exponent):
    y = tensor([0.0, -math.ldexp(1.0, exponent)])
    scale = power_of_two_scale(y)
    assert scale.dtype == torch.float64
    assert math.frexp(scale.item())[0] == 0.5
    assert math.isfinite(scale.item()) and torch.equal(y / scale * scale, y)


@pytest.mark.parametrize("largest", [1e-300, 0.7, 1.0, 1.999, 3e200, 1.79e308])
def test_scale_is_within_a_factor_two_of_the_largest(largest):
    ratio = largest / power_of_two_scale(tensor([-largest, largest / 3])).item()
    assert 0.5 <= ratio < 2


def test_scale_of_zeros_is_one():
    assert power_of_two_scale(tensor([[0.0, -0.0]])).item() == 1


def test_corners_of_the_box_go_to_one(rng):
    X = tensor(rng.uniform(-3, 9, (50, 3)) * [1, 1e-9, 1e9])
    t = InputScaling.from_data(X).apply(X)
    eps = np.finfo(float).eps
    np.testing.assert_allclose(t.amax(0), 1, atol=4 * eps)
    np.testing.assert_allclose(t.amin(0), -1, atol=4 * eps)


def test_scaling_is_the_affine_map(rng):
    X, new = tensor(rng.standard_normal((20, 2))), tensor(rng.standard_normal((5, 2)))
    scaling = InputScaling.from_data(X)
    back = scaling.center + scaling.halfwidth * scaling.apply(new)
    np.testing.assert_allclose(back, new, rtol=0, atol=1e-15)


def test_constant_column_gets_its_magnitude():
    scaling = InputScaling.from_data(tensor([[5.0, 0.0], [5.0, 0.0]]))
    assert scaling.halfwidth.tolist() == [5.0, 1.0]
    assert scaling.center.tolist() == [5.0, 0.0]


LOGARITHMIC = {
    "three decades": [0.1, 1.0, 10.0],
    "rounded": [1.0, 2.2, 4.6, 10.0, 22.0, 46.0, 100.0],
    "falling": [100.0, 10.0, 1.0],
    "an octave and a bit": np.geomspace(1, 2.5, 16),
    "preferred numbers": [1.0, 2.0, 5.0, 10.0, 20.0, 50.0],
    "random over four decades": 10 ** np.random.default_rng(0).uniform(-2, 2, 25),
}
LINEAR = {
    "even": np.linspace(1, 100, 9),
    "even in both": np.geomspace(1, 1.5, 16),
    "a few preferred numbers": [1.0, 2.0, 5.0, 10.0],
    "from zero": [0.0, 0.1, 1.0, 10.0],
    "two nodes": [1.0, 1000.0],
    "random": np.random.default_rng(0).uniform(1, 100, 50),
}


@pytest.mark.parametrize("nodes", LOGARITHMIC.values(), ids=LOGARITHMIC)
def test_axes_that_are_even_in_the_logarithm_are_scaled_by_it(nodes):
    scaling = InputScaling.from_data(tensor(nodes)[:, None])
    assert scaling.logarithmic.tolist() == [True]
    t = scaling.apply(tensor(nodes)[:, None])
    assert (t.min().item(), t.max().item()) == pytest.approx((-1, 1), abs=1e-14)


@pytest.mark.parametrize("nodes", LINEAR.values(), ids=LINEAR)
def test_other_axes_are_scaled_linearly(nodes):
    assert InputScaling.from_data(tensor(nodes)[:, None]).logarithmic.tolist() == [False]


@pytest.mark.parametrize("seed", range(20))
def test_random_nodes_are_not_taken_for_logarithmic_ones(seed):
    nodes = np.random.default_rng(seed).uniform(0, 1, 5 + 5 * seed)
    assert InputScaling.from_data(tensor(nodes)[:, None]).logarithmic.tolist() == [False]


def test_scattered_columns_are_scaled_by_the_logarithm_only_where_it_is_exact(rng):
    X = 10 ** rng.uniform(-2, 2, (50, 2))
    assert InputScaling.from_data(tensor(X)).logarithmic.tolist() == [False, False]
    grid = np.stack(np.meshgrid(np.sort(X[:20, 0]), np.linspace(1, 2, 5), indexing="ij"), -1).reshape(-1, 2)
    assert InputScaling.from_data(tensor(grid)).logarithmic.tolist() == [True, False]
