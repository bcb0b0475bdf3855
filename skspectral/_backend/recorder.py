"""What happens during a fit: everything that is tried reports to one recorder.

The clock carries it along. The history, lines of the log and progress bars are all fed from here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

# What is known of one iteration; the errors are relative, NaN where they were not computed.
ROW = np.dtype(
    [
        ("stage", "i4"),
        ("candidate", "i4"),
        ("name", "i2"),  # which of the names
        ("iteration", "i4"),
        ("heldout_error", "f8"),
        ("train_error", "f8"),
        ("seconds", "f4"),
    ]
)


class Row(NamedTuple):
    """One iteration of one candidate."""

    stage: int
    candidate: int
    name: str
    iteration: int
    heldout_error: float
    train_error: float
    seconds: float


@dataclass
class Candidate:
    """What is being tried: a series, a training, a drawn layer."""

    number: int
    name: str
    parts: int  # how many candidates it will consist of, at most; 0: it is one by itself
    started: float
    iterations: int = 0
    error: float = math.inf  # held-out, the least so far


class Listener(Protocol):
    """Hears of what is recorded."""

    def begin(self, candidate: Candidate) -> None:
        """A candidate is about to be tried."""

    def end(self, candidate: Candidate, seconds: float) -> None:
        """It was tried."""

    def pulse(self, recorder: Recorder) -> None:
        """Time passes; called between all steps."""


class Recorder:
    """Keeps a bounded table of candidates and iterations, and notifies listeners.

    Candidates may consist of others; what is noted counts for the innermost, and nothing is kept outside
    of them.

    Parameters
    ----------
    now : callable
        The time in seconds, never going back.
    most : int
        Rows of the table. Beyond, every second iteration is dropped, and then every second candidate.

    Examples
    --------
    >>> recorder = Recorder()
    >>> recorder.begin_stage(1)
    >>> with recorder.candidate("series"):
    ...     recorder.note(0.5)
    ...     recorder.note(0.25)
    >>> [(row.iteration, row.heldout_error) for row in recorder.rows]
    [(1, 0.5), (2, 0.25)]
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter, most: int = 500) -> None:
        self.now, self.most, self.started = now, most, now()
        self.rows: list[Row] = []
        self.listeners: list[Listener] = []
        self.stage, self.best = 0, math.inf
        self._units, self._open, self._count, self._stride = (1.0, 1.0), list[Candidate](), 0, 1

    @property
    def seconds(self) -> float:
        """Since the fit began."""
        return self.now() - self.started

    @property
    def current(self) -> Candidate | None:
        """What is being tried."""
        return self._open[-1] if self._open else None

    def begin_stage(self, number: int, heldout_unit: float = 1.0, train_unit: float = 1.0) -> None:
        """Errors that are noted from now on are relative when they are multiplied by these units."""
        self.stage, self._units, self._count, self.best = number, (heldout_unit, train_unit), 0, math.inf

    @contextmanager
    def candidate(self, name: str, parts: int = 0) -> Iterator[None]:
        """Whatever is noted inside belongs to it."""
        self._count += 1
        candidate = Candidate(self._count, name, parts, self.now())
        self._open.append(candidate)
        for listener in self.listeners:
            listener.begin(candidate)
        try:
            yield
        finally:
            self._open.pop()
            if self._open:
                self._open[-1].error = min(self._open[-1].error, candidate.error)
            seconds = self.now() - candidate.started
            for listener in self.listeners:
                listener.end(candidate, seconds)

    def note(self, heldout_error: float = math.nan, train_error: float = math.nan) -> None:
        """An iteration of the current candidate, with the errors of the stage at unit scale."""
        if not self._open:
            return
        candidate, (heldout_unit, train_unit) = self._open[-1], self._units
        candidate.iterations += 1
        error = self._least(candidate, heldout_error * heldout_unit)
        where = self.stage, candidate.number, candidate.name, candidate.iterations
        if self.rows and self.rows[-1][:2] == where[:2] and self.rows[-1].iteration % self._stride:
            self.rows.pop()  # it was kept as the last one
        self.rows.append(Row(*where, error, train_error * train_unit, self.seconds))
        if len(self.rows) > self.most:
            self._thin()
        self.pulse()

    def judged(self, heldout_error: float) -> None:
        """The error of the last iteration, where it was computed later."""
        candidate = self.current
        if candidate is None or not candidate.iterations:
            return
        error = self._least(candidate, heldout_error * self._units[0])
        self.rows[-1] = self.rows[-1]._replace(heldout_error=error)

    def _least(self, candidate: Candidate, error: float) -> float:
        candidate.error = min(candidate.error, error)  # of what is NaN the first stays
        self.best = min(self.best, error)
        return error

    def pulse(self) -> None:
        """Time passes."""
        for listener in self.listeners:
            listener.pulse(self)

    def table(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """The rows as one array of `ROW`, and the names of the candidates."""
        names = tuple(dict.fromkeys(row.name for row in self.rows))
        place = {name: i for i, name in enumerate(names)}
        return np.array([(*row[:2], place[row.name], *row[3:]) for row in self.rows], ROW), names

    def _thin(self) -> None:
        """Half of the iterations; the last one of each candidate stays, as long as that is enough."""
        self._stride *= 2
        ends = {(row.stage, row.candidate): row.iteration for row in self.rows}
        self.rows = [
            row
            for row in self.rows
            if row.iteration % self._stride == 0 or row.iteration == ends[row.stage, row.candidate]
        ]
        if len(self.rows) > 0.75 * self.most:
            self.rows = self.rows[::2]
