"""Maps and ridges that are tried: as long as they do better, and no longer."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from judges import judge_of
from skspectral.series.index_sets import all_terms
from skspectral.series.mapped_maps import coarser, damped, finer, follows_slope, remapped, with_best_map
from skspectral.series.mapped_trial import MAP_STEP, Shape
from skspectral.spectrum import GROWTH


class Landscape:
    """A judge of trials whose score depends on their shape alone, in a way that is known."""

    def __init__(self, score, slope=lambda accuracy: 1.0, rounding=0.0, full=False):
        self.score, self.slope, self.rounding, self.full = score, slope, rounding, full
        self.samples, self.fits = SimpleNamespace(d=2), []

    def fit(self, shape, before=None, noise=0.0):
        self.fits.append((shape, noise))
        return self.trial(shape.accuracy, shape.bound)

    def trial(self, accuracy, count=300):
        shape = Shape(all_terms(np.ones(2), 2), count, accuracy)
        fit, score = SimpleNamespace(noise=0.25), self.score(shape)
        return SimpleNamespace(
            shape=shape, count=count, score=score, fit=fit, slope=self.slope(shape.accuracy)
        )

    def lower(self, trial, best, share=0.98):
        return trial.score < share * best.score

    def at_rounding(self, trial):
        return trial.score <= self.rounding

    enough = at_rounding

    def is_full(self, trial):
        return self.full


def valley(shape, best=1e-6):
    """Errors that fall by as many digits as the map comes closer to the best one."""
    return 1e-9 * max(best / shape.accuracy, shape.accuracy / best)


@pytest.mark.parametrize(("move", "start"), [(finer, 1e-2), (coarser, 1e-10)])
def test_maps_are_tried_up_to_the_first_that_does_not_do_better(move, start):
    judge = Landscape(valley)
    assert move(judge, judge.trial(start)).shape.accuracy == pytest.approx(1e-6)
    assert len(judge.fits) == 3


@pytest.mark.parametrize(("move", "start"), [(coarser, 1e-2), (finer, 1e-10)])
def test_a_map_that_nothing_is_better_than_stays(move, start):
    judge = Landscape(valley)
    best = judge.trial(start)
    assert move(judge, best) is best


def test_no_map_is_made_for_no_digits_at_all():
    judge = Landscape(lambda shape: 1 / shape.accuracy)
    assert coarser(judge, judge.trial(3e-4)).shape.accuracy == pytest.approx(3e-2)
    assert len(judge.fits) == 1


def test_no_map_is_tried_once_the_rows_are_met():
    judge = Landscape(valley, rounding=1e-6)
    assert finer(judge, judge.trial(1e-2)).shape.accuracy == pytest.approx(1e-4)
    assert len(judge.fits) == 1


@pytest.mark.parametrize(("full", "accuracy"), [(False, 1e-6), (True, 1e-2)])
def test_maps_of_as_many_functions_as_rows_bear_have_to_halve_the_error(full, accuracy):
    judge = Landscape(lambda shape: valley(shape) ** 0.1, full=full)  # a step makes it 0.63 times as large
    best = remapped(judge, judge.trial(1e-2), judge.trial(1e-2), MAP_STEP)
    assert best.shape.accuracy == pytest.approx(accuracy)


@pytest.mark.parametrize(("start", "best"), [(5e-3, 5e-7), (2e-9, 2e-6)])
def test_the_slope_leads_to_the_best_map_and_not_back(start, best):
    """Where it turns nothing more is tried: the last step has led beyond the best map."""
    judge = Landscape(valley, lambda accuracy: math.copysign(1.0, accuracy - 1e-6))
    found = with_best_map(judge, judge.trial(start), judge.trial(start))
    assert found.shape.accuracy == pytest.approx(best)
    assert len(judge.fits) == round(abs(math.log10(start / best)))  # a tenth each


def test_a_slope_that_promises_too_little_is_not_followed():
    """Less than half of a step of growth, over the longest step that is taken."""
    flat = math.log(GROWTH) / 2 / -math.log(MAP_STEP)
    for slope, fits in ((0.99 * flat, 0), (1.01 * flat, 1)):
        judge = Landscape(lambda shape: 1.0, lambda accuracy, slope=slope: slope)
        best = judge.trial(1e-4)
        assert with_best_map(judge, best, best) is best
        assert len(judge.fits) == fits


def test_no_slope_is_asked_for_where_the_rows_are_met():
    judge = Landscape(valley, rounding=1.0)
    best = judge.trial(1e-4)
    best.slope = None  # as many sums over the rows as another fit
    assert with_best_map(judge, best, best) is best
    assert not judge.fits


def test_maps_of_few_functions_are_tried_in_steps_of_one_length():
    """A finer one is tried though the slope leads the other way."""
    judge = Landscape(valley, lambda accuracy: -1.0)
    small = judge.trial(1e-2, 100)
    assert with_best_map(judge, small, small).shape.accuracy == pytest.approx(1e-6)


def test_a_ridge_is_for_the_noise_that_was_found():
    """For the same set, and for larger ones as long as these do better."""
    judge = Landscape(lambda shape: 1 / min(shape.bound, 700))
    found = damped(judge, judge.trial(1e-4, 400))
    assert found.count == 900
    assert [shape.bound for shape, _ in judge.fits] == [400, 600, 900, 1350]
    assert {noise for _, noise in judge.fits} == {0.25}


def test_a_ridge_is_not_looked_for_where_fits_take_long_or_rows_are_met():
    for judge, count in ((Landscape(lambda shape: 1.0), 5000), (Landscape(valley, rounding=1.0), 400)):
        best = judge.trial(1e-4, count)
        assert damped(judge, best) is best
        assert not judge.fits


@pytest.mark.parametrize(
    ("d", "count", "follows"), [(2, 300, True), (1, 300, False), (2, 100, False), (2, 501, False)]
)
def test_the_slope_says_nothing_of_small_sets_of_lines_and_of_more_functions_than_rows_bear(
    d, count, follows
):
    judge = judge_of(np.random.default_rng(0).uniform(-1, 1, (1000, d)), np.ones(1000))
    assert follows_slope(judge, SimpleNamespace(count=count)) is follows
