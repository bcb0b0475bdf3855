"""How many threads the arithmetic of a fit takes: one, and all that there are while a step is large.

A second thread gains nothing in small steps, and where other processes hold the cores each step waits
until it gets its turn. On two cores, 53 targets of `python -m benchmarks.accuracy` took 185 seconds with
two threads in all steps, 193 with one, and 149 in this way. Beside two busy processes, fits of five
targets took 1.4 to 9.4 times as long as alone with two threads in all steps, and 1.6 to 2.4 times in this
way (`python -m benchmarks.busy`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from threading import Lock

import torch
from threadpoolctl import ThreadpoolController

from .budget import affordable

# Threads that the fit may take where its steps are large; None outside of fits.
_OFFERED: ContextVar[int | None] = ContextVar("threads that the fit may take", default=None)


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for a fit, except in large steps (`threads_for`); afterwards all is as it was before."""
    token = _OFFERED.set(_OFFERED.get() or torch.get_num_threads())
    try:
        with _BLAS, threads_for(0.0):
            yield
    finally:
        _OFFERED.reset(token)


@contextmanager
def threads_for(flops: float) -> Iterator[None]:
    """All threads if the steps inside, of `flops` operations each, are large, and one otherwise.

    A step is small where 40 of them, which a short training takes, are affordable together: a second
    thread saves a quarter of a second at most. Handing work over costs more than that where other
    processes hold the cores: 140x measured for a tiny net on two busy cores, 10x for steps of 2e8
    operations.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1 if affordable(40 * flops) else _OFFERED.get() or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _OneBlasThread:
    """One thread for the linear algebra of NumPy and SciPy while any fit runs.

    Its number of threads belongs to the whole process, so that of fits that run side by side the first one
    sets it and the last one restores it.
    """

    def __init__(self) -> None:
        self._lock, self._fits = Lock(), 0

    @cached_property
    def _libraries(self) -> ThreadpoolController:
        """The loaded libraries. They are looked for once, because that takes several milliseconds."""
        return ThreadpoolController()

    def __enter__(self) -> None:
        with self._lock:
            if not self._fits:
                self._limits = self._libraries.limit(limits=1, user_api="blas")
            self._fits += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._fits -= 1
            if not self._fits:
                self._limits.restore_original_limits()


_BLAS = _OneBlasThread()
