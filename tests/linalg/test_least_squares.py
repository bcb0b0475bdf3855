"""Block-wise least squares against numpy's lstsq, normal equations and refits row by row.

The design matrix has a chosen spectrum, so bounds follow from it: solutions agree to
eps * condition (* condition once more times the residual), residuals to eps.
"""

import numpy as np
import pytest
import torch

from skspectral._backend import blocks
from skspectral._backend.device import ROUNDING
from skspectral.linalg.least_squares import (
    RIDGES,
    factorize,
    fit_ridge,
    largest_singular_value,
    press,
)

EPS = np.finfo(float).eps
N, Q, K = 60, 7, 2


def with_spectrum(rng, n, singular):
    """An (n, q) matrix with these singular values."""
    left = np.linalg.qr(rng.standard_normal((n, len(singular))))[0]
    right = np.linalg.qr(rng.standard_normal((len(singular), len(singular))))[0]
    return left * singular @ right.T


def factorized(A, b, **options):
    A, b = torch.tensor(A), torch.tensor(b)
    return factorize(lambda rows: A[rows], b, A.shape[1], **options)


@pytest.fixture
def targets(rng):
    return rng.standard_normal((N, K))


@pytest.fixture(params=[10**9, 2000, 400], ids=["one block", "some blocks", "short blocks"])
def budget(request, monkeypatch):
    """Memory for blocks; the least gives two rows per block, fewer than there are columns."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", request.param)


@pytest.mark.parametrize("condition", [1.0, 1e3, 1e6])
def test_solution_is_lstsq(condition, rng, targets, budget):
    A = with_spectrum(rng, N, np.geomspace(1, 1 / condition, Q))
    expected = np.linalg.lstsq(A, targets, rcond=None)[0]
    found = factorized(A, targets).solve().numpy()
    bound = 20 * EPS * condition * (1 + condition) * np.linalg.norm(targets)
    assert np.linalg.norm(found - expected) < bound


def test_consistent_targets_lose_the_condition_once(rng, budget):
    A = with_spectrum(rng, N, np.geomspace(1, 1e-6, Q))
    c = rng.standard_normal((Q, K))
    found = factorized(A, A @ c).solve().numpy()
    assert np.linalg.norm(found - c) < 20 * EPS * 1e6 * np.linalg.norm(c)


def test_residual_is_orthogonal_to_the_columns(rng, targets, budget):
    """Rows pass through up to N triangles, one for each block, and A has norm one."""
    A = with_spectrum(rng, N, np.geomspace(1, 1e-4, Q))
    solved = factorized(A, targets)
    c = solved.solve()
    residual, rounding = solved.residual(c).numpy(), N * EPS * np.linalg.norm(c)
    assert np.linalg.norm(A.T @ residual) < rounding
    np.testing.assert_allclose(residual, targets - A @ c.numpy(), rtol=0, atol=rounding)


@pytest.mark.parametrize("n", [1, 3, Q])
def test_fewer_rows_than_columns_give_the_shortest_solution(n, rng, budget):
    A, b = with_spectrum(rng, Q, np.geomspace(1, 0.1, Q))[:n], rng.standard_normal((n, K))
    expected = np.linalg.lstsq(A, b, rcond=None)[0]
    condition = np.linalg.cond(A)
    found = factorized(A, b).solve().numpy()
    assert np.linalg.norm(found - expected) < 20 * EPS * condition * np.linalg.norm(expected)


def test_dependent_columns_are_truncated(rng, targets, budget):
    """Rounding leaves singular values of some eps: below ROUNDING's few eps or just above it."""
    A = with_spectrum(rng, N, np.geomspace(1, 0.1, Q))
    doubled = np.hstack([A, A[:, :2] + A[:, 2:4]])
    solved = factorized(doubled, targets, rcond=1e-13)
    expected = np.linalg.lstsq(doubled, targets, rcond=1e-13)[0]
    assert len(solved.singular) == Q
    np.testing.assert_allclose(solved.solve(), expected, rtol=0, atol=1e4 * EPS)


@pytest.mark.parametrize(("smallest", "rank"), [(2 * ROUNDING, Q), (ROUNDING / 2, Q - 1)])
def test_rank_is_cut_at_rcond(smallest, rank, targets):
    """Diagonal matrices have their singular values to the last bit."""
    A = np.zeros((N, Q))
    A[range(Q), range(Q)] = [*np.geomspace(1, 0.1, Q - 1), smallest]
    assert len(factorized(A, targets).singular) == rank


@pytest.mark.parametrize("alpha", [1e-8, 1e-3, 1.0, 1e3])
def test_ridge_solves_its_normal_equations(alpha, rng, targets, budget):
    """Rounding of A^T b is EPS |A| |b|, however little of b the columns hold."""
    A = with_spectrum(rng, N, np.geomspace(5, 0.5, Q))
    found = factorized(A, targets).solve(alpha).numpy()
    gram = A.T @ A + alpha * 25 * np.eye(Q)
    expected = np.linalg.solve(gram, A.T @ targets)
    size = np.linalg.norm(A, 2) * np.linalg.norm(targets) + np.linalg.norm(gram @ expected)
    bound = 20 * EPS * np.linalg.norm(np.linalg.inv(gram), 2) * size
    assert np.linalg.norm(found - expected) < bound


@pytest.mark.parametrize("alpha", [0.0, 1e-2, 1.0])
def test_effective_rank_is_the_trace_of_the_hat_matrix(alpha, rng, targets, budget):
    A = with_spectrum(rng, N, np.geomspace(5, 0.5, Q))
    hat = A @ np.linalg.solve(A.T @ A + alpha * 25 * np.eye(Q), A.T)
    found = factorized(A, targets).effective_rank(alpha)
    assert found == pytest.approx(np.trace(hat), rel=1e-12)


def left_out_residuals(A, b, ridge):
    """Residual of each row under the ridge fit of all others, one fit per row."""
    residuals = []
    for row in range(len(A)):
        others = np.delete(A, row, 0)
        gram = others.T @ others + ridge * np.eye(A.shape[1])
        c = np.linalg.solve(gram, others.T @ np.delete(b, row, 0))
        residuals.append(b[row] - A[row] @ c)
    return np.array(residuals)


def test_leave_one_out_is_n_refits(rng, targets, budget):
    singular, alphas = np.geomspace(5, 0.5, Q), [0.0, 1e-6, 1e-2, 1.0]
    A = with_spectrum(rng, N, singular)
    expected = [np.square(left_out_residuals(A, targets, alpha * 25)).sum(1).mean() for alpha in alphas]
    _, plain, _ = factorized(A, targets).leave_one_out(alphas)
    np.testing.assert_allclose(plain, expected, rtol=1e-11)


def test_rows_of_one_leverage_have_one_error(rng):
    square, leverage = torch.tensor(rng.uniform(1, 2, 49)), torch.full((49,), 0.3, dtype=torch.float64)
    score, plain = press(square, leverage)
    assert float(score) == pytest.approx(float(plain), rel=1e-14)
    assert float(plain) == pytest.approx(float(square.mean()) / 0.7**2, rel=1e-14)


def test_fits_are_chosen_by_refits_and_generalized_cross_validation(rng, budget):
    """The geometric mean of the error of refits and n |b - A c|^2 / (n - q)^2, c the fit of all rows."""
    n = 150
    A = with_spectrum(rng, n, np.geomspace(5, 0.5, Q)) * rng.exponential(size=(n, 1))
    b = rng.standard_normal((n, K))
    squares = np.square(left_out_residuals(A, b, 0.0)).sum(1)
    left = np.square(b - A @ np.linalg.lstsq(A, b)[0]).sum()
    score, plain, _ = factorized(A, b).leave_one_out([0.0])
    np.testing.assert_allclose(plain, squares.mean(), rtol=1e-11)
    np.testing.assert_allclose(score, np.sqrt(n * left / (n - Q) ** 2 * squares.mean()), rtol=1e-11)


def test_press_of_known_rows():
    """98 rows with residual 1, two at the rim with residual 10 when left out; mean leverage 0.018."""
    leverage = torch.zeros(100, dtype=torch.float64)
    leverage[[17, 60]] = 0.9
    score, plain = press(torch.ones(100, dtype=torch.float64), leverage)
    assert float(plain) == pytest.approx(2.98, rel=1e-14)
    assert float(score) == pytest.approx(2.98**0.5 / 0.982, rel=1e-14)


def test_root_weights_are_repeats(rng, targets, budget):
    A, counts = with_spectrum(rng, N, np.geomspace(1, 0.1, Q)), rng.integers(1, 5, N)
    root = np.sqrt(counts)[:, None]
    weighted = factorized(A * root, targets * root).solve()
    repeated = np.linalg.lstsq(np.repeat(A, counts, 0), np.repeat(targets, counts, 0))[0]
    condition, size = np.linalg.cond(A * root), np.linalg.norm(A * root, 2)
    bound = 20 * EPS * condition * (1 + condition) * np.linalg.norm(targets * root) / size
    np.testing.assert_allclose(weighted, repeated, rtol=0, atol=bound)


def test_columns_of_any_scale(rng, targets):
    """Powers of two in A and b move exponents only."""
    A = with_spectrum(rng, N, np.geomspace(1, 0.1, Q))
    expected = factorized(A, targets).solve()
    found = factorized(A * 2.0**200, targets * 2.0**-300).solve() * 2.0**500
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e3 * EPS)


def ridged(A, b, alpha):
    A, b = torch.tensor(A), torch.tensor(b)
    return fit_ridge(lambda rows: A[rows], b, A.shape[1], alpha)


def by_normal_equations(A, b, alpha):
    """Ridge relative to the largest singular value of A squared."""
    penalty = alpha * np.linalg.norm(A, 2) ** 2 * np.eye(A.shape[1])
    return np.linalg.solve(A.T @ A + penalty, A.T @ b)


@pytest.mark.parametrize("alpha", [1e-28, 1e-4, 1.0])
def test_ridge_by_qr_solves_the_normal_equations(alpha, rng, targets, budget):
    A = with_spectrum(rng, N, np.geomspace(1, 1e-3, Q))
    found = ridged(A, targets, alpha).coefficients.numpy()
    expected = by_normal_equations(A, targets, alpha)
    assert np.linalg.norm(found - expected) < 1e-8 * np.linalg.norm(expected)


def test_errors_of_a_ridge_by_qr_are_those_of_refits_without_each_row(rng, targets, budget):
    A, alpha = with_spectrum(rng, N, np.geomspace(1, 1e-2, Q)), 1e-3
    size = np.linalg.norm(A, 2) ** 2
    squares = []
    for i in range(N):
        rest = np.arange(N) != i
        penalty = alpha * size * np.eye(Q)
        c = np.linalg.solve(A[rest].T @ A[rest] + penalty, A[rest].T @ targets[rest])
        squares.append(((targets[i] - A[i] @ c) ** 2).sum())
    fit = ridged(A, targets, alpha)
    assert fit.error == pytest.approx(np.mean(squares), rel=1e-9)


def test_spread_is_one_plus_the_leverage_of_new_rows(rng, targets):
    A, new, alpha = with_spectrum(rng, N, np.geomspace(1, 1e-2, Q)), rng.standard_normal((7, Q)), 1e-3
    largest = np.linalg.norm(A, 2) ** 2
    by_qr = ridged(A, targets, alpha).spread(torch.tensor(new))
    by_svd = factorized(A, targets).spread(torch.tensor(new), [alpha])[:, 0]
    inverse = np.linalg.inv(A.T @ A + alpha * largest * np.eye(Q))
    expected = 1 + np.einsum("ij,jk,ik->i", new, inverse, new)
    np.testing.assert_allclose(by_qr, expected, rtol=1e-10)
    np.testing.assert_allclose(by_svd, expected, rtol=1e-10)


@pytest.mark.parametrize("second", [0.1, 0.9, 1.0])
def test_largest_singular_value(second, rng):
    """Power iterations of a gap g err by g^(4 k) after k steps; without one any direction will do."""
    A = torch.tensor(with_spectrum(rng, N, np.r_[3.0, 3.0 * second, np.ones(Q - 2)]))
    assert float(largest_singular_value(A)) == pytest.approx(3.0, rel=1e-9)


def test_white_part_of_a_projection_is_what_is_left_for_each_degree_of_freedom(rng):
    """Columns of a Hadamard matrix: all rows have the same leverage q / n."""
    A = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]).repeat(2, 0)[:, :3]
    b = rng.standard_normal((8, K))
    left = b - A @ np.linalg.lstsq(A, b)[0]
    *_, white = factorized(A / 1.0, b).leave_one_out([0.0])
    assert float(white) == pytest.approx((left**2).sum() / (8 - 3), rel=1e-12)


def test_more_columns_than_rows_and_columns_that_repeat(rng, budget):
    A = rng.standard_normal((9, 12))
    A[:, 11] = A[:, 0]
    b = rng.standard_normal((9, 1))
    c = ridged(A, b, 1e-28).coefficients.numpy()
    assert np.linalg.norm(A @ c - b) < 1e-10 * np.linalg.norm(b)
    assert np.linalg.norm(c) < 1.001 * np.linalg.norm(np.linalg.pinv(A) @ b)


def test_ridges_damp_from_everything_down_to_rounding():
    """Singular values from the largest one to those that are rounding, each ridge another decade."""
    none, *others = RIDGES
    assert none == 0
    assert others[-1] == 1
    assert others[0] / 100 < ROUNDING**2 < others[0]
    np.testing.assert_allclose(np.diff(np.log10(others)), 2)
