"""Where the arithmetic runs."""

from __future__ import annotations

import os

import torch

DTYPE = torch.float64
# Distance from one to the next larger number.
EPS = torch.finfo(DTYPE).eps
# Relative sizes below which numbers are taken for rounding: errors of which nothing is left to gain, and
# singular values, of which 1e-15 to 1e-14 were best on Fourier extensions, and 1e-13 cost a factor 35.
ROUNDING = 10 * EPS


def resolve_device(spec: str) -> torch.device:
    """The torch device for "auto", "cpu", "cuda" or "cuda:1"; "auto" is CUDA where there is one.

    Raises
    ------
    ValueError
        If the device does not exist here, or has no float64 (MPS).
    """
    if spec == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(spec)
    except RuntimeError as error:
        raise ValueError(f"device={spec!r} is not a device; use 'auto', 'cpu' or 'cuda'") from error
    if device.type not in {"cpu", "cuda"}:
        raise ValueError(f"device={spec!r} has no float64; use 'auto', 'cpu' or 'cuda'")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"device={spec!r}, but torch finds {torch.cuda.device_count()} CUDA devices")
    return device


def memory_of(device: torch.device) -> float:
    """Bytes that the machine has, or that are free on the GPU; infinite where the system does not say."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if {"SC_PAGE_SIZE", "SC_PHYS_PAGES"} <= set(getattr(os, "sysconf_names", {})):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return float("inf")
