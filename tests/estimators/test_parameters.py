"""Memory that hidden layers need is compared with the memory that there is."""

import pytest
import torch

from skspectral._backend.samples import Samples
from skspectral.estimators import parameters

N, SHAPE = 1000, (300, 200)
# Two inputs, a bias in each layer, and the activations of all rows, in bytes.
ONE_COPY = 8 * (3 * 300 + 301 * 200 + N * 500)


@pytest.fixture
def samples():
    return Samples(torch.zeros(N, 2), torch.zeros(N, 1), torch.full((N,), 1 / N))


@pytest.mark.parametrize("copies", [1, 5])
def test_layers_beyond_the_memory_are_refused(copies, samples, monkeypatch):
    """Training of such layers took at least eight copies where its peak was measured."""
    monkeypatch.setattr(parameters, "memory_of", lambda device: copies * ONE_COPY)
    with pytest.raises(ValueError, match=r"hidden_layer_sizes=\(300, 200\) needs .* would fit"):
        parameters.check_memory(SHAPE, samples)


def test_layers_with_room_for_the_measured_peak_are_not_refused(samples, monkeypatch):
    monkeypatch.setattr(parameters, "memory_of", lambda device: 12 * ONE_COPY)
    parameters.check_memory(SHAPE, samples)


def test_the_width_that_would_fit_fits(samples, monkeypatch):
    monkeypatch.setattr(parameters, "memory_of", lambda device: 2 * ONE_COPY)
    with pytest.raises(ValueError, match="would fit") as refusal:
        parameters.check_memory(SHAPE, samples)
    width = int(str(refusal.value).split("up to ")[1].split()[0])
    assert width > 10
    parameters.check_memory((width, width), samples)
