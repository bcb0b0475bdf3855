"""Linear maps along the axes of a tensor."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def apply_along_axes(matrices: Sequence[Tensor], tensor: Tensor) -> Tensor:
    """Multiply axis i by matrices[i]; axes beyond them are left alone."""
    for axis, matrix in enumerate(matrices):
        tensor = torch.tensordot(matrix, tensor, dims=([1], [axis])).movedim(0, axis)
    return tensor
