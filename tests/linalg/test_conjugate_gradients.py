"""Conjugate gradients: steps to the solution, what they report, and when they end."""

import numpy as np
import pytest
import torch

from skspectral.linalg.conjugate_gradients import conjugate_gradients

SIZE = 12
CONDITION = 1000.0
ROUNDING = 10 * np.finfo(float).eps * CONDITION  # of solutions, relative to their size


@pytest.fixture
def system(rng):
    """A symmetric positive definite matrix with three eigenvalues, a right-hand side."""
    basis = np.linalg.qr(rng.standard_normal((SIZE, SIZE)))[0]
    matrix = basis * np.repeat([1.0, 10.0, CONDITION], SIZE // 3) @ basis.T
    return torch.tensor(matrix), torch.tensor(rng.standard_normal(SIZE))


def trace(matrix, right, inverse, enough=lambda progress: False, limit=50):
    """The solution, and the steps that were reported on the way."""
    seen = []

    def watch(progress):
        seen.append(progress)
        return enough(progress)

    found, count = conjugate_gradients(lambda v: matrix @ v, right, inverse, watch, limit)
    assert count == len(seen)
    return found, seen


def test_as_many_steps_as_there_are_eigenvalues(system):
    matrix, right = system
    found, seen = trace(matrix, right, lambda v: v, lambda progress: progress.residual < 1e-8)
    assert len(seen) == 3
    torch.testing.assert_close(found, torch.linalg.solve(matrix, right), rtol=0, atol=1e-8)


def test_exact_inverse_takes_one_step(system):
    matrix, right = system
    inverse = torch.linalg.inv(matrix)
    found, seen = trace(matrix, right, lambda v: inverse @ v, lambda p: p.residual < ROUNDING)
    assert len(seen) == 1
    expected = inverse @ right
    torch.testing.assert_close(found, expected, rtol=0, atol=ROUNDING * float(expected.norm()))


@pytest.mark.parametrize("limit", [1, 2])
def test_progress_is_what_was_gained(limit, system):
    matrix, right = system
    found, seen = trace(matrix, right, lambda v: v / 3, limit=limit)
    assert [progress.iteration for progress in seen] == list(range(1, limit + 1))
    energy = float(found @ matrix @ found - 2 * right @ found)
    assert seen[-1].total == pytest.approx(-energy, rel=1e-12)
    assert sum(progress.gain for progress in seen) == pytest.approx(-energy, rel=1e-12)
    left = float((right - matrix @ found).norm() / right.norm())
    assert seen[-1].residual == pytest.approx(left, rel=1e-9)


def test_nothing_to_solve_is_zero(system):
    found, seen = trace(system[0], torch.zeros(SIZE, dtype=torch.float64), lambda v: v)
    assert not found.any() and not seen


def test_no_curvature_ends_it(system):
    found, seen = trace(-system[0], system[1], lambda v: v)
    assert not found.any() and not seen
