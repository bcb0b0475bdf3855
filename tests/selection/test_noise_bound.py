"""The most white noise that a field can hold: right for noise, and little where smooth places are."""

import math

import numpy as np
import pytest
import torch

from skspectral.selection.noise_bound import max_noise

SHAPES = [(4000,), (60, 70), (17, 16, 18)]
SHAPED = pytest.mark.parametrize("shape", SHAPES, ids=str)


def noise(shape, k=1, seed=0):
    return torch.tensor(np.random.default_rng(seed).standard_normal((*shape, k)))


@SHAPED
@pytest.mark.parametrize("k", [1, 3])
def test_white_noise_is_seen_whole(shape, k):
    found = max_noise(0.3 * noise(shape, k))
    assert 0.6 * 0.09 * k < found < 1.1 * 0.09 * k


@SHAPED
def test_texture_in_four_places_of_five_is_no_noise(shape):
    field = noise(shape)
    field[: shape[0] // 5 + 3] *= 1e-3
    assert max_noise(field) < 1e-5


@SHAPED
def test_smooth_variation_hardly_counts(shape):
    axes = torch.meshgrid(*[torch.linspace(0, 3, n, dtype=torch.float64) for n in shape], indexing="ij")
    wave = torch.sin(sum(axes))[..., None]
    assert max_noise(wave) < 0.01
    assert max_noise(wave + 0.3 * noise(shape)) == pytest.approx(max_noise(0.3 * noise(shape)), rel=0.2)


def test_axes_of_two_nodes_tell_nothing():
    assert max_noise(noise((2, 2))) == math.inf
    assert 0.25 < max_noise(noise((500, 2))) < 1.2


def test_nodes_that_are_not_even_take_no_bend_for_noise():
    t = torch.sort(torch.tensor(np.random.default_rng(1).uniform(-1, 1, 300))).values
    line = (3 * t)[:, None]
    assert max_noise(line, [t]) < 1e-25 < max_noise(line)
    assert 0.3 < max_noise(line + noise((300,)), [t]) < 1.2
