"""Periodograms of uneven rows: exact sums, false alarms, and frequencies that rows cannot tell apart."""

import math

import numpy as np
import torch

from skspectral.spectrum import LinePeriodogram, resolution, strongest_peaks, window_repeats


def rows(seed, n=200):
    generator = torch.Generator().manual_seed(seed)
    t = 2 * torch.rand(n, dtype=torch.float64, generator=generator) - 1
    return t, torch.randn(n, 2, dtype=torch.float64, generator=generator)


def test_powers_are_those_of_direct_sums():
    """A phase is off by an eighth of a radian at most, at the highest frequency of 16 nodes for a wave."""
    t, values = rows(0)
    spectrum = LinePeriodogram.of(t, values, 400)
    waves = torch.exp(-2j * math.pi * spectrum.frequencies[:, None] * t)
    direct = (waves @ values.to(waves.dtype)).abs().square().sum(1)
    assert float((spectrum.power - direct).norm() / direct.norm()) < 2 * math.pi / 16


def test_rows_resolve_a_cycle_over_what_they_span():
    t = torch.tensor([[-1.0, 0.0], [0.5, 3.0], [1.0, 1.0]])
    assert (resolution(t), resolution(t[:, 0])) == (1 / 3, 1 / 2)


def test_a_line_is_the_highest_peak():
    t, _ = rows(1)
    spectrum = LinePeriodogram.of(t, torch.cos(2 * math.pi * 333.3 * t)[:, None], 20_000)
    assert abs(float(strongest_peaks(spectrum, 1)[0]) - 333.3) < resolution(t) / 2


def test_noise_seldom_stands_out():
    alarms = 0
    for seed in range(200):
        t, values = rows(seed, 60)
        alarms += LinePeriodogram.of(t, values[:, :1], 2000).stands_out(values[:, :1], 0.05)
    assert alarms <= 25  # ten are allowed for; 25 have a chance of 3e-5


def test_rounded_times_repeat():
    t = torch.from_numpy(np.unique(np.round(np.random.default_rng(0).uniform(-1, 1, 150), 2)))
    assert abs(window_repeats(t, torch.ones_like(t), 4000) - 100) < resolution(t)
    t, _ = rows(2)
    assert window_repeats(t, torch.ones_like(t), 4000) == math.inf
