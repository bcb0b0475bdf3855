"""Stages that were found on a part of the rows: what is solved again on all of them, and what stays."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from all_rows import all_rows
from clocks import pressed, stopped
from progresses import progress_of
from skspectral._backend.clock import Clock, OutOfTime
from skspectral.networks import StageFunction
from skspectral.selection import StageFit, affine_part
from skspectral.solvers import Status
from skspectral.stages.whole import solved_on_all

ROWS = np.random.default_rng(0).uniform(-1, 1, (400, 2))
Y = 3 * ROWS[:, 0] + 2
EVERY = all_rows(torch.tensor(ROWS), torch.tensor(Y)[:, None], 4)
# Of a hundred rows, which three stages were found on.
PART = progress_of(ROWS[:100], Y[:100])


def constant(value, grade=0, whole=None):
    function = StageFunction(affine_part(torch.tensor([[value], [0.0], [0.0]]).double()), grade=grade)
    return StageFit(function, 0.5, 0, Status.SOLVED, [], whole=whole)


def best_constant(error=0.01):
    """Solves for a constant on all rows."""

    def whole(residual):
        mean = float(residual.map(lambda samples: samples.y.sum())) / residual.n
        left = residual.map(lambda samples: (samples.y - mean).square().sum()) / residual.n
        return replace(constant(mean), error=error), math.sqrt(float(left))

    return whole


def out_of_time(residual):
    raise OutOfTime


def solved(*stages, clock=None):
    """Constants of the stages after all rows were seen, what they leave, and why the fit ended."""
    progress = PART
    for scale, parts in stages:
        progress = progress.accept(parts, scale, progress.at_places(parts), Clock(), 0.0)
    found, status = solved_on_all(progress, Status.MAX_STAGES, EVERY, None, clock or Clock())
    values = [float(stage.parts.function.expansion.affine[0, 0]) for stage in found.stages]
    return values, found, status


def test_a_stage_is_solved_for_what_the_others_leave_of_all_rows():
    """In units of its scale: the first of 1, a fourth of the mean of Y less a half."""
    values, found, status = solved((4.0, constant(9.0, whole=best_constant())), (0.5, constant(1.0)))
    assert values == [pytest.approx((Y.mean() - 0.5) / 4), 1.0]
    assert status is Status.MAX_STAGES
    assert found.stages[-1].train_error == pytest.approx(Y.std())


def test_a_stage_that_a_later_one_is_a_function_of_stays():
    values, _, _ = solved((1.0, constant(9.0, 1, best_constant())), (1.0, constant(1.0, 2)))
    assert values == [9.0, 1.0]
    values, _, _ = solved((1.0, constant(9.0, 1)), (1.0, constant(1.0, 2, best_constant())))
    assert values == [9.0, pytest.approx(Y.mean() - 9)]


def test_the_error_is_not_less_than_what_all_rows_are_missed_by():
    """The hundred rows of the part are met by its one stage, and all four hundred are not."""
    _, found, _ = solved((1.0, constant(2.0)))
    left = math.sqrt(np.square(Y - 2).mean())
    assert found.stages[-1].train_error == pytest.approx(left)
    assert found.heldout_error >= left
    _, claimed, _ = solved((1.0, constant(2.0, whole=best_constant(100.0))))
    assert claimed.heldout_error == pytest.approx(100)


def test_what_is_left_of_the_part_is_that_of_the_stages_as_they_are_now():
    _, found, _ = solved((1.0, constant(9.0, whole=best_constant())))
    expected = torch.tensor(Y[:100] - Y.mean())[:, None]
    torch.testing.assert_close(found.residual.y, expected)
    torch.testing.assert_close(found.there, torch.full_like(found.there, Y.mean()))


@pytest.mark.parametrize("make, status", [(stopped, Status.MAX_TIME), (pressed, Status.INTERRUPTED)])
def test_stages_stay_as_they_are_once_time_is_up(make, status):
    values, found, why = solved((1.0, constant(9.0, whole=out_of_time)), clock=make())
    assert (values, why) == ([9.0], status)
    assert found.stages[-1].train_error == pytest.approx(math.sqrt(np.square(Y[:100] - 9).mean()))


def test_no_pass_over_all_rows_begins_once_time_is_up(monkeypatch):
    def read(self, *_):
        raise AssertionError("rows were read")

    monkeypatch.setattr(type(EVERY.rows), "map", read)
    assert solved((1.0, constant(9.0)), clock=stopped())[2] is Status.MAX_TIME
