"""Nothing outside the estimator changes, also when something fails."""

import os
import random
import socket
import warnings

import numpy as np
import pytest
import torch
from sklearn import get_config
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from contract.cases import DEFAULTS, on_all, on_networks, on_quick_ones, samples
from skspectral.solvers import LevenbergMarquardt

X, Y = samples(n=60, d=2)
TEST = "PYTEST_CURRENT_TEST"


def state():
    """Everything that other code in the process may rely on."""
    return {
        "torch generator": torch.get_rng_state().tolist(),
        "NumPy generator": np.random.get_state()[1].tolist(),
        "Python generator": random.getstate(),
        "warning filters": list(warnings.filters),
        "default dtype": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "floating-point errors": np.geterr(),
        "print options": np.get_printoptions(),
        "environment": {key: os.environ[key] for key in os.environ.keys() - {TEST}},
        "scikit-learn": get_config(),
        "working directory": os.getcwd(),
    }


@pytest.fixture
def two_threads():
    """More than one thread, so that a change shows."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def unchanged(two_threads):
    """Compare before and after the test."""
    before = state()
    yield
    assert state() == before


def use(estimator):
    """Call every public method once."""
    model = clone(estimator).fit(X, Y)
    model.predict(X)
    model.predict_gradient(X)
    list(model.staged_predict(X))
    model.to_torch()(torch.as_tensor(X))
    return model


@pytest.mark.usefixtures("unchanged")
@on_all
def test_use(estimator):
    use(estimator)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("estimator", DEFAULTS)
def test_use_of_defaults(estimator):
    use(estimator)


@pytest.mark.usefixtures("unchanged")
@on_all
def test_random_state_none(estimator):
    use(clone(estimator).set_params(random_state=None))


@pytest.mark.usefixtures("unchanged")
@on_quick_ones
def test_bad_input(estimator):
    with pytest.raises(ValueError, match="NaN"):
        clone(estimator).fit(X, Y * np.nan)


@pytest.mark.usefixtures("unchanged")
@on_networks
@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
def test_an_error_in_training(estimator, error, monkeypatch):
    def fail(self, problem, state):
        raise error("injected")

    monkeypatch.setattr(LevenbergMarquardt, "step", fail)
    with pytest.raises(error, match="injected"):
        clone(estimator).fit(X, Y)


@pytest.mark.usefixtures("unchanged")
@on_networks
def test_ctrl_c_in_training(estimator, monkeypatch):
    def interrupt(self, problem, state):
        raise KeyboardInterrupt

    monkeypatch.setattr(LevenbergMarquardt, "step", interrupt)
    with pytest.warns(ConvergenceWarning):
        clone(estimator).fit(X, Y)


@pytest.mark.usefixtures("unchanged")
@on_quick_ones
def test_staged_predict_half_used(estimator):
    next(clone(estimator).fit(X, Y).staged_predict(X))


@on_all
def test_quiet_by_default(estimator, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        use(estimator)
    assert capfd.readouterr() == ("", "")


@on_quick_ones
def test_verbose_prints_a_line_per_stage(estimator, capsys):
    """Beside those of progress, which a busy machine has time for."""
    model = clone(estimator).set_params(verbose=1).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("stage ") and ", train error " in line for line in lines) == model.n_stages_


@on_quick_ones
def test_no_network(estimator, monkeypatch):
    def refuse(*arguments, **keywords):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    use(estimator)
