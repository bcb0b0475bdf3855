"""The signed distance of a polyhedron, and a grey video of disks that move before each other.

>>> distance(np.zeros((1, 3)), rock())[0] < -0.3
True
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.spatial import ConvexHull

from benchmarks.common.targets import Array
from benchmarks.tuner.cases import Problem

N_VERTICES, N_DISKS = 40, 60
N_TEST = 20_000  # places between the samples
CHUNK = 65_536  # places at once


@dataclass(frozen=True)
class Mesh:
    """A closed surface of triangles that is seen whole from the origin.

    Parameters
    ----------
    vertices : ndarray of shape (m, 3)
    faces : ndarray of shape (f, 3)
        Numbers of vertices, counterclockwise as seen from outside.
    """

    vertices: Array
    faces: Array

    @property
    def corners(self) -> Array:
        """Places of the corners of each face, shape (f, 3, 3)."""
        return self.vertices[self.faces]

    @property
    def edges(self) -> Array:
        """Ends of each edge, shape (e, 2, 3)."""
        pairs = np.sort(self.faces[:, [[0, 1], [1, 2], [2, 0]]], axis=-1).reshape(-1, 2)
        return self.vertices[np.unique(pairs, axis=0)]


def rock() -> Mesh:
    """Dents and spikes: nearly even directions, each vertex as far from the origin as is drawn."""
    number = np.arange(N_VERTICES) + 0.5
    height, turn = 1 - 2 * number / N_VERTICES, np.pi * (1 + 5**0.5) * number
    across = np.sqrt(1 - height**2)
    directions = np.stack([across * np.cos(turn), across * np.sin(turn), height], axis=1)
    faces = ConvexHull(directions).simplices
    inward = np.linalg.det(directions[faces]) < 0
    faces[inward] = faces[inward, ::-1]
    radii = np.random.default_rng(0).uniform(0.45, 0.85, N_VERTICES)
    return Mesh(directions * radii[:, None], faces)


def distance(X: Array, mesh: Mesh) -> Array:
    """Distance (n,) to the surface at X (n, 3), negative inside."""
    parts = np.split(X, range(CHUNK, len(X), CHUNK))
    return np.concatenate([_distance(part, mesh) for part in parts])


def _distance(X: Array, mesh: Mesh) -> Array:
    squares = np.full(len(X), np.inf)
    inside = np.zeros(len(X), dtype=bool)
    for start, end in mesh.edges:
        along, there = end - start, X - start
        share = np.clip(there @ along / (along @ along), 0, 1)
        np.minimum(squares, ((there - share[:, None] * along) ** 2).sum(1), out=squares)
    for corners in mesh.corners:
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        normal /= np.linalg.norm(normal)
        above = (X - corners[0]) @ normal
        sides = np.roll(corners, -1, axis=0) - corners
        # beside each edge, within the prism over the face; and within its cone from the origin
        inner = np.cross(normal, sides)
        over = ((inner * corners).sum(1) <= X @ inner.T).all(1)
        np.minimum(squares, above**2, out=squares, where=over)
        cone = (X @ np.cross(corners, np.roll(corners, -1, axis=0)).T >= 0).all(1)
        inside |= cone & (above < 0)
    return np.where(inside, -1, 1) * np.sqrt(squares)


def scene(X: Array, width: float) -> Array:
    """Grey values (n,) in [0, 1] at X (n, 3), columns x, y and time, all in [-1, 1].

    Disks with waves on them move evenly, the later ones before the earlier ones (dead leaves); edges are
    `width` wide.
    """
    rng = np.random.default_rng(0)
    values = np.full(len(X), 0.5)
    for radius in np.minimum(0.1 / np.sqrt(rng.uniform(size=N_DISKS)), 0.7):
        center, speed = rng.uniform(-1.1, 1.1, 2), rng.uniform(-0.4, 0.4, 2)
        grey, (wave, phase) = rng.uniform(0.15, 0.85), rng.uniform(0, 2 * np.pi, 2)
        there = X[:, :2] - center - speed * X[:, 2:]
        cycles = 6 * np.pi * (np.cos(wave) * there[:, 0] + np.sin(wave) * there[:, 1])
        cover = (1 + np.tanh((radius - np.hypot(*there.T)) / width)) / 2
        values += cover * (grey + 0.15 * np.sin(cycles + phase) - values)
    return values


def mesh_problem(size: int) -> Problem:
    """Signed distances on size^3 nodes; judged between them, half of the places near the surface."""
    mesh, axis = rock(), np.linspace(-1, 1, size)
    X = _nodes(axis, axis, axis)
    rng = np.random.default_rng(1)
    everywhere = rng.uniform(-1, 1, (N_TEST // 2, 3))
    near = np.clip(on_surface(mesh, N_TEST // 2, rng) + rng.normal(0, 2 / size, (N_TEST // 2, 3)), -1, 1)
    X_test = np.concatenate([everywhere, near])
    return _problem("mesh", partial(distance, mesh=mesh), X, X_test)


def on_surface(mesh: Mesh, n: int, rng: np.random.Generator) -> Array:
    """Places (n, 3) on the surface, drawn evenly."""
    corners = mesh.corners
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    chosen = corners[rng.choice(len(areas), n, p=areas / areas.sum())]
    return np.einsum("ni,nij->nj", rng.dirichlet(np.ones(3), n), chosen)


def video_problem(size: int) -> Problem:
    """A quarter as many frames as there are pixels along a side; judged between pixels and frames."""
    axis, frames = np.linspace(-1, 1, size), np.linspace(-1, 1, max(2, size // 4))
    X = _nodes(axis, axis, frames)
    X_test = np.random.default_rng(1).uniform(-1, 1, (N_TEST, 3))
    return _problem("video", partial(scene, width=2 / size), X, X_test)


def _nodes(*axes: Array) -> Array:
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def _problem(name: str, function: partial[Array], X: Array, X_test: Array) -> Problem:
    y = function(X)
    return Problem(name, X, y, X_test, function(X_test), data_range=float(np.ptp(y)))


PROBLEMS = {"mesh": mesh_problem, "video": video_problem}
