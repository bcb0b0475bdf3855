"""Interpolants under a spectrum: against dense least squares, and where an SVD has no digits left."""

from functools import reduce

import numpy as np
import pytest
import torch
from scipy import linalg

from skspectral.linalg.axis_table import AxisTable
from skspectral.linalg.tensor_interpolation import interpolate_tensor

EPS = np.finfo(float).eps
K = 2
WIDE = {"line": [(6, 11)], "plane": [(5, 9), (4, 7)], "even and odd": [(7, 16), (30, 70)]}


def mirrored(matrix):
    """The first half of the columns even, the others odd."""
    even, odd = np.split(matrix, [matrix.shape[1] // 2], axis=1)
    return np.hstack([even + even[::-1], odd - odd[::-1]])


@pytest.fixture(params=WIDE.items(), ids=WIDE)
def wide(request, rng):
    """Values; matrices with more columns than rows; the same between the rows; expected sizes."""
    kind, shapes = request.param
    part = mirrored if kind == "even and odd" else np.asarray
    matrices = [part(rng.standard_normal(shape)) for shape in shapes]
    between = [part(rng.standard_normal((len(matrix) - 1, matrix.shape[1]))) for matrix in matrices]
    values = rng.standard_normal((*(len(matrix) for matrix in matrices), K))
    return values, matrices, between, [rng.uniform(0.1, 1, matrix.shape[1]) for matrix in matrices]


def steps(between):
    """Distances of the nodes: all different."""
    return np.linspace(1, 2, len(between))


def interpolant(values, *groups):
    matrices, between, sizes = ([torch.tensor(part) for part in group] for group in groups)
    tables = [AxisTable(n, b, torch.tensor(steps(b))) for n, b in zip(matrices, between)]
    return interpolate_tensor(torch.tensor(values), tables, sizes)


def dense(values, matrices):
    """The Kronecker product, and the values as rows."""
    return reduce(np.kron, matrices), values.reshape(-1, K)


def test_interpolants_have_the_least_coefficients_over_their_sizes(wide):
    values, matrices, _, sizes = wide
    (A, rows), size = dense(values, matrices), reduce(np.kron, sizes)
    expected = size[:, None] * np.linalg.lstsq(A * size, rows, rcond=None)[0]
    found = interpolant(*wide).coefficients.reshape(-1, K)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * np.abs(expected).max())
    np.testing.assert_allclose(A @ found.numpy(), rows, rtol=0, atol=1e-11)


def without_each(lines, weighted):
    """Square by which each line is missed by the interpolant of the others, and what was expected."""
    for i in range(len(lines)):
        others = np.delete(weighted, i, axis=0)
        coefficients = np.linalg.lstsq(others, np.delete(lines, i, axis=0), rcond=None)[0]
        yield np.square(lines[i] - weighted[i] @ coefficients).sum(), beyond(weighted[i], others)


def beyond(row, others):
    """Square of what of a row is not in the span of others."""
    return np.square(row - np.linalg.lstsq(others.T, row, rcond=None)[0] @ others).sum()


def test_errors_of_an_interpolant(wide):
    values, matrices, between, sizes = wide
    missed = expected = 0.0
    for axis, (matrix, halfway, size) in enumerate(zip(matrices, between, sizes)):
        lines = np.moveaxis(values, axis, 0).reshape(len(matrix), -1)
        squares, spread = np.transpose(list(without_each(lines, matrix * size)))
        worse = np.maximum(squares[1:] / spread[1:], squares[:-1] / spread[:-1])
        near = [beyond(row * size, matrix * size) for row in halfway]
        missed += squares.sum()
        expected += np.average(worse * near, weights=steps(halfway)) * len(matrix)
    found, count = interpolant(*wide), values[..., 0].size
    assert found.left_out == pytest.approx(missed / count, rel=1e-9)
    assert found.score == pytest.approx(expected / count, rel=1e-9)
    assert found.rank == count


N = 110


def harmonics(t):
    """Cosines and sines of up to N - 1 periods of a box twice as long as [-1, 1]."""
    angle = 0.5 * np.pi * np.outer(t + 1, np.arange(N))
    return np.hstack([np.cos(angle), np.sin(angle[:, 1:])])


NODES = np.linspace(-1, 1, N)


def falling(power):
    """Expected sizes that fall with this power of the harmonic."""
    k = np.arange(N)
    return np.hypot(1, np.hstack([k, k[1:]])) ** -float(power)


def smooth_interpolant(values, fall):
    """Of values on N nodes of every axis of [-1, 1]; amplitudes fall with the harmonic's power `fall`."""
    between, d = harmonics((NODES[1:] + NODES[:-1]) / 2), values.ndim - 1
    return interpolant(values, [harmonics(NODES)] * d, [between] * d, [falling(fall)] * d)


def rounding_by_rows(values, size):
    """Sum of what EPS of every row of Q and of z becomes in the coefficients size (Q z).

    Of rows sorted by size, a QR with column pivoting rounds each row relative to itself.
    """
    largest_first = np.argsort(-size, kind="stable")
    weighted = (harmonics(NODES) * size)[:, largest_first].T
    q, r, order = linalg.qr(weighted, mode="economic", pivoting=True)
    z = linalg.solve_triangular(r.T, values[order], lower=True)
    return EPS * size[largest_first] @ np.abs(q) @ np.abs(z)


def rational(t):
    return 1 / (1 + (t - 0.3) ** 2 / 0.25**2)


@pytest.mark.parametrize("fall", [8, 12])
def test_sizes_over_more_digits_than_a_number_has(fall, rng):
    """N ** -12 is 1e-25: an SVD leaves 4e-6 at best of this target for a fall of 10.

    Without rounding, a fall of 8 misses it by 5e-13.
    """
    elsewhere, values = rng.uniform(-1, 1, 1000), rational(NODES)
    fit = smooth_interpolant(values[:, None], fall)
    found = harmonics(elsewhere) @ fit.coefficients[:, 0].numpy()
    bound = 1e-12 + 10 * rounding_by_rows(values, falling(fall))
    assert np.abs(found - rational(elsewhere)).max() < bound


def test_rounding_is_part_of_the_error(rng):
    """Two axes of a steep fall multiply what rounding becomes."""
    fit = smooth_interpolant(np.tanh(9 * NODES[:, None] + 3 * NODES)[..., None], 16)
    x, y = rng.uniform(-1, 1, (2, 1000))
    found = np.einsum("ni,ij,nj->n", harmonics(x), fit.coefficients[..., 0].numpy(), harmonics(y))
    true = np.sqrt(np.mean((found - np.tanh(9 * x + 3 * y)) ** 2))
    assert true < 3 * fit.score**0.5
    assert true < 3 * fit.left_out**0.5


def test_even_and_odd_functions_are_two_problems(monkeypatch, rng):
    shapes = []
    qr = linalg.qr
    monkeypatch.setattr(linalg, "qr", lambda a, **keywords: shapes.append(a.shape) or qr(a, **keywords))
    for matrix in (rng.standard_normal((9, 24)), mirrored(rng.standard_normal((9, 24)))):
        half = matrix[:-1]
        interpolant(rng.standard_normal((9, K)), [matrix], [half], [rng.uniform(0.1, 1, 24)])
    assert shapes == [(24, 9), (12, 5), (12, 4)]
