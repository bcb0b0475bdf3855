"""The loop, run on solvers that follow a script."""

import math

import pytest
import torch

from clocks import Ticking, pressed, stopped
from skspectral._backend.clock import Clock
from skspectral._backend.device import EPS
from skspectral.solvers import Limits, Status, minimize
from skspectral.solvers.driver import State
from skspectral.solvers.problem import Point

NONE = torch.zeros(0)
PATIENCE = 40


class Script:
    """A solver and its problem: losses one after the other, and the errors that held-out rows show.

    An exception in the script is raised when its turn comes; "stuck" repeats the last point.
    """

    patience = PATIENCE

    def __init__(self, losses, errors=None, judge_every=1):
        self.losses, self.judge_every = losses, judge_every
        self.errors = [math.nan] * len(losses) if errors is None else errors

    def init(self, problem, theta, max_iter):
        return State(self.point(0), 0)

    def step(self, problem, state):
        turn = state.memory + 1
        if isinstance(self.losses[turn], BaseException):
            raise self.losses[turn]
        if self.losses[turn] == "stuck":
            return State(state.point, turn, stuck=True)
        return State(self.point(turn), turn)

    def point(self, turn):
        return Point(NONE, torch.tensor([float(turn)]), self.losses[turn])

    def validation_error(self, point):
        return self.errors[int(point.theta)]


def run(losses, errors=None, judge_every=1, **limits):
    script = Script(losses, errors, judge_every)
    limits = Limits(**{"max_iter": len(losses) - 1, "tol": 1e-3} | limits)
    return minimize(script, script, torch.zeros(1), limits)


def best_turn(solution):
    return int(solution.point.theta)


FALLING = [0.5**i for i in range(60)]


@pytest.mark.parametrize("max_iter", [0, 1, 7])
def test_iterations_are_counted(max_iter):
    solution = run(FALLING, max_iter=max_iter)
    assert (solution.n_iter, solution.status) == (max_iter, Status.MAX_ITER)
    assert solution.losses == FALLING[: max_iter + 1]
    assert best_turn(solution) == max_iter


def test_no_step_begins_when_time_is_up():
    solution = run(FALLING, clock=stopped())
    assert (solution.n_iter, solution.status, best_turn(solution)) == (0, Status.MAX_TIME, 0)


@pytest.mark.parametrize("seconds", [5, 12])
def test_time_ends_the_loop_with_the_best_point(seconds):
    clock = Ticking(seconds)
    solution = run(FALLING, clock=clock)
    assert solution.status == Status.MAX_TIME
    assert 0 < best_turn(solution) == solution.n_iter < seconds
    assert clock.late <= 1


def test_a_step_as_long_as_the_last_one_is_not_begun_late():
    now = [0.0]

    class Slow(Script):
        def step(self, problem, state):
            now[0] += 4
            return super().step(problem, state)

    script = Slow(FALLING)
    solution = minimize(script, script, torch.zeros(1), Limits(50, Clock(10.0, lambda: now[0])))
    assert (solution.status, best_turn(solution)) == (Status.MAX_TIME, 2)


def test_ctrl_c_that_was_noted_ends_the_loop():
    assert run(FALLING, clock=pressed()).status == Status.INTERRUPTED


def test_a_second_ctrl_c_is_raised():
    clock = Clock()

    class Impatient(Script):
        def step(self, problem, state):
            clock.interrupt()
            raise KeyboardInterrupt

    script = Impatient([1.0, 0.5])
    with pytest.raises(KeyboardInterrupt):
        minimize(script, script, torch.zeros(1), Limits(5, clock))


def test_time_that_is_left_is_used():
    assert run(FALLING[:9], clock=Clock(1e6, lambda: 0.0)).status == Status.MAX_ITER


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_ends_the_loop(bad):
    solution = run([1.0, 0.5, bad, 0.1])
    assert (best_turn(solution), solution.n_iter) == (1, 1)
    assert solution.status == Status.NON_FINITE
    assert solution.losses == [1.0, 0.5]


def test_ctrl_c_keeps_the_best_point():
    solution = run([1.0, 0.2, 0.4, KeyboardInterrupt(), 0.1])
    assert (best_turn(solution), solution.n_iter) == (1, 2)
    assert solution.status == Status.INTERRUPTED


def test_other_exceptions_pass():
    with pytest.raises(MemoryError):
        run([1.0, MemoryError()])


def test_best_point_is_the_least_loss():
    assert best_turn(run([1.0, 0.1, 0.5, 0.6, 0.2])) == 1


def test_best_point_is_the_least_held_out_error():
    solution = run([1.0, 0.5, 0.4, 0.3], [0.9, 0.6, 0.7, 0.8])
    assert (best_turn(solution), solution.validation_error) == (1, 0.6)


def test_without_held_out_rows_their_error_is_unknown():
    assert math.isnan(run([1.0, 0.5]).validation_error)


def test_a_gain_too_small_to_count_is_still_kept():
    assert best_turn(run([1.0, 1 - 1e-6, 1 - 2e-6])) == 2


def test_rounding_floor_ends_the_loop():
    solution = run([1.0, EPS**2 / 2, 0.0])
    assert (solution.n_iter, solution.status) == (1, Status.ROUNDING_FLOOR)


def test_stuck_solvers_end_the_loop():
    solution = run([1.0, 0.5, "stuck", 0.1])
    assert (best_turn(solution), solution.n_iter) == (1, 2)
    assert solution.status == Status.STUCK


@pytest.mark.parametrize("gains", [0, 1, 5])
def test_patience_counts_from_the_last_gain(gains):
    losses = FALLING[: gains + 1] + [FALLING[gains]] * 100
    solution = run(losses)
    assert solution.status == Status.CONVERGED
    assert PATIENCE <= solution.n_iter - gains <= PATIENCE + 1
    assert best_turn(solution) == gains


@pytest.mark.parametrize(("share", "status"), [(3e-3, Status.MAX_ITER), (1e-6, Status.CONVERGED)])
def test_tolerance_separates_progress_from_none(share, status):
    """The error, a root of the loss, falls by `share` an iteration; 1e-3 is asked for."""
    assert run([(1 - share) ** (2 * i) for i in range(100)]).status == status


def test_slow_and_steady_progress_adds_up():
    """Less than tol an iteration, thirty times tol within the patience."""
    solution = run([(1 - 8e-4) ** (2 * i) for i in range(200)])
    assert (solution.n_iter, solution.status) == (199, Status.MAX_ITER)


def test_a_tolerance_of_zero_counts_every_gain():
    assert run([1 - 1e-9 * i for i in range(100)], tol=0.0).status == Status.MAX_ITER


def test_rising_held_out_error_under_a_falling_loss_is_overfitting():
    losses = [0.9**i for i in range(100)]
    solution = run(losses, [0.5, 0.4, 0.3, *(0.3 + 0.01 * i for i in range(97))])
    assert (best_turn(solution), solution.status) == (2, Status.OVERFIT)
    assert PATIENCE <= solution.n_iter - 2 <= PATIENCE + 1


def test_held_out_error_and_loss_both_at_rest_are_convergence():
    solution = run([1.0] * 100, [0.5] * 100)
    assert solution.status == Status.CONVERGED


def test_a_better_point_after_a_worse_one_restarts_the_patience():
    losses = [1.0, *[1.0] * 30, 0.5, *[0.5] * 30, 0.25, *[0.25] * 30]
    assert run(losses).status == Status.MAX_ITER


def test_errors_are_judged_now_and_then_and_at_the_end():
    errors = [0.9, 0.1, 0.2, 0.7, 0.5, 0.4, 0.3, 0.8, 0.6, 0.35]
    shown = []
    script = Script(FALLING[:10], errors, judge_every=4)
    script.validation_error = lambda point: shown.append(int(point.theta)) or errors[shown[-1]]
    solution = minimize(script, script, torch.zeros(1), Limits(9))
    assert len(shown) <= 1 + 9 // 4 + 1 and shown[-1] == 9
    assert solution.validation_error == min(errors[turn] for turn in shown)


@pytest.mark.parametrize("end", [EPS**2 / 2, "stuck", math.nan, KeyboardInterrupt()], ids=repr)
def test_rare_judgment_does_not_lose_the_last_point(end):
    """However the loop ends, the point of its last good iteration is looked at."""
    solution = run([1.0, 0.5, 0.25, end, 0.1], judge_every=20)
    assert solution.point.loss == min(solution.losses)


def test_rare_judgment_does_not_lose_the_last_point_when_time_is_up():
    solution = run(FALLING, judge_every=20, clock=Ticking(12))
    assert 0 < best_turn(solution) == solution.n_iter


def test_each_status_says_a_sentence():
    assert all(status.sentence.endswith(".") for status in Status)
    assert Status("max_iter") is Status.MAX_ITER and Status.MAX_ITER == "max_iter"
