"""Fits: errors after each grade, equal parameters and seconds, failures."""

import json
from functools import partial

import numpy as np
import pytest

from benchmarks.multigrade import fits, report
from benchmarks.multigrade.cases import Case, Promise
from benchmarks.multigrade.classical import by_modes
from benchmarks.multigrade.fits import Fit
from skspectral import MultiGradeRegressor

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


TINY = partial(MultiGradeRegressor.from_paper, n_stages=2, hidden_layer_sizes=(8,), max_iter=5)


def line():
    """200 points of a wave, 50 between them."""
    x, x_test = np.arange(200)[:, None] / 200, np.linspace(0.01, 0.98, 50)[:, None]
    return x, np.sin(7 * x[:, 0]), x_test, np.sin(7 * x_test[:, 0])


def two_outputs():
    X, y, X_test, y_test = line()
    return X, np.stack([y, y**2], axis=1), X_test, np.stack([y_test, y_test**2], axis=1)


def no_file():
    raise FileNotFoundError("no such image")


def rse(y, f):
    return np.sum((y - f) ** 2) / np.sum(y**2)


def test_errors_are_relative_and_mean_squares():
    assert fits.errors(np.array([3.0, 4.0]), [np.array([3.0, 3.0]), np.array([3.0, 4.0])]) == (
        (1 / 25, 0.0),
        (1 / 2, 0.0),
    )


def test_outcome_is_that_of_the_model():
    split = two_outputs()
    outcome = fits.fitted("grades", TINY(), split)
    model = TINY().fit(*split[:2])
    after = [rse(split[3], f) for f in model.staged_predict(split[2])]
    np.testing.assert_allclose(outcome.rse, after, rtol=1e-12)
    assert outcome.stop_reason == model.stop_reason_
    assert [grade["n_iter"] for grade in outcome.grades] == [5] * model.n_stages_
    assert outcome.seconds > 0
    json.dumps(outcome.grades, allow_nan=False)


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("load", [line, two_outputs])
def test_width_is_the_one_that_has_as_many_parameters(load, depth):
    split = load()
    model = TINY(n_stages=1, hidden_layer_sizes=(8,) * depth).fit(*split[:2])
    count, k = fits.n_parameters(model), split[1].size // 200
    assert count == 2 * 8 + (depth - 1) * 72 + k * 9
    assert fits.nearest_width(count, depth, 1, k) == 8


def test_fit_that_raises_is_a_failure():
    outcome = fits.fitted("grades", MultiGradeRegressor(hidden_layer_sizes=()), line())
    assert outcome.rse == ()
    assert outcome.failure.startswith("InvalidParameterError: ")


def test_data_that_cannot_be_loaded_are_a_failure():
    result, model = fits.run(Case("images", "lost", no_file, promise=Promise(gain=2, seconds=9)))
    assert model is None
    assert result.ours.failure == "FileNotFoundError: no such image"
    assert report.misses(result) == ["gain", "time"]
    assert "no such image" in report.lines(result)[0]


def test_one_grade_gets_the_same_seconds_and_no_other_limit():
    case = Case("row", "case", line, TINY, single=(8, 8), seconds=0.5, classical=by_modes)
    result, model = fits.run(case)
    assert model.max_time == fits.SHARE * 0.5
    assert "max_iter=1000000" in result.single.settings
    assert f"max_time={model.max_time}" in result.single.settings
    assert result.single.stop_reason == "max_time"
    assert result.gain == result.single.rse[-1] / result.ours.rse[-1]
    assert result.classical.rse[-1] < 1


def test_a_number_of_layers_becomes_a_shape_of_as_many_parameters():
    """Two layers of 7 have 14 + 56 + 16 = 86, of 8 they have 16 + 72 + 18 = 106."""
    case = Case("row", "case", two_outputs, single=2)
    few, many = (Fit("grades", n_parameters=count) for count in (95, 97))
    assert fits.single_shape(case, few, two_outputs()) == (7, 7)
    assert fits.single_shape(case, many, two_outputs()) == (8, 8)


@pytest.mark.parametrize("n_stages, max_iter", [(1, 970), (4, 138)])
def test_iterations_fill_the_time_of_all_grades(monkeypatch, n_stages, max_iter):
    """0.1 s an iteration on x, 0.2 s on 8 features: one grade 0.1 s, four grades 0.7 s."""
    monkeypatch.setattr(fits, "_iteration_seconds", lambda model, X, y: {1: 0.1, 8: 0.2}[X.shape[1]])
    filled = fits.filling(TINY(n_stages=n_stages), line(), 100.0)
    assert filled.max_iter == max_iter


def test_iterations_are_timed_by_difference(monkeypatch):
    """Two and twelve iterations in 1 + 0.2 and 1 + 1.2 seconds: a tenth each."""
    monkeypatch.setattr(fits, "_trial_seconds", lambda model, X, y, n: 1 + 0.1 * n)
    assert fits._iteration_seconds(TINY(), *line()[:2]) == pytest.approx(0.1)
