"""Lines of a verbose fit, through `logging`, or on standard output where nobody has set that up."""

from __future__ import annotations

import logging
import math
import sys

from .clock import Clock
from .recorder import Candidate, Recorder

LOGGER = logging.getLogger("skspectral")


def say(line: str) -> None:
    """One line, of level INFO.

    Where the logger has a level of its own, or a handler that takes this one, the line is theirs. Elsewhere
    `logging` would drop it, and who asks for `verbose` wants to see it: it goes to standard output, and no
    handler or level is set for that.
    """
    if LOGGER.level or (LOGGER.hasHandlers() and LOGGER.isEnabledFor(logging.INFO)):
        LOGGER.info(line)
    else:
        record = LOGGER.makeRecord(LOGGER.name, logging.INFO, __file__, 0, line, (), None)
        logging.StreamHandler(sys.stdout).handle(record)


class Lines:
    """Says every few seconds where a fit stands and, from `verbose=2` on, what came of each candidate.

    Parameters
    ----------
    clock : Clock
        Of the fit.
    verbose : int
        As the regressors have it.
    every : float
        Seconds from line to line.
    """

    def __init__(self, clock: Clock, verbose: int, every: float = 2.0) -> None:
        self.clock, self.verbose, self.every = clock, verbose, every
        self.last = clock.recorder.now()

    def begin(self, candidate: Candidate) -> None:
        """Nothing has happened yet."""

    def end(self, candidate: Candidate, seconds: float) -> None:
        """What came of it."""
        if self.verbose > 1:
            count = f", {candidate.iterations} iterations" if candidate.iterations > 1 else ""
            stage, error = self.clock.recorder.stage, _error(candidate.error, "nothing")
            say(f"stage {stage}, {candidate.name}: {error}{count}, {seconds:.2f} s")

    def pulse(self, recorder: Recorder) -> None:
        """A line, if the last one is long ago."""
        now = recorder.now()
        if now - self.last < self.every:
            return
        self.last = now
        candidate = recorder.current
        what = "" if candidate is None else f", {candidate.name}, iteration {candidate.iterations}"
        error, left = _error(recorder.best, "no error yet"), self.clock.left
        rest = "" if math.isinf(left) else f", {max(0.0, left):.1f} s left"
        say(f"stage {recorder.stage}{what}: {error}, {recorder.seconds:.1f} s{rest}")


def _error(error: float, none: str) -> str:
    return f"held-out error {error:.1e}" if math.isfinite(error) else none
