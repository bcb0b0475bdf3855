"""How fits of mapped cosines are compared: more functions have to be worth what they take."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from clocks import stopped
from judges import judge_of
from skspectral._backend.clock import OutOfTime
from skspectral.selection import ROUNDING, WORTH_TWICE, WORTHWHILE
from skspectral.series.index_sets import all_terms
from skspectral.series.mapped_trial import Shape

ROWS = np.random.default_rng(0).uniform(-1, 1, (1000, 2))
SMOOTH = np.exp(ROWS[:, 0] - ROWS[:, 1])
NOISE = np.random.default_rng(1).standard_normal(1000)
FEW, MANY = 100, 5000  # functions: a fit takes no time, or many steps of the budget


def shape(count):
    return Shape(all_terms(np.ones(2), 2), count, 1e-6)


def trial(score, count=FEW, cross_validated=None, train_error=1.0):
    """A fit that is known by its errors alone, looked at on all rows."""
    seen = score if cross_validated is None else cross_validated
    fit = SimpleNamespace(cross_validated=seen, train_error=train_error, rounding=0.0, rows=ROWS)
    return SimpleNamespace(score=score, count=count, fit=fit)


@pytest.mark.parametrize(
    ("options", "most"), [({}, 500), ({"max_modes": 7}, 8), ({"max_modes": 3000}, 1000)]
)
def test_as_many_functions_as_rows_bear_or_as_were_asked_for(options, most):
    """A constant is not a mode; more than there are rows say nothing."""
    judge = judge_of(ROWS, SMOOTH, **options)
    assert judge.max_functions == most
    assert judge.fit(shape(min(most + 200, 700))).count <= most


@pytest.mark.parametrize(("kept", "most"), [(1.0, 9), (0.8, 7), (0.5, 6)])
def test_orders_stay_below_the_levels_of_a_lattice(kept, most):
    """Three of four levels if it is full, and never fewer than half of them."""
    levels = np.linspace(-1, 1, 12)
    X = np.stack(np.meshgrid(levels, levels, indexing="ij"), -1).reshape(-1, 2)
    X = X[np.random.default_rng(0).permutation(144)[: round(144 * kept)]]
    assert judge_of(X, X[:, 0]).max_orders.tolist() == [most, most]


def test_the_best_fit_so_far_is_kept():
    judge = judge_of(ROWS, SMOOTH)
    few, best = judge.fit(shape(10)), judge.fit(shape(150))
    judge.fit(shape(20))
    assert judge.found is best
    assert best.score < few.score


def test_no_fit_begins_when_time_is_up():
    judge = judge_of(ROWS, SMOOTH, clock=stopped())
    with pytest.raises(OutOfTime):
        judge.fit(shape(10))
    assert judge.found is None


def test_a_ridge_for_the_noise_takes_the_place_of_fewer_functions():
    """Without it half as many functions as rows leave twice the noise; the truth is flat."""
    judge = judge_of(ROWS, NOISE)
    plain = judge.fit(shape(300))
    damped = judge.fit(shape(300), judge.fit(shape(60)), noise=1.0)
    assert damped.fit.rank < plain.fit.rank / 2
    assert damped.score < plain.score


def test_a_ridge_is_in_units_of_the_largest_eigenvalue():
    """At one it halves what stands out most, and takes more of all else."""
    judge, free = judge_of(ROWS, SMOOTH, alpha=1.0), judge_of(ROWS, SMOOTH)
    ridged, plain = (float(one.fit(shape(50)).fit.coefficients.norm()) for one in (judge, free))
    assert 0.1 * plain < ridged < plain / 2 * (1 + 1e-9)


def test_rows_are_met_to_rounding_where_two_roundings_of_the_targets_are_left():
    judge = judge_of(ROWS, SMOOTH)
    rounding = ROUNDING * judge.size
    assert judge.at_rounding(trial(0.5, train_error=1.99 * rounding))
    assert not judge.at_rounding(trial(0.5, train_error=2.01 * rounding))
    assert judge.at_rounding(trial(0.5, train_error=2.01 * rounding), times=3.0)


@pytest.mark.parametrize(("count", "share"), [(FEW, WORTHWHILE), (MANY, WORTH_TWICE)])
def test_a_set_that_takes_long_has_to_halve_the_error(count, share):
    judge, best = judge_of(ROWS, SMOOTH), trial(0.5)
    assert judge.better(trial(0.5 * share * 0.999, count, math.inf), best)
    assert not judge.better(trial(0.5 * share * 1.001, count, math.inf), best)


def test_where_nothing_is_to_be_gained_rounding_on_the_rows_decides():
    judge = judge_of(ROWS, SMOOTH)
    best = trial(1e-12, train_error=1e-12)
    assert judge.better(trial(2e-12, train_error=1e-16), best)
    assert not judge.better(trial(2e-12, train_error=1e-16), trial(1e-12, train_error=1e-16))
    assert not judge.better(trial(0.6, train_error=1e-16), trial(0.5, train_error=1e-12))


def test_less_than_that_has_to_be_seen_on_all_rows_and_to_take_no_time():
    judge, best = judge_of(ROWS, SMOOTH), trial(0.5)
    assert judge.lower(trial(0.495, cross_validated=0.4), best)
    assert not judge.lower(trial(0.495, cross_validated=0.5), best)
    assert not judge.lower(trial(0.495, MANY, cross_validated=0.4), best)
    assert not judge.lower(trial(0.7, cross_validated=0.4), best)


def test_sums_over_the_rows_count_where_some_were_searched_before(monkeypatch):
    monkeypatch.setattr("skspectral.series.mapped_judge.row_flops", lambda samples, chosen: math.inf)
    one = judge_of(ROWS, SMOOTH).fit(shape(FEW))
    assert judge_of(ROWS, SMOOTH).worth_trying(one)
    assert not judge_of(ROWS, SMOOTH).worth_trying(one, fits=1e9)
    assert not judge_of(ROWS, SMOOTH, known=True).worth_trying(one)


def test_nothing_more_that_takes_long_is_tried_below_ten_digits():
    judge = judge_of(ROWS, SMOOTH)
    assert judge.enough(trial(1e-12, MANY))
    assert not judge.enough(trial(1e-12, FEW))
    assert not judge.enough(trial(1e-6, MANY))
    assert judge.enough(trial(1e-6, FEW, train_error=1e-17))


def test_two_rows_for_each_function_are_as_few_as_rows_bear():
    judge = judge_of(ROWS, SMOOTH)
    assert not judge.is_full(trial(0.5, 500))
    assert judge.is_full(trial(0.5, 501))
