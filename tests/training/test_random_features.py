"""One wide layer for many inputs: it learns along which of them the target varies."""

import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import Samples
from skspectral.selection import look_at
from skspectral.selection.fits import LinearOptions
from skspectral.training import random_features as drawn

OPTIONS = LinearOptions()


def samples(n, d, seed):
    """A function of three combinations of the inputs; its standard deviation is 0.8."""
    draws = torch.Generator().manual_seed(seed)
    t = 2 * torch.rand(n, d, dtype=torch.float64, generator=draws) - 1
    values = torch.sin(3 * t[:, 0] + 2 * t[:, 1] - t[:, 2]) * torch.exp(t[:, 3] / 2) + t[:, 4] ** 2
    return Samples(t, values[:, None], torch.full((n,), 1 / n, dtype=torch.float64))


def layer(rows, activation="sin"):
    draws = torch.Generator().manual_seed(0)
    return drawn.fit_random_features(rows, look_at(rows.t, draws), activation, 1.0, OPTIONS, draws)


def held_out(parts, rows):
    """Root mean square error on new rows of the same function."""
    found, _ = parts.function(rows.t, rows.t)
    return float((found - rows.y).square().mean().sqrt())


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["sin", "tanh"])
def test_directions_gain_orders_of_magnitude(monkeypatch, activation):
    """Eight inputs, three combinations that matter; 0.5 with features that look everywhere."""
    train, test = samples(700, 8, 0), samples(400, 8, 1)
    learned = held_out(layer(train, activation), test)
    monkeypatch.setattr(drawn, "MAX_SPATIAL_INPUTS", 1000)
    everywhere = held_out(layer(train, activation), test)
    assert learned < 1e-2
    assert learned < everywhere / 20


def test_noise_is_not_taken_for_directions():
    """The targets are noise alone, and the layer stays close to their mean."""
    draws = torch.Generator().manual_seed(3)
    t = 2 * torch.rand(400, 10, dtype=torch.float64, generator=draws) - 1
    y = torch.randn(400, 1, dtype=torch.float64, generator=draws)
    parts = layer(Samples(t, y, torch.full((400,), 1 / 400, dtype=torch.float64)))
    found, _ = parts.function(t, t)
    assert float(found.square().mean().sqrt()) < 0.3


def test_planes_are_left_as_they_are(monkeypatch):
    """With two inputs, learning directions gains less than the time that it takes."""
    monkeypatch.setattr(drawn, "gradient_stretch", None)  # would fail if it were called
    draws = torch.Generator().manual_seed(4)
    t = 2 * torch.rand(300, 2, dtype=torch.float64, generator=draws) - 1
    y = torch.sin(3 * t[:, :1] + t[:, 1:])
    rows = Samples(t, y / y.std(), torch.full((300,), 1 / 300, dtype=torch.float64))
    assert layer(rows).error < 1e-8


def test_a_narrow_layer_of_very_many_rows_is_not_begun_without_time():
    """A readout of four units on a million rows takes two seconds, though it has few operations."""
    t = torch.linspace(-1, 1, 1_000_000).double()[:, None]
    rows = Samples(t, t.sin(), torch.full((len(t),), 1 / len(t)).double())
    draws = torch.Generator().manual_seed(0)
    options = LinearOptions(clock=Clock(1.0, lambda: 0.0))
    assert drawn.fit_random_features(rows, look_at(t[:100], draws), "sin", 1.0, options, draws) is None
