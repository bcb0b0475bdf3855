"""The clock of a fit: what is left, what is begun, and Ctrl-C."""

import math

import pytest

from clocks import Ticking, pressed, stopped
from skspectral._backend.budget import STEP_FLOPS
from skspectral._backend.clock import Clock, OutOfTime


class Hands:
    """A clock whose time a test sets."""

    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


def test_without_a_deadline_everything_may_begin():
    clock = Clock()
    assert clock.left == math.inf and not clock.over
    assert clock.part(0.1) is clock
    with clock.step("any", 1e30):
        pass
    clock.check(1e30)
    assert not clock.refused


def test_time_that_is_up():
    clock = stopped()
    assert clock.over
    with pytest.raises(OutOfTime):
        clock.check()
    with pytest.raises(OutOfTime), clock.step("any", 0.0):
        raise AssertionError
    assert clock.refused


def test_a_part_ends_earlier_and_knows_the_same():
    now = Hands()
    clock = Clock(8.0, now)
    now.time = 2.0
    part = clock.part(1 / 3)
    assert part.left == 2.0 and clock.left == 6.0
    part.interrupt()
    assert clock.interrupted and clock.over and part.over


def test_a_step_is_begun_where_there_is_time_for_what_follows_it():
    clock = Clock(1.0, Hands())
    with clock.step("one", STEP_FLOPS, after=2 * STEP_FLOPS):
        pass
    with pytest.raises(OutOfTime), clock.step("one", STEP_FLOPS, after=1e3 * STEP_FLOPS):
        raise AssertionError


def test_a_step_is_begun_where_its_growth_leaves_time():
    """Ten steps of the budget took a second; a hundred take ten."""
    now = Hands()
    clock = Clock(10.0, now)
    with clock.step("one", 10 * STEP_FLOPS):
        now.time = 1.0
    assert clock.allows("one", 50 * STEP_FLOPS)
    assert not clock.allows("one", 100 * STEP_FLOPS)
    with pytest.raises(OutOfTime), clock.step("one", 100 * STEP_FLOPS):
        raise AssertionError


def test_small_steps_say_little():
    """A thousand operations in a millisecond do not make a step of the budget one of hours."""
    now = Hands()
    clock = Clock(10.0, now)
    with clock.step("one", 1e3):
        now.time = 1e-3
    assert clock.allows("one", STEP_FLOPS)


def test_steps_of_another_kind_take_as_long_as_the_budget_says():
    now = Hands()
    clock = Clock(10.0, now)
    with clock.step("slow", STEP_FLOPS):
        now.time = 9.0
    assert not clock.allows("slow", STEP_FLOPS)
    assert clock.allows("other", STEP_FLOPS)
    assert not clock.allows("other", 100 * STEP_FLOPS)


def test_a_step_that_fails_is_not_timed():
    clock = Ticking(100)
    with pytest.raises(ZeroDivisionError), clock.step("one", 1.0):
        raise ZeroDivisionError
    assert clock.allows("one", 1.0)


def test_ctrl_c_is_noted_once_and_then_raised():
    clock = pressed()
    assert clock.interrupted and clock.over and clock.left == 0
    with pytest.raises(KeyboardInterrupt):
        clock.interrupt()
