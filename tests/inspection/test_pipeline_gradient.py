"""Gradients through pipelines are those of the functions that were fitted."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from skspectral import SpectralMultistageRegressor
from skspectral.inspection import pipeline_gradient

RNG = np.random.default_rng(0)
X = RNG.uniform([3, -5e3], [4, 5e3], (300, 2))
A = np.array([2.0, 1e-3])
Y = np.sin(X @ A)
SLOPE = np.cos(X @ A)[:, None] * A
MODEL = SpectralMultistageRegressor(hidden_layer_sizes=())
inner = np.abs((X - X.mean(0)) / np.ptp(X, 0)).max(1) < 0.45


def close(found, expected):
    np.testing.assert_allclose(found[inner] / A, expected[inner] / A, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "steps",
    [
        [],
        ["passthrough"],
        [StandardScaler()],
        [MinMaxScaler((2, 5))],
        [RobustScaler(), MaxAbsScaler()],
        [StandardScaler(), PCA(whiten=True)],
    ],
    ids=str,
)
def test_through_scalers(steps):
    close(pipeline_gradient(make_pipeline(*steps, MODEL).fit(X, Y), X), SLOPE)


def test_of_several_outputs():
    model = make_pipeline(StandardScaler(), MODEL).fit(X, np.column_stack([Y, -2 * Y]))
    gradient = pipeline_gradient(model, X)
    assert gradient.shape == (300, 2, 2)
    close(gradient[:, 1], -2 * SLOPE)


@pytest.mark.parametrize("y", [7 + 100 * Y, np.column_stack([100 * Y, Y])], ids=["one", "two"])
def test_through_scaled_targets(y):
    pipeline = make_pipeline(StandardScaler(), MODEL)
    model = TransformedTargetRegressor(pipeline, transformer=StandardScaler()).fit(X, y)
    gradient = pipeline_gradient(model, X)
    assert gradient.shape == (*y.shape, 2)
    close(gradient.reshape(300, -1, 2)[:, 0] / 100, SLOPE)


def test_what_is_not_affine_is_refused():
    for step in (QuantileTransformer(n_quantiles=50), FunctionTransformer(np.cbrt)):
        model = make_pipeline(step, LinearRegression()).fit(X, Y)
        model.steps[-1] = ("model", MODEL.fit(model[:-1].transform(X), Y))
        with pytest.raises(ValueError, match=f"{type(step).__name__} is not affine"):
            pipeline_gradient(model, X)


def test_what_has_no_gradient_is_refused():
    with pytest.raises(TypeError, match="LinearRegression"):
        pipeline_gradient(make_pipeline(StandardScaler(), LinearRegression()).fit(X, Y), X)
