"""warm_start keeps the stages that are there and adds more on what they leave over."""

import numpy as np
from sklearn.base import clone

from contract.cases import fitted_once, on_linear_ones, on_quick_ones, relative_error, samples

X, Y = samples(n=60, d=2)


def warm(estimator, n_stages):
    """One fit with `n_stages` stages, to be gone on with."""
    return clone(estimator).set_params(warm_start=True, n_stages=n_stages).fit(X, Y)


@on_linear_ones
def test_two_fits_make_what_one_makes(estimator):
    model = warm(estimator, 1).set_params(n_stages=2).fit(X, Y)
    whole = fitted_once(estimator, X, Y)
    assert model.n_stages_ == whole.n_stages_ == 2
    assert relative_error(model.predict(X), whole.predict(X)) < 1e-9


@on_quick_ones
def test_earlier_stages_stay_as_they_were(estimator):
    model = warm(estimator, 1)
    first, expected = model.stages_[0], model.predict(X)
    model.set_params(n_stages=3).fit(X, Y)
    np.testing.assert_array_equal(model.stages_[0].amplitudes, first.amplitudes)
    np.testing.assert_array_equal(next(model.staged_predict(X)), expected)
    assert relative_error(model.predict(X), Y) <= relative_error(expected, Y)


@on_quick_ones
def test_n_stages_is_the_most_there_are(estimator):
    model = warm(estimator, 1)
    expected = model.predict(X)
    np.testing.assert_array_equal(model.fit(X, Y).predict(X), expected)
    assert model.n_stages_ == 1


@on_linear_ones
def test_more_stages_learn_other_targets(estimator):
    model = warm(estimator, 1)
    other = Y + np.cos(3 * X[:, 1])
    model.set_params(n_stages=4).fit(X, other)
    assert model.n_stages_ > 1
    assert relative_error(model.predict(X), other) < 0.5 * relative_error(Y, other)


@on_quick_ones
def test_without_warm_start_fits_begin_anew(estimator):
    model = clone(estimator).fit(-X[:30], 5 - Y[:30])
    expected = fitted_once(estimator, X, Y)
    np.testing.assert_array_equal(model.fit(X, Y).predict(X), expected.predict(X))
    assert model.n_stages_ == expected.n_stages_


@on_quick_ones
def test_the_first_warm_fit_is_a_cold_one(estimator):
    expected = fitted_once(estimator, X, Y).predict(X)
    np.testing.assert_array_equal(warm(estimator, estimator.n_stages).predict(X), expected)
