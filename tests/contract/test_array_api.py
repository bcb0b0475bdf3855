"""Tensors are predicted as tensors under array API dispatch, and as NumPy arrays without it."""

import numpy as np
import pytest
import torch
from sklearn import config_context
from sklearn.base import clone

from contract.cases import on_all, on_quick_ones, samples

X, Y = samples(n=60, d=2)
WEIGHT = 1 + np.arange(len(X)) % 3.0


@pytest.fixture
def dispatch():
    """scikit-learn's switch, on for one test."""
    with config_context(array_api_dispatch=True):
        yield


def tensors(*arrays):
    """float64 tensors."""
    return [torch.tensor(array, dtype=torch.float64) for array in arrays]


def on_cpu(estimator):
    """Where tensors are on the CPU the fit is too; arrays would go to a GPU if there is one."""
    return clone(estimator).set_params(device="cpu")


@pytest.mark.usefixtures("dispatch")
@on_all
def test_tensors_in_tensors_out(estimator):
    x, y, weight = tensors(X, Y, WEIGHT)
    expected = on_cpu(estimator).fit(X, Y, WEIGHT)
    model = clone(estimator).fit(x, y, weight)
    for method in ("predict", "predict_gradient"):
        values = getattr(model, method)(x)
        assert isinstance(values, torch.Tensor)
        np.testing.assert_array_equal(values.numpy(), getattr(expected, method)(X))
    assert all(isinstance(value, torch.Tensor) for value in model.staged_predict(x))
    assert isinstance(model.score(x, y), float)


@pytest.mark.usefixtures("dispatch")
@on_quick_ones
def test_several_outputs(estimator):
    x, y = tensors(X, np.column_stack([Y, Y**2]))
    assert clone(estimator).fit(x, y).predict(x).shape == (60, 2)


@on_quick_ones
def test_without_dispatch_tensors_are_arrays(estimator):
    x, y, weight = tensors(X, Y, WEIGHT)
    values = clone(estimator).fit(x, y, weight).predict(x)
    np.testing.assert_array_equal(values, clone(estimator).fit(X, Y, WEIGHT).predict(X))
    assert isinstance(values, np.ndarray)


@pytest.mark.filterwarnings("ignore:torch.asarray. unspecified requires_grad")
@pytest.mark.usefixtures("dispatch")
@on_quick_ones
def test_tensors_that_require_gradients_are_detached(estimator):
    x, y = tensors(X, Y)
    x.requires_grad_(True)
    assert not clone(estimator).fit(x, y).predict(x).requires_grad


@pytest.mark.usefixtures("dispatch")
@on_quick_ones
def test_the_state_is_numpy_and_serves_numpy_without_dispatch(estimator):
    x, y = tensors(X, Y)
    model = on_cpu(estimator).fit(x, y)
    expected = on_cpu(estimator).fit(X, Y).predict(X)
    with pytest.raises(ValueError, match="same namespace"):
        model.predict(X)
    with config_context(array_api_dispatch=False):
        np.testing.assert_array_equal(model.predict(X), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.bool, torch.float16])
@pytest.mark.usefixtures("dispatch")
@on_quick_ones
def test_types_of_tensors(estimator, dtype):
    x, (y,) = torch.arange(60)[:, None].to(dtype), tensors(Y)
    model = clone(estimator).fit(x, y)
    expected = clone(estimator).fit(x.to(torch.float64), y)
    assert model.predict(x).dtype == torch.float64
    assert torch.equal(model.predict(x), expected.predict(x.to(torch.float64)))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("X", lambda x, y, w: (x * torch.nan, y, w)),
        ("y", lambda x, y, w: (x, y * torch.inf, w)),
        ("X", lambda x, y, w: (x + 1j, y, w)),
        ("y", lambda x, y, w: (x, y + 1j, w)),
        ("sample_weight", lambda x, y, w: (x, y, w + 1j)),
        ("y", lambda x, y, w: (x, y[:-1], w)),
        ("sample_weight", lambda x, y, w: (x, y, w[:-1])),
        ("sample_weight", lambda x, y, w: (x, y, -w)),
        ("sample_weight", lambda x, y, w: (x, y, 0 * w)),
        ("sample_weight", lambda x, y, w: (x, y, w * torch.nan)),
        ("X", lambda x, y, w: (x[:, 0], y, w)),
        ("X", lambda x, y, w: (x[:0], y[:0], w[:0])),
    ],
)
@pytest.mark.usefixtures("dispatch")
@on_quick_ones
def test_bad_tensors(estimator, name, change):
    model = clone(estimator)
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        model.fit(*change(*tensors(X, Y, WEIGHT)))
    assert vars(model) == vars(clone(estimator))


@pytest.mark.usefixtures("dispatch")
@on_quick_ones
def test_cuda_tensors_stay_on_the_device(estimator, cuda):
    x, y, weight = (tensor.to(cuda) for tensor in tensors(X, Y, WEIGHT))
    model = clone(estimator).fit(x, y, weight)
    values = model.predict(x)
    assert values.device.type == "cuda"
    np.testing.assert_allclose(
        values.cpu(), clone(estimator).fit(*tensors(X, Y, WEIGHT)).predict(torch.tensor(X)), atol=1e-6
    )
