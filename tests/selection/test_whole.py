"""What stages that were found on a part of the rows leave of all of them, block by block."""

import numpy as np
import pytest
import torch

from all_rows import all_rows
from skspectral.networks import FittedFunction, FunctionUnits, StageFunction
from skspectral.selection import StageSum, WholeResidual, affine_part

ROWS = 2 * torch.rand(103, 2, generator=torch.Generator().manual_seed(0)).double() - 1


def plane(*affine):
    """A stage without a network: a constant, and a slope along each input."""
    return StageFunction(affine_part(torch.tensor(affine).double()[:, None]))


def left_over(samples):
    """Sums over rows that do not depend on how these are cut, and how many inputs are seen."""
    rows = samples.root_weight * torch.cat([samples.y, samples.t], 1)
    return rows.T @ rows


def test_each_stage_takes_its_values_times_its_scale():
    stages = StageSum(None, [(2.0, plane(1.0, 0.0, 3.0)), (0.5, plane(0.0, 4.0, 0.0))])
    expected = 1 - 2 * (1 + 3 * ROWS[:, 1:]) - 2 * ROWS[:, :1]
    torch.testing.assert_close(stages.rest(ROWS, torch.ones(103, 1).double()), expected)


def test_targets_of_a_later_fit_lack_the_offset_of_the_earlier_one():
    """They are in its units less its offset: without a stage it leaves them as they are."""
    units = FunctionUnits(np.zeros(2), np.ones(2), 1.0, np.array([5.0]), True)
    y = ROWS[:, :1]
    torch.testing.assert_close(StageSum(FittedFunction(units, []), []).rest(ROWS, y), y)


@pytest.mark.parametrize("n_blocks", [2, 7, 103])
def test_sums_over_all_rows_do_not_depend_on_how_they_are_cut(n_blocks):
    y, others = (ROWS[:, :1] * ROWS[:, 1:]).sin(), StageSum(None, [(1.0, plane(0.1, 0.2, 0.3))])
    whole, cut = (WholeResidual(all_rows(ROWS, y, count), others, 0.5) for count in (1, n_blocks))
    assert whole.n == cut.n == 103
    torch.testing.assert_close(cut.map(left_over), whole.map(left_over))
    rest = 2 * others.rest(ROWS, y)
    torch.testing.assert_close(whole.map(left_over)[0, 0], rest.square().sum())


def test_a_function_of_some_inputs_is_left_what_others_take_of_all_inputs():
    y, inputs = ROWS[:, :1] + ROWS[:, 1:], torch.tensor([True, False])
    residual = WholeResidual(all_rows(ROWS, y, 3), StageSum(None, [(1.0, plane(0.0, 0.0, 1.0))]), 1.0)
    found = residual.of_inputs(inputs).map(left_over)
    assert found.shape == (2, 2)  # what is left, and the one input
    torch.testing.assert_close(found, float(ROWS[:, 0].square().sum()) * torch.ones(2, 2).double())
