"""Ctrl-C during a fit, as the system sends it."""

import signal
import threading

import pytest
from joblib import Parallel, delayed

from skspectral._backend.clock import Clock
from skspectral._backend.interrupts import ctrl_c_noted


def press():
    signal.raise_signal(signal.SIGINT)


def test_the_first_is_noted_and_the_second_raised():
    clock = Clock()
    with ctrl_c_noted(clock):
        press()
        assert clock.interrupted
        with pytest.raises(KeyboardInterrupt):
            press()


def test_the_handler_of_before_is_restored():
    with pytest.raises(ZeroDivisionError), ctrl_c_noted(Clock()):
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        press()


def test_in_a_search_of_many_models_the_first_is_raised():
    def fit():
        with ctrl_c_noted(Clock()):
            press()

    with pytest.raises(KeyboardInterrupt):
        Parallel(n_jobs=1)([delayed(fit)()])


def test_a_handler_of_somebody_else_stays():
    seen, clock = [], Clock()
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with ctrl_c_noted(clock):
            press()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT] and not clock.interrupted


def test_other_threads_fit_without_a_handler():
    handlers = []

    def fit():
        with ctrl_c_noted(Clock()):
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=fit)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
