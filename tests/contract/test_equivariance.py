"""Scaling the data by powers of two changes exponents only; reordering them changes nothing."""

import numpy as np
import pytest
from sklearn.base import clone

from contract.cases import fitted_once, on_all, samples

X, Y = samples(n=60, d=2)
GRID = np.linspace(-1, 1, 41)[:, None]
WAVE = np.exp(GRID[:, 0]) * np.sin(5 * GRID[:, 0])
# The farthest exponent shows most; the whole run has one near by as well.
EXPONENTS = pytest.mark.parametrize("exponent", [-900, pytest.param(7, marks=pytest.mark.slow)])
DATA = pytest.mark.parametrize(("X", "y"), [(X, Y), (GRID, WAVE)], ids=["scattered", "grid"])


def fitted(estimator, *data):
    return clone(estimator).fit(*data)


@EXPONENTS
@DATA
@on_all
def test_powers_of_two_of_the_targets(estimator, X, y, exponent):
    base, scaled = fitted_once(estimator, X, y), fitted(estimator, X, np.ldexp(y, exponent))
    np.testing.assert_array_equal(scaled.predict(X), np.ldexp(base.predict(X), exponent))
    assert scaled.heldout_error_ == base.heldout_error_
    assert scaled.loss_curve_ == base.loss_curve_
    for one, two in zip(base.stages_, scaled.stages_, strict=True):
        np.testing.assert_array_equal(two.frequencies, one.frequencies)
        np.testing.assert_array_equal(two.amplitudes, np.ldexp(one.amplitudes, exponent))
        assert two.scale == np.ldexp(one.scale, exponent)


@EXPONENTS
@DATA
@on_all
def test_powers_of_two_of_the_inputs(estimator, X, y, exponent):
    base, scaled = fitted_once(estimator, X, y), fitted(estimator, np.ldexp(X, exponent), y)
    np.testing.assert_array_equal(scaled.predict(np.ldexp(X, exponent)), base.predict(X))
    for one, two in zip(base.stages_, scaled.stages_, strict=True):
        np.testing.assert_array_equal(two.frequencies, np.ldexp(one.frequencies, -exponent))
        np.testing.assert_array_equal(two.amplitudes, one.amplitudes)


@DATA
@on_all
def test_one_power_of_two_per_column(estimator, X, y):
    factors = 2.0 ** (5 * np.arange(X.shape[1]) - 3)
    base, scaled = fitted_once(estimator, X, y), fitted(estimator, X * factors, y)
    np.testing.assert_array_equal(scaled.predict(X * factors), base.predict(X))


@DATA
@on_all
def test_the_sign_of_the_targets(estimator, X, y):
    base, flipped = fitted_once(estimator, X, y), fitted(estimator, X, -y)
    np.testing.assert_allclose(flipped.predict(X), -base.predict(X), rtol=1e-9, atol=1e-12)


@DATA
@on_all
def test_the_order_of_rows(estimator, X, y):
    order = np.random.default_rng(1).permutation(len(X))
    base, shuffled = fitted_once(estimator, X, y), fitted(estimator, X[order], y[order])
    np.testing.assert_array_equal(shuffled.predict(X), base.predict(X))


@DATA
@on_all
def test_weights_are_repeats(estimator, X, y):
    count = np.arange(len(X)) % 4
    weighted = fitted(estimator, X, y, count)
    repeated = fitted(estimator, np.repeat(X, count, axis=0), np.repeat(y, count))
    np.testing.assert_array_equal(weighted.predict(X), repeated.predict(X))


@DATA
@on_all
def test_rows_of_weight_zero_are_absent(estimator, X, y):
    outliers, far = np.full(len(X), 1e6), 5 * X + 1
    weight = np.repeat([1.0, 0.0], len(X))
    data = np.concatenate([X, far]), np.concatenate([y, outliers]), weight
    expected = fitted_once(estimator, X, y).predict(X)
    np.testing.assert_array_equal(fitted(estimator, *data).predict(X), expected)


@pytest.mark.parametrize("weight", [8, 5e-324, 2.0**1023])
@DATA
@on_all
def test_equal_weights_are_no_weights(estimator, X, y, weight):
    expected = fitted_once(estimator, X, y).predict(X)
    np.testing.assert_array_equal(fitted(estimator, X, y, weight).predict(X), expected)
