"""Hard but legal input: finite everywhere, and as exact as the data are."""

import tempfile

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning

from contract.cases import (
    fitted_once,
    on_linear_ones,
    on_quick_ones,
    relative_error,
    samples,
    smooth,
)

X, Y = samples(n=60, d=2)
LINE = np.arange(60.0)[:, None]
WAVE = smooth(LINE / 30 - 1)
EPS = np.finfo(float).eps


def fit_predict(estimator, X, y, sample_weight=None, at=None):
    """Predictions at `at`, by default at the training rows."""
    model = clone(estimator).fit(X, y, sample_weight)
    return model.predict(X if at is None else at)


def expected_values(estimator, X, y, sample_weight=None):
    """Predictions at the training rows, of one fit that tests share."""
    return fitted_once(estimator, X, y, sample_weight).predict(X)


def assert_sound(model, X):
    """Everything that is published is finite, and nothing is NaN."""
    assert np.isfinite(model.predict(X)).all()
    assert np.isfinite(model.predict_gradient(X)).all()
    numbers = [model.heldout_error_, model.noise_floor_, *model.loss_curve_]
    numbers += [value for stage in model.stages_ for value in (stage.scale, stage.train_error)]
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize("scale", [1e200, 1e-200, 1e307, 3e-308])
@on_quick_ones
def test_targets_of_any_size(estimator, scale):
    model = clone(estimator).fit(X, Y * scale)
    expected = expected_values(estimator, X, Y) * scale
    assert relative_error(model.predict(X), expected) < 1e-8
    numbers = [model.heldout_error_, *model.loss_curve_, *(s.scale for s in model.stages_)]
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize("scale", [1e200, 1e-200, 1e-306])
@on_quick_ones
def test_inputs_of_any_size(estimator, scale):
    expected = expected_values(estimator, X, Y)
    assert relative_error(fit_predict(estimator, X * scale, Y), expected) < 1e-6


@on_quick_ones
def test_subnormal_targets(estimator):
    y = np.round(Y * 2**20) * 5e-324
    assert 0 < np.abs(y).max() < np.finfo(float).tiny
    expected = fit_predict(estimator, X, np.round(Y * 2**20) * 2.0**-20) * 2.0**20
    got = fit_predict(estimator, X, y) / 5e-324
    np.testing.assert_allclose(got, expected, atol=1)


@on_quick_ones
def test_subnormal_inputs(estimator):
    model = clone(estimator).fit(X * 2.0**-1030, Y)
    assert np.isfinite(model.predict(X * 2.0**-1030)).all()
    assert relative_error(model.predict(X * 2.0**-1030), expected_values(estimator, X, Y)) < 1e-6


@on_quick_ones
def test_an_offset_of_the_inputs_changes_nothing(estimator):
    expected = expected_values(estimator, LINE, WAVE)
    np.testing.assert_array_equal(fit_predict(estimator, LINE + 1e12, WAVE), expected)


@on_quick_ones
def test_an_offset_of_the_targets_costs_its_rounding(estimator):
    y = np.round(Y * 2**10) / 2**10
    shifted = fit_predict(estimator, X, y + 1e12) - 1e12
    # Stages end where the root mean square residual is 10 EPS of the largest |y| (rounding, as far as
    # anyone can tell from y): a row may be a few times that away from what a further stage would say.
    bound = 50 * EPS * 1e12
    assert np.abs(shifted - expected_values(estimator, X, y)).max() < bound


@pytest.mark.parametrize("constant", [0.0, 3.7, -1e200, 1e-310, 5e-324, 1.7e308])
@on_quick_ones
def test_constant_targets_are_exact(estimator, constant):
    model = clone(estimator).fit(X, np.full(len(X), constant))
    np.testing.assert_array_equal(model.predict(X), constant)
    np.testing.assert_array_equal(model.predict([[0.123, 0.456]]), constant)
    assert_sound(model, X)


@on_quick_ones
def test_constant_and_varying_outputs_together(estimator):
    model = clone(estimator).fit(X, np.column_stack([Y, np.full(len(X), 3.7)]))
    np.testing.assert_allclose(model.predict(X)[:, 1], 3.7, rtol=1e-12)


@pytest.mark.parametrize("constant", [0.0, 1.0, -1e200, 1e-300])
@on_quick_ones
def test_a_constant_column(estimator, constant):
    wide = np.column_stack([LINE, np.full(len(LINE), constant)])
    model = clone(estimator).fit(wide, WAVE)
    assert_sound(model, wide)
    assert relative_error(model.predict(wide), WAVE) < 0.5


@on_quick_ones
def test_nothing_but_constant_columns(estimator):
    model = clone(estimator).fit(np.ones((40, 2)), Y[:40])
    np.testing.assert_allclose(model.predict(np.ones((1, 2))), Y[:40].mean(), rtol=1e-14)
    assert_sound(model, np.ones((40, 2)))


@on_quick_ones
def test_duplicated_rows_count_as_their_mean(estimator):
    expected = expected_values(estimator, X, Y)
    twice = np.concatenate([X, X])
    agreeing = fit_predict(estimator, twice, np.concatenate([Y, Y]), at=X)
    np.testing.assert_array_equal(agreeing, expected)
    y = np.round(Y * 2**20) / 2**20
    conflicting = fit_predict(estimator, twice, np.concatenate([y - 1, y + 1]), at=X)
    np.testing.assert_array_equal(conflicting, expected_values(estimator, X, y))


@on_quick_ones
def test_conflicting_rows_count_as_their_weighted_mean(estimator):
    y = np.round(Y * 2**20) / 2**20
    twice, conflict = np.concatenate([X, X]), np.concatenate([y - 3, y + 1])
    weight = np.repeat([1.0, 3.0], len(X))
    got = fit_predict(estimator, twice, conflict, weight, at=X)
    np.testing.assert_array_equal(got, expected_values(estimator, X, y))


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("d", [1, 2, 5])
@on_quick_ones
def test_very_few_samples(estimator, n, d):
    X, y = samples(n=n, d=d)
    model = clone(estimator).fit(X, y)
    assert_sound(model, X)
    assert np.abs(model.predict(X) - y.mean()).max() <= 1.5 * np.ptp(y) + EPS


@on_quick_ones
def test_one_sample_is_exact(estimator):
    X, y = samples(n=1, d=3)
    np.testing.assert_array_equal(fit_predict(estimator, X, y), y)


@on_linear_ones
def test_more_columns_than_rows(estimator):
    X, y = samples(n=12, d=30)
    assert_sound(clone(estimator).fit(X, y), X)


def memmap(array):
    """The array in a read-only file, which goes with its last reference."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the map holds it open
    file.write(np.ascontiguousarray(array).tobytes())
    file.flush()
    return np.memmap(file, dtype=array.dtype, mode="r", shape=array.shape)


def read_only(array):
    """A copy that cannot be written."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "every other row": lambda a: np.repeat(a, 2, axis=0)[::2],
    "reversed twice": lambda a: a[::-1].copy()[::-1],
    "read-only": read_only,
    "memmap": memmap,
    "big-endian": lambda a: a.astype(">f8"),
    "objects": lambda a: a.astype(object),
    "list": lambda a: a.tolist(),
    "masked array without a mask": np.ma.MaskedArray,
    "pandas": lambda a: pd.DataFrame(a).squeeze(axis=1),
    "polars": lambda a: pl.DataFrame(a) if a.ndim == 2 else pl.Series(a),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.filterwarnings("ignore:X has feature names")
@on_quick_ones
def test_layouts_change_nothing(estimator, name):
    weight = 1 + np.arange(len(X)) % 3.0
    change = LAYOUTS[name]
    model = clone(estimator).fit(change(X), change(Y), change(weight))
    expected = expected_values(estimator, X, Y, weight)
    np.testing.assert_array_equal(model.predict(change(X)), expected)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float32", "bool"])
@on_quick_ones
def test_types_change_nothing(estimator, dtype):
    X = (LINE.astype(int) % 60).astype(dtype)
    y = (3 * WAVE).astype(dtype)
    got = fit_predict(estimator, X, y)
    assert got.dtype == np.float64
    expected = expected_values(estimator, X.astype(float), y.astype(float))
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
@pytest.mark.filterwarnings("ignore:y is float")
@on_quick_ones
def test_half_and_long_double_are_converted_with_a_warning(estimator, dtype):
    x, y = X.astype(dtype), Y.astype(dtype)
    with pytest.warns(DataConversionWarning, match="X is .*float64"):
        got = fit_predict(estimator, x, y)
    expected = expected_values(estimator, x.astype(float), y.astype(float))
    np.testing.assert_array_equal(got, expected)


@on_quick_ones
def test_input_is_left_alone(estimator):
    x, y, weight = X.copy(), Y.copy(), np.ones(len(X))
    clone(estimator).fit(x, y, weight).predict(x)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    np.testing.assert_array_equal(weight, 1)
