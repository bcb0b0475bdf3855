"""Normal equations, and the digits that refinement on the rows brings back."""

import numpy as np
import pytest
import torch

from skspectral._backend.clock import OutOfTime
from skspectral.linalg import normal_equations
from skspectral.linalg.errors import LinAlgError
from skspectral.linalg.normal_equations import cholesky, corrected, least_squares

EPS = np.finfo(float).eps


def graded(rng, n, q, condition):
    """A matrix of singular values that fall evenly, in digits."""
    left, _ = np.linalg.qr(rng.standard_normal((n, q)))
    right, _ = np.linalg.qr(rng.standard_normal((q, q)))
    return torch.tensor(left * np.logspace(0, -np.log10(condition), q) @ right)


@pytest.mark.parametrize("condition", [1e2, 1e6, 1e7, 1e9])
def test_solves_to_rounding_where_normal_equations_do_not(rng, condition):
    matrix = graded(rng, 200, 30, condition)
    truth = torch.tensor(rng.standard_normal((30, 2)))
    none = torch.zeros(30, dtype=torch.float64)
    factor = cholesky(matrix.T @ matrix)
    found = least_squares(lambda c: matrix @ c, lambda v: matrix.T @ v, matrix @ truth, factor, none)
    missed = float((matrix @ (found - truth)).norm() / (matrix @ truth).norm())
    assert missed < 200 * EPS
    once = torch.cholesky_solve(matrix.T @ (matrix @ truth), factor)
    alone = float((matrix @ (once - truth)).norm() / (matrix @ truth).norm())
    if condition > 1e2:
        assert alone > 10 * missed


def test_a_large_factor_is_found_block_by_block(rng, monkeypatch):
    """It agrees with the full matrix to rounding, and nothing below the diagonal is read."""
    matrix = graded(rng, 150, 90, 1e3)
    gram = matrix.T @ matrix
    at_once, turns = cholesky(gram), []
    monkeypatch.setattr(normal_equations, "STEP_FLOPS", 2.0 * 90 * 20**2)
    monkeypatch.setattr(normal_equations, "affordable", lambda flops, steps: False)
    found = cholesky(gram.triu(), lambda: turns.append(1))
    assert len(turns) == 4 + 3 + 2 + 1
    np.testing.assert_allclose(found, at_once, rtol=0, atol=1e6 * EPS * float(at_once.abs().max()))
    np.testing.assert_allclose(found @ found.T, gram, rtol=0, atol=100 * EPS * float(gram.diagonal().max()))
    monkeypatch.setattr(normal_equations, "STEP_FLOPS", 2.0 * 3 * 1)
    singular = torch.ones(3, 3, dtype=torch.float64)
    assert torch.allclose(cholesky(singular) @ cholesky(singular).T, singular)


def test_a_large_factorization_is_left_when_time_is_up(rng, monkeypatch):
    monkeypatch.setattr(normal_equations, "affordable", lambda flops, steps: False)
    monkeypatch.setattr(normal_equations, "STEP_FLOPS", 2.0 * 30 * 10**2)

    def late():
        raise OutOfTime

    with pytest.raises(OutOfTime):
        cholesky(torch.eye(30, dtype=torch.float64), late)


def test_a_penalty_is_that_of_a_ridge(rng):
    matrix, targets = graded(rng, 100, 20, 1e3), torch.tensor(rng.standard_normal((100, 1)))
    penalty = torch.logspace(-6, 2, 20, dtype=torch.float64)
    gram = matrix.T @ matrix + torch.diag(penalty)
    found = least_squares(lambda c: matrix @ c, lambda v: matrix.T @ v, targets, cholesky(gram), penalty)
    stacked = torch.cat([matrix, torch.diag(penalty.sqrt())])
    expected = torch.linalg.lstsq(stacked, torch.cat([targets, targets.new_zeros(20, 1)])).solution
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9 * float(expected.norm()))


def test_dependent_columns_are_no_failure(rng):
    matrix = graded(rng, 50, 10, 1e2)
    twice = torch.cat([matrix, matrix], 1)
    factor = cholesky(twice.T @ twice)
    targets = matrix @ torch.ones(10, 1, dtype=torch.float64)
    none = torch.zeros(20, dtype=torch.float64)
    found = least_squares(lambda c: twice @ c, lambda v: twice.T @ v, targets, factor, none)
    assert float((twice @ found - targets).norm()) < 1e-12 * float(targets.norm())


def test_large_penalties_leave_the_other_columns_alone(rng):
    """The shift for rounding is each column's own: a column that is left out does not drown the others."""
    matrix = graded(rng, 60, 10, 1e2)
    penalty = torch.zeros(10, dtype=torch.float64)
    penalty[-1] = 1e30
    factor = cholesky(matrix.T @ matrix + torch.diag(penalty))
    targets = matrix[:, :9] @ torch.ones(9, 1, dtype=torch.float64)
    found = least_squares(lambda c: matrix @ c, lambda v: matrix.T @ v, targets, factor, penalty)
    torch.testing.assert_close(found[:9], torch.ones(9, 1, dtype=torch.float64), rtol=1e-9, atol=1e-9)


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(LinAlgError, match="finite"):
        cholesky(torch.full((2, 2), torch.nan, dtype=torch.float64))


@pytest.mark.parametrize("seed", range(20))
def test_rounding_does_not_grow_where_little_can_be_met(seed):
    """Of six functions nearly orthogonal to the targets, a fit was once 500 times as large as these."""
    rng = np.random.default_rng(seed)
    matrix, targets = graded(rng, 60, 6, 4.0), torch.tensor(rng.standard_normal((60, 2)))
    none = torch.zeros(6, dtype=torch.float64)
    factor = cholesky(matrix.T @ matrix)
    found = least_squares(lambda c: matrix @ c, lambda v: matrix.T @ v, targets, factor, none)
    expected = torch.linalg.lstsq(matrix, targets).solution
    torch.testing.assert_close(found, expected, rtol=0, atol=1e3 * EPS * float(expected.norm()))


def test_half_of_the_digits_of_what_is_left_take_fewer_passes(rng):
    """Where rows are not met, steps far below what is left of them change nothing that counts."""
    matrix, targets = graded(rng, 200, 20, 1e3), torch.tensor(rng.standard_normal((200, 1)))
    none, factor, passes = torch.zeros(20, dtype=torch.float64), cholesky(matrix.T @ matrix), []

    def found(tolerance):
        passes.append(0)

        def forward(coefficients):
            passes[-1] += 1
            return matrix @ coefficients

        return matrix @ least_squares(
            forward, lambda v: matrix.T @ v, targets, factor, none, tolerance=tolerance
        )

    exact, loose = found(0.0), found(EPS**0.5)
    assert passes[1] < passes[0]
    left = float((targets - exact).norm())
    assert float((loose - exact).norm()) < EPS**0.5 * left


def test_a_tolerance_costs_no_digits_where_rows_are_met(rng):
    matrix = graded(rng, 200, 20, 1e7)
    targets, none = matrix @ torch.ones(20, 1, dtype=torch.float64), torch.zeros(20, dtype=torch.float64)
    factor = cholesky(matrix.T @ matrix)
    found = least_squares(
        lambda c: matrix @ c, lambda v: matrix.T @ v, targets, factor, none, tolerance=EPS**0.5
    )
    assert float((matrix @ found - targets).norm()) < 100 * EPS * float(targets.norm())


@pytest.mark.parametrize("condition", [1e2, 1e6])
@pytest.mark.parametrize("off", [0.0, 1e-3])
def test_passes_that_keep_nothing_reach_rounding(rng, condition, off):
    """From any start, also behind the factor of a matrix that is a little different."""
    matrix = graded(rng, 200, 30, condition)
    truth, start = (torch.tensor(rng.standard_normal((30, 2))) for _ in range(2))
    targets = matrix @ truth
    factor = cholesky(matrix.T @ matrix * (1 + off))
    passes = []

    def gradient(coefficients):
        passes.append(coefficients)
        return matrix.T @ (targets - matrix @ coefficients)

    nothing = torch.zeros(2, dtype=torch.float64)
    found = corrected(gradient, start, gradient(start), factor, nothing)
    assert float((matrix @ found - targets).norm()) < 200 * EPS * float(targets.norm())
    assert len(passes) <= 12


def test_passes_end_where_steps_are_lost_in_noise(rng):
    matrix = graded(rng, 200, 30, 1e2)
    targets = matrix @ torch.ones(30, 1, dtype=torch.float64)
    passes = []

    def gradient(coefficients):
        passes.append(coefficients)
        return matrix.T @ (targets - matrix @ coefficients)

    start = torch.zeros(30, 1, dtype=torch.float64)
    chance = 1e-6 * targets.norm(dim=0)
    found = corrected(gradient, start, gradient(start), cholesky(matrix.T @ matrix), chance)
    assert len(passes) == 2
    assert float((matrix @ found - targets).norm()) < float(chance)


@pytest.mark.parametrize("seed", range(5))
def test_of_targets_that_are_orthogonal_rounding_alone_is_left(seed):
    """Steps that consisted of rounding from the first one on once grew to 1e155."""
    rng = np.random.default_rng(seed)
    matrix, targets = graded(rng, 60, 3, 4.0), torch.tensor(rng.standard_normal((60, 1)))
    targets = targets - matrix @ torch.linalg.lstsq(matrix, targets).solution
    none = torch.zeros(3, dtype=torch.float64)
    factor = cholesky(matrix.T @ matrix)
    found = least_squares(lambda c: matrix @ c, lambda v: matrix.T @ v, targets, factor, none)
    assert float((matrix @ found).norm()) < 100 * EPS * float(targets.norm())
