"""Fits at their start, without an estimator around them."""

import torch

from skspectral._backend.samples import Samples
from skspectral.selection import Progress, look_at


def progress_of(X, y):
    """Where a fit of X (n, d) and y (n,) stands before its first stage."""
    t = torch.tensor(X)
    samples = Samples(t, torch.tensor(y)[:, None], torch.full((len(X),), 1 / len(X), dtype=torch.float64))
    design = look_at(t, torch.Generator().manual_seed(0))
    size, nothing = samples.rms(), torch.zeros(len(design.places), 1).double()
    return Progress(samples, samples.y, samples.y, design, size, size, 0, t, nothing, design.places)
