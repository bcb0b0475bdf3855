"""Sets of mapped cosines: which functions a shape has, and what a fit says of other shapes."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from judges import judge_of
from skspectral._backend.budget import STEP_FLOPS
from skspectral.series.index_sets import all_terms
from skspectral.series.mapped_trial import Shape, is_cheap, is_small

ROWS = np.random.default_rng(0).uniform(-1, 1, (1500, 2))
BOTH = all_terms(np.ones(2), 2)


def tried(y, count=300, accuracy=1e-6):
    """Functions of both inputs fitted to y at the rows."""
    return judge_of(ROWS, y).fit(Shape(BOTH, count, accuracy))


def test_functions_stay_within_the_bound_and_the_orders_that_rows_bear():
    found = Shape(BOTH, 100, 1e-6).functions(np.array([3, 50]), torch.zeros(1, 2).double())
    assert len(found) <= 100
    assert found.orders[0] == 3 < found.orders[1]
    assert not found.indices[0].any()  # the constant


def test_each_axis_is_bent_as_its_own_orders_ask_for():
    """A set without waves along an axis has the map of one without functions there."""
    like = torch.zeros(1, 2).double()
    wide = Shape(all_terms(np.array([20.0, 1.0]), 1), 30, 1e-6).functions(np.array([30, 30]), like)
    alike = Shape(all_terms(np.ones(2), 1), 30, 1e-6).functions(np.array([30, 30]), like)
    assert wide.bends[0] != wide.bends[1]
    assert alike.bends[0] == alike.bends[1]


@pytest.mark.parametrize(("takes", "fits"), [(is_cheap, 1), (is_small, 1000)])
def test_what_takes_a_step_of_the_budget_is_still_cheap(takes, fits):
    most = round((STEP_FLOPS / fits) ** (1 / 3))
    assert takes(SimpleNamespace(count=most - 1))
    assert not takes(SimpleNamespace(count=most + 1))


def test_the_axis_with_more_waves_is_to_be_wider():
    """The same in all terms that it is in."""
    widths = tried(np.sin(12 * ROWS[:, 0]) * np.exp(ROWS[:, 1])).even(False).widths
    assert widths[0, 1][0] == widths[0,][0] > widths[1,][0] == widths[0, 1][1]


def test_what_does_not_interact_is_to_be_narrow():
    terms = tried(np.sin(6 * ROWS[:, 0]) + np.cos(5 * ROWS[:, 1])).even(True)
    assert max(terms.widths[0, 1]) < 1 < min(*terms.widths[0,], *terms.widths[1,])


def test_coefficients_of_noise_are_not_taken_for_amplitudes():
    """They do not stand out in most shells, and a smooth function has amplitudes in all of them."""
    noise = np.random.default_rng(1).standard_normal(len(ROWS))
    smooth = np.exp(ROWS[:, 0] - ROWS[:, 1])
    few, every = (tried(y, 100, 1e-2).decay for y in (noise, smooth))
    assert len(few.lengths) < len(every.lengths)
    assert few.fall < every.fall
