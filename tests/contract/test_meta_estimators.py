"""scikit-learn's meta-estimators and inspection tools take the estimators as they are."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler

from contract.cases import (
    DEFAULTS,
    on_linear_ones,
    on_networks,
    on_quick_ones,
    relative_error,
    samples,
    smooth,
)
from skspectral.solvers import LevenbergMarquardt

X, Y = samples(n=80, d=2)
WEIGHT = 1 + np.arange(len(X)) % 4.0
LINE = np.linspace(0, 3, 90)[:, None]
WAVE = 2 + smooth(LINE) / 5


@on_quick_ones
def test_pipeline(estimator):
    scaler = MinMaxScaler((-2, 5)).fit(X)
    piped = make_pipeline(MinMaxScaler((-2, 5)), clone(estimator)).fit(X, Y)
    alone = clone(estimator).fit(scaler.transform(X), Y)
    np.testing.assert_array_equal(piped.predict(X), alone.predict(scaler.transform(X)))


@on_quick_ones
def test_pipeline_of_frames(estimator):
    frame = pd.DataFrame(X, columns=["u", "v"])
    scaler = StandardScaler().set_output(transform="pandas")
    model = make_pipeline(scaler, clone(estimator)).fit(frame, Y)
    assert list(model[-1].feature_names_in_) == ["u", "v"]
    assert np.isfinite(model.predict(frame)).all()


@pytest.mark.slow
@on_linear_ones
def test_grid_search_picks_what_is_best_held_out(estimator):
    search = GridSearchCV(estimator, {"n_modes": [1, 12], "n_stages": [1, 2]}, cv=2)
    search.set_params(error_score="raise").fit(LINE, WAVE)
    scores = [
        cross_val_score(clone(estimator).set_params(**p), LINE, WAVE, cv=2).mean()
        for p in search.cv_results_["params"]
    ]
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], scores)
    assert search.best_index_ == np.argmax(scores)


@pytest.mark.slow
@on_networks
def test_grid_search_over_a_solver_object(estimator):
    model = clone(estimator).set_params(solver=LevenbergMarquardt())
    grid = {"solver__damping": [1e-3, 10.0], "max_iter": [1, 4]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, Y)
    best = search.best_estimator_
    assert best.solver.damping == search.best_params_["solver__damping"]
    direct = clone(model).set_params(**search.best_params_).fit(X, Y)
    np.testing.assert_array_equal(search.predict(X), direct.predict(X))
    assert model.solver.damping == LevenbergMarquardt().damping


@pytest.mark.slow
@on_networks
def test_the_name_of_a_solver_is_the_solver(estimator):
    named = clone(estimator).set_params(solver="lm").fit(X, Y).predict(X)
    given = clone(estimator).set_params(solver=LevenbergMarquardt()).fit(X, Y).predict(X)
    np.testing.assert_array_equal(named, given)


@pytest.mark.slow
@on_linear_ones
def test_halving_search(estimator):
    search = HalvingGridSearchCV(estimator, {"n_modes": [1, 2, 12]}, cv=3, random_state=0)
    search.fit(LINE, WAVE)
    assert search.best_params_["n_modes"] in {1, 2, 12}
    assert np.isfinite(search.predict(LINE)).all()


@pytest.mark.slow
@on_quick_ones
def test_cross_validation(estimator):
    predicted = cross_val_predict(estimator, X, Y, cv=4)
    assert relative_error(predicted, Y) < 2
    result = cross_validate(estimator, X, Y, cv=3, return_train_score=True, error_score="raise")
    assert np.isfinite(result["test_score"]).all()
    _sizes, train, test = learning_curve(estimator, X, Y, cv=3, train_sizes=[0.2, 1.0])
    assert np.isfinite(train).all() and np.isfinite(test).all()


@on_quick_ones
def test_bagging(estimator):
    model = BaggingRegressor(clone(estimator), n_estimators=3, random_state=0).fit(X, Y)
    each = [one.predict(X[:, f]) for one, f in zip(model.estimators_, model.estimators_features_)]
    np.testing.assert_allclose(model.predict(X), np.mean(each, axis=0), rtol=1e-12)


@on_quick_ones
def test_stacking_and_voting(estimator):
    pair = [("ours", clone(estimator)), ("ridge", Ridge())]
    for model in (StackingRegressor(pair, cv=3), VotingRegressor(pair)):
        assert model.fit(X, Y).score(X, Y) > 0


@on_linear_ones
def test_transformed_target(estimator):
    model = TransformedTargetRegressor(clone(estimator), func=np.log, inverse_func=np.exp)
    direct = clone(estimator).fit(LINE, np.log(WAVE))
    np.testing.assert_allclose(
        model.fit(LINE, WAVE).predict(LINE), np.exp(direct.predict(LINE)), rtol=1e-12
    )


@pytest.mark.slow
@on_quick_ones
def test_one_model_per_output(estimator):
    several = np.column_stack([Y, Y**2])
    model = MultiOutputRegressor(clone(estimator)).fit(X, several)
    columns = [clone(estimator).fit(X, y).predict(X) for y in several.T]
    np.testing.assert_array_equal(model.predict(X), np.column_stack(columns))
    chain = RegressorChain(clone(estimator)).fit(X, several)
    assert chain.predict(X).shape == several.shape


@on_linear_ones
def test_permutation_importance_finds_the_column_that_matters(estimator):
    model = clone(estimator).fit(X, np.sin(3 * X[:, 0]))
    importance = permutation_importance(model, X, np.sin(3 * X[:, 0]), random_state=0)
    assert importance.importances_mean[0] > 10 * abs(importance.importances_mean[1])


@on_linear_ones
def test_partial_dependence_is_the_mean_prediction(estimator):
    model = clone(estimator).fit(X, Y)
    result = partial_dependence(model, X, [1], grid_resolution=5)
    for value, average in zip(result["grid_values"][0], result["average"][0]):
        at = np.column_stack([X[:, 0], np.full(len(X), value)])
        np.testing.assert_allclose(average, model.predict(at).mean(), rtol=1e-10)


@on_quick_ones
def test_routed_weights_reach_the_fit(estimator):
    direct = clone(estimator).fit(StandardScaler().fit_transform(X), Y, WEIGHT)
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        step = clone(estimator).set_fit_request(sample_weight=True)
        routed = make_pipeline(scaler, step).fit(X, Y, sample_weight=WEIGHT)
    expected = direct.predict(StandardScaler().fit_transform(X))
    np.testing.assert_array_equal(routed.predict(X), expected)


@on_quick_ones
def test_routed_weights_reach_fits_and_scores_of_a_search(estimator):
    with config_context(enable_metadata_routing=True):
        model = clone(estimator).set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"n_stages": [1, 2]}, cv=2, error_score="raise")
        search.fit(X, Y, sample_weight=WEIGHT)
    best = clone(estimator).set_params(**search.best_params_)
    half = len(X) // 2
    late = best.fit(X[half:], Y[half:], WEIGHT[half:])
    score = late.score(X[:half], Y[:half], WEIGHT[:half])
    assert search.cv_results_["split0_test_score"][search.best_index_] == score
    np.testing.assert_array_equal(search.predict(X), best.fit(X, Y, WEIGHT).predict(X))


@pytest.mark.slow
@pytest.mark.parametrize("estimator", DEFAULTS)
def test_defaults_in_a_pipeline_with_many_columns(estimator):
    model = make_pipeline(PolynomialFeatures(2, include_bias=False), clone(estimator))
    assert relative_error(model.fit(X, Y).predict(X), Y) < 0.1


@on_quick_ones
def test_clones_and_representations(estimator):
    assert repr(clone(estimator)) == repr(estimator)
    assert eval(repr(estimator), vars(__import__("skspectral"))).get_params()
    assert estimator._repr_html_()
    assert clone(clone(estimator).fit(X, Y)).get_params() == estimator.get_params()
