"""Errors between the levels of a lattice, by what a known series is missed by there."""

import math
from dataclasses import replace

import pytest
import torch

from skspectral._backend.samples import Samples
from skspectral.selection import halfway, judged_between, look_at, missed_between
from skspectral.selection.fits import LinearFit, constant


@pytest.fixture
def lattice():
    """Half of the nodes of 9 x 9, at random, with targets of zero on the lines that are kept."""
    axis = torch.linspace(-1, 1, 9, dtype=torch.float64)
    nodes = torch.cartesian_prod(axis, axis)
    kept = torch.rand(81, generator=torch.Generator().manual_seed(3)) < 0.5
    t = nodes[kept]
    design = look_at(t, torch.Generator().manual_seed(0))
    y = torch.zeros(len(t), 1, dtype=torch.float64)
    y[design.lines] = 2.0
    return Samples(t, y, torch.full((len(t),), 1 / len(t), dtype=torch.float64)), design


def mean_of(samples):
    return constant(samples.y.mean(0), 2)


def test_levels_left_out_are_missed_by_what_the_others_do_not_know(lattice):
    """All that is kept is zero, and so is its mean: what is left out is missed by all of it."""
    samples, design = lattice
    assert 0 < int(design.lines.sum()) < samples.n
    assert missed_between(samples, design, mean_of) == pytest.approx(2.0)


def test_nothing_is_between_rows_that_have_no_levels(lattice):
    samples, design = lattice
    assert missed_between(samples, replace(design, lines=None), mean_of) == 0


def test_errors_lie_halfway_in_digits_where_levels_are_missed_by_more():
    assert halfway(1e-6, 1e-2) == pytest.approx(1e-4)
    assert halfway(1e-2, 1e-6) == pytest.approx(1e-2)


def test_a_fit_is_judged_by_both(lattice):
    samples, design = lattice
    fit = LinearFit(mean_of(samples), 0.02, 0.5, 1.0, mean_of)
    judged = judged_between(fit, samples, design)
    assert (judged.score, judged.error) == pytest.approx((math.sqrt(0.04), 1.0))
    assert judged_between(replace(fit, refit=None), samples, design).score == 0.02
    assert judged_between(fit, samples, replace(design, lines=None)).error == 0.5
