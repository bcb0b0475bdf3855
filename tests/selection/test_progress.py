"""Where a fit stands after stages that are known planes, and what the next one is judged by."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from progresses import progress_of
from skspectral._backend.clock import Clock
from skspectral.networks import StageFunction
from skspectral.selection import StageFit, affine_part
from skspectral.solvers import Status

EPS = torch.finfo(torch.float64).eps


@pytest.fixture
def rows(rng):
    return rng.uniform(-1, 1, (200, 2))


@pytest.fixture
def progress(rows):
    """Before the first stage of 1 + 2 x - y."""
    return progress_of(rows, 1 + rows @ [2.0, -1.0])


def plane(*numbers, error=0.1, status=Status.SOLVED, **others):
    """A stage that is a plane of given numbers, with a given error."""
    affine = torch.tensor(numbers, dtype=torch.float64)[:, None]
    return StageFit(StageFunction(affine_part(affine)), error, 0, status, [], **others)


def accepted(progress, parts, scale=1.0):
    return progress.accept(parts, scale, progress.at_places(parts), Clock(), 0.0)


def test_a_stage_takes_its_values_off_the_residual(progress, rows):
    after = accepted(progress, plane(1, 1, -1))
    np.testing.assert_allclose(after.residual.y[:, 0], rows[:, 0], rtol=0, atol=1e-14)
    np.testing.assert_allclose(after.fitted[:, 0], 1 + rows @ [1.0, -1.0], rtol=0, atol=1e-14)
    assert (progress.index, after.index) == (0, 1)


def test_errors_are_shares_of_what_was_left(progress):
    """The first stage leaves a tenth of y, the second a tenth of that."""
    once = accepted(progress, plane(1, 1, -1))
    twice = accepted(once, plane(0, 0.5, 0))
    assert once.heldout_error == pytest.approx(0.1 * progress.size)
    assert twice.heldout_error == pytest.approx(0.01 * progress.size)
    assert twice.relative(0.5) == pytest.approx(0.005)


def test_no_error_is_below_rounding(progress):
    after = accepted(progress, plane(1, 2, -1, error=0.0))
    assert EPS < after.heldout_error < 100 * EPS
    assert after.residual.rms() <= after.near_rounding


def test_the_plane_of_a_stage_is_kept(progress):
    (stage,) = accepted(progress, plane(1, 2, -1)).stages
    np.testing.assert_allclose(stage.plane[:, 0], [1, 2, -1], rtol=0, atol=1e-13)


def test_values_are_summed_at_the_places_too(progress):
    after = accepted(progress, plane(1, 1, -1), scale=3.0)
    expected = 3 * (1 + progress.design.places @ torch.tensor([1.0, -1.0], dtype=torch.float64))
    torch.testing.assert_close(after.there[:, 0], expected, rtol=0, atol=1e-13)


def test_rows_set_aside_judge_at_unit_scale(progress):
    stay, judge = progress.split(progress.residual)
    assert stay.n + judge.n == 200
    wanted = progress.residual.y[progress.design.aside] / progress.residual.rms()
    torch.testing.assert_close(judge.y, wanted)


def test_a_stage_is_missed_by_what_it_does_not_know_without_the_rows_set_aside(progress):
    """Fitted again to the others the plane is exact; without a second fit its own error counts."""
    unit = progress.residual.rms()
    exact = plane(1 / unit, 2 / unit, -1 / unit, error=0.7)
    known = replace(exact, refit=lambda _samples, _hidden: exact.function)
    assert progress.missed_aside(known) < 1e-14
    assert progress.missed_aside(exact) == 0.7


def test_the_better_of_two_says_which_was_cut_short(progress):
    good, bad = plane(1, 2, -1, error=0.2), plane(0, 0, 0, error=0.9, status=Status.MAX_TIME)
    best = progress.better_of(good, bad)
    assert (best.error, best.status) == (0.2, Status.MAX_TIME)
    assert progress.better_of(bad, good).function is good.function


@pytest.mark.parametrize(("apart", "contradicts"), [(0.03, False), (0.3, True)])
def test_fits_that_differ_by_more_than_errors_are_trusted_to_contradict_each_other(
    apart, contradicts, progress
):
    rival = plane(1, 2, -1, error=0.01)
    assert progress.contradicts(plane(1 + apart, 2, -1), rival) == contradicts


def test_squared_errors_count_for_the_freedom_that_is_left(progress):
    """Half of the leverage spent: errors were twice as large before."""
    unseen = torch.ones(200, 1, dtype=torch.float64)
    torch.testing.assert_close(progress.missed(unseen, 0.5), 4 * progress.missed(unseen, 0.0))
    assert float(progress.missed(unseen, 0.0).mean()) == pytest.approx(1.0)


def test_what_is_expected_of_the_first_stage_is_the_size_of_the_targets(progress):
    assert progress.expected_error == pytest.approx(progress.residual.rms())
    assert math.isclose(progress.noise, progress.residual.rms())
