"""What a run was measured on: the machine, threads, versions of packages, and the commit."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

_PACKAGES = ("skspectral", "numpy", "scipy", "scikit-learn", "torch", "finufft")


def machine() -> dict[str, Any]:
    """Threads are those of the linear algebra; a child has the same, its environment is.

    The load is the mean number of busy processes over the last minute: above the number of cores,
    seconds are longer than they would be on a quiet machine.
    """
    pools = [pool["num_threads"] for pool in threadpool_info()]
    kind = {"system": platform.system(), "processor": _processor() or platform.machine()}
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    return {"cores": os.cpu_count(), "threads": max(pools, default=1), "load": load, **kind}


def versions() -> dict[str, str | None]:
    """Versions of Python and of what the results depend on; None where a package is missing."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def commit() -> str | None:
    """The checked-out commit, marked where files differ from it; None outside a checkout."""
    command = ["git", "describe", "--always", "--abbrev=10", "--dirty", "--exclude=*"]
    try:
        run = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return run.stdout.strip()


def _processor() -> str | None:
    """The processor's name, where Linux gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
