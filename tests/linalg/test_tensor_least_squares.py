"""One SVD per axis against one of the whole Kronecker product."""

import math
from functools import reduce

import numpy as np
import pytest
import torch

from skspectral.linalg.axes import apply_along_axes
from skspectral.linalg.axis_table import AxisTable
from skspectral.linalg.tensor_least_squares import fit_tensor

EPS = np.finfo(float).eps
SHAPES = {
    "line": [(12, 5)],
    "plane": [(7, 3), (6, 4)],
    "space": [(4, 2), (5, 3), (3, 2)],
    "interpolation": [(4, 4), (5, 5)],
    "one point": [(9, 3), (1, 1)],
}
K = 2


@pytest.fixture(params=SHAPES.values(), ids=SHAPES)
def problem(request, rng):
    """Values (n_1, .., n_d, k) and one matrix per axis."""
    matrices = [rng.standard_normal(shape) for shape in request.param]
    values = rng.standard_normal((*(len(matrix) for matrix in matrices), K))
    return values, matrices


def table(nodes, between=None, steps=None):
    """Functions halfway between the nodes are zero where they do not matter."""
    between = np.zeros_like(nodes[1:]) if between is None else between
    steps = np.linspace(1, 2, len(between)) if steps is None else steps  # no node has a mirror image
    return AxisTable(*map(torch.tensor, (nodes, between, steps)))


def fitted(values, matrices, alpha=0.0):
    return fit_tensor(torch.tensor(values), [table(matrix) for matrix in matrices], alpha)


def dense(values, matrices):
    """The Kronecker product, and the values as rows."""
    return reduce(np.kron, matrices), values.reshape(-1, K)


def ridge(A, b, penalty):
    return np.linalg.solve(A.T @ A + penalty * np.eye(A.shape[1]), A.T @ b)


def test_products_act_along_their_axes(problem, rng):
    values, matrices = problem
    found = apply_along_axes([torch.tensor(m.T) for m in matrices], torch.tensor(values))
    A, rows = dense(values, matrices)
    np.testing.assert_allclose(found.reshape(-1, K), A.T @ rows, rtol=0, atol=1e3 * EPS)


def test_coefficients_are_those_of_the_whole_product(problem):
    A, rows = dense(*problem)
    expected = np.linalg.lstsq(A, rows, rcond=None)[0]
    bound = 100 * EPS * np.linalg.cond(A) ** 2 * np.linalg.norm(expected)
    found = fitted(*problem).coefficients.reshape(-1, K)
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound)


@pytest.mark.parametrize("alpha", [1e-4, 0.1, 10.0])
def test_ridge_is_relative_to_the_largest_singular_value(alpha, problem):
    A, rows = dense(*problem)
    penalty = alpha * np.linalg.norm(A, 2) ** 2
    expected = ridge(A, rows, penalty)
    fit = fitted(*problem, alpha)
    np.testing.assert_allclose(fit.coefficients.reshape(-1, K), expected, rtol=1e-9, atol=1e-12)
    hat = A @ ridge(A, np.eye(len(A)), penalty)
    assert fit.rank == pytest.approx(np.trace(hat), rel=1e-10)


def points_left_out(A, rows, penalty):
    """Mean square error at a point that its fit has not seen: one fit per point."""
    others = [np.delete(np.arange(len(A)), i) for i in range(len(A))]
    left_out = [rows[i] - A[i] @ ridge(A[o], rows[o], penalty) for i, o in enumerate(others)]
    return np.square(left_out).sum(1).mean()


def lines_left_out(values, matrices, axis):
    """Mean square error on whole lines that their fit has not seen, against the data's part in the
    span of the other axes: one fit per line."""
    rest = matrices[:axis] + matrices[axis + 1 :]
    span = reduce(np.kron, rest)
    seen = np.moveaxis(values, axis, 0).reshape(len(matrices[axis]), len(span), K)
    seen = np.einsum("ij,njk->nik", span @ np.linalg.pinv(span), seen)
    total = 0.0
    for i, row in enumerate(matrices[axis]):
        short, kept = np.delete(matrices[axis], i, 0), np.delete(seen, i, 0).reshape(-1, K)
        c = np.linalg.lstsq(np.kron(short, span), kept, rcond=None)[0]
        total += np.square(seen[i] - np.kron(row[None], span) @ c).sum()
    return total / values[..., 0].size


@pytest.mark.parametrize("alpha", [0.0, 1e-3, 0.1])
def test_leave_one_out_is_one_refit_per_row(alpha, rng):
    values, matrix = rng.standard_normal((12, K)), rng.standard_normal((12, 5))
    expected = points_left_out(matrix, values, alpha * np.linalg.norm(matrix, 2) ** 2)
    fit = fitted(values, [matrix], alpha)
    assert fit.left_out == pytest.approx(expected, rel=1e-10)
    assert alpha == 0 or fit.score == pytest.approx(math.sqrt(expected * _general(matrix, values, alpha)))


def _general(matrix, values, alpha):
    """Generalized cross-validation: n |b - A c|^2 / (n - rank)^2."""
    penalty = alpha * np.linalg.norm(matrix, 2) ** 2
    left = values - matrix @ ridge(matrix, values, penalty)
    free = len(matrix) - np.trace(matrix @ ridge(matrix, np.eye(len(matrix)), penalty))
    return len(matrix) * np.square(left).sum() / free**2


@pytest.mark.parametrize("noise", [0.0, 1.0], ids=["lines decide", "points decide"])
@pytest.mark.parametrize("case", ["plane", "space"])
def test_leave_one_out_on_grids_is_the_worse_of_points_and_lines(noise, case, rng):
    """Off the span of one axis alone lines are worse, off all of them points."""
    matrices = [rng.standard_normal(shape) for shape in SHAPES[case]]
    values = rng.standard_normal((*(len(matrix) for matrix in matrices), K))
    inside = np.tensordot(matrices[1] @ np.linalg.pinv(matrices[1]), values, (1, 1))
    values = noise * values + (1 - noise) * np.moveaxis(inside, 0, 1)
    points = points_left_out(*dense(values, matrices), 0.0)
    lines = sum(lines_left_out(values, matrices, axis) for axis in range(len(matrices)))
    fit = fitted(values, matrices)
    assert fit.left_out == pytest.approx(max(points, lines), rel=1e-10)
    assert fit.error == pytest.approx((fit.score * fit.left_out) ** 0.25, rel=1e-14)


@pytest.mark.parametrize("n", [6, 7])
def test_symmetric_lines_are_left_out_with_their_mirror_images(n, rng):
    """Refits without both: an even field is met at -x because it is met at x."""
    matrix, values = rng.standard_normal((n, 3)), rng.standard_normal((n, K))
    fit = fit_tensor(torch.tensor(values), [table(matrix, steps=np.ones(n - 1))])
    missed = []
    for i in range(n):
        stay = [j for j in range(n) if j not in (i, n - 1 - i)]
        missed.append(values[i] - matrix[i] @ np.linalg.lstsq(matrix[stay], values[stay])[0])
    single = points_left_out(matrix, values, 0.0)
    assert fit.left_out == pytest.approx(max(single, np.square(missed).sum() / n), rel=1e-9)


@pytest.mark.slow
def test_score_is_the_error_to_be_expected_between_nodes(rng):
    """White noise on a line: the mean over many draws of score and of squared errors, by length."""
    nodes, between, steps = rng.standard_normal((12, 7)), rng.standard_normal((11, 7)), 1 + rng.random(11)
    coefficients = rng.standard_normal((7, K))
    draws = np.array([_score_and_error(nodes, between, steps, coefficients, rng) for _ in range(4000)])
    score, error = draws.mean(0)
    assert score == pytest.approx(error, rel=6 * np.max(draws.std(0) / draws.mean(0)) / 4000**0.5)


def _score_and_error(nodes, between, steps, coefficients, rng):
    values = nodes @ coefficients + rng.standard_normal((12, K))
    fit = fit_tensor(torch.tensor(values), [table(nodes, between, steps)])
    missed = between @ (fit.coefficients.numpy() - coefficients) + rng.standard_normal((11, K))
    return fit.score, np.average(np.square(missed).sum(1), weights=steps)


def test_score_counts_what_no_axis_alone_can_be(rng):
    """A field outside the span of both axes: all of it is left, and none of it spreads."""
    matrices = [rng.standard_normal((9, 4)), rng.standard_normal((6, 2))]
    values = rng.standard_normal((9, 6, K))
    for axis, matrix in enumerate(matrices):
        inside = np.tensordot(matrix @ np.linalg.pinv(matrix), values, (1, axis))
        values = values - np.moveaxis(inside, 0, axis)
    assert fitted(values, matrices).score == pytest.approx(np.square(values).sum(-1).mean(), rel=1e-10)


def test_score_of_a_plane_adds_what_each_axis_leaves(rng):
    """A field inside the span of the second axis: only the first one leaves something."""
    nodes, between = rng.standard_normal((9, 4)), rng.standard_normal((8, 4))
    other = rng.standard_normal((6, 2))
    lines, inside = rng.standard_normal((9, 2, K)), table(nodes, between)
    alone = fit_tensor(torch.tensor(lines.reshape(9, -1)), [inside]).score
    basis = np.linalg.qr(other)[0]
    values = torch.tensor(np.einsum("ajk,bj->abk", lines, basis))
    found = fit_tensor(values, [inside, table(other, rng.standard_normal((5, 2)))]).score
    assert found == pytest.approx(alone * 9 / values[..., 0].numel(), rel=1e-10)


def test_dependent_columns_give_the_shortest_coefficients(rng):
    first, second = rng.standard_normal((8, 3)), rng.standard_normal((6, 2))
    matrices = [np.hstack([first, first[:, :1]]), np.hstack([second, np.zeros((6, 1))])]
    values = rng.standard_normal((8, 6, K))
    A, rows = dense(values, matrices)
    expected = np.linalg.lstsq(A, rows, rcond=1e-12)[0]
    fit = fitted(values, matrices)
    np.testing.assert_allclose(fit.coefficients.reshape(-1, K), expected, rtol=0, atol=1e4 * EPS)
    assert fit.rank == pytest.approx(3 * 2, abs=1e-12)


def test_small_products_of_singular_values_are_cut(rng):
    """1e-8 along each axis survives there; their product, 1e-16, is below the cut of 2e-15."""
    values = rng.standard_normal((5, 5, K))
    axis = np.vstack([np.diag([1.0, 1e-8]), np.zeros((3, 2))])
    fit = fitted(values, [axis, axis])
    assert fit.rank == pytest.approx(3, abs=1e-14)
    expected = values[:2, :2] * [[[1], [1e8]], [[1e8], [0]]]
    np.testing.assert_allclose(fit.coefficients, expected, rtol=1e-14, atol=1e-14)


def test_exact_values_are_recovered(problem, rng):
    values, matrices = problem
    A, _ = dense(values, matrices)
    c = rng.standard_normal((A.shape[1], K))
    found = fitted((A @ c).reshape(values.shape), matrices).coefficients.reshape(-1, K)
    bound = 100 * EPS * np.linalg.cond(A) * np.linalg.norm(c)
    np.testing.assert_allclose(found, c, rtol=0, atol=bound)


@pytest.mark.parametrize(("ratio", "crowded"), [(3.0, False), (5.0, True)])
def test_where_nodes_crowd_errors_are_those_of_the_neighboring_lines(ratio, crowded):
    """A mean of twelve lines, one of which is off, beside the only large step."""
    values, steps = np.zeros((12, 1)), np.ones(11)
    values[5], steps[5] = 1.0, ratio
    fit = fit_tensor(torch.tensor(values), [table(np.ones((12, 1)), steps=steps)])
    white = np.square(values - values.mean()).sum() / 11
    assert fit.score >= white * (1 - 1e-12)
    assert (fit.score > 1.5 * white) == crowded
