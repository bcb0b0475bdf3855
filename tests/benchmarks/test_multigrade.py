"""The benchmark of grades: data and classical answers against exact ones, verdicts, the command."""

import json
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from benchmarks import multigrade_fits as fits
from benchmarks import multigrade_report as report
from benchmarks.multigrade import main
from benchmarks.multigrade_cases import MAY_MISS, ROWS, Case, Promise, Reported, Request
from benchmarks.multigrade_classical import by_angle, by_extension, by_modes, by_spline
from benchmarks.multigrade_fits import Outcome, Result
from benchmarks.multigrade_picture import amplitudes, draw, spectra
from skspectral import MultiGradeRegressor
from skspectral.datasets import make_tones, make_tones_on_curve

# The package's own tests come first: these run with the whole.
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


def cases(request=None):
    request = Request() if request is None else request
    return {(case.row, case.name): case for row in ROWS.values() for case in row(request)}


@pytest.fixture
def folder(tmp_path):
    """Data of the kinds that --data may hold: an image of 4 x 6 pixels, two digits."""
    (tmp_path / "kodak").mkdir()
    pixels = np.arange(72, dtype=np.uint8).reshape(4, 6, 3)
    Image.fromarray(pixels).save(tmp_path / "kodak" / "a.png")
    images = np.zeros((2, 28, 28), dtype=np.uint8)
    images[1, 3, 4] = 51
    np.savez(tmp_path / "mnist_test.npz", images=images, labels=np.array([7, 2]))
    return tmp_path


# What is asked for


def test_settings_of_the_promises():
    made = cases()
    assert made["tones", "setting 2"].make().get_params() == MultiGradeRegressor().get_params()
    assert made["tones-random", "setting 1"].make().n_modes == 0
    narrow = made["narrow", "setting 4"].make()
    assert (narrow.hidden_layer_sizes, narrow.n_stages, narrow.n_modes) == ((64,), 4, 0)
    assert made["relu", "setting 3"].make().activation == "relu"
    assert made["curve", "q = 4"].promise == Promise(rse=1e-8, seconds=300)


def test_seconds_are_for_rows_that_have_a_single_grade():
    usual, short = cases(), cases(Request(seconds=7.0))
    assert usual["relu", "setting 1"].seconds == 600
    assert {case.seconds for case in short.values()} == {None, 7.0}
    assert {case.single is None for case in short.values() if case.seconds is None} == {True}


@pytest.mark.parametrize("name", [("narrow", "setting 1"), ("relu", "setting 1")])
def test_layers_in_a_row_have_the_parameters_of_the_grades(name):
    """Within 5 %: a grade beyond the first brings its own readout."""
    case = cases()[name]
    shape, n_grades = case.make().hidden_layer_sizes, case.make().n_stages
    assert case.single == shape * n_grades
    grades = [(1, *shape, 1), *[(shape[-1], *shape, 1)] * (n_grades - 1)]
    count = sum((a + 1) * b for sizes in grades for a, b in zip(sizes, sizes[1:]))
    single = (1, *case.single, 1)
    assert sum((a + 1) * b for a, b in zip(single, single[1:])) == pytest.approx(count, rel=0.05)


def test_without_data_there_are_the_images_of_sklearn_alone(tmp_path):
    names = {name for row, name in cases() if row in ("images", "mnist")}
    assert names == {"china.jpg", "flower.jpg"}
    assert cases(Request(data=tmp_path)).keys() == cases().keys()


def test_image_of_a_file(folder):
    X, y, X_test, y_test = cases(Request(data=folder))["images", "a.png"].load()
    np.testing.assert_array_equal(X, [[j / 6, i / 4] for i in (0, 2) for j in (0, 2, 4)])
    np.testing.assert_array_equal(y_test, np.arange(72).reshape(24, 3) / 255)
    np.testing.assert_array_equal(y[0], y_test[0])


def test_digits_have_waves_along_the_radius(folder):
    """The second digit has radius 51/255: sin(2 pi) at kappa 5, sin(pi/2) at kappa 1.25."""
    request = Request(data=folder, betas=(3.0,), kappas=(5.0, 1.25))
    made = cases(request)
    _, still, *_ = made["mnist", "beta 3, kappa 5"].load()
    _, crest, *_ = made["mnist", "beta 3, kappa 1.25"].load()
    np.testing.assert_allclose(still, np.eye(10)[[7, 2]], atol=1e-14)
    np.testing.assert_allclose(crest[1], 4 * np.eye(10)[2], atol=1e-14)
    assert made["mnist", "beta 3, kappa 5"].promise == Promise()


def test_digits_are_promised_where_the_authors_report_them(folder):
    case = cases(Request(data=folder))["mnist", "beta 1, kappa 5"]
    assert case.promise.gain == pytest.approx(1 / 0.7)
    assert case.reported


# Classical answers


@pytest.mark.parametrize("setting", [1, 2, 4])
def test_modes_are_exact_on_tones(setting):
    tones = make_tones(setting, n_samples=1000)
    assert rse(tones.y_test, by_modes(tones.X, tones.y)(tones.X_test)) < 1e-27


@pytest.mark.parametrize("q", [0, 4])
def test_modes_of_the_angle_are_exact_on_curves_about_the_origin(q):
    tones = make_tones_on_curve(q, n_samples=2000)
    assert rse(tones.y_test, by_angle(tones.X, tones.y)(tones.X_test)) < 1e-24


def test_extension_is_exact_where_amplitudes_vary():
    tones = make_tones(3, n_samples=1500, n_test=500)
    inside = tones.X_test[:, 0] < tones.X[-1, 0]
    predicted = by_extension(tones.X, tones.y)(tones.X_test[inside])
    assert rse(tones.y_test[inside], predicted) < 1e-20


@pytest.mark.parametrize("channels", [(), (1,), (2,)])
def test_splines_are_exact_on_cubics(channels):
    rows, columns = (values.ravel() for values in np.indices((6, 9)))
    X, inside = np.stack([columns, rows], axis=1) / 9, np.array([[0.31, 0.12], [0.8, 0.5]])

    def cubic(points):
        values = points[:, 0] ** 3 * points[:, 1] ** 2 - points[:, 1] ** 3
        return values.reshape(-1, *[1] * len(channels)) * np.ones(channels)

    np.testing.assert_allclose(by_spline(X, cubic(X))(inside), cubic(inside), atol=1e-13)


# Fits


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
    few, many = (Outcome("grades", n_parameters=count) for count in (95, 97))
    assert fits.single_shape(case, few, two_outputs()) == (7, 7)
    assert fits.single_shape(case, many, two_outputs()) == (8, 8)


@pytest.mark.parametrize("n_stages, max_iter", [(1, 970), (4, 138)])
def test_iterations_fill_the_time_of_all_grades(monkeypatch, n_stages, max_iter):
    """0.1 s an iteration on x, 0.2 s on 8 features: one grade 0.1 s, four grades 0.7 s."""
    monkeypatch.setattr(
        fits, "_iteration_seconds", lambda model, X, y: {1: 0.1, 8: 0.2}[X.shape[1]]
    )
    filled = fits.filling(TINY(n_stages=n_stages), line(), 100.0)
    assert filled.max_iter == max_iter


def test_iterations_are_timed_by_difference(monkeypatch):
    """Two and twelve iterations in 1 + 0.2 and 1 + 1.2 seconds: a tenth each."""
    monkeypatch.setattr(fits, "_trial_seconds", lambda model, X, y, n: 1 + 0.1 * n)
    assert fits._iteration_seconds(TINY(), *line()[:2]) == pytest.approx(0.1)


# Verdicts


def result(promise, rse=(), seconds=1.0, single=None, row="narrow"):
    ours = Outcome("grades", rse, rse, seconds)
    other = None if single is None else Outcome("one grade", (single,), (single,), 1.0)
    return Result(Case(row, "case", line, promise=promise), ours, other)


NARROW = Promise(rse=1e-12, fall=5, seconds=120)
GAIN = Promise(gain=10)
VERDICTS = [
    (result(NARROW, (0.5, 0.1, 1e-12), 120.0), []),
    (result(NARROW, (0.5, 0.11, 1e-13)), ["grades"]),
    (result(NARROW, (0.5, 1e-11)), ["error"]),
    (result(NARROW, (1e-13,), 121.0), ["time"]),
    (result(NARROW, (float("nan"),)), ["error"]),
    (result(NARROW, (), None), ["error", "grades", "time"]),
    (result(GAIN, (1e-3,), single=1e-2), []),
    (result(GAIN, (1e-3,), single=9e-3), ["gain"]),
    (result(GAIN, (1e-3,)), ["gain"]),
    (result(Promise(), ()), []),
]


@pytest.mark.parametrize("judged, missed", VERDICTS)
def test_verdicts(judged, missed):
    assert report.misses(judged) == missed
    assert report.lines(judged)[0].startswith("narrow")


def test_promises_are_told_where_there_are_any():
    told = report.promises([judged for judged, _ in VERDICTS])
    assert len(told) == 1 + len(VERDICTS) - 1
    assert told[1].endswith("yes")
    assert "RSE <= 1e-12, each grade 5 x below, 120 s" in told[1]
    assert told[6].endswith("no: error, grades, time")
    assert report.promises([VERDICTS[-1][0]]) == []


def test_relu_may_miss_on_one_setting():
    assert MAY_MISS == {"relu": 1}
    good, bad = (result(GAIN, (1e-3,), single=s, row="relu") for s in (1.0, 1e-3))
    assert report.broken_rows([good, good, good, bad]) == []
    assert report.broken_rows([good, good, bad, bad]) == ["relu"]
    assert report.broken_rows([result(GAIN, (1.0,), single=1.0)]) == ["narrow"]


def test_images_are_told_in_decibels_beside_reported_ones():
    case = Case("images", "a.png", line, metric="PSNR", reported=(Reported("official", "24.2"),))
    told = report.lines(Result(case, Outcome("grades", (0.1, 0.0), (1e-3, 0.0), 2.0, grades=({},))))
    assert "inf dB" in told[0]
    assert told[0].endswith("30.00 dB inf dB")
    assert told[1].split() == ["classical", "-", "-", "-", "n/a"]
    assert told[2].split() == ["official", "24.2", "-"]


# Picture


@pytest.mark.parametrize("n", [50, 51])
def test_amplitudes_are_those_of_the_waves(n):
    x = 2 * np.pi * np.arange(n) / n
    found = amplitudes(np.stack([3 + 0.5 * np.sin(7 * x), 2 * np.cos(n // 2 * x)]))
    expected = np.zeros((2, n // 2 + 1))
    expected[0, [0, 7]], expected[1, n // 2] = [3, 0.5], 2
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_spectra_are_of_what_each_grade_adds(tmp_path):
    x = 2 * np.pi * np.arange(60) / 60
    first, second = np.cos(3 * x), 0.1 * np.sin(8 * x)
    model = SimpleNamespace(staged_predict=lambda X: iter([first, first + second]))
    learned = spectra(model, x[:, None], first + second)
    assert learned.grades.argmax(axis=1).tolist() == [3, 8]
    np.testing.assert_allclose(learned.grades.max(axis=1), [1, 0.1])
    np.testing.assert_allclose(learned.rse, [0.01 / 1.01, 0], atol=1e-30)
    draw(learned, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


# Command


def command(monkeypatch, tmp_path, promise):
    case = Case("narrow", "setting 4", line, TINY, promise, single=(8, 8), seconds=0.3)
    monkeypatch.setitem(ROWS, "narrow", lambda request: [case])
    return main(["--rows", "narrow", "--out", str(tmp_path / "new" / "a.json")])


@pytest.mark.parametrize("bound, status", [(2.0, 0), (1e-30, 1)])
def test_command_writes_what_it_finds(monkeypatch, tmp_path, capsys, bound, status):
    assert command(monkeypatch, tmp_path, Promise(rse=bound)) == status
    written = json.loads((tmp_path / "new" / "a.json").read_text())
    (record,) = written["results"]
    assert record["ours"]["rse"][-1] == pytest.approx(rse_told(capsys), rel=0.1)
    assert record["missed"] == ["error"][:status]
    assert written["versions"]["numpy"] == np.__version__
    assert written["machine"]["cores"] >= 1
    assert (tmp_path / "new" / "a.png").read_bytes().startswith(b"\x89PNG")


def rse_told(capsys):
    """The error in the first line of the table."""
    (told,) = (line for line in capsys.readouterr().out.splitlines() if " grades " in line)
    return float(told.split()[4])


def test_command_says_which_data_are_missing(monkeypatch, tmp_path, capsys):
    arguments = ["--rows", "mnist", "--data", str(tmp_path), "--out", str(tmp_path / "a.json")]
    assert main(arguments) == 0
    assert f"mnist is left out: mnist_test.npz, not in {tmp_path}" in capsys.readouterr().out


def test_command_refuses_rows_that_it_does_not_know(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--rows", "none"])
    assert stop.value.code == 2
    assert "error: " in capsys.readouterr().err
