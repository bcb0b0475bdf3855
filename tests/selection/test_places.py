"""What no row tells: values that leave the range, and what lies between two nodes."""

import numpy as np
import pytest
import torch

from skspectral.selection import between_two, doubts, excess, look_at
from skspectral.spectrum import detect_grid

TWO_BY_FOUR = torch.cartesian_prod(
    torch.tensor([-1.0, 1.0], dtype=torch.float64), torch.linspace(-1, 1, 4, dtype=torch.float64)
)


def column(*values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_values_may_leave_the_range_by_its_width():
    targets = column(0.0, 1.0)
    assert excess(column(-1.0, 0.5, 2.0), targets) == 0
    assert excess(column(5.0, 0.0, 0.0, 0.0), targets) == pytest.approx(np.sqrt(9 / 4))


def test_a_plane_is_trusted_between_two_nodes():
    grid = detect_grid(TWO_BY_FOUR)
    assert between_two(grid, TWO_BY_FOUR @ column(3.0, -1.0)) < 1e-15
    assert between_two(None, TWO_BY_FOUR) == 0


def test_what_changes_from_line_to_line_is_doubted():
    """Of x y half the change between the nodes is y, of mean square 5/9; half of that is doubted."""
    grid = detect_grid(TWO_BY_FOUR)
    expected = 0.5 * np.sqrt(5 / 9)
    assert between_two(grid, TWO_BY_FOUR.prod(1, keepdim=True)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("targets", "explained", "words"),
    [
        (TWO_BY_FOUR.prod(1, keepdim=True), True, "two values only of input 0"),
        (TWO_BY_FOUR.sum(1, keepdim=True), False, "explains nothing"),
    ],
)
def test_doubts_are_said(targets, explained, words):
    design = look_at(TWO_BY_FOUR, torch.Generator().manual_seed(0))
    (sentence,) = doubts(design, targets, 0.95, explained)
    assert words in sentence


def test_nothing_is_said_of_a_good_fit():
    design = look_at(TWO_BY_FOUR, torch.Generator().manual_seed(0))
    plane = TWO_BY_FOUR.sum(1, keepdim=True)
    assert not list(doubts(design, plane, 1e-12, True))
