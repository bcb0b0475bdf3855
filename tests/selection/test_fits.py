"""Ladders of ever larger fits: which rung is kept, and when the search ends."""

import math
from dataclasses import dataclass

import pytest

from clocks import stopped
from skspectral.selection import IMPROVEMENT, MAX_IDLE_TRIALS, ROUNDING
from skspectral.selection.fits import search_ladder


@dataclass(frozen=True)
class Rung:
    score: float
    place: int = 0


def searched(scores, **limits):
    """The score found, and how many rungs were tried."""
    tried = []

    def rungs():
        for place, score in enumerate(scores):
            tried.append(score)
            yield Rung(score, place)

    found = search_ladder(rungs(), **limits)
    return (None if found is None else found.place), len(tried)


def test_the_best_rung_is_kept_whatever_comes_after():
    assert searched([0.9, 0.3, 0.1, 0.2, 0.4]) == (2, 5)


def test_of_fits_that_are_alike_the_smaller_one_is_kept():
    hardly_better = 0.1 * (1 + IMPROVEMENT) / 2
    assert searched([0.5, 0.1, hardly_better, hardly_better])[0] == 1
    assert searched([0.5, 0.1, 0.1 * IMPROVEMENT * 0.99])[0] == 2


def test_the_search_ends_after_rungs_in_vain():
    assert searched([0.1] * 20) == (0, 1 + MAX_IDLE_TRIALS)
    assert searched([0.1] * 20, patience=2) == (0, 3)


@pytest.mark.parametrize(("idle", "found"), [(4, 5), (12, 0)])
def test_errors_may_stand_still_for_a_few_rungs(idle, found):
    assert searched([0.1] * (1 + idle) + [1e-3])[0] == found


def test_nearly_equal_scores_of_noise_still_decide():
    """A fit that is better by a hundredth is kept, one by a ten-thousandth is not."""
    assert searched([0.1, 0.099])[0] == 1
    assert searched([0.1, 0.09999])[0] == 0


def test_while_nothing_is_explained_it_goes_on():
    """Errors of an oscillating target stay large until the rungs reach its band."""
    assert searched([1.0] * 20 + [1e-3]) == (20, 21)


def test_at_rounding_nothing_is_left_to_gain():
    assert searched([0.5, ROUNDING / 2, 1e-30]) == (1, 2)


def test_the_first_rung_is_fitted_though_time_is_up():
    assert searched([0.5, 0.1], clock=stopped()) == (0, 1)


def test_nothing_is_found_without_rungs():
    assert searched([]) == (None, 0)


@pytest.mark.parametrize("scores", [[math.nan, 0.2], [0.2, math.nan], [math.nan, 0.3, 0.2, math.nan]])
def test_a_score_that_is_not_a_number_is_never_the_best(scores):
    assert scores[searched(scores)[0]] == 0.2
