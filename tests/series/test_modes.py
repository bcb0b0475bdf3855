"""The modes of targets that are waves, and of targets that have none."""

import numpy as np
import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import Samples
from skspectral.selection import look_at
from skspectral.series.modes import find_modes


def samples_of(t, y):
    return Samples(t, y, torch.full((len(t),), 1 / len(t), dtype=torch.float64))


def modes(t, y, count):
    design = look_at(t, torch.Generator().manual_seed(0))
    return find_modes(samples_of(t, y), design, count, Clock())


@pytest.fixture
def line():
    return torch.linspace(-1, 1, 200, dtype=torch.float64)[:, None]


def test_waves_are_found_the_strongest_first(line):
    """Of 3.2 and 9.7 cycles per unit, which are not periods of the box."""
    y = torch.cos(2 * np.pi * 9.7 * line) + 3 * torch.sin(2 * np.pi * 3.2 * line)
    found = modes(line, y, 2).abs()
    np.testing.assert_allclose(found[:, 0], [3.2, 9.7], rtol=1e-8)


def test_an_oblique_wave_has_both_components():
    t = 2 * torch.rand(400, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) - 1
    wave = torch.tensor([1.3, -2.1], dtype=torch.float64)
    (found,) = modes(t, torch.cos(2 * np.pi * t @ wave + 0.4)[:, None], 1)
    np.testing.assert_allclose((found * found[0].sign()).numpy(), wave, rtol=1e-6)


@pytest.mark.parametrize("count", [1, 2])
def test_without_any_modes_there_are_the_longest_waves_along_each_input(count):
    """Half a cycle over the box: a period of twice its length."""
    t = torch.cartesian_prod(*[torch.linspace(-1, 1, 5, dtype=torch.float64)] * 2)
    found = modes(t, torch.zeros(25, 1, dtype=torch.float64), count)
    np.testing.assert_array_equal(found, np.eye(2)[:count] / 4)
