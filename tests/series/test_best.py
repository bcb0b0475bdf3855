"""Which candidates are tried for a stage, and which are not tried again."""

from types import SimpleNamespace

import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import canonical_samples
from skspectral.selection import LinearOptions
from skspectral.series import best

FREE, FEW = LinearOptions(), LinearOptions(5)
BOX = torch.tensor([[-1.0] * 3, [1.0] * 3])


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


@pytest.mark.parametrize(
    ("n", "n_numbers", "seconds", "begun"),
    [
        (2_000_000, 100, 1.0, False),
        (2_000_000, 100, 12.0, False),  # they were judged after 15
        (2_000_000, 100, 60.0, True),
        (64_000, 100, 1.0, False),  # the transform alone takes two
        (1000, 100, 1.0, True),
    ],
)
def test_lines_are_looked_for_where_there_is_time(n, n_numbers, seconds, begun, monkeypatch):
    """On 128 x 128 x 128 nodes they took the seven seconds that were kept for the values of a series."""
    samples = SimpleNamespace(n=n, d=3, t=BOX)
    limits = SimpleNamespace(clock=Clock(seconds, lambda: 0.0))
    series, calls = SimpleNamespace(error=1e-3, n_numbers=n_numbers), []
    monkeypatch.setattr(best, "fit_lines", lambda *_: calls.append(1))
    monkeypatch.setattr(best, "fit_periods", lambda *_: None)
    assert best._or_lines(series, samples, FREE, limits, None) is series
    assert bool(calls) is begun


def test_lines_leave_time_for_the_values_of_the_series(monkeypatch):
    samples, calls = SimpleNamespace(n=1000, d=3, t=BOX), []
    monkeypatch.setattr(best, "fit_lines", lambda *_: calls.append(1))
    limits = SimpleNamespace(clock=Clock(1.0, lambda: 0.0))
    series = SimpleNamespace(error=1e-3, n_numbers=100_000_000)
    assert best._or_lines(series, samples, FREE, limits, None) is series
    assert not calls
