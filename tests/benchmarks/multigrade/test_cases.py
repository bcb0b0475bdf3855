"""What is asked for, data of files, classical answers against exact ones."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from benchmarks.multigrade.cases import ROWS, Promise, Request
from benchmarks.multigrade.classical import by_angle, by_extension, by_modes, by_spline
from skspectral import MultiGradeRegressor
from skspectral.datasets import make_tones, make_tones_on_curve

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


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
    count = sum((a + 1) * b for sizes in grades for a, b in pairwise(sizes))
    single = (1, *case.single, 1)
    assert sum((a + 1) * b for a, b in pairwise(single)) == pytest.approx(count, rel=0.05)


def test_without_data_there_are_the_images_of_sklearn_alone(tmp_path):
    names = {name for row, name in cases() if row in ("images", "mnist")}
    assert names == {"china.jpg", "flower.jpg"}
    assert cases(Request(data=tmp_path)).keys() == cases().keys()


def test_image_of_a_file(folder):
    X, y, _, y_test = cases(Request(data=folder))["images", "a.png"].load()
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
