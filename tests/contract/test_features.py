"""The mode finder as a transformer: scikit-learn's checks, and modes that were chosen first."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from contract.cases import relative_error
from skspectral import SpectralFeatures

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 2, (400, 2))
WAVES = np.array([[2.3, -0.9], [-0.4, 1.7]])


def tones(rows):
    """Two of them, off any lattice."""
    return np.cos(2 * np.pi * rows @ WAVES[0]) + np.sin(2 * np.pi * rows @ WAVES[1]) / 2


@parametrize_with_checks([SpectralFeatures(n_modes=3)])
def test_common_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([SpectralFeatures()])
def test_common_checks_of_defaults(estimator, check):
    check(estimator)


def test_tones_are_found_the_strongest_first():
    found = SpectralFeatures(n_modes=2).fit(X, tones(X)).frequencies_
    signs = np.sign((found * WAVES).sum(1))
    np.testing.assert_allclose(signs[:, None] * found, WAVES, atol=1e-9)


def test_features_are_cosines_and_sines_of_the_frequencies():
    features = SpectralFeatures(n_modes=2).fit(X, tones(X))
    values = features.transform(X)
    phase = 2 * np.pi * (X - (X.min(0) + X.max(0)) / 2) @ features.frequencies_.T
    np.testing.assert_allclose(values[:, 0::2], np.cos(phase), atol=1e-12)
    np.testing.assert_allclose(values[:, 1::2], np.sin(phase), atol=1e-12)
    assert list(features.get_feature_names_out()) == ["cos0", "sin0", "cos1", "sin1"]


def test_a_ridge_behind_it_meets_the_tones():
    model = make_pipeline(SpectralFeatures(n_modes=2), Ridge(alpha=1e-12)).fit(X, tones(X))
    new = RNG.uniform(-1, 2, (200, 2))
    assert relative_error(model.predict(new), tones(new)) < 1e-9


@pytest.mark.parametrize("names", [["no", "yes"], [False, True], [0, 1]], ids=["text", "bool", "int"])
def test_a_logistic_regression_behind_it(names):
    label = np.array(names)[(np.cos(2 * np.pi * X @ WAVES[0]) > 0).astype(int)]
    model = make_pipeline(SpectralFeatures(n_modes=1), LogisticRegression(C=100)).fit(X[::2], label[::2])
    assert model.score(X[1::2], label[1::2]) > 0.97


def test_several_classes():
    label = np.array(["low", "middle", "high"])[np.digitize(np.cos(2 * np.pi * X @ WAVES[0]), [-0.7, 0.7])]
    model = make_pipeline(SpectralFeatures(), LogisticRegression(C=1e4)).fit(X, label)
    assert model.score(X, label) > 0.9


@pytest.mark.parametrize(
    "rows", [RNG.uniform(0, 1, (300, 5)), np.arange(60.0)[:, None]], ids=["five", "grid"]
)
def test_other_numbers_of_inputs(rows):
    y = np.cos(2 * np.pi * rows[:, 0] / 12)
    features = SpectralFeatures(n_modes=3).fit(rows, y)
    model = Ridge(alpha=1e-8).fit(features.transform(rows), y)
    assert model.score(features.transform(rows), y) > 0.9


def test_weights_are_repeats():
    weight = RNG.integers(0, 3, len(X))
    repeated = np.repeat(np.arange(len(X)), weight)
    weighted = SpectralFeatures(n_modes=2).fit(X, tones(X), sample_weight=weight)
    other = SpectralFeatures(n_modes=2).fit(X[repeated], tones(X[repeated]))
    np.testing.assert_array_equal(weighted.frequencies_, other.frequencies_)


def test_what_varies_nowhere_gets_the_longest_waves():
    features = SpectralFeatures().fit(X, np.ones(len(X)))
    np.testing.assert_allclose(features.frequencies_ * np.ptp(X, 0), np.eye(2) / 2)


def test_it_travels_and_searches():
    search = GridSearchCV(
        make_pipeline(SpectralFeatures(), Ridge(alpha=1e-10)), {"spectralfeatures__n_modes": [1, 2]}, cv=3
    ).fit(X, tones(X))
    assert search.best_params_ == {"spectralfeatures__n_modes": 2}
    features = search.best_estimator_[0]
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(features)).transform(X), features.transform(X))
    assert not hasattr(clone(features), "frequencies_")
