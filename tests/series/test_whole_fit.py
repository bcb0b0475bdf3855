"""Mapped cosines found on a part of the rows and solved for on all of them: least squares of all."""

import numpy as np
import pytest
import torch

from all_rows import all_rows
from clocks import stopped
from judges import judge_of
from skspectral._backend.clock import Clock, OutOfTime
from skspectral.selection import StageSum, WholeResidual
from skspectral.series.index_sets import all_terms
from skspectral.series.mapped_fit import MappedFit
from skspectral.series.mapped_trial import Shape
from skspectral.series.whole_fit import solved_on_all

ROWS = np.random.default_rng(0).uniform(-1, 1, (3000, 2))
SMOOTH = np.exp(ROWS[:, 0]) * np.sin(3 * ROWS[:, 1])
NOISY = SMOOTH + np.random.default_rng(1).standard_normal(3000)
# A plane that was taken off before the series was fitted.
AFFINE = torch.tensor([[0.5], [1.0], [-2.0]]).double()
PLANE = ROWS @ [1.0, -2.0] + 0.5


def part_of(y, n=300, alpha=None):
    """A fit to the first rows, less the plane, and what is left of all."""
    judge = judge_of(ROWS[:n], (y - PLANE)[:n], alpha=alpha)
    part = judge.fit(Shape(all_terms(np.ones(2), 2), 60, 1e-6)).fit
    every = all_rows(torch.tensor(ROWS), torch.tensor(y)[:, None], 5)
    return part, WholeResidual(every, StageSum(None, []), 1.0)


def on_all(part, y, penalty):
    """The same by a table of all functions at all rows."""
    table = part.chosen.features(torch.tensor(ROWS)).numpy()
    gram = table.T @ table + np.diag(penalty)
    return table, np.linalg.solve(gram, table.T @ (y - PLANE))


@pytest.mark.parametrize("alpha", [None, 0.1])
def test_coefficients_are_those_of_least_squares_of_all_rows(alpha):
    """The penalty is in units of the sum over rows, and stays."""
    part, residual = part_of(NOISY, alpha=alpha)
    found, left = solved_on_all(part, AFFINE, residual, Clock())
    table, expected = on_all(part, NOISY, part.penalty.numpy())
    values = table @ found.coefficients[:, 0].numpy()
    np.testing.assert_allclose(values, table @ expected, rtol=0, atol=1e-6)
    assert left == pytest.approx(np.sqrt(np.square(NOISY - PLANE - values).mean()), rel=1e-6)


def test_an_error_of_all_rows_is_nearer_the_truth_than_that_of_a_part():
    """The part has five rows for each function, and says that it is missed by more than it is now."""
    part, residual = part_of(NOISY)
    found, left = solved_on_all(part, AFFINE, residual, Clock())
    assert (part.n, found.n) == (300, 3000)
    assert found.train_error == pytest.approx(left)
    assert left < found.score < part.score
    assert found.rank == pytest.approx(len(part.chosen), rel=0.1)


def test_a_smooth_target_is_met_on_all_rows_as_on_the_part():
    part, residual = part_of(SMOOTH)
    found, left = solved_on_all(part, AFFINE, residual, Clock())
    whole = MappedFit(
        judge_of(ROWS, SMOOTH - PLANE).samples, part.chosen, part.penalty, part.rows, part.places
    )
    assert left == pytest.approx(whole.train_error, rel=1e-6)
    assert found.score < 1.5 * whole.score


def test_no_second_pass_begins_when_time_is_up():
    part, residual = part_of(SMOOTH)
    with pytest.raises(OutOfTime):
        solved_on_all(part, AFFINE, residual, stopped())
