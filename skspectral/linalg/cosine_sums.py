"""Sums of products of cosines over rows, and their transpose: what a least-squares problem asks of rows.

Either is one nonuniform fast Fourier transform (Barnett, Magland and af Klinteberg 2019, finufft) or
products of cosine tables in row blocks. A transform adds its parts in one thread: more threads would add
them in an order of their own, and the last digits would change from run to run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from .._backend.blocks import fold_rows

# A transform spreads each row over 15^d points of a grid (its kernel's width at this accuracy); tables take
# an operation for each function. On two cores both take 1.0 ms for 4,000 rows and 441 functions of two
# inputs, twice as many as points; for 8,000 rows and 2,197 functions of three, tables take 4 ms and a
# transform 10.
TRANSFORM_RATIO = 2.0
# Relative; the smallest that double precision allows.
TRANSFORM_ACCURACY = 1e-14


class CosineSums:
    """All products of cosines up to `orders` (one per axis) at angles (n, d)."""

    def __init__(self, theta: Tensor, orders: Sequence[int]) -> None:
        self.theta, self.orders = theta, tuple(orders)
        self.shape = tuple(order + 1 for order in self.orders)

    def values(self, box: Tensor) -> Tensor:
        """Sums over all functions of coefficients (K_1 + 1, .., k), shape (n, k)."""
        transform = self._transform(2)
        if transform is not None:
            return self._from_exponentials(transform, box)
        blocks = fold_rows(
            lambda rows: [self._block_values(rows, box)], lambda a, b: a + b, *self._rows(box)
        )
        return torch.cat(blocks)

    def moments(self, values: Tensor) -> Tensor:
        """Sums over rows of values (n, k) times each function, shape (K_1 + 1, .., k)."""
        transform = self._transform(1)
        if transform is not None:
            return self._to_exponentials(transform, values)
        return fold_rows(lambda rows: self._block_moments(rows, values), torch.add, *self._rows(values))

    def _rows(self, values: Tensor) -> tuple[int, int]:
        """How many there are, and the memory that one takes."""
        grown = math.prod(self.shape[1:]) * values.shape[-1]
        return len(self.theta), 16 * (sum(self.shape) + grown)

    def _tables(self, rows: slice) -> list[Tensor]:
        """Of each axis cos(k theta), k = 0 to its order."""
        columns = zip(self.theta[rows].unbind(1), self.orders, strict=True)
        return [torch.cos(theta[:, None] * torch.arange(order + 1).to(theta)) for theta, order in columns]

    def _block_values(self, rows: slice, box: Tensor) -> Tensor:
        first, *others = self._tables(rows)
        total: Tensor = torch.tensordot(first, box, dims=([1], [0]))
        for table in others:
            total = torch.einsum("nj,nj...->n...", table, total)
        return total

    def _block_moments(self, rows: slice, values: Tensor) -> Tensor:
        first, *others = self._tables(rows)
        grown = values[rows]
        for table in reversed(others):
            grown = torch.einsum("nj,n...->nj...", table, grown)
        sums: Tensor = torch.tensordot(first, grown, dims=([0], [0]))
        return sums

    def _transform(self, kind: int) -> tuple[ModuleType, str] | None:
        d = len(self.orders)
        few = math.prod(self.shape) < TRANSFORM_RATIO * 15.0**d
        if d > 3 or few or self.theta.device.type != "cpu":
            return None
        try:
            import finufft
        except ImportError:
            return None
        return finufft, f"nufft{d}d{kind}"

    def _points(self) -> list[np.ndarray]:
        return [np.ascontiguousarray(column) for column in self.theta.T.numpy()]

    def _to_exponentials(self, transform: tuple[ModuleType, str], values: Tensor) -> Tensor:
        """Cosines are means of exponentials of both signs along every axis."""
        module, name = transform
        strengths = np.ascontiguousarray(values.T.numpy(), dtype=np.complex128)
        size = tuple(2 * order + 1 for order in self.orders)
        found = getattr(module, name)(
            *self._points(), strengths, size, eps=TRANSFORM_ACCURACY, isign=1, nthreads=1
        )
        box = torch.from_numpy(np.asarray(found).reshape(-1, *size).real.copy()).movedim(0, -1)
        for axis, order in enumerate(self.orders):
            positive = box.narrow(axis, order, order + 1)
            negative = box.narrow(axis, 0, order + 1).flip(axis)
            box = (positive + negative) / 2
        return box

    def _from_exponentials(self, transform: tuple[ModuleType, str], box: Tensor) -> Tensor:
        module, name = transform
        for axis, order in enumerate(self.orders):
            half = box.narrow(axis, 1, order) / 2
            box = torch.cat([half.flip(axis), box.narrow(axis, 0, 1), half], axis)
        coefficients = np.ascontiguousarray(box.movedim(-1, 0).numpy(), dtype=np.complex128)
        found = getattr(module, name)(
            *self._points(), coefficients, eps=TRANSFORM_ACCURACY, isign=1, nthreads=1
        )
        return torch.from_numpy(np.asarray(found).reshape(len(coefficients), -1).real.T.copy())


def gram_matrix(moments: Tensor, indices: Tensor) -> Tensor:
    """Inner products over rows of the functions `indices` (q, d), from moments (2 K_1 + 1, ..).

    cos(k theta) cos(l theta) is half the sum of the cosines of k + l and k - l, along every axis. Functions
    are taken in groups of one order along the axis of the fewest orders; those of two groups have the
    products of the other axes, for the sum of their orders and for its difference.
    """
    axes, order = _short_axes_first(indices), gram_order(indices)
    back = torch.from_numpy(np.argsort(order)).to(indices.device)
    sorted_already = bool((np.diff(order) > 0).all())
    functions = indices[torch.from_numpy(order).to(indices.device)][:, axes]
    gram = _grams(moments.permute(axes)[None], functions)[0]
    return gram if sorted_already else gram[back[:, None], back]


def gram_order(indices: Tensor) -> np.ndarray:
    """The order of functions (q, d) in which their Gram matrix is built: by axes, the shortest first."""
    columns = indices.cpu().numpy().T
    return np.lexsort([columns[axis] for axis in reversed(_short_axes_first(indices))])


def _short_axes_first(indices: Tensor) -> list[int]:
    return torch.argsort(indices.amax(0), stable=True).tolist()


def _grams(moments: Tensor, indices: Tensor) -> Tensor:
    """Gram matrices (b, q, q) of sorted functions, for a batch of moments (b, 2 K_1 + 1, ..)."""
    if indices.shape[1] == 1:
        return _line_grams(moments, indices[:, 0])
    others, place = torch.unique(indices[:, 1:], dim=0, return_inverse=True)
    inner = _grams(moments.flatten(0, 1), others)
    inner = inner.reshape(*moments.shape[:2], *inner.shape[1:])
    first, sizes = torch.unique_consecutive(indices[:, 0], return_counts=True)
    ends = sizes.cumsum(0)
    rows = [slice(*ends_of) for ends_of in zip((ends - sizes).tolist(), ends.tolist(), strict=True)]
    groups = list(zip(first.tolist(), rows, place.split(sizes.tolist()), strict=True))
    gram = moments.new_empty(len(moments), len(indices), len(indices))
    for count, (k, row, places) in enumerate(groups, 1):
        for other, column, other_places in groups[:count]:
            products = (inner[:, k + other] + inner[:, k - other]) / 2
            block = products[:, places[:, None], other_places]
            gram[:, row, column], gram[:, column, row] = block, block.mT
    return gram


def _line_grams(moments: Tensor, orders: Tensor) -> Tensor:
    """The same along one axis: a Hankel matrix and a Toeplitz matrix."""
    count = int(orders[-1]) + 1
    both = torch.cat([moments[:, 1:count].flip(1), moments[:, :count]], 1)
    toeplitz = both.unfold(1, count, 1).flip(1)
    full = (moments[:, : 2 * count - 1].unfold(1, count, 1) + toeplitz) / 2
    return full if len(orders) == count else full[:, orders[:, None], orders]
