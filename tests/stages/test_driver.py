"""The residual driver: what is accepted, and why no more stages come."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from clocks import stopped
from skspectral._backend.clock import Clock
from skspectral.networks import StageFunction
from skspectral.selection import StageFit, affine_part
from skspectral.solvers import Status
from skspectral.stages import grow


class Scripted:
    """A plan whose stages are given: functions of (samples, progress), one after another."""

    def __init__(self, *stages, clock=None):
        self.stages, self.clock = list(stages), clock or Clock()

    def fit_stage(self, samples, progress):
        return self.stages.pop(0)(samples, progress)


def plane(share=1.0, error=0.5, status=Status.SOLVED):
    """The least-squares plane, times `share`."""

    def fit(samples, progress):
        columns = torch.cat([torch.ones_like(samples.t[:, :1]), samples.t], 1)
        affine = share * torch.linalg.lstsq(columns, samples.y).solution
        return StageFit(StageFunction(affine_part(affine)), error, 0, status, [])

    return fit


def fails(exception):
    def fit(samples, progress):
        raise exception

    return fit


@pytest.fixture
def rows(rng):
    return rng.uniform(-1, 1, (300, 2))


def grown(progress, plan, count=3):
    seen = []
    progress, status = grow(progress, plan, count, seen.append)
    assert len(seen) == len(progress.stages)
    return progress, status


def test_a_residual_of_rounding_ends_the_fit(start, rows):
    progress, status = grown(start(rows, rows @ [1.0, 2.0]), Scripted(plane(error=1e-16)))
    assert (len(progress.stages), status) == (1, Status.ROUNDING_FLOOR)


def test_rows_that_are_met_without_being_known_elsewhere_are_interpolated(start, rows):
    progress, status = grown(start(rows, rows @ [1.0, 2.0]), Scripted(plane(error=0.1)))
    assert (len(progress.stages), status) == (1, Status.INTERPOLATED)


def test_white_residuals_are_noise(start, rows, rng):
    y = rows @ [1.0, 2.0] + 0.1 * rng.standard_normal(len(rows))
    progress, status = grown(start(rows, y), Scripted(plane(error=0.1)))
    assert (len(progress.stages), status) == (1, Status.NOISE_FLOOR)


@pytest.mark.parametrize(
    ("noise", "expected"), [(3e-11, Status.ROUNDING_FLOOR), (3e-10, Status.NOISE_FLOOR)]
)
def test_what_is_left_ten_digits_below_the_targets_is_rounding(noise, expected, start, rows, rng):
    y = rows @ [1.0, 2.0]
    y = y + noise * np.sqrt(np.square(y).mean()) * rng.standard_normal(len(rows))
    _, status = grown(start(rows, y), Scripted(plane(error=noise)))
    assert status is expected


def smooth(rows):
    return np.sin(3 * rows[:, 0]) * np.cos(2 * rows[:, 1])


@pytest.mark.parametrize("stage", [plane(error=1.0), lambda samples, progress: None])
def test_a_stage_that_lowers_nothing_is_not_kept(stage, start, rows):
    progress, status = grown(start(rows, smooth(rows)), Scripted(stage))
    assert (len(progress.stages), status) == (0, Status.NO_IMPROVEMENT)


def test_an_error_that_is_not_a_number_is_said(start, rows):
    _, status = grown(start(rows, smooth(rows)), Scripted(plane(error=math.nan)))
    assert status is Status.NON_FINITE


def test_as_many_stages_as_were_asked_for(start, rows):
    """Each takes half of the plane that is left: rows that no stage saw are met better every time."""
    y = smooth(rows) + 3 * rows[:, 0]
    progress, status = grown(start(rows, y), Scripted(plane(0.5), plane(0.5)), count=2)
    assert (len(progress.stages), status) == (2, Status.MAX_STAGES)
    assert progress.stages[1].train_error < progress.stages[0].train_error


@pytest.mark.parametrize(("seconds", "n_stages"), [(6, 1), (60, 2)])
def test_no_stage_begins_that_there_is_no_time_to_evaluate(seconds, n_stages, start, rows):
    """A network of 20,000 rows that began a moment before the deadline came back two seconds after it."""
    spent = []

    class Slow(StageFunction):
        def _values(self, t, hidden):
            spent.append(len(t) / len(rows))  # a second for all rows
            return super()._values(t, hidden)

    def fit(samples, progress):
        found = plane(0.5)(samples, progress)
        return replace(found, function=Slow(found.function.expansion))

    clock = Clock(seconds, lambda: sum(spent))
    progress, status = grown(start(rows, smooth(rows) + 3 * rows[:, 0]), Scripted(fit, fit, clock=clock), 2)
    assert len(progress.stages) == n_stages
    assert (status is Status.MAX_TIME) is (n_stages == 1)
    assert sum(spent) < seconds


def test_a_stage_is_evaluated_three_times(start, rows):
    """The evaluations at places, at rows and at nudged rows all come after the deadline."""
    counts = []

    class Counted(StageFunction):
        def _values(self, t, hidden):
            counts.append(len(t))
            return super()._values(t, hidden)

    def fit(samples, progress):
        found = plane(error=0.1)(samples, progress)
        return replace(found, function=Counted(found.function.expansion))

    grown(start(rows, rows @ [1.0, 2.0]), Scripted(fit))
    assert len(counts) == 3


def test_no_stage_begins_after_the_deadline(start, rows):
    plan = Scripted(plane(), clock=stopped())
    progress, status = grown(start(rows, smooth(rows)), plan)
    assert (len(progress.stages), status) == (0, Status.MAX_TIME)


def test_a_stage_that_needs_attention_is_the_last(start, rows):
    y = smooth(rows) + 3 * rows[:, 0]
    progress, status = grown(start(rows, y), Scripted(plane(0.5, status=Status.NON_FINITE)))
    assert (len(progress.stages), status) == (1, Status.NON_FINITE)


FAILURES = [
    (KeyboardInterrupt(), Status.INTERRUPTED),
    (MemoryError(), Status.OUT_OF_MEMORY),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory"), Status.OUT_OF_MEMORY),
    (torch.linalg.LinAlgError("singular"), Status.NON_FINITE),
]


@pytest.mark.parametrize(("failure", "expected"), FAILURES, ids=lambda x: type(x).__name__)
def test_failures_keep_what_was_accepted(failure, expected, start, rows):
    y = smooth(rows) + 3 * rows[:, 0]
    progress, status = grown(start(rows, y), Scripted(plane(0.5), fails(failure)))
    assert (len(progress.stages), status) == (1, expected)


@pytest.mark.parametrize("failure", [failure for failure, _ in FAILURES], ids=lambda x: type(x).__name__)
def test_failures_of_the_first_stage_are_raised(failure, start, rows):
    with pytest.raises(type(failure)):
        grown(start(rows, smooth(rows)), Scripted(fails(failure)))


def test_a_defect_is_seen_though_stages_were_accepted(start, rows):
    y = smooth(rows) + 3 * rows[:, 0]
    with pytest.raises(RuntimeError, match="a defect"):
        grown(start(rows, y), Scripted(plane(0.5), fails(RuntimeError("a defect"))))
