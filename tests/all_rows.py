"""All rows of a fit whose stages were found on a part of them, cut into blocks."""

import torch

from skspectral._backend.large_inputs import AllRows, RowScaling
from skspectral._backend.rows import Rows
from skspectral._backend.samples import Units
from skspectral._backend.scaling import InputScaling


def all_rows(t, y, n_blocks=1):
    """Of scaled coordinates (n, d) and targets (n, k), in units of one."""
    (n, d), k = t.shape, y.shape[1]
    inputs = InputScaling(torch.zeros(d).double(), torch.ones(d).double(), torch.zeros(d, dtype=torch.bool))
    units = Units(inputs, torch.ones(()).double(), torch.zeros(k).double())
    parts = zip(t.chunk(n_blocks), y.chunk(n_blocks), strict=True)
    rows = Rows([(X.numpy(), values.numpy(), None) for X, values in parts], False)
    return AllRows(rows, RowScaling(units, n, float(n), 1.0))
