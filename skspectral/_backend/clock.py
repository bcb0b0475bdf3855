"""When a fit ends: one clock for each fit, handed down to everything that may take long."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from .budget import STEP_FLOPS
from .recorder import Recorder


class OutOfTime(Exception):
    """Time is up, Ctrl-C was pressed, or a step would take longer than what is left.

    It is raised before a step begins. Whoever has a best result so far catches it and returns that.
    """


@dataclass
class _Shared:
    """What all clocks of one fit know."""

    pressed: bool = False  # Ctrl-C, once
    budgeted: float = 0.2  # seconds of a step of the budget, as `STEP_FLOPS` was found
    steps: dict[str, tuple[float, float]] = field(
        default_factory=dict
    )  # operations, seconds of the last one
    recorder: Recorder = field(default_factory=Recorder)


class Clock:
    """Knows how much time is left, and how long steps of each kind take.

    Parameters
    ----------
    deadline : float
        When the fit ends, as `now` has it.
    now : callable
        The time in seconds, never going back.
    shared : object
        Of the clock that this one is a part of.

    Examples
    --------
    >>> seconds = iter(range(100))
    >>> clock = Clock(deadline=2.5, now=lambda: next(seconds))
    >>> clock.over, clock.over, clock.over, clock.over
    (False, False, False, True)
    """

    def __init__(
        self,
        deadline: float = math.inf,
        now: Callable[[], float] = time.monotonic,
        shared: _Shared | None = None,
    ) -> None:
        self.deadline, self.now = deadline, now
        self._shared = shared or _Shared()
        self.refused = False  # whether a step was not begun

    @property
    def recorder(self) -> Recorder:
        """What everything that is tried in this fit reports to."""
        return self._shared.recorder

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._shared.pressed

    @property
    def left(self) -> float:
        """Seconds that are left; none after Ctrl-C."""
        if self.interrupted:
            return 0.0
        return math.inf if self.deadline == math.inf else self.deadline - self.now()

    @property
    def over(self) -> bool:
        """Whether nothing more may begin."""
        self._shared.recorder.pulse()
        return self.left <= 0

    def interrupt(self) -> None:
        """Note Ctrl-C; the second time it is raised."""
        if self._shared.pressed:
            raise KeyboardInterrupt
        self._shared.pressed = True

    def check(self, seconds: float = 0.0) -> None:
        """Leave a loop when time is up, or when its next turn would take too many seconds."""
        self._shared.recorder.pulse()
        if self.left <= seconds:
            self._refuse()

    def allows(self, kind: str, operations: float) -> bool:
        """Whether a step that nothing can interrupt is expected to end in time.

        A step of the budget counts beside the last one: how long small steps take says little.
        """
        self._shared.recorder.pulse()
        known, seconds = self._shared.steps.get(kind, (0.0, 0.0))
        pace = (self._shared.budgeted + seconds) / (STEP_FLOPS + known)
        left = self.left
        return left > 0 and pace * operations <= left

    @contextmanager
    def step(self, kind: str, operations: float, after: float = 0.0) -> Iterator[None]:
        """A step that nothing can interrupt; it is timed, and not begun where it would take too long.

        `after` are the operations, at the same pace, of what must follow before the fit can end.
        """
        if not self.allows(kind, operations + after):
            self._refuse()
        before = self.now()
        yield
        self._shared.steps[kind] = operations, self.now() - before

    def _refuse(self) -> NoReturn:
        self.refused = True
        raise OutOfTime

    def part(self, share: float) -> Clock:
        """A clock for a share of the time that is left."""
        if self.deadline == math.inf:
            return self
        now = self.now()
        return Clock(now + share * (self.deadline - now), self.now, self._shared)
