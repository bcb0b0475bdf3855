"""Periods of uneven rows: true frequencies and values, aliases, harmonics, and no periods in noise."""

import numpy as np
import pytest
import torch

from skspectral import SpectralMultistageRegressor
from skspectral._backend.samples import canonical_samples
from skspectral.series.periods import find_periods


def found(x, y):
    """Frequencies in cycles per unit of x, and the orders of the harmonics."""
    x, y = torch.tensor(x, dtype=torch.float64)[:, None], torch.tensor(y, dtype=torch.float64)[:, None]
    samples, units = canonical_samples(x, y, torch.ones(len(x), dtype=torch.float64))
    periods = find_periods(samples, len(x) // 12, 8)
    if periods is None:
        return None
    frequencies = periods.frequencies[:, 0] / units.inputs.halfwidth
    return frequencies.numpy(), periods.order


def nights(seed, n=160):
    """One visit a night, at times that differ by some hours."""
    return np.arange(n) + np.random.default_rng(seed).uniform(-0.17, 0.17, n)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("amplitudes", [(0.28, 0.15, 0.06), (0.04, 0.3, 0.04, 0.1)])
def test_a_star_with_harmonics(seed, amplitudes):
    """Also where the second harmonic is the highest, and odd ones are as weak as the noise."""
    r, period = np.random.default_rng(seed), [0.4219, 0.8313, 0.2977][seed]
    phases = r.uniform(0, 2 * np.pi, len(amplitudes))

    def function(t):
        lines = zip(amplitudes, phases)
        return sum(a * np.cos(2 * np.pi * (j + 1) * t / period + p) for j, (a, p) in enumerate(lines))

    t = 2459000.3 + nights(seed)
    y = function(t) + 0.02 * r.standard_normal(len(t))
    frequencies, order = found(t, y)
    assert set(range(1, len(amplitudes) + 1)) <= set(order)
    assert abs(frequencies[order.index(1)] * period - 1) < 1e-4
    model = SpectralMultistageRegressor().fit(t[:, None], y)
    between = r.uniform(t.min(), t.max(), 2000)
    assert np.std(model.predict(between[:, None]) - function(between)) < 0.5 * 0.02


@pytest.mark.slow
@pytest.mark.parametrize("cycles", [0.8, 1.5, 4.0])
def test_two_lines_at_random_times(cycles):
    """As many cycles as rows, and more: without noise to rounding."""
    r, n = np.random.default_rng(1), 150
    t = r.uniform(0, 40, n)
    f = cycles * n / 40

    def function(t):
        return np.sin(2 * np.pi * f * t) + 0.4 * np.cos(2 * np.pi * 0.618 * f * t) + 0.01 * t

    model = SpectralMultistageRegressor().fit(t[:, None], function(t))
    between = r.uniform(0, 40, 1000)
    # Phases are rounded by epsilon times 2 pi f t, up to 4000.
    assert np.abs(model.predict(between[:, None]) - function(between)).max() < 1e-10


def test_times_that_were_rounded_leave_the_lowest_alias():
    r = np.random.default_rng(2)
    t = np.unique(np.round(r.uniform(0, 100, 180), 1))
    frequencies, _ = found(t, np.sin(2 * np.pi * 3.3 * t) + 0.1 * r.standard_normal(len(t)))
    assert frequencies == pytest.approx([3.3], abs=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_noise_has_no_periods(seed):
    r = np.random.default_rng(seed)
    assert found(r.uniform(0, 10, 60 + 20 * seed), r.standard_normal(60 + 20 * seed)) is None
