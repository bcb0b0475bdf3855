"""Beyond the rows: within the range of their values, with digits where there are any, smooth."""

import numpy as np
import pytest
import torch

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor

SERIES = SpectralMultistageRegressor(hidden_layer_sizes=())


def box(n, d, seed):
    return np.random.default_rng(seed).uniform(-1, 1, (n, d))


def shell(X, share, rng, count=200):
    """Places whose farthest input is this share of the width beyond the rows, the others up to that."""
    low, high = X.min(0), X.max(0)
    end = 1 + 2 * share
    places = rng.uniform(-end, end, (count, X.shape[1]))
    axis = rng.integers(0, X.shape[1], count)
    places[np.arange(count), axis] = end * rng.choice([-1, 1], count)
    return (high + low) / 2 + places * (high - low) / 2


def excess(X, y, places, predicted):
    """By how much, in widths, values leave the range of y of the nearest twentieth of the rows."""
    scale = (X.max(0) - X.min(0)) / 2
    square = (((places[:, None] - X) / scale) ** 2).sum(2)
    near = y[square.argsort(1)[:, : max(10, len(X) // 20)]]
    low, high = near.min(1), near.max(1)
    return np.maximum(low - predicted, predicted - high) / (high - low)


NOISY = {
    "waves of an even line": (np.linspace(-1, 1, 200)[:, None], lambda x: np.exp(-2 * (x[0] - 0.2) ** 2)),
    "waves of a random line": (box(60, 1, 25), lambda x: np.sin(14 * x[0] + 0.2) * np.exp(x[0] / 2)),
    "the plane": (box(300, 2, 1), lambda x: np.sin(2.9 * x[0] + 1.1 * x[1])),
    "three inputs": (box(300, 3, 2), lambda x: np.exp(-2 * x[0] ** 2) + 0.3 * x[2]),
}


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", NOISY.values(), ids=NOISY)
def test_noisy_fits_stay_near_the_values_of_the_nearest_rows(case, seed):
    X, function = case
    rng = np.random.default_rng(seed)
    y = function(X.T)
    y = y + 0.1 * y.std() * rng.standard_normal(len(X))
    model = SERIES.fit(X, y)
    for share in (0.01, 0.03, 0.05):
        places = shell(X, share, rng)
        assert excess(X, y, places, model.predict(places)).max() < 1


def test_far_away_a_noisy_fit_is_a_plane():
    """Which is the same line at all places far from the rows, with the slope of the rows."""
    rng = np.random.default_rng(0)
    X = np.linspace(-1, 1, 100)[:, None]
    y = 2 * X[:, 0] + np.cos(3 * X[:, 0]) + 0.1 * rng.standard_normal(100)
    model, slope = SERIES.fit(X, y), np.polyfit(X[:, 0], y, 1)
    far = np.array([[-50.0], [-20.0], [9.0], [30.0]])
    np.testing.assert_allclose(model.predict(far), np.polyval(slope, far[:, 0]), rtol=1e-3, atol=0.05)


GRID = np.stack(np.meshgrid(*[np.linspace(-1, 1, 20)] * 2, indexing="ij"), -1).reshape(-1, 2)
EXACT = {
    "a line": (np.linspace(-1, 1, 100)[:, None], 1e-9),
    "the plane": (box(400, 2, 3), 1e-5),
    "a grid": (GRID, 1e-5),
    "three inputs": (box(500, 3, 4), 1e-5),
    "eight inputs": (box(160, 8, 5), 2e-2),
}


@pytest.mark.parametrize("case", EXACT.values(), ids=EXACT)
def test_an_analytic_function_is_known_a_little_beyond_its_rows(case):
    """Polynomials were held 0.4 % of the width beyond: a grid was 0.3 off here, eight inputs 0.1."""
    X, bound = case

    def function(X):
        return np.sin(2 * X[:, 0] + X[:, -1]) + np.exp(X[:, 0] / 2)

    places = shell(X, 0.05, np.random.default_rng(0))
    error = SERIES.fit(X, function(X)).predict(places) - function(places)
    assert np.linalg.norm(error) < bound * np.linalg.norm(function(places))


def test_lines_go_on():
    X = np.arange(300.0)[:, None]

    def tide(X):
        return np.cos(2 * np.pi * X[:, 0] / 12.42) + 0.4 * np.cos(2 * np.pi * X[:, 0] / 25.82 + 1)

    later = np.arange(300, 900, 0.5)[:, None]
    model = SpectralMultistageRegressor().fit(X, tide(X))
    np.testing.assert_allclose(model.predict(later), tide(later), rtol=0, atol=1e-7)


def test_waves_that_cancel_on_the_rows_are_no_lines():
    """Growth that is met by long waves of large amplitude: 350 times the spread at twice the distance."""
    rng = np.random.default_rng(5)
    X = np.linspace(-1, 1, 200)[:, None]
    y = np.exp(2 * X[:, 0])
    y = y + 0.1 * y.std() * rng.standard_normal(200)
    for model in (SpectralMultistageRegressor(), SERIES):
        far = model.fit(X, y).predict([[-3.0], [3.0], [5.0]])
        assert np.abs(far - y.mean()).max() < 12 * y.std()


@pytest.mark.parametrize(
    "model",
    [
        SERIES,
        MultiGradeRegressor(hidden_layer_sizes=(4,), n_stages=2, max_iter=5),
        TunerRegressor(max_iter=5),
    ],
    ids=lambda model: type(model).__name__,
)
def test_programs_and_derivatives_follow(model):
    X = box(80, 2, 6)
    model.fit(X, np.sin(2 * X[:, 0]) * X[:, 1] + 0.1 * np.random.default_rng(7).standard_normal(80))
    places = np.random.default_rng(8).uniform(-3, 3, (100, 2))
    values = model.predict(places)
    size = np.abs(values).max()
    exported = model.to_torch()(torch.tensor(places)).detach().numpy()
    np.testing.assert_allclose(exported, values, rtol=0, atol=1e-9 * size)
    step = 1e-5
    for axis, unit in enumerate(np.eye(2)):
        ahead, behind = (model.predict(places + s * step * unit) for s in (1, -1))
        slopes = model.predict_gradient(places)[:, axis]
        bound = 1e-4 * max(size, np.abs(slopes).max())
        np.testing.assert_allclose(slopes, (ahead - behind) / (2 * step), rtol=0, atol=bound)
