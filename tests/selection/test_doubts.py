"""What is said to the user of fits that the rows do not support."""

import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import Samples
from skspectral.selection import look_at
from skspectral.selection.doubts import doubts

TWO_BY_FOUR = torch.cartesian_prod(
    torch.tensor([-1.0, 1.0], dtype=torch.float64), torch.linspace(-1, 1, 4, dtype=torch.float64)
)


@pytest.mark.parametrize(
    ("targets", "error", "words"),
    [
        (TWO_BY_FOUR.prod(1, keepdim=True), 0.1, "only two values of input 0"),
        (TWO_BY_FOUR.sum(1, keepdim=True), 0.6, "explains little"),
    ],
)
def test_doubts_are_said(targets, error, words):
    (sentence,) = said(targets, error)
    assert words in sentence


def said(targets, error, t=TWO_BY_FOUR):
    """Of a fit that leaves all of the targets, with such an error reported."""
    design = look_at(t, torch.Generator().manual_seed(0))
    left = Samples(t, targets, torch.full((len(targets),), 1 / len(targets)).to(t))
    return list(doubts(design, targets, left, error, Clock()))


def test_a_line_between_two_nodes_is_not_doubted_where_noise_is_most_of_the_error(rng):
    noise = 0.1 * torch.tensor(rng.standard_normal((8, 1)))
    assert not said(TWO_BY_FOUR.sum(1, keepdim=True) + noise, 0.3)


def test_nothing_is_said_of_a_good_fit():
    assert not said(TWO_BY_FOUR.sum(1, keepdim=True), 1e-12)


def test_a_fit_that_explains_most_of_the_targets_is_not_said_to_explain_little():
    assert not said(TWO_BY_FOUR.sum(1, keepdim=True), 0.4)


@pytest.mark.parametrize(("error", "count"), [(0.3, 1), (0.03, 0)])
def test_tracks_are_said_to_tell_little_where_the_error_is_large(error, count, rng):
    along = torch.linspace(-1, 1, 100, dtype=torch.float64)
    rows = torch.cat([torch.stack([along, torch.full_like(along, v)], 1) for v in (-1, -0.5, 0.1, 0.4, 1)])
    rows[:, 0] += 0.001 * torch.tensor(rng.standard_normal(len(rows)))
    sentences = said(torch.sin(3 * rows.sum(1, keepdim=True)), error, rows)
    assert sum("tracks or planes" in sentence for sentence in sentences) == count
