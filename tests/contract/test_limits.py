"""max_time and Ctrl-C hold for every estimator, in every phase."""

import math
import signal
import time

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score

from benchmarks.common.clocks import one_thread
from contract.cases import DEFAULTS, relative_error
from skspectral import SpectralMultistageRegressor
from skspectral._backend.clock import Clock
from skspectral.estimators import base
from skspectral.linalg import gap_filling
from skspectral.selection import readout
from skspectral.series import coefficient_prior, grown_search, lines, mapped_fit, on_grid
from skspectral.solvers import driver, full
from skspectral.training import train

ON_ESTIMATORS = pytest.mark.parametrize("estimator", DEFAULTS, ids=lambda one: type(one).__name__)
# The driver and the series are one for all: the fast tier has one estimator.
ONE_FIRST = pytest.mark.parametrize(
    "estimator",
    [DEFAULTS[0], *(pytest.param(one, marks=pytest.mark.slow) for one in DEFAULTS[1:])],
    ids=lambda one: type(one).__name__,
)


def rows(n, d, seed=0):
    X = np.random.default_rng(seed).uniform(-1, 1, (n, d))
    return X, np.tanh(20 * (X[:, 0] + 0.3 * X[:, -1])) + np.sin(9 * X[:, -1])


def grid(n, m, share=1.0):
    X = np.stack([axis.ravel() for axis in np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, m))], 1)
    X = X[np.random.default_rng(0).uniform(size=len(X)) < share]
    return X, np.tanh(30 * (X[:, 0] - X[:, 1])) + np.sin(40 * X[:, 0] * X[:, 1])


# Their networks are trained by Adam, with the readout.
PAPERS = [type(one).from_paper() for one in DEFAULTS]
# Where Ctrl-C is pressed: a function that each phase calls, and rows whose fit has that phase.
PHASES = {
    "mapped cosines": (mapped_fit.MappedFit, "__init__", rows(300, 2)),
    "grown sets": (grown_search.GrownSearch, "_strongest", rows(300, 6)),
    "prior": (coefficient_prior._Likelihood, "_with_gradient", rows(300, 6)),
    "grid": (on_grid, "fit_tensor", grid(20, 16)),
    "gaps": (gap_filling, "conjugate_gradients", grid(20, 20, 0.8)),
    "readout": (readout, "factorize", rows(300, 2)),
}


def pressing(monkeypatch, owner, name, call=2):
    """Ctrl-C is pressed when a function is called for the `call`-th time; the calls are counted."""
    function, calls = getattr(owner, name), []

    def pressed(*arguments, **keywords):
        calls.append(time.monotonic())
        if len(calls) == call:
            signal.raise_signal(signal.SIGINT)
        return function(*arguments, **keywords)

    monkeypatch.setattr(owner, name, pressed)
    return calls


@pytest.mark.parametrize("phase", PHASES)
@ONE_FIRST
def test_ctrl_c_keeps_the_best_model_so_far(estimator, phase, monkeypatch):
    owner, name, (X, y) = PHASES[phase]
    calls = pressing(monkeypatch, owner, name)
    model = clone(estimator)
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model.fit(X, y)
    assert model.stop_reason_ == "interrupted"
    assert len(calls) <= 6, "the fit went on"
    assert relative_error(model.predict(X), y) < 1.1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    "owner, name, call",
    [(lines, "minimize", 1), (lines, "minimize", 2), (base.ResidualStageRegressor, "_run", 1)],
    ids=["first search", "second search", "after them"],
)
@ONE_FIRST
def test_ctrl_c_in_the_search_for_outliers_keeps_its_fit(estimator, owner, name, call, monkeypatch):
    """The exception once left `fit` until a second fit, without the outliers, had been made."""
    X = np.linspace(0, 50, 100)[:, None]
    y = 1.2 * np.cos(0.55 * X[:, 0] + 0.3)
    wrong = y + 8.0 * (np.random.default_rng(0).permutation(100) < 10)
    calls = pressing(monkeypatch, owner, name, call)
    model = clone(estimator).set_params(loss="huber")
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model.fit(X, wrong)
    assert model.stop_reason_ == "interrupted" and model.n_stages_ == 1
    assert len(calls) <= call + 1, "the fit went on"
    assert relative_error(model.predict(X), y) < 0.5


@pytest.mark.parametrize("name", ["minimize", "_found"])
@ONE_FIRST
def test_ctrl_c_in_the_search_for_lines_ends_the_fit(estimator, name, monkeypatch):
    """Ctrl-C once ended the search for lines alone, and the fit went on to its other candidates."""
    X, y = rows(400, 2)
    calls = pressing(monkeypatch, lines, name, 1)
    model = clone(estimator)
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model.fit(X, y)
    assert model.stop_reason_ == "interrupted" and len(calls) <= 2


@ONE_FIRST
def test_ctrl_c_before_the_training_of_a_net_ends_the_fit(estimator, monkeypatch):
    X, y = rows(150, 2)
    calls = pressing(monkeypatch, train, "minimize", 1)
    model = clone(estimator).set_params(hidden_layer_sizes=(8,), n_modes=2)
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model.fit(X, y)
    assert model.stop_reason_ == "interrupted" and len(calls) <= 2


@pytest.mark.parametrize(("name", "call", "most"), [("start", 1, 0), ("gradient", 3, 3)])
@pytest.mark.parametrize("estimator", PAPERS, ids=lambda one: type(one).__name__)
def test_no_pass_over_all_rows_begins_after_ctrl_c(estimator, name, call, most, monkeypatch):
    """A start, its readout and a step were once computed after Ctrl-C: 1.3 s for 20,000 x 3 rows."""
    X, y = rows(400, 2)
    passes, evaluate = [], full.FullProblem.evaluate
    monkeypatch.setattr(
        full.FullProblem, "evaluate", lambda *arguments: passes.append(0) or evaluate(*arguments)
    )
    pressing(monkeypatch, full.FullProblem, name, call)
    model = clone(estimator).set_params(n_stages=1)
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model.fit(X, y)
    assert (model.stop_reason_, model.n_stages_) == ("interrupted", 1)
    assert len(passes) <= most


@ONE_FIRST
def test_a_second_ctrl_c_is_raised(estimator, monkeypatch):
    X, y = rows(150, 2)
    init = mapped_fit.MappedFit.__init__

    def twice(*arguments):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        init(*arguments)

    monkeypatch.setattr(mapped_fit.MappedFit, "__init__", twice)
    model = clone(estimator)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert vars(model) == vars(clone(estimator))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("search", ["grid", "cross"])
@ONE_FIRST
def test_ctrl_c_ends_a_search(estimator, search, monkeypatch):
    X, y = rows(100, 2)
    calls = pressing(monkeypatch, mapped_fit.MappedFit, "__init__", 1)
    with pytest.raises(KeyboardInterrupt):
        if search == "grid":
            GridSearchCV(estimator, {"n_stages": [1, 2]}, cv=2).fit(X, y)
        else:
            cross_val_score(estimator, X, y, cv=2)
    assert len(calls) == 1


@ONE_FIRST
def test_ctrl_c_in_a_step_of_training_ends_the_search_too(estimator, monkeypatch):
    X, y = rows(100, 2)
    model = clone(estimator).set_params(hidden_layer_sizes=(4,), n_modes=2, n_stages=1)
    calls = pressing(monkeypatch, driver._Watch, "note", 2)
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(model, {"tol": [1e-3, 1e-2]}, cv=2).fit(X, y)
    assert len(calls) == 2


@pytest.fixture
def processor_time(monkeypatch):
    """The clock of fits counts what the processor does for them: other processes may hold the cores."""
    monkeypatch.setattr(Clock.__init__, "__defaults__", (math.inf, time.process_time, None))


def seconds_of(fit):
    """Processor seconds of a fit on one thread."""
    before = time.process_time()
    with one_thread():
        fit()
    return time.process_time() - before


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["steep", "noisy", "smooth"])
@ON_ESTIMATORS
def test_max_time_bounds_a_fit(estimator, kind, processor_time):
    """A fit may take 1.2 times `max_time` and one second more."""
    X, y = rows(20_000, 3)
    if kind == "smooth":
        y = np.exp(X[:, 0]) * np.sin(5 * X[:, 1] + X[:, 2])
    if kind == "noisy":
        y = y + 0.3 * np.random.default_rng(1).standard_normal(len(y))
    model = clone(estimator).set_params(max_time=2.0)

    def fit():
        with pytest.warns(ConvergenceWarning, match="max_time"):
            model.fit(X, y)

    assert seconds_of(fit) < 1.2 * 2 + 1
    assert model.stop_reason_ == "max_time"
    assert relative_error(model.predict(X), y) < 1


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(20_000, 3), (200, 150)], ids=str)
@pytest.mark.parametrize("estimator", PAPERS, ids=lambda one: type(one).__name__)
def test_max_time_bounds_a_fit_of_a_paper(estimator, shape, processor_time):
    """The start of a network with its readout once took 2.8 s for 20,000 x 3 rows."""
    X, y = rows(*shape)
    model = clone(estimator).set_params(max_time=1.0)

    def fit():
        with pytest.warns(ConvergenceWarning):
            model.fit(X, y)

    assert seconds_of(fit) < 1.2 + 1
    assert relative_error(model.predict(X), y) < 1.1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["steep", "smooth"])
def test_max_time_bounds_a_fit_of_a_cube(kind, processor_time):
    """A series of all cosines and their aliases once took 2.5 s here, and values of polynomials 20 s."""
    X = np.stack([axis.ravel() for axis in np.meshgrid(*[np.linspace(0, 1, 40)] * 3)], 1)
    y = np.exp(X[:, 0]) * np.sin(3 * X[:, 1] + X[:, 2]) / (1 + X[:, 2] ** 2)
    if kind == "steep":
        y = np.tanh(30 * (X[:, 0] - X[:, 1])) + np.sin(40 * X[:, 0] * X[:, 2])
    model = SpectralMultistageRegressor(max_time=1.0)
    assert seconds_of(lambda: model.fit(X, y)) < 1.2 + 1
    assert model.heldout_error_ < 0.2  # how far it comes depends on the machine; a plane leaves all


@pytest.mark.slow
def test_max_time_bounds_a_fit_that_is_slow_to_evaluate(processor_time):
    """All cosines of 54 x 54 x 54 nodes with gaps.

    Neighbors of all rows, which the warning of gross errors asks for, took a second after the deadline, and
    the spectra of all tiles another one.
    """
    axes = np.meshgrid(*[np.linspace(0, 1, 54)] * 3)
    X = np.stack([axis.ravel() for axis in axes], 1)
    X = X[np.random.default_rng(0).uniform(size=len(X)) < 0.8]
    y = np.tanh(30 * (X[:, 0] - X[:, 1])) + np.sin(40 * X[:, 0] * X[:, 2])
    model = SpectralMultistageRegressor(max_time=2.0)
    assert seconds_of(lambda: model.fit(X, y)) < 1.2 * 2 + 1
    assert model.heldout_error_ < 0.1
