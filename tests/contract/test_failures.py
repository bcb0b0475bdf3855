"""Injected failures (Ctrl-C, time, memory, NaN, linear algebra) leave a finite model or none at all."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from contract.cases import (
    DEFAULTS,
    on_linear_ones,
    on_networks,
    on_quick_ones,
    relative_error,
    samples,
)
from skspectral.solvers import LevenbergMarquardt, eliminated
from skspectral.stages import driver as _stages

X, Y = samples(n=60, d=2)
CPU_ALLOCATOR = "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
# Errors to inject, by the stop reason that they lead to.
ERRORS = {
    "interrupted": (KeyboardInterrupt, ""),
    "out_of_memory": (MemoryError, "injected"),
    "out_of_memory (CUDA)": (torch.OutOfMemoryError, "injected"),
    "out_of_memory (CPU)": (RuntimeError, CPU_ALLOCATOR),
    "non_finite": (torch.linalg.LinAlgError, "injected"),
}
ON_ERRORS = pytest.mark.parametrize("name", ERRORS)


def failing_at(function, call, kind, words):
    """`function`, until a certain call; from then on it raises."""
    calls = iter(range(10**9))

    def failing(*arguments, **keywords):
        if next(calls) >= call:
            raise kind(words)
        return function(*arguments, **keywords)

    return failing


@ON_ERRORS
@on_linear_ones
def test_with_nothing_accepted_the_error_is_raised(estimator, name, monkeypatch):
    model = clone(estimator)
    monkeypatch.setattr(_stages, "_next_stage", failing_at(_stages._next_stage, 0, *ERRORS[name]))
    with pytest.raises(ERRORS[name][0]):
        model.fit(X, Y)
    assert vars(model) == vars(clone(estimator))


@ON_ERRORS
@on_linear_ones
def test_with_nothing_accepted_an_earlier_fit_stays(estimator, name, monkeypatch):
    model = clone(estimator).fit(X, Y)
    state, expected = dict(vars(model)), model.predict(X)
    monkeypatch.setattr(_stages, "_next_stage", failing_at(_stages._next_stage, 0, *ERRORS[name]))
    with pytest.raises(ERRORS[name][0]):
        model.fit(np.column_stack([X, X]), -Y)
    assert vars(model) == state
    np.testing.assert_array_equal(model.predict(X), expected)


@ON_ERRORS
@on_linear_ones
def test_accepted_stages_are_kept(estimator, name, monkeypatch):
    expected = clone(estimator).set_params(n_stages=1).fit(X, Y)
    monkeypatch.setattr(_stages, "_next_stage", failing_at(_stages._next_stage, 1, *ERRORS[name]))
    model = clone(estimator)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, Y)
    assert model.stop_reason_ == name.split()[0]
    assert model.n_stages_ == 1
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))


@pytest.mark.parametrize("step", [0, 1, 4, 30])
@on_networks
def test_ctrl_c_in_a_step_keeps_the_best_so_far(estimator, step, monkeypatch):
    interrupted = failing_at(LevenbergMarquardt.step, step, KeyboardInterrupt, "")
    monkeypatch.setattr(LevenbergMarquardt, "step", interrupted)
    model = clone(estimator).set_params(max_iter=200)
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model.fit(X, Y)
    assert model.stop_reason_ == "interrupted"
    assert model.n_stages_ >= 1
    assert relative_error(model.predict(X), Y) < 1


@on_quick_ones
def test_time_that_is_up_at_once(estimator):
    model = clone(estimator).set_params(max_time=1e-9)
    with pytest.warns(ConvergenceWarning, match="max_time"):
        model.fit(X, Y)
    assert model.stop_reason_ == "max_time"
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("estimator", DEFAULTS)
def test_time_runs_out_in_training(estimator):
    x = np.linspace(-1, 1, 600)[:, None]
    y = np.tanh(80 * x[:, 0]) + 0.3 * np.sin(20 * x[:, 0])
    model = clone(estimator).set_params(max_time=0.3, hidden_layer_sizes=(30, 30), max_iter=10**6)
    model.set_params(tol=0, n_modes=3)
    started = time.monotonic()
    with pytest.warns(ConvergenceWarning, match="max_time"):
        model.fit(x, y)
    assert time.monotonic() - started < 3
    assert model.stop_reason_ == "max_time"
    assert relative_error(model.predict(x), y) < 0.5


def not_finite(point):
    """The point with NaN for everything that was computed there."""
    return replace(point, loss=np.nan, residual=point.residual * np.nan, readout=point.readout * np.nan)


@pytest.mark.filterwarnings("ignore:A step was not finite")
@pytest.mark.parametrize("call", [0, 1, 5])
@on_networks
def test_nan_in_training_is_never_published(estimator, call, monkeypatch):
    evaluate, calls = eliminated.EliminatedProblem.evaluate, iter(range(10**9))

    def evaluate_badly(self, theta):
        point = evaluate(self, theta)
        return [point, not_finite(point)][next(calls) >= call]

    monkeypatch.setattr(eliminated.EliminatedProblem, "evaluate", evaluate_badly)
    model = clone(estimator).fit(X, Y)
    assert np.isfinite(model.predict(X)).all()
    assert np.isfinite(model.predict_gradient(X)).all()
    assert np.isfinite([model.heldout_error_, *model.loss_curve_]).all()
    assert relative_error(model.predict(X), Y) <= 1


@on_networks
def test_nan_in_every_step_is_a_stop_reason(estimator, monkeypatch):
    step = LevenbergMarquardt.step

    def broken(self, problem, state):
        new = step(self, problem, state)
        return replace(new, point=not_finite(new.point))

    monkeypatch.setattr(LevenbergMarquardt, "step", broken)
    with pytest.warns(ConvergenceWarning, match="not finite"):
        model = clone(estimator).fit(X, Y)
    assert np.isfinite(model.predict(X)).all()
    assert model.stop_reason_ == "non_finite"


@on_networks
def test_linear_algebra_that_breaks_in_training(estimator, monkeypatch):
    broken = failing_at(LevenbergMarquardt.step, 3, torch.linalg.LinAlgError, "injected")
    monkeypatch.setattr(LevenbergMarquardt, "step", broken)
    with pytest.warns(ConvergenceWarning):
        model = clone(estimator).fit(X, Y)
    assert np.isfinite(model.predict(X)).all()
    assert model.n_stages_ >= 1
