"""Ctrl-C during a fit: the first press is noted, and the fit ends with the best model so far."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .clock import Clock

# Packages that fit many models in turn: Ctrl-C is meant for all of them.
SEARCHES = ("joblib", "sklearn.model_selection")


@contextmanager
def ctrl_c_noted(clock: Clock) -> Iterator[None]:
    """The clock notes Ctrl-C, and a second press raises; within a search of models the first does.

    Python hands signals to the main thread alone, and a handler that somebody else has set stays.
    """
    mine = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if mine else None
    if before is not signal.default_int_handler:
        yield
        return

    def note(_number: int, frame: FrameType | None) -> None:
        clock.interrupt()
        if _in_a_search(frame):
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _in_a_search(frame: FrameType | None) -> bool:
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if any(name == search or name.startswith(search + ".") for search in SEARCHES):
            return True
        frame = frame.f_back
    return False
