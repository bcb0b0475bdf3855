"""Distances against what is known of a polyhedron; the video against itself."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from benchmarks.volumes.problems import Mesh, distance, mesh_problem, on_surface, rock, scene, video_problem

OCTAHEDRON = np.concatenate([np.eye(3), -np.eye(3)])


@pytest.fixture
def octahedron():
    """|x| + |y| + |z| = 1."""
    faces = ConvexHull(OCTAHEDRON).simplices
    inward = np.linalg.det(OCTAHEDRON[faces]) < 0
    faces[inward] = faces[inward, ::-1]
    return Mesh(OCTAHEDRON, faces)


def test_distance_within_an_octahedron_is_that_to_its_nearest_plane(octahedron):
    X = np.random.default_rng(0).uniform(-1 / 3, 1 / 3, (1000, 3))
    expected = (np.abs(X).sum(axis=1) - 1) / np.sqrt(3)
    assert np.allclose(distance(X, octahedron), expected, atol=1e-12)


def test_distance_beyond_a_corner_is_that_to_it(octahedron):
    X = np.array([[3.0, 0, 0], [0, -2.0, 0]])
    assert np.allclose(distance(X, octahedron), [2, 1])


def test_distances_of_the_rock_are_zero_on_it_and_have_slopes_of_one():
    mesh, rng = rock(), np.random.default_rng(0)
    assert np.abs(distance(on_surface(mesh, 500, rng), mesh)).max() < 1e-12
    X = rng.uniform(-1, 1, (500, 3))
    moved = X + 1e-6 * np.array([0.6, 0, 0.8])
    assert (np.abs(distance(moved, mesh) - distance(X, mesh)) <= 1e-6 * (1 + 1e-6)).all()


def test_the_sign_is_that_of_the_winding_number():
    mesh = rock()
    X = np.random.default_rng(0).uniform(-0.9, 0.9, (2000, 3))
    a, b, c = np.moveaxis(mesh.corners[:, :, None] - X, 1, 0)  # of shape (faces, places, 3) each
    la, lb, lc = (np.linalg.norm(side, axis=-1) for side in (a, b, c))
    volume = np.einsum("fpi,fpi->fp", a, np.cross(b, c))
    cosines = la * lb * lc + (a * b).sum(-1) * lc + (b * c).sum(-1) * la + (c * a).sum(-1) * lb
    winding = np.arctan2(volume, cosines).sum(axis=0) / (2 * np.pi)
    assert np.array_equal(distance(X, mesh) < 0, winding > 0.5)


def test_disks_move_evenly():
    X = np.random.default_rng(0).uniform(-1, 1, (4000, 3))
    values = scene(X, 1 / 64)
    assert values.min() >= 0 and values.max() <= 1
    later = scene(X + np.array([0, 0, 0.3]), 1 / 64)
    assert np.abs(later - values).max() > 0.1


@pytest.mark.parametrize(("make", "n"), [(mesh_problem, 8**3), (video_problem, 8 * 8 * 2)])
def test_problems_are_judged_between_their_nodes(make, n):
    problem = make(8)
    assert problem.X.shape == (n, 3)
    assert np.abs(problem.X_test).max() <= 1
    assert not {tuple(row) for row in problem.X} & {tuple(row) for row in problem.X_test}
