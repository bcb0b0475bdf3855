"""What one pass over many rows costs, by nonuniform transforms and by tables of cosines."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import torch

from skspectral._backend.samples import canonical_samples
from skspectral.linalg import cosine_sums
from skspectral.series.index_sets import all_terms
from skspectral.series.mapped_fit import SummedRows
from skspectral.series.mapped_trial import Shape

# Of the map that bends the cosines; it changes angles alone.
ACCURACY = 1e-8


@dataclass(frozen=True)
class Pass:
    """Microseconds of the processor for one row, on one thread."""

    inputs: int
    functions: int
    sums: float  # values of all functions at the row, and their sums over rows
    moments: float
    values_by_tables: float
    values: float


def one_pass(inputs: int, functions: int, rows: int) -> Pass:
    """Of uniform random rows and the products of cosines of lowest order."""
    generator = torch.Generator().manual_seed(0)
    X = 2 * torch.rand(rows, inputs, dtype=torch.float64, generator=generator) - 1
    samples, _ = canonical_samples(X, X[:, :1], torch.ones(rows).double())
    shape = Shape(all_terms(np.ones(inputs), inputs), functions, ACCURACY)
    chosen = shape.functions(np.full(inputs, functions), samples.t)
    coefficients = torch.ones(len(chosen), 1, dtype=torch.float64)
    sums = SummedRows(samples, chosen)
    values, values_time = _timed(lambda: sums.forward(coefficients), rows)
    _, back = _timed(lambda: sums.adjoint(values), rows)
    _, moments = _timed(sums.moments, rows)
    with patch.object(cosine_sums, "transform_pays", lambda n, shape: False):
        by_tables = _timed(lambda: SummedRows(samples, chosen).forward(coefficients), rows)[1]
    return Pass(inputs, len(chosen), values_time + back, moments, by_tables, values_time)


def _timed(function: Callable[[], torch.Tensor], rows: int) -> tuple[torch.Tensor, float]:
    """What it returns, and microseconds of the processor for each row."""
    before = time.process_time()
    found = function()
    return found, 1e6 * (time.process_time() - before) / rows
