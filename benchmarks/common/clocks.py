"""Processor time in place of wall time: for machines that do other work too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

import torch
from threadpoolctl import threadpool_limits

from skspectral._backend.clock import Clock
from skspectral.estimators import base


@contextmanager
def processor_time(*modules: ModuleType) -> Iterator[None]:
    """`max_time` of fits counts what this process computes, in all its threads; so do these modules.

    There is no parameter of the estimators for it.
    """
    ticking = SimpleNamespace(perf_counter=time.process_time)
    with ExitStack() as stack:
        stack.enter_context(patch.object(base, "Clock", partial(Clock, now=time.process_time)))
        for module in modules:
            stack.enter_context(patch.object(module, "time", ticking))
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """So that processor time is the time of a quiet core: two threads would be counted twice."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
