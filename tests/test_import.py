"""Importing the package is cheap, and brings no optional library along."""

import os
import subprocess
import sys

# Seconds of a machine say nothing of this package, so the share of what torch and scikit-learn's base
# take is what is held: 0.05 was measured. With rich, which scikit-learn's callbacks import, it was 0.12.
SHARE = 0.08
OPTIONAL = {"finufft", "matplotlib", "onnx", "onnxscript", "pandas", "polars", "rich", "skops"}

# CPU time, not wall time: other processes on the machine must not decide.
TIMED = """
import time
start = time.process_time()
import sklearn.base, torch
before = time.process_time()
import skspectral
print((time.process_time() - before) / (before - start))
"""
# Not with scikit-learn's pipelines: these load pandas and rich where they are installed.
LOADED = """
import sys
import sklearn.base, torch
before = set(sys.modules)
import skspectral
print(*{name.split('.')[0] for name in set(sys.modules) - before})
"""


def output_of(program: str) -> str:
    command = [sys.executable, "-c", program]
    # Compiled modules are kept, as they are for users, whatever the shell of this run says.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def test_import_is_cheap_beside_sklearn_and_torch():
    # The least of three, or the first that is small enough: whatever disturbs a run (a cold cache, a
    # first compilation) only adds.
    assert any(float(output_of(TIMED)) <= SHARE for _ in range(3))


def test_import_leaves_optional_libraries_out():
    loaded = set(output_of(LOADED).split())
    assert "skspectral" in loaded
    assert loaded & OPTIONAL == set()
