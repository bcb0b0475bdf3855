"""Where errors are larger than elsewhere: next to rows that are missed by more when they are left out.

A row that is left out shows one error, which may be small by chance, and is farther from the other rows
than most places are. So errors vary by half as many digits as those of the nearest rows do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import torch
from torch import Tensor

from .._backend.device import EPS
from ..spectrum import probes
from .fits import LeftOut


@dataclass(frozen=True)
class LocalErrors:
    """Variances here over those elsewhere: NumPy on the CPU, scaled units; some of the rows are kept."""

    rows: np.ndarray  # shape: (m, d)
    square: np.ndarray  # what they are missed by, over the mean of all, shape: (m,)

    @classmethod
    def of(cls, left_out: LeftOut) -> LocalErrors | None:
        """None where no row shows an error."""
        some = probes(left_out.t.numel() // 2)
        square = left_out.square[some]
        if not bool(torch.isfinite(square).all()) or not bool(square.any()):
            return None
        return cls(left_out.t[some].cpu().numpy().copy(), (square / square.mean()).cpu().numpy().copy())

    def __call__(self, t: Tensor) -> Tensor:
        """At scaled coordinates (n, d), up to a factor, shape (n,)."""
        rows, square = torch.from_numpy(self.rows).to(t), torch.from_numpy(self.square).to(t)
        apart = torch.cdist(t, rows, compute_mode="donot_use_mm_for_euclid_dist")
        nearest = apart.topk(min(1 + t.shape[1], len(rows)), largest=False).indices
        # One after another: sums of rows would round by the place of a row in its block.
        total: Tensor = reduce(torch.add, square[nearest].unbind(1))
        return (total / nearest.shape[1]).clamp_min(EPS).sqrt()
