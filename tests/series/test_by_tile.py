"""Fields filled tile by tile: nothing is lost where nothing is missing, and places differ."""

import numpy as np
import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral.series.by_tile import locally, refilled, tile_size

SHAPES = [(5,), (300,), (7, 40), (33, 50), (9, 10, 11)]
SHAPED = pytest.mark.parametrize("shape", SHAPES, ids=str)


def drawn(shape):
    return torch.tensor(np.random.default_rng(sum(shape)).standard_normal(shape))


@SHAPED
def test_a_whole_field_without_noise_is_left_as_it_is(shape):
    field = drawn(shape)
    found = locally(field, torch.ones(shape, dtype=torch.bool), 0.0, Clock())
    np.testing.assert_allclose(found, field, rtol=0, atol=1e-12)


@SHAPED
def test_known_nodes_stay_and_every_gap_is_filled(shape):
    field, known = drawn(shape), drawn(shape) > -1
    found = locally(torch.where(known, field, 0.0), known, 0.0, Clock())
    np.testing.assert_allclose(found[known], field[known], rtol=0, atol=1e-12)
    assert bool(torch.isfinite(found).all())


@SHAPED
def test_a_constant_is_a_constant(shape):
    found = locally(torch.full(shape, 3.0, dtype=torch.float64), drawn(shape) > -1, 0.5, Clock())
    np.testing.assert_allclose(found, 3, rtol=1e-12)


def test_filled_and_filtered_fields_scale_with_the_data():
    field, known = drawn((40, 40)), drawn((41, 41))[1:, 1:] > -1
    base = locally(field, known, 0.3, Clock())
    np.testing.assert_allclose(locally(8 * field, known, 64 * 0.3, Clock()), 8 * base, rtol=0, atol=1e-9)


@pytest.fixture
def stripes():
    """Fast waves along the first axis in one half, along the second in the other."""
    i, j = np.meshgrid(np.arange(64), np.arange(64), indexing="ij")
    return torch.tensor(np.where(j < 32, np.sin(2.1 * i), np.sin(2.3 * j)))


def test_each_place_has_its_own_spectrum(stripes):
    """Filling from the wrong half's waves would miss by the size of the field; a tile sees its own."""
    known = drawn((64, 64)) > -1.5
    found = locally(torch.where(known, stripes, 0.0), known, 0.0, Clock())
    inner = torch.zeros(64, 64, dtype=torch.bool)
    inner[:, : 32 - tile_size(2)] = inner[:, 32 + tile_size(2) :] = True
    missed = (found - stripes)[inner & ~known]
    assert float(missed.square().mean().sqrt()) < 0.1


def test_noise_is_filtered_in_every_place(stripes):
    noise = 0.3 * drawn((64, 64))
    found = locally(stripes + noise, torch.ones(64, 64, dtype=torch.bool), 0.09, Clock())
    left = float((found - stripes).square().mean().sqrt())
    assert left < 0.6 * 0.3


def test_a_field_is_filled_again_until_that_changes_it_by_little():
    """Halfway to one each time: the first change below two percent of the field is the last."""
    steps = []

    def halfway(field):
        steps.append((1 + field) / 2)
        return steps[-1]

    field = refilled(halfway, torch.zeros(5, dtype=torch.float64), Clock())
    assert field is steps[-1] and len(steps) == 6


def test_a_field_is_not_filled_again_where_changes_get_no_smaller():
    steps = []

    def around(field):
        steps.append(-field)
        return steps[-1]

    refilled(around, torch.ones(5, dtype=torch.float64), Clock())
    assert len(steps) == 2


def test_a_field_stays_as_it_is_when_time_is_up():
    field = torch.ones(5)
    assert refilled(lambda before: before + 1, field, Clock(deadline=-1.0)) is field
