"""Second derivatives and integrals of fitted models, against those of what they were fitted to."""

import numpy as np
import pytest
from sklearn.base import clone

from contract.cases import fitted_once, on_all, on_quick_ones, relative_error, samples
from skspectral import SpectralMultistageRegressor

X, Y = samples(n=60, d=2)
SEVERAL = np.column_stack([Y, 3 - Y**2, 1e6 * X[:, 0]])
OUTPUTS = pytest.mark.parametrize("y", [Y, Y[:, None], SEVERAL], ids=["one", "one column", "several"])
ELSEWHERE = samples(n=20, d=2)[0]
RNG = np.random.default_rng(0)
# Families of series, by the rows that they are made for.
ROWS = {
    "periodic line": np.arange(40)[:, None] / 40,
    "line": np.linspace(-1, 1, 80)[:, None],
    "scattered line": RNG.uniform(-1, 1, (120, 1)),
    "grid": np.stack(np.meshgrid(np.linspace(0, 1, 24), np.linspace(2, 4, 25), indexing="ij"), -1).reshape(
        -1, 2
    ),
    "mapped cosines": RNG.uniform(-1, 1, (900, 2)),
    "polynomials": RNG.uniform(0, 2, (400, 4)),
    "Gaussian process": RNG.uniform(-1, 1, (60, 3)),
}
on_rows = pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
model_of = SpectralMultistageRegressor(hidden_layer_sizes=(), n_stages=2)


def plane_wave(rows):
    """Wave vector of a wave that has one period in the box of periodic rows, and less of one elsewhere."""
    d = rows.shape[1]
    return 2 * np.pi * np.ones(1) if d == 1 else np.array([1.0, -0.7, 0.4, 0.2])[:d]


def wave(rows, order):
    """sin(a.x) and its derivatives."""
    a = plane_wave(rows)
    phase = rows @ a
    return [
        np.sin(phase),
        np.cos(phase)[:, None] * a,
        -np.sin(phase)[:, None, None] * np.outer(a, a),
    ][order]


@OUTPUTS
@on_all
def test_hessians_agree_with_central_differences_of_gradients(estimator, y):
    model = fitted_once(estimator, X, y)
    hessian = model.predict_hessian(ELSEWHERE)
    assert hessian.shape == (len(ELSEWHERE), *y.shape[1:], 2, 2)
    np.testing.assert_array_equal(hessian, np.swapaxes(hessian, -1, -2))
    h, size = 1e-5, np.abs(hessian).max()
    for axis, step in enumerate(h * np.eye(2)):
        ends = [model.predict_gradient(ELSEWHERE + sign * step) for sign in (1, -1)]
        difference = (ends[0] - ends[1]) / (2 * h)
        # The kinks of relu have none of these.
        off = np.abs(hessian[..., axis] - difference) > 1e-5 * size
        assert off.mean() <= (0.02 if "relu" in str(estimator) else 0)


@on_rows
def test_hessians_of_series_are_second_derivatives(rows):
    model = fitted_once(model_of, rows, wave(rows, 0))
    inner = rows.mean(0) + 0.8 * (rows - rows.mean(0))
    missed = relative_error(model.predict(inner), wave(inner, 0))
    slopes = relative_error(model.predict_gradient(inner), wave(inner, 1))
    bends = relative_error(model.predict_hessian(inner), wave(inner, 2))
    print(missed, slopes, bends)
    assert slopes < 1e4 * missed + 1e-12 and bends < 1e6 * missed + 1e-10


@pytest.mark.parametrize("exponent", [-300, 300])
@on_quick_ones
def test_hessians_are_in_units_of_y_per_unit_of_x_squared(estimator, exponent):
    base = fitted_once(estimator, X, Y).predict_hessian(X)
    scaled = clone(estimator).fit(np.ldexp(X, exponent), np.ldexp(Y, 2 * exponent))
    np.testing.assert_allclose(scaled.predict_hessian(np.ldexp(X, exponent)), base, rtol=1e-12)
