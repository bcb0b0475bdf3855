"""Which candidates are tried for a stage, and which are not tried again."""

from types import SimpleNamespace

import pytest
import torch

from skspectral._backend.samples import canonical_samples
from skspectral.selection import LinearOptions
from skspectral.series import best

FREE, FEW = LinearOptions(), LinearOptions(5)


@pytest.mark.parametrize(
    "n, d, parts, options, again",
    [
        (3000, 2, {"orders": [1]}, FREE, False),
        (3000, 3, {"degrees": [1]}, FREE, False),
        (3000, 2, {}, FREE, True),
        (3000, 2, {"orders": [1], "network": True}, FREE, True),
        (1000, 2, {"orders": [1]}, FREE, True),  # it takes no time
        (3000, 1, {"orders": [1]}, FREE, True),
        (3000, 2, {"orders": [1]}, FEW, True),  # the user counts the modes of each stage
    ],
)
def test_a_series_is_not_looked_for_where_another_was_grown_to_its_end(
    n, d, parts, options, again, monkeypatch
):
    t = torch.rand(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    samples, _ = canonical_samples(t, t[:, :1].sin(), torch.ones(n).double())
    series = SimpleNamespace(orders=parts.get("orders"), degrees=parts.get("degrees"))
    function = SimpleNamespace(expansion=series, network=parts.get("network"))
    last = SimpleNamespace(parts=SimpleNamespace(function=function))
    progress, calls = SimpleNamespace(stages=(last,), design=SimpleNamespace(grid=None)), []
    monkeypatch.setattr(best, "fit_linear", lambda *_: calls.append(1))
    assert best.fit_series(samples, options, None, progress).parts is None
    assert bool(calls) == again
