"""Problems that every method learns at once."""

import pytest
import torch

from benchmarks.solvers import problems
from skspectral.solvers import FullProblem


@pytest.fixture(scope="module")
def tiny():
    """One output, one layer: every method learns it at once."""
    t = problems._drawn(60, 1, 0)
    return problems._case(t, torch.sin(3 * t), (4,), "sin", 0)


@pytest.fixture(scope="module")
def deep():
    """Two outputs, two layers, all parameters."""
    t = problems._drawn(30, 2, 0)
    data, theta = problems._case(t, torch.cat([t.sin(), t.square()], 1)[:, 1:3], (5, 3), "tanh", 0)
    problem = FullProblem(data)
    return problem, problem.evaluate(problem.start(theta))
