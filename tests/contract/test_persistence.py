"""Stored models predict the same bits, are small, and hold NumPy arrays only."""

import copy
import io
import pickle
import pickletools

import cloudpickle
import joblib
import numpy as np
import pytest
import skops.io
from sklearn.base import clone

from contract.cases import fitted_once, on_all, on_linear_ones, on_quick_ones, samples

X, Y = samples(n=60, d=2)
SEVERAL = np.column_stack([Y, -Y, Y**2])


def through_joblib(model):
    """The model after a round trip through joblib."""
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


def through_skops(model):
    """The model after a round trip through skops, which has to trust classes of this package alone."""
    data = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith("skspectral.") for name in unknown)
    return skops.io.loads(data, trusted=unknown)


def through_pickle(protocol):
    """A round trip through pickle with one protocol."""
    return lambda model: pickle.loads(pickle.dumps(model, protocol))


ROUTES = {
    "pickle 2": through_pickle(2),
    "pickle 5": through_pickle(5),
    "joblib": through_joblib,
    "cloudpickle": lambda model: pickle.loads(cloudpickle.dumps(model)),
    "skops": through_skops,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("y", [Y, SEVERAL], ids=["one output", "three"])
@on_all
def test_round_trips_are_bit_equal(estimator, y, route):
    model = fitted_once(estimator, X, y)
    loaded = ROUTES[route](model)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    np.testing.assert_array_equal(loaded.predict_gradient(X), model.predict_gradient(X))
    assert repr(loaded.get_params()) == repr(model.get_params())
    assert vars(loaded).keys() == vars(model).keys()
    assert loaded.loss_curve_ == model.loss_curve_
    for one, two in zip(model.stages_, loaded.stages_, strict=True):
        np.testing.assert_array_equal(two.amplitudes, one.amplitudes)
        assert two.heldout_error == one.heldout_error


@pytest.mark.parametrize("route", ROUTES)
@on_quick_ones
def test_loaded_models_go_on(estimator, route):
    model = clone(estimator).set_params(n_stages=1).fit(X, Y)
    loaded = ROUTES[route](model)
    for one in (model, loaded):
        one.set_params(n_stages=2, warm_start=True).fit(X, Y)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


@pytest.mark.parametrize("route", ROUTES)
@on_quick_ones
def test_unfitted_models_travel_too(estimator, route):
    loaded = ROUTES[route](clone(estimator))
    assert repr(loaded) == repr(estimator)
    expected = fitted_once(estimator, X, Y).predict(X)
    np.testing.assert_array_equal(loaded.fit(X, Y).predict(X), expected)


def arrays_in(value):
    """Every array in the fitted state."""
    if isinstance(value, np.ndarray):
        return [value]
    inner = getattr(value, "__dict__", value if isinstance(value, dict) else {}).values()
    items = value if isinstance(value, (list, tuple)) else inner
    return [array for item in items for array in arrays_in(item)]


@on_all
def test_the_state_is_numpy(estimator):
    model = fitted_once(estimator, X, Y)
    assert len(arrays_in(vars(model))) > 0
    words = [argument for _, argument, _ in pickletools.genops(pickle.dumps(model))]
    strings = [word for word in words if isinstance(word, str)]
    assert not any(word.split(".")[0] == "torch" for word in strings)


def weight_bytes(model):
    """Bytes of the arrays that `predict` needs."""
    return sum(array.nbytes for array in arrays_in(model._weights))


@on_all
def test_files_of_small_models(estimator):
    model = fitted_once(estimator, X, SEVERAL)
    assert len(pickle.dumps(model)) <= 1.1 * weight_bytes(model) + 64_000


def rough_field(n, bandlimit):
    """A periodic field on an n x n grid with every wave vector up to `bandlimit`."""
    axis = np.arange(n) / n
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    noise = np.fft.fft2(np.random.default_rng(0).normal(size=(n, n)))
    wave = np.abs(np.fft.fftfreq(n, 1 / n))
    inside = np.maximum(wave[:, None], wave[None, :]) <= bandlimit
    return grid, np.fft.ifft2(noise * inside).real.ravel()


@on_linear_ones
def test_files_of_large_models(estimator):
    grid, field = rough_field(128, 40)
    model = clone(estimator).set_params(n_modes="auto", n_stages=1).fit(grid, field)
    assert weight_bytes(model) > 100_000
    for dump in (pickle.dumps, skops.io.dumps):
        assert len(dump(model)) <= 1.1 * weight_bytes(model) + 64_000


@on_linear_ones
def test_long_trainings_leave_small_files(estimator):
    model = clone(estimator)
    model.set_params(n_modes=3, hidden_layer_sizes=(3,), max_iter=300, tol=0, solver="adam")
    model.fit(X, Y)
    assert len(pickle.dumps(model)) <= 1.1 * weight_bytes(model) + 64_000
