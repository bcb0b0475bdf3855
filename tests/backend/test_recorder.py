"""The one recorder of a fit: rows, their bound, and what listeners are told."""

import math

import numpy as np
import pytest

from skspectral._backend.clock import Clock
from skspectral._backend.recorder import Recorder


class Listener:
    """Keeps the calls that it receives."""

    def __init__(self):
        self.heard = []

    def begin(self, candidate):
        """A candidate begins."""
        self.heard.append(("begin", candidate.name))

    def end(self, candidate, seconds):
        """A candidate ends."""
        self.heard.append(("end", candidate.name, candidate.error))

    def pulse(self, recorder):
        """Called at every look at the clock; not kept."""


def recorder_at(*times):
    """A recorder whose clock shows these times, one after another."""
    return Recorder(iter(times).__next__)


def test_errors_become_relative_and_rows_have_times():
    recorder = recorder_at(10.0, 11.0, 12.0, 13.5, 14.0)
    recorder.begin_stage(2, heldout_unit=0.1, train_unit=0.5)
    with recorder.candidate("a"):
        recorder.note(0.5, 0.4)
        recorder.note(math.nan, 0.2)
    first, second = recorder.rows
    assert first == (2, 1, "a", 1, 0.05, 0.2, 2.0)
    assert second[:4] == (2, 1, "a", 2) and math.isnan(second.heldout_error)
    assert second.seconds == 3.5 and recorder.best == 0.05


def test_the_last_iteration_may_be_judged_later():
    recorder = Recorder()
    with recorder.candidate("a"):
        recorder.judged(9.0)
        recorder.note(math.nan, 1.0)
        recorder.judged(0.3)
    assert [row.heldout_error for row in recorder.rows] == [0.3]
    assert recorder.best == 0.3


def test_nothing_is_kept_outside_of_candidates():
    recorder = Recorder()
    recorder.note(1.0)
    recorder.judged(1.0)
    assert recorder.rows == [] and recorder.best == math.inf


def test_candidates_that_consist_of_others_have_the_best_of_these():
    recorder, told = Recorder(), Listener()
    recorder.listeners.append(told)
    with recorder.candidate("whole", 2):
        for error in (0.3, 0.2):
            with recorder.candidate("part"):
                recorder.note(error)
    assert told.heard == [
        ("begin", "whole"),
        ("begin", "part"),
        ("end", "part", 0.3),
        ("begin", "part"),
        ("end", "part", 0.2),
        ("end", "whole", 0.2),
    ]
    assert [row.candidate for row in recorder.rows] == [2, 3]


def test_a_candidate_that_fails_ends():
    recorder, told = Recorder(), Listener()
    recorder.listeners.append(told)
    with pytest.raises(ZeroDivisionError), recorder.candidate("a"):
        raise ZeroDivisionError
    assert told.heard[-1][0] == "end" and recorder.current is None


@pytest.mark.parametrize("count", [1, 500, 501, 1270, 100_000])
def test_rows_of_a_long_training_are_bounded_and_even(count):
    recorder = Recorder()
    with recorder.candidate("a"):
        for i in range(count):
            recorder.note(1 / (1 + i))
    iterations = np.array([row.iteration for row in recorder.rows])
    assert min(count, 250) <= len(iterations) <= 500
    assert iterations[-1] == count
    assert len(set(np.diff(iterations[:-1]))) <= 1


def test_many_candidates_are_bounded_too():
    recorder = Recorder(most=20)
    for _ in range(1000):
        with recorder.candidate("a"):
            recorder.note(1.0)
    assert 8 <= len(recorder.rows) <= 20


def test_parts_of_a_clock_have_its_recorder():
    clock = Clock(8.0, lambda: 0.0)
    assert clock.part(1 / 2).recorder is clock.recorder
    assert Clock().recorder is not clock.recorder


def test_the_table_is_the_rows():
    recorder = Recorder()
    for name in "aba":
        with recorder.candidate(name):
            recorder.note(0.5)
    table, names = recorder.table()
    assert names == ("a", "b") and table["name"].tolist() == [0, 1, 0]
    assert table["candidate"].tolist() == [1, 2, 3] and table["heldout_error"].tolist() == [0.5] * 3
    assert len(Recorder().table()[0]) == 0
