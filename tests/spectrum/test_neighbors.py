"""Nearest rows, and the bandwidth that their differences show."""

import math

import numpy as np
import pytest
import torch

from skspectral.spectrum import bandwidth, nearest_pairs


def column(values):
    return torch.tensor(np.asarray(values, dtype=float))[:, None]


def test_the_nearest_row_is_the_nearest_other_one():
    t = column([0.0, 1.0, 1.25, 5.0, 4.5])
    rows, nearest = nearest_pairs(t)
    assert rows.tolist() == [0, 1, 2, 3, 4]
    assert nearest.tolist() == [1, 2, 1, 4, 3]


def test_rows_at_the_same_place_are_not_their_own_neighbors():
    rows, nearest = nearest_pairs(column([2.0, 2.0, 2.0, 3.0]))
    assert bool((rows != nearest).all())


@pytest.mark.parametrize(("n", "d"), [(300, 4), (5000, 3), (3000, 25)])
def test_distances_to_the_nearest_row_are_the_least(n, d):
    t = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (n, d)))
    rows, nearest = nearest_pairs(t)
    others = torch.cdist(t[rows], t, compute_mode="donot_use_mm_for_euclid_dist")
    others[torch.arange(len(rows)), rows] = math.inf
    torch.testing.assert_close((t[rows] - t[nearest]).norm(dim=1), others.amin(1))


def test_many_rows_are_sampled_evenly():
    rows, nearest = nearest_pairs(column(np.linspace(0, 1, 5000)))
    assert 1000 <= len(rows) <= 2000
    assert set((nearest - rows).abs().tolist()) == {1}


@pytest.mark.parametrize("frequency", [3.0, 50.0])
def test_the_bandwidth_of_one_wave_is_its_angular_frequency(frequency):
    t = column(np.random.default_rng(0).uniform(-1, 1, 4000))
    found = bandwidth(t, torch.sin(frequency * t), nearest_pairs(t))
    # The median of |cos| is 1 / sqrt(2), its root mean square too: 1.48 times too much.
    assert found == pytest.approx(1.4826 * frequency, rel=0.1)


def test_the_bandwidth_scales_with_inputs_and_not_with_values():
    t = column(np.linspace(-1, 1, 300))
    y = torch.cat([torch.sin(7 * t), torch.cos(9 * t)], 1)
    pairs = nearest_pairs(t)
    base = bandwidth(t, y, pairs)
    assert bandwidth(4 * t, y, pairs) == pytest.approx(base / 4, rel=1e-12)
    assert bandwidth(t, 8 * y + 1, pairs) == pytest.approx(base, rel=1e-9)


def test_a_few_rows_that_coincide_do_not_count():
    t = column(np.linspace(-1, 1, 300))
    y, pairs = torch.sin(7 * t), nearest_pairs(t)
    squeezed = t.clone()
    squeezed[1::30] = squeezed[::30] + 1e-14
    assert bandwidth(squeezed, y, pairs) < 2 * bandwidth(t, y, pairs)


@pytest.mark.parametrize("y", [column([2.0, 2.0, 2.0]), column([0.0, 0.0, 1e-300])])
def test_where_nothing_varies_it_is_one(y):
    t = column([0.0, 0.5, 1.0])
    assert bandwidth(t, y, nearest_pairs(t)) == 1.0
    assert math.isfinite(bandwidth(t * 0, y, nearest_pairs(t)))
