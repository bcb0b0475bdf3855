"""Devices by name, and the memory of the machine."""

import math

import pytest
import torch

from skspectral._backend import device
from skspectral._backend.device import EPS, ROUNDING, resolve_device


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
