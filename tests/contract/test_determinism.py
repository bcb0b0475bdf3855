"""Same data, same parameters: the same bits, however the work is cut or shared."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from contract.cases import DEFAULTS, fitted_once, on_all, on_quick_ones, rounding, samples
from skspectral._backend import blocks

X, Y = samples(n=60, d=2)
MANY = samples(n=500, d=2)[0]


@on_all
def test_refits_are_bit_equal(estimator):
    first, second = clone(estimator).fit(X, Y), clone(estimator).fit(X, Y)
    expected = first.predict(MANY)
    np.testing.assert_array_equal(second.predict(MANY), expected)
    np.testing.assert_array_equal(first.set_params(warm_start=False).fit(X, Y).predict(MANY), expected)
    assert first.loss_curve_ == second.loss_curve_


@pytest.mark.parametrize("estimator", DEFAULTS)
def test_refits_with_defaults_are_bit_equal(estimator):
    x = np.linspace(-1, 1, 120)[:, None]
    y = np.tanh(8 * x[:, 0])
    first, second = (clone(estimator).fit(x, y).predict(x) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@on_all
def test_equal_random_states_give_equal_models(estimator):
    states = 5, 5, np.random.RandomState(5), np.random.RandomState(5)
    number, again, state, same = (
        clone(estimator).set_params(random_state=s).fit(X, Y).predict(MANY) for s in states
    )
    np.testing.assert_array_equal(number, again)
    np.testing.assert_array_equal(state, same)


@on_all
def test_a_random_state_instance_moves_on(estimator):
    state = np.random.RandomState(5)
    model = clone(estimator).set_params(random_state=state)
    before = state.get_state()[2]
    model.fit(X, Y)
    assert state.get_state()[2] != before


@pytest.mark.slow
@on_quick_ones
def test_two_processes_find_what_one_finds(estimator):
    searches = [
        GridSearchCV(estimator, {"n_modes": [3, 6], "n_stages": [1, 2]}, cv=3, n_jobs=jobs)
        for jobs in (1, 2)
    ]
    one, two = (search.fit(X, Y) for search in searches)
    assert one.best_params_ == two.best_params_
    np.testing.assert_array_equal(one.predict(MANY), two.predict(MANY))
    for key in ("split0_test_score", "mean_test_score", "std_test_score"):
        np.testing.assert_array_equal(one.cv_results_[key], two.cv_results_[key])


def methods(model):
    """Calls every method that passes over rows."""
    return [
        model.predict,
        model.predict_gradient,
        lambda X: np.array(list(model.staged_predict(X))),
    ]


# Blocks of one row cost as much as hundreds: fewer rows show the same.
@pytest.mark.parametrize(
    ("block_bytes", "n"), [(1, 50), (10_000, 500), pytest.param(100_000, 500, marks=pytest.mark.slow)]
)
@on_all
def test_predictions_do_not_depend_on_chunks(estimator, block_bytes, n, monkeypatch):
    model = fitted_once(estimator, X, Y)
    expected = [method(MANY[:n]) for method in methods(model)]
    monkeypatch.setattr(blocks, "BLOCK_BYTES", block_bytes)
    for method, values in zip(methods(model), expected):
        np.testing.assert_allclose(method(MANY[:n]), values, rtol=1e-12, atol=1e-13 + rounding(model))


@pytest.mark.parametrize("block_bytes", [1, 10_000])
@on_quick_ones
def test_fits_do_not_depend_on_chunks_beyond_rounding(estimator, block_bytes, monkeypatch):
    expected = fitted_once(estimator, X, Y).predict(X)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", block_bytes)
    np.testing.assert_allclose(clone(estimator).fit(X, Y).predict(X), expected, atol=1e-8)


@on_all
def test_single_rows_are_predicted_as_in_company(estimator):
    model = fitted_once(estimator, X, Y)
    alone = np.concatenate([model.predict(row[None, :]) for row in X])
    np.testing.assert_allclose(alone, model.predict(X), rtol=1e-12, atol=1e-13 + rounding(model))


@on_quick_ones
def test_threads_predict_what_one_thread_predicts(estimator):
    model = fitted_once(estimator, X, Y)
    for method in methods(model):
        expected = method(MANY)
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(method, [MANY] * 8))
        for values in results:
            np.testing.assert_array_equal(values, expected)
