"""Digits are those that were taken away."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import GridSearchCV

from skspectral.metrics import digits_score

RNG = np.random.default_rng(0)
Y = RNG.standard_normal(200)
NOISE = RNG.standard_normal(200)
MOST = -np.log10(np.finfo(float).eps)


def off_by(error, y=Y):
    """A prediction with this relative L2 error."""
    return y + error * NOISE * np.linalg.norm(y - y.mean()) / np.linalg.norm(NOISE)


@pytest.mark.parametrize("exponent", [-1, 0, 3, 8, 12])
def test_it_is_the_exponent_of_the_relative_error(exponent):
    assert digits_score(Y, off_by(10.0**-exponent)) == pytest.approx(exponent, abs=1e-3)


@pytest.mark.parametrize("unit", [1e-250, 2.0**40, 1e250])
def test_units_do_not_matter(unit):
    assert digits_score(unit * Y, unit * off_by(1e-5)) == pytest.approx(5)


def test_it_belongs_to_r2():
    prediction = off_by(0.3)
    assert 1 - 10 ** (-2 * digits_score(Y, prediction)) == pytest.approx(r2_score(Y, prediction))


def test_it_is_capped_at_rounding():
    assert digits_score(Y, Y) == digits_score(Y, Y * (1 + 2.0**-60)) == pytest.approx(MOST)


def test_a_weight_is_a_number_of_repeats():
    weight = RNG.integers(0, 4, len(Y))
    repeated = digits_score(np.repeat(Y, weight), np.repeat(off_by(1e-3), weight))
    assert digits_score(Y, off_by(1e-3), sample_weight=weight) == pytest.approx(repeated)


def test_several_outputs():
    truth, guess = np.column_stack([Y, 7 * Y]), np.column_stack([off_by(1e-2), 7 * off_by(1e-6)])
    np.testing.assert_allclose(digits_score(truth, guess, multioutput="raw_values"), [2, 6])
    assert digits_score(truth, guess) == pytest.approx(4)
    assert digits_score(truth, guess, multioutput=[3, 1]) == pytest.approx(3)


def test_constant_targets_are_measured_by_their_size():
    assert digits_score(np.full(9, 5.0), np.full(9, 5.0 + 5e-4)) == pytest.approx(4)
    assert digits_score(np.zeros(9), np.zeros(9)) == pytest.approx(MOST)
    assert digits_score(np.zeros(9), np.ones(9)) == -np.inf


def test_a_search_tells_fits_apart_that_r2_does_not():
    X = RNG.uniform(1, 2, (100, 1))
    grid = {"fit_intercept": [False, True]}
    search = GridSearchCV(LinearRegression(), grid, scoring=make_scorer(digits_score)).fit(
        X, X[:, 0] + 1e-5
    )
    assert search.best_params_ == {"fit_intercept": True}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"y_pred": Y[:-1]}, "inconsistent"),
        ({"y_pred": Y[:, None].repeat(2, 1)}, "different shapes"),
        ({"y_pred": Y * np.nan}, "y_pred"),
        ({"sample_weight": -np.ones(len(Y))}, "[Nn]egative"),
        ({"multioutput": "variance_weighted"}, "multioutput"),
    ],
)
def test_errors_say_what_is_wrong(given, said):
    with pytest.raises(ValueError, match=said):
        digits_score(**{"y_true": Y, "y_pred": Y, **given})
