"""What a fitted model gives: values, gradients, stages, a torch module; one output or several."""

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from contract.cases import (
    DEFAULTS,
    fitted_once,
    on_all,
    on_linear_ones,
    on_quick_ones,
    relative_error,
    samples,
    smooth,
    smooth_gradient,
)
from skspectral.solvers import Status

X, Y = samples(n=60, d=2)
SEVERAL = np.column_stack([Y, 3 - Y**2, 1e6 * X[:, 0]])
DEPENDENT = np.column_stack(
    [Y, 2 * Y, np.full(60, 1 / 3), 1e-3 * X[:, 0], Y - 0.1 * X[:, 0], 1e-9 * Y, 7 - Y]
)
OUTPUTS = pytest.mark.parametrize(
    "y", [Y, Y[:, None], SEVERAL, DEPENDENT], ids=["one", "one column", "several", "dependent"]
)
ELSEWHERE = samples(n=20, d=2)[0]


@OUTPUTS
@on_all
def test_shapes(estimator, y):
    model = fitted_once(estimator, X, y)
    n, outputs = len(ELSEWHERE), y.shape[1:]
    assert model.predict(ELSEWHERE).shape == (n, *outputs)
    assert model.predict_gradient(ELSEWHERE).shape == (n, *outputs, 2)
    assert [v.shape for v in model.staged_predict(ELSEWHERE)] == [(n, *outputs)] * model.n_stages_
    for stage in model.stages_:
        assert stage.frequencies.shape[1] == 2
        assert stage.amplitudes.shape == (len(stage.frequencies), *outputs)


@OUTPUTS
@on_all
def test_gradients_agree_with_central_differences(estimator, y):
    model = fitted_once(estimator, X, y)
    gradient = model.predict_gradient(ELSEWHERE)
    h = 1e-5
    for axis, step in enumerate(h * np.eye(2)):
        difference = (model.predict(ELSEWHERE + step) - model.predict(ELSEWHERE - step)) / (2 * h)
        size = np.abs(gradient).max()
        np.testing.assert_allclose(gradient[..., axis], difference, atol=1e-6 * size)


@on_linear_ones
def test_gradients_of_an_accurate_fit_are_the_derivative(estimator):
    x = np.linspace(-2, 3, 200)[:, None]
    model = clone(estimator).set_params(n_modes="auto").fit(x, smooth(x))
    inner = np.linspace(-1.9, 2.9, 77)[:, None]
    assert relative_error(model.predict(inner), smooth(inner)) < 1e-12
    assert relative_error(model.predict_gradient(inner), smooth_gradient(inner)) < 1e-9


@pytest.mark.parametrize("exponent", [-300, 300])
@on_quick_ones
def test_gradients_are_in_units_of_y_per_unit_of_x(estimator, exponent):
    base = fitted_once(estimator, X, Y).predict_gradient(X)
    scaled = clone(estimator).fit(np.ldexp(X, exponent), np.ldexp(Y, 2 * exponent))
    got = scaled.predict_gradient(np.ldexp(X, exponent))
    np.testing.assert_allclose(got, np.ldexp(base, exponent), rtol=1e-13)


@OUTPUTS
@on_all
def test_the_last_staged_prediction_is_the_prediction(estimator, y):
    model = fitted_once(estimator, X, y)
    *_, last = model.staged_predict(ELSEWHERE)
    np.testing.assert_array_equal(last, model.predict(ELSEWHERE))


@on_all
def test_staged_errors_are_those_of_the_records(estimator):
    model = fitted_once(estimator, X, Y)
    errors = [relative_error(value, Y) for value in model.staged_predict(X)]
    np.testing.assert_allclose([s.train_error for s in model.stages_], errors, rtol=1e-6, atol=1e-15)


@OUTPUTS
@on_all
def test_the_torch_module_predicts_and_differentiates(estimator, y):
    model = fitted_once(estimator, X, y)
    module = model.to_torch()
    rows = torch.tensor(ELSEWHERE, requires_grad=True)
    values = module(rows)
    assert values.dtype == torch.float64
    np.testing.assert_array_equal(values.detach().numpy(), model.predict(ELSEWHERE))
    (slope,) = torch.autograd.grad(values.sum(), rows)
    total = model.predict_gradient(ELSEWHERE).reshape(len(rows), -1, 2).sum(1)
    np.testing.assert_allclose(slope.numpy(), total, rtol=1e-12, atol=1e-9 * np.abs(total).max())


@on_all
def test_the_torch_module_is_a_copy_with_trainable_weights(estimator):
    model = clone(estimator).fit(X, Y)
    expected = model.predict(X)
    module = model.to_torch()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1)
    np.testing.assert_array_equal(model.predict(X), expected)
    module(torch.tensor(X)).sum().backward()
    assert any(parameter.grad is not None for parameter in module.parameters())


@on_all
def test_the_torch_module_keeps_its_weights_through_its_state(estimator):
    model = fitted_once(estimator, X, Y)
    module, other = model.to_torch(), model.to_torch()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(module.state_dict())
    np.testing.assert_array_equal(other(torch.tensor(X)).detach(), model.predict(X))


@on_quick_ones
def test_stages_are_read_only(estimator):
    model = clone(estimator).fit(X, Y)
    stage = model.stages_[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        stage.scale = 1.0
    for array in (stage.frequencies, stage.amplitudes):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError):
        model.stages_[0] = stage


@on_all
def test_attributes_agree_with_the_stages(estimator):
    model = fitted_once(estimator, X, Y)
    stages = model.stages_
    assert 1 <= model.n_stages_ == len(stages) <= estimator.n_stages
    assert model.n_iter_ == max(1, sum(stage.n_iter for stage in stages))
    assert model.heldout_error_ == stages[-1].heldout_error
    assert Status(model.stop_reason_).sentence
    assert all(Status(stage.stop_reason).sentence for stage in stages)
    errors = [stage.heldout_error for stage in stages]
    assert errors == sorted(errors, reverse=True)
    assert model.n_features_in_ == 2
    assert all(stage.seconds >= 0 for stage in stages)


@on_linear_ones
def test_frequencies_and_amplitudes_are_in_the_users_units(estimator):
    x = 7 + np.arange(40)[:, None] / 8
    y = 30 + 4 * np.cos(2 * np.pi * 0.6 * x[:, 0] + 1)
    model = clone(estimator).set_params(n_modes="auto", n_stages=1).fit(x, y)
    stage = model.stages_[0]
    np.testing.assert_allclose(np.abs(stage.frequencies[0]), 0.6, rtol=1e-12)
    np.testing.assert_allclose(stage.amplitudes[0], 4, rtol=1e-12)
    assert (np.diff(stage.amplitudes) <= 0).all()


@pytest.mark.parametrize("estimator", DEFAULTS)
@pytest.mark.parametrize("method", ["predict", "predict_gradient", "score", "to_torch", "staged_predict"])
def test_unfitted_models_say_so(estimator, method):
    arguments = {"score": (X, Y), "to_torch": ()}.get(method, (X,))
    with pytest.raises(NotFittedError):
        list(getattr(clone(estimator), method)(*arguments))
    assert not hasattr(clone(estimator), "stages_")


@pytest.mark.parametrize("estimator", DEFAULTS)
def test_from_paper_takes_overrides(estimator):
    model = type(estimator).from_paper(n_modes=4, max_iter=3, n_stages=1)
    assert (model.n_modes, model.max_iter, model.n_stages) == (4, 3, 1)
    assert np.isfinite(model.fit(X, Y).predict(X)).all()
    with pytest.raises(TypeError, match="n_nodes"):
        type(estimator).from_paper(n_nodes=4)
