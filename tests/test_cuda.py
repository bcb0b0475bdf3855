"""The same fits on a GPU; every test here skips, and says so, where torch finds none."""

import pickle

import numpy as np
import pytest
import sklearn
import torch

from skspectral import SpectralMultistageRegressor


def smooth(X):
    return np.exp(X[:, 0]) * np.sin(3 * X[:, 0] + 2 * X[:, 1])


def front(X):
    return np.tanh(15 * (X[:, 0] + 0.3 * X[:, 1]))


CASES = {
    "scattered": (smooth, {}, 1e-8),
    "network": (front, {"hidden_layer_sizes": (8,), "n_stages": 1, "max_iter": 100}, 1e-2),
    "lbfgs": (front, {"hidden_layer_sizes": (8,), "n_stages": 1, "solver": "lbfgs"}, 1e-1),
}


@pytest.fixture(params=CASES)
def case(request, rng):
    function, parameters, bound = CASES[request.param]
    X, X_test = rng.uniform(-1, 1, (2, 2000, 2))
    return X, function(X), X_test, function(X_test), parameters, bound


def relative(f, y):
    return np.linalg.norm(f - y) / np.linalg.norm(y)


def test_held_out_error_holds_on_the_gpu(cuda, case):
    X, y, X_test, y_test, parameters, bound = case
    model = SpectralMultistageRegressor(device="cuda", **parameters).fit(X, y)
    assert relative(model.predict(X_test), y_test) < bound


def test_auto_takes_the_gpu_and_leaves_nothing_there(cuda, case):
    X, y, X_test, _, parameters, _ = case
    model = SpectralMultistageRegressor(**parameters)
    model.fit(X, y).predict(X_test)  # the libraries' own workspaces come to stay with the first call
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    model.fit(X, y).predict(X_test)
    assert torch.cuda.max_memory_allocated() > before
    assert torch.cuda.memory_allocated() <= before


def test_fitted_state_loads_without_a_gpu(cuda, case):
    X, y, X_test, _, parameters, _ = case
    model = SpectralMultistageRegressor(device="cuda", **parameters).fit(X, y)
    loaded = pickle.loads(pickle.dumps(model)).set_params(device="cpu")
    np.testing.assert_allclose(loaded.predict(X_test), model.predict(X_test), rtol=1e-9, atol=1e-9)


def test_cuda_tensors_in_cuda_tensors_out_without_the_host(cuda, case, monkeypatch):
    X, y, X_test, _, parameters, _ = case
    expected = SpectralMultistageRegressor(device="cuda", **parameters).fit(X, y).predict(X_test)
    moved = []
    original = torch.Tensor.cpu

    def watched(tensor, *args, **kwargs):
        moved.append(tensor.numel() if tensor.is_cuda else 0)
        return original(tensor, *args, **kwargs)

    monkeypatch.setattr(torch.Tensor, "cpu", watched)
    on_gpu = [torch.tensor(array, device=cuda) for array in (X, y, X_test)]
    with sklearn.config_context(array_api_dispatch=True):
        model = SpectralMultistageRegressor(**parameters).fit(on_gpu[0], on_gpu[1])
        predicted = model.predict(on_gpu[2])
    assert predicted.device.type == "cuda"
    assert max(moved) < X.size  # weights and frequencies move, the data never do
    np.testing.assert_allclose(original(predicted).numpy(), expected, rtol=1e-9, atol=1e-9)
