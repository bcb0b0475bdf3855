"""What a run was measured on: cores, threads, and versions of packages."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from threadpoolctl import threadpool_info

_PACKAGES = ("skspectral", "numpy", "scipy", "scikit-learn", "torch", "finufft")


def machine() -> dict[str, Any]:
    """Threads are those of the linear algebra; a child has the same, its environment is."""
    pools = [pool["num_threads"] for pool in threadpool_info()]
    kind = {"system": platform.system(), "processor": platform.machine()}
    return {"cores": os.cpu_count(), "threads": max(pools, default=1), **kind}


def versions() -> dict[str, str | None]:
    """Versions of Python and of what the results depend on; None where a package is missing."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
