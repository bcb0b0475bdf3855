"""Devices by name, and the number of threads, which is restored after use."""

import math

import pytest
import torch

from skspectral._backend import device
from skspectral._backend.budget import STEP_FLOPS
from skspectral._backend.device import EPS, ROUNDING, resolve_device
from skspectral._backend.threads import threads_for


@pytest.mark.parametrize("present", [True, False])
def test_auto_is_cuda_where_there_is_one(present, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: present)
    assert resolve_device("auto").type == ["cpu", "cuda"][present]


def test_cpu_is_the_cpu():
    assert resolve_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(("spec", "count"), [("cuda", 0), ("cuda:0", 0), ("cuda:2", 2)])
def test_missing_cuda_devices_are_named(spec, count, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    with pytest.raises(ValueError, match=f"{spec}.*{count} CUDA devices"):
        resolve_device(spec)


@pytest.mark.parametrize("spec", ["cuda", "cuda:1"])
def test_present_cuda_devices_are_taken(spec, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert resolve_device(spec) == torch.device(spec)


@pytest.mark.parametrize("spec", ["mps", "meta", "gpu", "", "cuda:x"])
def test_what_has_no_float64_is_refused(spec):
    with pytest.raises(ValueError, match=f"device={spec!r}"):
        resolve_device(spec)


@pytest.fixture
def threads():
    """Three threads are used, whatever the machine has, and the earlier number is restored."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield 3
    torch.set_num_threads(before)


def test_small_steps_run_on_one_thread(threads):
    with threads_for(STEP_FLOPS / 100):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == threads


def test_large_steps_keep_their_threads(threads):
    with threads_for(STEP_FLOPS / 10):
        assert torch.get_num_threads() == threads
    assert torch.get_num_threads() == threads


def test_threads_come_back_after_an_exception(threads):
    with pytest.raises(KeyboardInterrupt), threads_for(1.0):
        raise KeyboardInterrupt
    assert torch.get_num_threads() == threads


def test_machine_has_memory():
    assert 2**28 < device.memory_of(torch.device("cpu")) < 2**50


def test_memory_may_be_unknown(monkeypatch):
    monkeypatch.delattr(device.os, "sysconf_names")
    assert device.memory_of(torch.device("cpu")) == float("inf")


def test_rounding_is_that_of_double_precision():
    """The next number after one is one epsilon above it; sums of a few terms are rounding."""
    assert 1.0 + EPS > 1.0 == 1.0 + EPS / 2
    assert math.nextafter(1.0, 2.0) == 1.0 + EPS
    assert abs((0.1 + 0.2 + 0.3) - 0.6) < ROUNDING < 1e-13
