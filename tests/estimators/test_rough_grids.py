"""Full grids of fields without a band: what lies between the nodes, and noise told from texture."""

import numpy as np
import pytest
from scipy.fft import dctn
from scipy.interpolate import RegularGridInterpolator

from skspectral import SpectralMultistageRegressor


def rough(rng, n, exponent):
    """A field of cosines whose amplitudes fall with this power of the wave number, at unit spread."""
    k = np.arange(n)
    size = np.hypot.outer(k, k)
    size[0, 0] = np.inf
    waves = np.cos(np.pi / n * np.outer(np.arange(n) + 0.5, k))
    field = waves @ (rng.standard_normal((n, n)) * size**-exponent) @ waves.T
    return field / field.std()


def every_second(field):
    """Rows of the nodes with even indices, and of all nodes between them."""
    n = len(field) - 1
    X = np.stack(np.meshgrid(*2 * [np.arange(n + 1) / n], indexing="ij"), -1)
    inside = np.ones(field.shape, bool)
    inside[::2, ::2] = False
    return X[::2, ::2].reshape(-1, 2), X[inside], field[inside]


def error(predicted, values):
    return np.linalg.norm(predicted - values) / np.linalg.norm(values - values.mean())


def series():
    return SpectralMultistageRegressor(n_stages=1, hidden_layer_sizes=())


@pytest.mark.slow
@pytest.mark.parametrize("exponent", [1.6, 2.0, 2.5])
def test_between_the_nodes_it_is_closer_than_linear_and_cubic_interpolation(rng, exponent):
    field = rough(rng, 81, exponent)
    X, X_test, y_test = every_second(field)
    model = series().fit(X, field[::2, ::2].ravel())
    axes = 2 * [np.arange(41) / 40]
    others = [
        error(RegularGridInterpolator(axes, field[::2, ::2], method)(X_test), y_test)
        for method in ("linear", "cubic")
    ]
    assert error(model.predict(X_test), y_test) < min(others)


def test_noise_is_filtered(rng):
    field = rough(rng, 81, 2.0)
    X, _, _ = every_second(field)
    clean = field[::2, ::2].ravel()
    noisy = clean + 0.5 * rng.standard_normal(clean.shape)
    model = series().fit(X, noisy)
    assert error(model.predict(X), clean) < 0.6 * error(noisy, clean)


@pytest.mark.slow
def test_noise_is_filtered_on_long_grids(rng):
    """Axes may have any length: 1,200 nodes were once too many, and the error 0.076 instead of 0.031."""
    shape = (1200, 16)
    k = np.hypot(*np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij"))
    k[0, 0] = np.inf
    field = dctn(rng.standard_normal(shape) * k**-1.5, type=3, norm="ortho")
    field /= field.std()
    X = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1).reshape(-1, 2)
    model = series().fit(X, (field + 0.3 * rng.standard_normal(shape)).ravel())
    assert model.noise_floor_ == pytest.approx(0.3, rel=0.05)
    assert np.std(model.predict(X) - field.ravel()) < 0.05


def test_texture_beside_smooth_places_is_not_noise(rng):
    x = np.arange(41) / 40
    field = np.sin(3 * x[:, None] + 2 * x)
    texture = 0.75 * rough(rng, 41, 1.1) + 0.5 * rough(rng, 41, 0.3)
    field[15:] += texture[15:]
    X, y = np.stack(np.meshgrid(x, x, indexing="ij"), -1).reshape(-1, 2), field.ravel()
    # taken for noise, a fifth of it was filtered out
    assert error(series().fit(X, y).predict(X), y) < 0.01


def test_a_damped_series_follows_stages_of_few_modes(rng):
    """Lines set aside are filled by Kriging: the last stage is judged by rows that no stage saw."""
    field = rough(rng, 81, 1.6)
    X, X_test, y_test = every_second(field)
    model = SpectralMultistageRegressor(n_stages=2, n_modes=[10, "auto"], hidden_layer_sizes=())
    model.fit(X, field[::2, ::2].ravel())
    few, whole = (error(predicted, y_test) for predicted in model.staged_predict(X_test))
    assert model.n_stages_ == 2
    assert whole < 0.5 * few
    assert whole / 3 < model.heldout_error_ < 10 * whole
