"""Outliers are distinguished from noise, and from structure that a fit has missed."""

import numpy as np
import pytest
import torch

from clocks import Ticking, stopped
from skspectral._backend.clock import OutOfTime
from skspectral.selection import OutlierTest
from skspectral.selection.outliers import count_outliers


def rows(n, d, seed=0):
    draw = np.random.default_rng(seed)
    t = torch.from_numpy(draw.uniform(-1, 1, (n, d)))
    return t, torch.from_numpy(draw.standard_normal((n, 1))), draw


def test_gross_errors_are_found_and_noise_is_not():
    t, left, draw = rows(1000, 2)
    bad = torch.from_numpy(draw.permutation(1000)[:100])
    left[bad] += 8 * torch.sign(left[bad])
    off = OutlierTest(t, torch.ones(1000, dtype=torch.float64))(left, torch.ones(1), 3.5)
    found = torch.zeros(1000, dtype=torch.bool)
    found[bad] = True
    assert bool(off[found].all())
    assert int(off[~found].sum()) <= 5


def test_a_front_that_was_missed_is_no_outlier():
    t = torch.linspace(-1, 1, 400, dtype=torch.float64)[:, None]
    left = torch.exp(-((t / 0.05) ** 2)) + 1e-3 * rows(400, 1)[1]
    off = OutlierTest(t, torch.ones(400, dtype=torch.float64))(left, torch.ones(1), 3.5)
    core = t[:, 0].abs() < 0.05
    assert not bool(off[core].any())


def test_weights_are_repeats():
    t, left, draw = rows(60, 1)
    left[7] = 9
    count = torch.from_numpy(draw.integers(1, 4, 60))
    weighted = OutlierTest(t, count.to(t))(left, torch.ones(1), 2.0)
    repeated = OutlierTest(t.repeat_interleave(count, 0), torch.ones(int(count.sum())).to(t))
    again = repeated(left.repeat_interleave(count, 0), torch.ones(1), 2.0)
    assert torch.equal(weighted.repeat_interleave(count), again)


def test_one_row_is_no_outlier():
    one = torch.ones(1, 1, dtype=torch.float64)
    test = OutlierTest(one, one[:, 0])
    assert not bool(test(one, one[0], 2.0).any())


def test_the_search_for_neighbors_ends_when_time_is_up(rng):
    """The neighbors of 100,000 rows in five inputs once took two seconds beyond `max_time`."""
    t, clock = torch.tensor(rng.uniform(-1, 1, (20_000, 2))), Ticking(2)
    with pytest.raises(OutOfTime):
        OutlierTest(t, torch.ones(20_000, dtype=torch.float64), clock=clock)
    assert clock.late <= 1
    left = torch.zeros(20_000, 1, dtype=torch.float64)
    left[7] = 1
    weight = torch.full((20_000,), 1 / 20_000, dtype=torch.float64)
    assert count_outliers(left, left + 0.1 * t[:, :1], t, weight, 1.0) == 1
    assert count_outliers(left, left + 0.1 * t[:, :1], t, weight, 1.0, stopped()) == 0


def counted(left, targets, t, error=1.0):
    weight = torch.full((len(t),), 1 / len(t), dtype=torch.float64)
    return count_outliers(left, targets, t, weight, error)


@pytest.mark.parametrize("d", [1, 2])
def test_gross_errors_are_evident_by_what_a_smooth_fit_leaves(d):
    """With 40 outliers some have two others beside them, and are not counted."""
    t, noise, draw = rows(600, d)
    smooth = torch.sin(2 * t[:, :1])
    left = 0.1 * noise
    left[torch.from_numpy(draw.permutation(600)[:40])] += 3
    assert 20 <= counted(left, smooth + left, t) <= 42


def test_a_peak_that_is_known_is_no_evidence():
    """The residual at the top of the peak is small, and larger than anywhere else."""
    t, noise, _ = rows(600, 2)
    peak = 1 / (1 + 30 * t.square().sum(1, keepdim=True))
    left = 1e-5 * noise + 1e-3 * peak.round()
    left[int(peak.argmax())] = 0.02
    assert counted(left, peak, t, error=1.0) == 1
    assert counted(left, peak, t, error=5e-3) == 0


@pytest.mark.parametrize("d", [1, 2])
def test_noise_and_steps_are_no_evidence(d):
    """Where a fit has moved a step, neighboring rows are missed by the same value."""
    t, noise, _ = rows(600, d)
    assert counted(0.1 * noise, torch.sin(2 * t[:, :1]) + 0.1 * noise, t) == 0
    step = (t[:, :1] > 0).double()
    left = 1e-4 * noise + torch.where((t[:, :1] > 0) & (t[:, :1] < 0.02), 1.0, 0.0)
    assert counted(left, step, t) == 0


def test_rare_events_are_no_evidence():
    t, noise, draw = rows(600, 2)
    events = torch.from_numpy(draw.uniform(size=(600, 1)) < 0.07).double()
    assert counted(events - events.mean(), events, t) == 0
    assert counted(events - events.mean() + 0.01 * noise, events + 0.01 * noise, t) > 0


def test_rows_that_are_not_judged_change_nothing():
    t, left, draw = rows(500, 2)
    left[torch.from_numpy(draw.permutation(500)[:30])] += 6
    weight, judged = torch.ones(500, dtype=torch.float64), torch.arange(3, 500, 7)
    some, every = OutlierTest(t, weight, judged), OutlierTest(t, weight)
    assert torch.equal(some(left, torch.ones(1), 3.5), every(left, torch.ones(1), 3.5)[judged])
    for differences in ("from_neighbors", "beyond_neighbors"):
        assert torch.equal(getattr(some, differences)(left), getattr(every, differences)(left)[judged])
