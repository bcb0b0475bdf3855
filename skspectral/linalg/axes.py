"""Linear maps along the axes of a tensor."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def apply_along_axes(matrices: Sequence[Tensor], tensor: Tensor) -> Tensor:
    """Multiply axis i by matrices[i]; axes beyond them are left alone."""
    # The axes that shrink most first: contracting a few lines of a grid then costs a hundredth of it.
    for axis in sorted(range(len(matrices)), key=lambda i: len(matrices[i]) / max(1, matrices[i].shape[1])):
        tensor = torch.tensordot(matrices[axis], tensor, dims=([1], [axis])).movedim(0, axis)
    return tensor
