"""Data, and the classical reference on planes."""

import numpy as np
import pytest

from benchmarks.tuner import cases
from benchmarks.tuner.cases import ROWS, LocalRadialBasis, Request, held_out

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("n", [7, 100, 4096])
def test_splits_are_disjoint_and_complete(n):
    train, test = held_out(n, seed=3)
    assert len(test) == max(1, round(0.05 * n))
    assert sorted([*train, *test]) == list(range(n))


def test_area_averages():
    image = np.arange(24.0).reshape(4, 6)  # the middle: columns 1 to 4
    np.testing.assert_allclose(cases.square(image, 2), [[4.5, 6.5], [16.5, 18.5]])
    np.testing.assert_allclose(cases.square(image, 4), image[:, 1:5])
    np.testing.assert_allclose(cases.square(image, 3).mean(), image[:, 1:5].mean())


def test_pixels_lie_where_they_are_and_slopes_are_per_unit():
    row, column = np.indices((20, 20))
    image = 0.02 * column + 0.01 * row
    problem = cases.pixels("ramp", image, noise=0.0, seed=1)
    # twenty pixels are two units
    np.testing.assert_allclose(problem.slopes_test, np.tile([0.2, 0.1], (20, 1)))
    np.testing.assert_allclose(problem.y_test, 0.285 + problem.X_test @ [0.2, 0.1])
    both = {tuple(x) for x in np.vstack([problem.X, problem.X_test]).tolist()}
    assert len(both) == 400


def test_noise_is_on_training_rows_alone():
    image = np.full((40, 40, 3), 0.5)
    problem = cases.pixels("flat", image, noise=0.05)
    assert np.std(problem.y - 0.5) == pytest.approx(0.05, rel=0.1)
    assert np.ptp(problem.y_test) == 0


@pytest.mark.parametrize("grey, shape", [(False, (15, 3)), (True, (15,))])
def test_images_are_read(folder, grey, shape):
    (load,) = ROWS["images"](Request(folder, size=4, grey=grey))
    assert load().y.shape == shape
    assert load().name == "a"


def test_sample_images_stand_in():
    assert sorted(cases.image_files(Request())) == ["china", "flower"]
    assert sorted(cases.image_files(Request(images=("china",)))) == ["china"]


def test_signed_distances():
    points = [[0, 0, 0.55], [0, 0, 0.95], [0.6, 0, -0.3], [0, -0.9, -0.3]]
    np.testing.assert_allclose(cases.distance(np.array(points)), [-0.3, 0.1, -0.2, 0.1])


@pytest.mark.parametrize("row", ["chirp", "smooth"])
def test_rows_are_held_out(row):
    for load in ROWS[row](Request()):
        problem = load()
        assert not {tuple(x) for x in problem.X} & {tuple(x) for x in problem.X_test}
        assert len(problem.X_test) == len(problem.y_test)


def test_slopes_of_distances_have_length_one():
    X = np.random.default_rng(0).uniform(-1, 1, (500, 3))
    lengths = np.linalg.norm(cases._slopes(cases.distance, X), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)


def test_radial_basis_is_exact_on_planes(rng):
    """scipy's cubic kernel comes with polynomials of degree one."""
    X, X_new = np.split(rng.uniform([1, -3], [5, -2], (250, 2)), [200])
    planes = np.array([[2.0, -1.0], [0.5, 3.0]])
    model = LocalRadialBasis().fit(X, X @ planes + 7)
    np.testing.assert_allclose(model.predict(X_new), X_new @ planes + 7, rtol=1e-9)
    expected = np.broadcast_to(planes.T, (50, 2, 2))
    np.testing.assert_allclose(model.predict_gradient(X_new), expected, rtol=1e-7)
