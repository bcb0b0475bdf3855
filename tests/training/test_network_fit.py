"""The readout of a trained network: for all rows where there is time, as some of them tell."""

import math

import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import canonical_samples
from skspectral.training.network_fit import _in_time


@pytest.mark.parametrize(("seconds", "in_time"), [(0, False), (500, False), (5000, True), (math.inf, True)])
def test_some_rows_tell_whether_there_is_time_for_all(seconds, in_time):
    """Each row takes a second, whatever its operations are counted as."""
    t = torch.linspace(-1, 1, 1000, dtype=torch.float64)[:, None]
    samples, _ = canonical_samples(t, t.sin(), torch.ones(1000).double())
    spent = [0.0]

    def features(rows):
        spent[0] += len(rows)
        return torch.cat([torch.ones_like(rows), rows], 1)

    clock = Clock(seconds, lambda: spent[0])
    some = samples.draw(100, torch.Generator().manual_seed(0))
    assert _in_time(features, samples, some, clock) is in_time
