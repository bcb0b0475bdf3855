"""What is tried for a stage, and what is not again."""

from types import SimpleNamespace

import pytest
import torch

from skspectral._backend.samples import canonical_samples
from skspectral.selection import LinearOptions
from skspectral.series import best

FREE, FEW = LinearOptions(), LinearOptions(5)


@pytest.mark.parametrize(
    "n, d, whole, options, again",
    [
        (3000, 2, True, FREE, False),
        (3000, 2, False, FREE, True),  # what came before was no series of mapped cosines
        (1000, 2, True, FREE, True),  # it takes no time
        (3000, 1, True, FREE, True),
        (3000, 2, True, FEW, True),  # the user counts the modes of each stage
    ],
)
def test_a_series_is_not_looked_for_where_another_was_grown_to_its_end(
    n, d, whole, options, again, monkeypatch
):
    t = torch.rand(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    samples, _ = canonical_samples(t, t[:, :1].sin(), torch.ones(n).double())
    last = SimpleNamespace(parts=SimpleNamespace(whole=whole or None))
    progress, calls = SimpleNamespace(stages=(last,), design=None), []
    monkeypatch.setattr(best, "fit_linear", lambda *_: calls.append(1))
    assert best.fit_series(samples, options, None, progress).parts is None
    assert bool(calls) == again
