"""Clocks that tests control."""

from skspectral._backend.clock import Clock


class Ticking(Clock):
    """Each look at it takes a second; `late` counts looks after the deadline."""

    def __init__(self, seconds):
        self.time = 0.0
        super().__init__(seconds, self.tick)

    def tick(self):
        self.time += 1
        return self.time

    @property
    def late(self):
        return max(0.0, self.time - self.deadline)


def stopped():
    """A clock whose time is up."""
    return Clock(0.0, lambda: 1.0)


def pressed():
    """A clock that was told of Ctrl-C."""
    clock = Clock()
    clock.interrupt()
    return clock
