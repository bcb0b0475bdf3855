"""Which rows lie together in levels, tracks or clusters, in layouts that are known."""

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from skspectral.selection.holes import (
    _inner,
    _inside,
    _levels,
    _linked,
    _longest_within,
    _thin,
    groups_of_rows,
)


def generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("lengths", "longest"),
    [
        ([1.0, 1.1, 1.2, 9.0, 9.5], 1.2),
        ([1.0, 1.0, 1.3, 1.4], 1.4),  # a side and a diagonal of a cell are no jump apart
        ([2.0], 2.0),
        ([0.01, 5.0, 5.5, 6.0], 6.0),  # jumps among the shorter half do not count
    ],
)
def test_the_longest_length_within_groups_is_below_the_largest_jump(lengths, longest):
    assert _longest_within(np.array(lengths)) == longest


def test_inner_levels_are_left_out():
    """Five heights, farther apart than neighbors are: the three in between."""
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.uniform(-1, 1, (500, 2)), np.repeat(np.linspace(-1, 1, 5), 100)])
    masks = _levels(rows, cKDTree(rows))
    assert [np.unique(rows[mask, 2]).tolist() for mask in masks] == [[-0.5], [0.0], [0.5]]


def test_levels_as_close_as_neighbors_are_none():
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.uniform(-1, 1, (100, 2)), rng.integers(0, 9, 100) / 100])
    assert _levels(rows, cKDTree(rows)) == []


@pytest.mark.parametrize(("width", "thin"), [(0.001, True), (1.0, False)])
def test_rows_are_thin_where_they_lie_along_a_line(width, thin):
    rng = np.random.default_rng(2)
    rows = rng.uniform(-1, 1, (400, 2)) * [1.0, width]
    assert _thin(rows, cKDTree(rows)) == thin


def test_clusters_are_linked_within_and_not_between():
    rng = np.random.default_rng(3)
    member = np.repeat(np.arange(4), 50)
    rows = np.array([[0, 0], [5, 0], [0, 5], [5, 5]])[member] + 0.1 * rng.standard_normal((200, 2))
    labels = _linked(rows, cKDTree(rows))
    assert len(set(zip(labels.tolist(), member.tolist(), strict=True))) == 4


def test_a_group_is_inside_where_the_others_surround_it():
    square = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    near, far = np.full((5, 2), 0.2), np.full((5, 2), 3.0)
    assert _inside(near, square)
    assert not _inside(far, square)
    assert not _inside(near, np.array([[0.0, 0], [1, 1], [2, 2]]))  # others on one line surround nothing


def test_inner_groups_are_in_order_of_their_place():
    along = np.tile(np.linspace(-1, 1, 40), 5)
    member = np.repeat([2, 0, 4, 1, 3], 40)
    rows = np.column_stack([along, member - 2.0])
    masks = _inner(rows, member)
    assert [int(member[mask][0]) for mask in masks] in ([1, 2, 3], [3, 2, 1])


def test_too_many_groups_are_none():
    rows = np.random.default_rng(4).uniform(-1, 1, (60, 2))
    assert _inner(rows, np.arange(60) // 2) == []


@pytest.mark.parametrize(("n", "d"), [(49, 2), (200, 1), (200, 4)])
def test_few_rows_lines_and_many_inputs_have_no_groups(n, d):
    rows = np.random.default_rng(5).uniform(-1, 1, (n, d))
    rows[:, -1] = np.round(2 * rows[:, -1])
    assert groups_of_rows(torch.tensor(rows), generator()) is None
