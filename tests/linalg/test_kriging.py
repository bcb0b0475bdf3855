"""Kriging is a ridge regression; rows left out are compared with fits without them."""

import pytest
import torch

from skspectral.linalg.kriging import Kriging
from skspectral.linalg.normal_equations import products_above


@pytest.fixture
def problem():
    generator = torch.Generator().manual_seed(0)
    free, penalized, targets = (
        torch.randn(20, size, dtype=torch.float64, generator=generator) for size in (3, 40, 2)
    )
    return free, penalized, targets


def predicted(fit, free, penalized):
    return free @ fit.free + penalized @ fit.penalized


def test_it_solves_the_penalized_normal_equations(problem):
    free, penalized, targets = problem
    fit = Kriging(free, penalized, targets).solve(0.1)
    left = targets - predicted(fit, free, penalized)
    assert torch.allclose(free.T @ left, torch.zeros(3, 2).double(), atol=1e-12)
    assert torch.allclose(penalized.T @ left, fit.shift * fit.penalized, atol=1e-11)
    assert torch.allclose(left, fit.residual, atol=1e-12)


def test_rows_left_out_are_missed_by_as_much(problem):
    free, penalized, targets = problem
    fit = Kriging(free, penalized, targets).solve(0.1)
    stay = torch.arange(20) >= 4
    problem = Kriging(free[stay], penalized[stay], targets[stay])
    again = problem.solve(float(fit.shift / problem.kernel.diagonal().mean()))
    missed = targets[:4] - predicted(again, free[:4], penalized[:4])
    assert torch.allclose(fit.left_out_together(torch.arange(4)), missed, atol=1e-11)
    alone = fit.left_out_together(torch.tensor([7])).square().sum()
    assert torch.allclose(fit.left_out[7], alone, atol=1e-12)


def test_errors_are_looked_at_on_some_rows_of_many():
    """As many as cost little; what is said of them is what all rows say of them."""
    generator = torch.Generator().manual_seed(0)
    free, penalized, targets = (
        torch.randn(1010, size, dtype=torch.float64, generator=generator) for size in (10, 30, 1)
    )
    fit = Kriging(free, penalized, targets).solve(0.1)
    assert len(fit.rows) == 500
    assert torch.allclose(fit.looked_at.left_out, fit.left_out[fit.rows], rtol=1e-10)
    assert torch.allclose(fit.looked_at.leverage, fit.leverage[fit.rows], rtol=0, atol=1e-12)


def test_without_a_ridge_rows_are_met(problem):
    free, penalized, targets = problem
    fit = Kriging(free, penalized, targets).solve(1e-14)
    assert torch.allclose(predicted(fit, free, penalized), targets, atol=1e-9)
    assert fit.leverage.min() > 1 - 1e-9


def test_products_of_rows_are_found_above_the_diagonal():
    rows = torch.randn(37, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(products_above(rows).triu(), (rows @ rows.T).triu(), atol=1e-14)
