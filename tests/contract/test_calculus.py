"""Second derivatives and integrals of fitted models, against those of what they were fitted to."""

import numpy as np
import pytest
from sklearn.base import clone

from contract.cases import fitted_once, on_all, on_quick_ones, relative_error, samples
from skspectral import SobolIndices, SpectralMultistageRegressor

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
    # Gradients are known to some ten digits where large amplitudes cancel.
    h, bound = 1e-5, 1e-5 * np.abs(hessian).max() + 1e-10 * np.abs(model.predict_gradient(X)).max() / 1e-5
    for axis, step in enumerate(h * np.eye(2)):
        ends = [model.predict_gradient(ELSEWHERE + sign * step) for sign in (1, -1)]
        difference = (ends[0] - ends[1]) / (2 * h)
        # The kinks of relu have none of these.
        off = np.abs(hessian[..., axis] - difference) > bound
        assert off.mean() <= (0.02 if "relu" in str(estimator) else 0)


@on_rows
def test_hessians_of_series_are_second_derivatives(rows):
    model = fitted_once(model_of, rows, wave(rows, 0))
    inner = rows.mean(0) + 0.8 * (rows - rows.mean(0))
    missed = relative_error(model.predict(inner), wave(inner, 0))
    slopes = relative_error(model.predict_gradient(inner), wave(inner, 1))
    bends = relative_error(model.predict_hessian(inner), wave(inner, 2))
    assert slopes < 10 * missed + 1e-13 and bends < 100 * missed + 1e-12


@pytest.mark.parametrize("exponent", [-300, 300])
@on_quick_ones
def test_hessians_are_in_units_of_y_per_unit_of_x_squared(estimator, exponent):
    base = fitted_once(estimator, X, Y).predict_hessian(X)
    scaled = clone(estimator).fit(np.ldexp(X, exponent), np.ldexp(Y, 2 * exponent))
    np.testing.assert_allclose(scaled.predict_hessian(np.ldexp(X, exponent)), base, rtol=1e-12)


def box_of(rows):
    return rows.min(0), rows.max(0)


def wave_integral(a, low, high):
    """Of sin(a.x) over a box: the imaginary part of a product of integrals of exponentials."""
    return np.imag(np.prod((np.exp(1j * a * high) - np.exp(1j * a * low)) / (1j * a)))


@on_rows
def test_integrals_of_series_are_those_of_what_was_fitted(rows):
    model = fitted_once(model_of, rows, wave(rows, 0))
    low, high = box_of(rows)
    parts = np.linspace(low, high, 4)
    lows, highs = np.vstack([low, parts[:-1]]), np.vstack([high, parts[1:]])
    found = model.integrate(lows, highs)
    expected = [wave_integral(plane_wave(rows), *box) for box in zip(lows, highs)]
    volume = np.prod(highs - lows, axis=1)
    bound = 20 * model.heldout_error_ + 1e-13
    np.testing.assert_allclose(found / volume, expected / volume, atol=bound)
    assert abs(model.integrate(low, high) - found[0]) < bound * volume[0]


def integral_by_nodes(model, low, high, pieces=200):
    """Of a prediction over boxes of one or two inputs, by Gauss-Legendre nodes of many pieces."""
    places, weights = np.polynomial.legendre.leggauss(8)
    axes = []
    for a, b in zip(low, high):
        edges = np.linspace(a, b, pieces + 1)
        half = np.diff(edges)[:, None] / 2
        axes.append(((edges[:-1, None] + half * (1 + places)).ravel(), (half * weights).ravel()))
    nodes = np.stack(np.meshgrid(*[x for x, _ in axes], indexing="ij"), -1).reshape(-1, len(axes))
    weight = np.prod(np.stack(np.meshgrid(*[w for _, w in axes], indexing="ij"), -1), -1).ravel()
    values = model.predict(nodes)
    return weight @ values, weight @ np.abs(values)


@pytest.mark.parametrize("name", ["periodic line", "line", "scattered line", "grid", "mapped cosines"])
@pytest.mark.filterwarnings("ignore:boxes reach beyond")
def test_integrals_are_those_of_the_prediction_beyond_the_rows_too(name):
    rows = ROWS[name]
    model = fitted_once(model_of, rows, wave(rows, 0))
    low, high = box_of(rows)
    wide = low - 0.3 * (high - low), high + 0.2 * (high - low)
    by_nodes, size = integral_by_nodes(model, *wide, pieces=2000 if len(low) == 1 else 40)
    # Where a prediction is held it has kinks, which the nodes here do not know of.
    assert abs(model.integrate(*wide) - by_nodes) < 1e-4 * size


@pytest.mark.parametrize("y", [Y, Y[:, None], SEVERAL], ids=["one", "one column", "several"])
@pytest.mark.filterwarnings("ignore:integrals are accurate")
@on_all
def test_integrals_of_all_methods_are_those_of_their_predictions(estimator, y):
    model = fitted_once(estimator, X, y)
    found = model.integrate([-0.5, -1], [1, 0.25], tol=1e-7)
    by_nodes, size = integral_by_nodes(model, [-0.5, -1], [1, 0.25], pieces=10)
    assert np.shape(found) == y.shape[1:]
    np.testing.assert_allclose(found, by_nodes, atol=1e-3 * np.max(size))
    assert np.shape(model.integrate([[-1, -1], [0, 0]], [1, 1])) == (2, *y.shape[1:])


def test_an_axis_taken_in_its_logarithm():
    x = np.geomspace(1, 1e4, 80)[:, None]
    model = model_of.fit(x, np.sin(np.log(x[:, 0])))

    def antiderivative(x):
        return x * (np.sin(np.log(x)) - np.cos(np.log(x))) / 2

    ends = np.array([[1.0, 1e4], [20.0, 30.0]])
    found = model.integrate(ends[:, :1], ends[:, 1:])
    np.testing.assert_allclose(found, np.diff(antiderivative(ends), axis=1)[:, 0], rtol=1e-10)
    with pytest.raises(ValueError, match="low must be positive"):
        model.integrate(0, 10)
    mean = model.sobol_indices().mean
    np.testing.assert_allclose(mean, np.diff(antiderivative(ends[0]))[0] / (1e4 - 1), rtol=1e-10)


@pytest.mark.parametrize("exponent", [-300, 300])
def test_integrals_are_in_units_of_y_times_units_of_x(exponent):
    base = fitted_once(model_of, X, Y).integrate([-1, -1], [1, 0.5])
    scaled = clone(model_of).fit(np.ldexp(X, exponent), np.ldexp(Y, -2 * exponent))
    ends = np.ldexp([[-1, -1], [1, 0.5]], exponent)
    np.testing.assert_allclose(scaled.integrate(*ends), base, rtol=1e-12)


def test_boxes_that_are_none_are_refused():
    model = fitted_once(model_of, X, Y)
    for low, high, said in [
        ([0, 1], [1, 0], "low must not be above high: 1.0 > 0.0 in input 1"),
        ([[0, 0], [1, 0]], [1, 1, 1], "high must be a float or of shape"),
        (0, np.inf, "high must be finite"),
        (np.zeros((2, 2)), np.ones((3, 2)), "different numbers of boxes"),
    ]:
        with pytest.raises(ValueError, match=said):
            model.integrate(low, high)
    assert model.integrate([0, 0], [0, 1]) == 0
    with pytest.raises(ValueError, match="one box"):
        model.sobol_indices(np.zeros((2, 2)), 1)


def test_boxes_beyond_the_rows_are_warned_of():
    model = fitted_once(model_of, X, Y)
    with pytest.warns(UserWarning, match="beyond the training rows in input 1"):
        model.integrate([-1, -3], [1, 1])


def ishigami(x):
    """Of three inputs in [-pi, pi], with a = 7 and b = 0.1 (Ishigami and Homma 1990)."""
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_indices_of_ishigami_are_exact():
    rows = np.pi * np.vstack([RNG.uniform(-1, 1, (600, 3)), [[-1] * 3, [1] * 3]])
    found = fitted_once(SpectralMultistageRegressor(hidden_layer_sizes=()), rows, ishigami(rows))
    indices = found.sobol_indices(-np.pi, np.pi)
    power4, power8 = 0.1 * np.pi**4, 0.01 * np.pi**8
    first = np.array([(1 + power4 / 5) ** 2 / 2, 49 / 8, 0])
    both = power8 * (1 / 18 - 1 / 50)
    variance = first.sum() + both
    np.testing.assert_allclose([indices.mean, indices.variance], [3.5, variance], rtol=1e-11)
    np.testing.assert_allclose(indices.first_order, first / variance, atol=1e-11)
    np.testing.assert_allclose(indices.total, (first + both * np.array([1, 0, 1])) / variance, atol=1e-11)
    assert indices.error < 1e-11


def product_of_inputs(x):
    """prod of (1 + c_i (2 x_i - 1)) on the unit box, a smooth relative of the g-function."""
    return np.prod(1 + SLOPES * (2 * x - 1), 1)


SLOPES = np.array([1.0, 0.5, 0.25, 0.1])


def indices_of_product():
    """First order and total, in closed form."""
    own = SLOPES**2 / 3
    variance = np.prod(1 + own) - 1
    return own / variance, own / (1 + own) * (variance + 1) / variance


@pytest.mark.parametrize("slow", [False, True], ids=["closed", "sampled"])
def test_indices_of_a_product_of_inputs(slow, monkeypatch):
    monkeypatch.setattr("skspectral.networks.variances.affordable", lambda *_: not slow)
    rows = RNG.uniform(0, 1, (300, 4))
    model = fitted_once(SpectralMultistageRegressor(hidden_layer_sizes=()), rows, product_of_inputs(rows))
    indices = model.sobol_indices(0, 1)
    first, total = indices_of_product()
    # Series are exact; samples are within some standard errors, of which they say the largest.
    assert (indices.error > 1e-6) == slow
    bound = 5 * indices.error + 1e-9
    np.testing.assert_allclose(indices.first_order, first, atol=bound)
    np.testing.assert_allclose(indices.total, total, atol=bound)


@pytest.mark.filterwarnings("ignore:integrals are accurate")
@on_all
def test_indices_of_all_methods_are_those_of_their_predictions(estimator):
    model = fitted_once(estimator, X, SEVERAL)
    indices = model.sobol_indices(-1, 1, tol=1e-4)
    places, weights = np.polynomial.legendre.leggauss(60)
    nodes = np.stack(np.meshgrid(places, places, indexing="ij"), -1).reshape(-1, 2)
    values, weights = model.predict(nodes).reshape(60, 60, 3), weights / 2
    mean = np.einsum("i,j,ijk->k", weights, weights, values)
    variance = np.einsum("i,j,ijk->k", weights, weights, (values - mean) ** 2)
    main = [np.einsum("i,jik->jk", weights, values), np.einsum("i,ijk->jk", weights, values)]
    first = np.stack([np.einsum("i,ik->k", weights, (m - mean) ** 2) / variance for m in main], 1)
    np.testing.assert_allclose(indices.first_order, first, atol=2e-3)
    np.testing.assert_allclose(indices.total, 1 - first[:, ::-1], atol=2e-3)
    np.testing.assert_allclose(indices.variance, variance, rtol=2e-3)


def test_a_constant_has_no_parts():
    indices = clone(model_of).fit(X, np.full(len(X), 4.0)).sobol_indices()
    assert (indices.mean, indices.variance) == (4, 0)
    np.testing.assert_array_equal([indices.first_order, indices.total], 0)


def test_a_column_that_is_constant_explains_nothing():
    model = clone(model_of).fit(np.column_stack([X[:, 0], np.full(len(X), 7.0)]), X[:, 0])
    indices = model.sobol_indices()
    assert isinstance(indices, SobolIndices)
    np.testing.assert_allclose(indices.first_order, [1, 0], atol=1e-12)
    np.testing.assert_allclose(indices.total, [1, 0], atol=1e-12)
