"""scikit-learn's callbacks see one task per stage, and within it one per candidate."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from contract.cases import on_quick_ones, samples
from skspectral import SpectralMultistageRegressor
from skspectral.estimators import base

sklearn_callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")
ProgressBar, ScoringMonitor = sklearn_callback.ProgressBar, sklearn_callback.ScoringMonitor

X, Y = samples(n=60, d=2)


class Recorder:
    """Keeps what happened, and the fitted estimators it was given."""

    def __init__(self):
        self.moments, self.models = [], []

    def setup(self, estimator, context):
        """Before the fit."""
        self.moments.append("setup")

    def teardown(self, estimator, context):
        """After it, whatever happened."""
        self.moments.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        """A task begins."""
        self.moments.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """A task ends."""
        self.moments.append(f"end {context.task_name}")
        if context.task_name == "stage":
            self.models.append(fitted_estimator)


@on_quick_ones
def test_tasks_begin_and_end_in_order(estimator):
    recorder = Recorder()
    model = clone(estimator).set_callbacks(recorder).fit(X, Y)
    moments = recorder.moments
    assert moments[:3] == ["setup", "begin fit", "begin stage"]
    assert moments[-2:] == ["end fit", "teardown"]
    assert moments.count("begin stage") == moments.count("end stage") >= model.n_stages_


def test_models_of_stages_are_made_for_listeners_alone(monkeypatch):
    """Else the model is made once, in the end."""
    made = []

    def counted(*arguments):
        made.append(1)
        return published(*arguments)

    published = base.published
    monkeypatch.setattr(base, "published", counted)
    model = SpectralMultistageRegressor(hidden_layer_sizes=(), n_modes=[2, 20], n_stages=2)
    assert model.fit(X, Y).n_stages_ == 2
    assert len(made) == 1
    model.set_callbacks(Recorder()).fit(X, Y)
    assert len(made) == 1 + 3


@on_quick_ones
def test_stages_end_with_models_that_predict(estimator):
    recorder = Recorder()
    model = clone(estimator).set_callbacks(recorder).fit(X, Y)
    predictions = [one.predict(X) for one in recorder.models[: model.n_stages_]]
    for got, expected in zip(predictions, model.staged_predict(X), strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("sample_weight", [None, 1 + np.arange(len(X)) % 3.0])
@on_quick_ones
def test_scores_of_every_stage_are_recorded(estimator, sample_weight):
    monitor = ScoringMonitor(scoring="r2")
    model = clone(estimator).set_callbacks(monitor).fit(X, Y, sample_weight)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "stage"]
    expected = [r2_score(Y, v, sample_weight=sample_weight) for v in model.staged_predict(X)]
    np.testing.assert_allclose([row["r2"] for row in rows], expected, rtol=1e-12)


@on_quick_ones
def test_callbacks_change_no_result(estimator, capsys):
    expected = clone(estimator).fit(X, Y).predict(X)
    model = clone(estimator).set_callbacks(ProgressBar(), ScoringMonitor(scoring="r2"))
    np.testing.assert_array_equal(model.fit(X, Y).predict(X), expected)
    assert "fit" in capsys.readouterr().out


@on_quick_ones
def test_a_progress_bar_reaches_into_a_pipeline(estimator, capsys):
    model = make_pipeline(StandardScaler(), clone(estimator)).set_callbacks(ProgressBar())
    model.fit(X, Y)
    assert type(estimator).__name__ in capsys.readouterr().out


@on_quick_ones
def test_candidates_are_tasks_of_their_stage(estimator):
    recorder = Recorder()
    model = clone(estimator).set_callbacks(recorder).fit(X, Y)
    first = recorder.moments[recorder.moments.index("begin stage") : recorder.moments.index("end stage")]
    names = {row["name"] for row in model.history_ if row["stage"] == 1}
    assert names and {f"begin {name}" for name in names} <= set(first)
    assert {f"end {name}" for name in names} <= set(first)


def test_trainings_are_tasks_of_their_search():
    """Several nets are tried: the bar of networks moves with each."""
    recorder, parents = Recorder(), []
    recorder.on_fit_task_begin = lambda estimator, context: parents.append(
        (context.task_name, context.parent and context.parent.task_name, context.max_subtasks)
    )
    x = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    model = SpectralMultistageRegressor(n_modes=0, n_stages=1, max_iter=20)
    model.set_callbacks(recorder).fit(x, np.abs(np.hypot(x[:, 0], x[:, 1]) - 0.5))
    trained = [parent for name, parent, _ in parents if name.startswith("net ")]
    assert len(trained) > 3 and set(trained) == {"networks"}
    assert next(room for name, _, room in parents if name == "networks") >= len(trained)
    assert len(parents) <= 200


@on_quick_ones
def test_at_most_200_tasks(estimator):
    recorder = Recorder()
    model = clone(estimator).set_params(n_stages=1000, max_iter=1)
    model.set_callbacks(recorder).fit(X, Y)
    assert sum(moment.startswith("begin") for moment in recorder.moments) <= 200


@on_quick_ones
def test_a_callback_that_fails_leaves_no_fit(estimator):
    class Failing(Recorder):
        def on_fit_task_end(self, estimator, context):
            raise RuntimeError("injected")

    callback = Failing()
    model = clone(estimator).set_callbacks(callback)
    before = vars(model).copy()
    with pytest.raises(RuntimeError, match="injected"):
        model.fit(X, Y)
    assert vars(model) == before
    assert callback.moments[-1] == "teardown"
