"""First and second derivatives against those of the functions themselves."""

import math

import pytest
import torch

from skspectral.networks import gaussian_features, gradients, hessians

T = torch.rand(40, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 - 1


def test_of_a_product():
    def product(t):
        return t[:, 0] ** 3 * torch.sin(t[:, 1])

    x, y, z = T.unbind(1)
    slope = torch.stack([3 * x**2 * torch.sin(y), x**3 * torch.cos(y), 0 * z], 1)
    torch.testing.assert_close(gradients(product, T), slope, rtol=1e-14, atol=1e-15)
    bend = torch.zeros(len(T), 3, 3, dtype=torch.float64)
    bend[:, 0, 0], bend[:, 1, 1] = 6 * x * torch.sin(y), -(x**3) * torch.sin(y)
    bend[:, 0, 1] = bend[:, 1, 0] = 3 * x**2 * torch.cos(y)
    torch.testing.assert_close(hessians(product, T), bend, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    "flat", [lambda t: 2 * t[:, :2] - 1, lambda t: torch.ones(len(t), 2)], ids=["linear", "constant"]
)
def test_what_has_no_second_derivative(flat):
    assert gradients(flat, T).shape == (40, 2, 3)
    assert torch.equal(hessians(flat, T), torch.zeros(40, 2, 3, 3, dtype=torch.float64))


def test_of_gaussians_at_their_own_centers():
    lengths = torch.tensor([0.3, 1.0, 7.0], dtype=torch.float64)
    bend = hessians(lambda t: gaussian_features(t, T, lengths), T)
    own = bend[torch.arange(40), torch.arange(40)]
    expected = torch.diag(-1 / lengths**2).expand(40, 3, 3)
    torch.testing.assert_close(own, expected, rtol=0, atol=1e-12)


def test_outputs_are_differentiated_one_by_one():
    waves = [lambda t: torch.cos(2 * t[:, 0]), lambda t: torch.sin(math.pi * t[:, 2]) * t[:, 1]]
    both = hessians(lambda t: torch.stack([wave(t) for wave in waves], 1), T)
    alone = torch.stack([hessians(wave, T) for wave in waves], 1)
    assert torch.equal(both, alone)
