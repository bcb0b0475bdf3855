"""Features that need no training, one by one."""

import math

import numpy as np
import torch

from skspectral.networks import affine_features, fourier_features


def test_affine_features_are_one_and_the_coordinates(rng):
    t = torch.tensor(rng.standard_normal((5, 3)))
    found = affine_features(t)
    np.testing.assert_array_equal(found[:, 0], np.ones(5))
    assert torch.equal(found[:, 1:], t)


def test_fourier_features_are_cosines_then_sines(rng):
    t, f = rng.uniform(-1, 1, (6, 2)), rng.uniform(-3, 3, (4, 2))
    found = fourier_features(torch.tensor(t), torch.tensor(f)).numpy()
    angles = [[2 * math.pi * (x * a + y * b) for a, b in f] for x, y in t]
    expected = np.hstack([np.cos(angles), np.sin(angles)])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


def test_no_modes_are_no_features():
    assert fourier_features(torch.zeros(5, 2), torch.zeros(0, 2)).shape == (5, 0)


def test_quarter_turns_are_known():
    t = torch.arange(4, dtype=torch.float64)[:, None] / 4
    found = fourier_features(t, torch.ones(1, 1, dtype=torch.float64))
    np.testing.assert_allclose(found, [[1, 0], [0, 1], [-1, 0], [0, -1]], rtol=0, atol=1e-15)
