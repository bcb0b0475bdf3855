"""Lines of a verbose fit: when, what, and where they go."""

import logging

import pytest

from skspectral._backend.clock import Clock
from skspectral._backend.logs import LOGGER, Lines, say


class Hands:
    """A clock whose time a test sets."""

    time = 0.0

    def __call__(self):
        return self.time


@pytest.fixture
def spoken(monkeypatch):
    """The lines that a fit prints."""
    lines = []
    monkeypatch.setattr("skspectral._backend.logs.say", lines.append)
    return lines


def clock_with_lines(deadline, verbose):
    """A clock that prints a line every two seconds, and the hands that set its time."""
    hands = Hands()
    clock = Clock(deadline, hands)
    clock.recorder.now, clock.recorder.started = hands, 0.0
    clock.recorder.listeners.append(Lines(clock, verbose))
    return clock, hands


def test_a_line_every_few_seconds(spoken):
    clock, hands = clock_with_lines(10.0, 1)
    clock.recorder.begin_stage(1, 0.5)
    with clock.recorder.candidate("series"):
        for second in range(1, 8):
            hands.time = second * 0.75
            clock.recorder.note(0.1 / second)
    assert spoken == [
        "stage 1, series, iteration 3: held-out error 1.7e-02, 2.2 s, 7.8 s left",
        "stage 1, series, iteration 6: held-out error 8.3e-03, 4.5 s, 5.5 s left",
    ]


def test_looks_at_the_clock_are_enough_for_a_line(spoken):
    clock, hands = clock_with_lines(float("inf"), 1)
    clock.recorder.begin_stage(3)
    for hands.time in (1.0, 2.5, 4.0, 5.0):
        assert not clock.over
    assert spoken == ["stage 3: no error yet, 2.5 s", "stage 3: no error yet, 5.0 s"]


def test_candidates_are_said_from_two_on(spoken):
    for verbose in (1, 2):
        clock, hands = clock_with_lines(10.0, verbose)
        clock.recorder.begin_stage(1)
        with clock.recorder.candidate("series"):
            clock.recorder.note(0.5)
            clock.recorder.note(0.25)
            hands.time = 1.0
        with clock.recorder.candidate("lines"):
            pass
    assert spoken == [
        "stage 1, series: held-out error 2.5e-01, 2 iterations, 1.00 s",
        "stage 1, lines: nothing, 0.00 s",
    ]


def test_lines_go_to_logging_where_it_takes_them(caplog, capsys):
    with caplog.at_level(logging.INFO):
        say("hello")
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records] == [
        ("skspectral", "INFO", "hello")
    ]
    assert capsys.readouterr() == ("", "")


def test_a_level_of_the_logger_is_kept_to(caplog, capsys):
    LOGGER.setLevel(logging.WARNING)
    try:
        say("hello")
    finally:
        LOGGER.setLevel(logging.NOTSET)
    assert not caplog.records and capsys.readouterr() == ("", "")


@pytest.mark.parametrize("handled", [False, True])
def test_lines_are_printed_where_nobody_would_see_them(handled, capsys, monkeypatch):
    """Also where another package has given the root logger a handler, for warnings."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [logging.StreamHandler()] if handled else [])
    say("hello")
    assert capsys.readouterr() == ("hello\n", "")
    assert LOGGER.handlers == [] and LOGGER.level == logging.NOTSET
