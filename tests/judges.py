"""Judges of sets of mapped cosines, without a search around them."""

import torch

from skspectral._backend.samples import Samples
from skspectral.selection import LinearOptions
from skspectral.series.mapped_judge import Judge


def judge_of(X, y, known=False, **options):
    """Of scattered rows X (n, d) in the box and y (n,)."""
    t = torch.tensor(X)
    samples = Samples(t, torch.tensor(y)[:, None], torch.full((len(t),), 1 / len(t), dtype=torch.float64))
    return Judge(samples, t[:100] / 2, LinearOptions(**options), known)
