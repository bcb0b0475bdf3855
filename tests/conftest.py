"""What every test gets: a repeatable generator, a GPU where there is one, a clean process."""

import os

# Two processes run the tests, so that each may use one thread. Torch reads this at its first import.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
import torch
from hypothesis import settings

# Both are read at the first import of their library, so they are set before any test module is.
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("SCIPY_ARRAY_API", "1")

# Repeatable, and without a deadline, as a busy machine must not fail a test.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that gives every test the same numbers in every run."""
    return np.random.default_rng(0)


@pytest.fixture
def cuda() -> torch.device:
    """The GPU, for tests that need one."""
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device, and torch finds none here")
    return torch.device("cuda")


def process_state() -> dict[str, object]:
    """The settings of the process that fitting and predicting must leave as they were."""
    return {
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "gradients": torch.is_grad_enabled(),
        "floating-point errors": np.geterr(),
    }


@pytest.fixture(autouse=True)
def process_state_is_left_alone():
    """Fail the test that changes the state of the process, not the one that trips over it."""
    before = process_state()
    yield
    assert process_state() == before
