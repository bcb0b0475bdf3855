"""What a fitted regressor says about its fit."""

import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from contract.cases import DEFAULTS, fitted_once, on_quick_ones, samples

X, Y = samples(n=60, d=2)
ON_DEFAULTS = pytest.mark.parametrize("estimator", DEFAULTS, ids=lambda one: type(one).__name__)


def scattered(n):
    x = np.random.default_rng(0).uniform(-1, 1, (n, 2))
    return x, np.tanh(4 * (x[:, 0] + 0.3 * x[:, 1]))


@pytest.mark.slow
@ON_DEFAULTS
def test_history_is_a_table_of_what_was_tried(estimator):
    table = pd.DataFrame(clone(estimator).fit(*scattered(200)).history_)
    assert list(table.columns) == [
        "stage",
        "candidate",
        "name",
        "iteration",
        "heldout_error",
        "train_error",
        "seconds",
    ]
    assert table["seconds"].is_monotonic_increasing and table["stage"].is_monotonic_increasing
    assert {"mapped cosines", "lines"} <= set(table["name"])
    per_candidate = table.groupby(["stage", "candidate"])
    assert (per_candidate["name"].nunique() == 1).all()
    assert per_candidate["iteration"].apply(lambda i: i.is_monotonic_increasing and i.is_unique).all()


def test_errors_are_relative_as_those_of_stages_are():
    """Harmonics are one candidate, and its error that of the stage: y has a scale and an offset."""
    x = np.arange(64)[:, None] / 64
    y = 5 + 300 * np.cos(2 * np.pi * 3 * x[:, 0]) + np.random.default_rng(0).normal(size=64)
    model = DEFAULTS[0].__class__(n_stages=1, hidden_layer_sizes=()).fit(x, y)
    (row,) = [row for row in model.history_ if row["name"] == "harmonics"]
    assert row["heldout_error"] == pytest.approx(model.stages_[0].heldout_error, rel=0.1)


def test_training_errors_are_relative_too():
    x, _ = scattered(200)
    settings = {"n_modes": 0, "hidden_layer_sizes": (8,), "n_stages": 2, "max_iter": 30, "solver": "lbfgs"}
    model = DEFAULTS[0].__class__(**settings).fit(x, 100 * np.abs(np.hypot(x[:, 0], x[:, 1]) - 0.5))
    rows = [row for row in model.history_ if row["stage"] == 1]
    assert len(rows) == model.stages_[0].n_iter
    trained = [row["train_error"] ** 2 for row in rows if row["candidate"] == rows[-1]["candidate"]]
    np.testing.assert_allclose(trained, model.loss_curve_[1 : 1 + len(trained)], rtol=1e-9)


@on_quick_ones
def test_a_warm_start_goes_on_with_the_history(estimator):
    model = clone(estimator).set_params(n_stages=1).fit(X, Y)
    before = model.history_
    model.set_params(n_stages=3, warm_start=True).fit(X, Y)
    assert repr(model.history_[: len(before)]) == repr(before)
    assert {row["stage"] for row in model.history_[len(before) :]} <= {2, 3}


@on_quick_ones
def test_histories_travel(estimator):
    model = fitted_once(estimator, X, Y)
    data = skops.io.dumps(model)
    loaded = skops.io.loads(data, trusted=skops.io.get_untrusted_types(data=data))
    for one in (pickle.loads(pickle.dumps(model)), loaded):
        assert repr(one.history_) == repr(model.history_)


def test_a_long_history_is_a_small_file():
    x, y = scattered(50)
    settings = {"n_modes": 0, "hidden_layer_sizes": (2,), "n_stages": 1, "tol": 0, "solver": "adam"}
    model = DEFAULTS[0].__class__(max_iter=1500, **settings).fit(x, y)
    assert 250 <= len(model.history_) <= 500
    assert len(pickle.dumps(model._history)) < 24_000


@on_quick_ones
def test_a_summary_has_a_line_per_stage(estimator):
    model = fitted_once(estimator, X, Y)
    head, *stages = model.summary().splitlines()[: 1 + model.n_stages_]
    assert head.split()[:3] == ["stage", "modes", "scale"]
    assert len({len(line) for line in (head, *stages)}) == 1
    for number, (line, stage) in enumerate(zip(stages, model.stages_, strict=True), start=1):
        cells = line.split()
        assert cells[:2] == [str(number), str(len(stage.frequencies))]
        assert cells[4] == f"{stage.heldout_error:.1e}" and cells[-1] == stage.stop_reason
    assert model.stop_reason_ in model.summary()


def test_a_summary_tells_of_noise():
    x = np.linspace(-1, 1, 400)[:, None]
    y = np.sin(5 * x[:, 0]) + 0.1 * np.random.default_rng(0).normal(size=400)
    model = DEFAULTS[0].__class__().fit(x, y)
    assert f"noise {model.noise_floor_:.1e} in units of y" in model.summary()


def test_the_repr_of_a_stage_is_short():
    x = np.arange(256)[:, None] / 256
    y = np.cos(2 * np.pi * x * np.arange(40)).sum(1)
    (stage,) = DEFAULTS[0].__class__().fit(x, y).stages_
    assert len(repr(stage)) < 200 and "\n" not in repr(stage)
    assert f"{len(stage.frequencies)} modes" in repr(stage)


@on_quick_ones
def test_a_notebook_shows_the_stages(estimator):
    model = fitted_once(estimator, X, Y)
    bundle = model._repr_mimebundle_()
    for shown in (bundle["text/html"], model._repr_html_()):
        table = shown[shown.rindex("<table") :]
        assert table.count("<tr>") == 1 + model.n_stages_
        assert model.stop_reason_ in table
    assert bundle["text/plain"] == repr(model)
    with config_context(display="text"):
        assert "text/html" not in model._repr_mimebundle_()


def test_only_fitted_regressors_show_stages():
    unfitted = DEFAULTS[0].__class__()
    assert "held-out" not in unfitted._repr_mimebundle_()["text/html"]
    assert "held-out" not in make_pipeline(StandardScaler(), unfitted)._repr_html_()
