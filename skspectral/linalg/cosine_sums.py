"""Sums of products of cosines over rows, and their transpose: what a least-squares problem asks of rows.

Either is one nonuniform fast Fourier transform (Barnett, Magland and af Klinteberg 2019, finufft) or
products of cosine tables in row blocks. A transform adds its parts in one thread: more threads would add
them in an order of their own, and the last digits would change from run to run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from .._backend.blocks import BLOCK_BYTES, fold_rows

# An operation of a transform, which is bound by memory, takes the time of so many of a matrix product. On
# one core sums over 8,000 rows take 2.4 ms for 3,721 functions of two inputs by tables and 4.8 by a
# transform, 9.0 and 8.6 ms for 14,641; for 20,000 rows 23 and 15 ms. Of three inputs tables are faster for
# all sets that are tried (24 and 144 ms for 42,875 functions and 8,000 rows).
TRANSFORM_RATIO = 10.0
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
        """How many there are, and the memory that one takes, of which a block may have little."""
        grown = math.prod(self.shape[1:]) * values.shape[-1]
        # A megabyte, which stays in the cache of a core: sums take half of the time.
        scarce = BLOCK_BYTES // 2**20 if self.theta.device.type == "cpu" else 1
        return len(self.theta), 8 * (sum(self.shape) + grown) * scarce

    def _tables(self, rows: slice) -> list[Tensor]:
        """Of each axis cos(k theta), k = 0 to its order."""
        if 8 * len(self.theta) * sum(self.shape) < BLOCK_BYTES:
            return [table[rows] for table in self._all_tables]
        return self._made(self.theta[rows])

    @cached_property
    def _all_tables(self) -> list[Tensor]:
        return self._made(self.theta)

    def _made(self, theta: Tensor) -> list[Tensor]:
        columns = zip(theta.unbind(1), self.orders, strict=True)
        return [torch.cos(t[:, None] * torch.arange(order + 1).to(t)) for t, order in columns]

    def _block_values(self, rows: slice, box: Tensor) -> Tensor:
        first, *others = self._tables(rows)
        total = first @ box.flatten(1)
        for table in others:
            total = torch.bmm(table[:, None], total.view(*table.shape, -1)).flatten(1)
        return total

    def _block_moments(self, rows: slice, values: Tensor) -> Tensor:
        first, *others = self._tables(rows)
        grown = values[rows]
        for table in reversed(others):
            grown = (table[:, :, None] * grown[:, None]).flatten(1)
        return (first.T @ grown).view(*self.shape, -1)

    def _transform(self, kind: int) -> tuple[ModuleType, str] | None:
        d, n = len(self.orders), len(self.theta)
        if d > 3 or self.theta.device.type != "cpu":
            return None
        # Each row is spread over 15^d points (a kernel's width at this accuracy) of a grid twice as fine as
        # the shortest wave; tables are read, and multiplied with each other.
        nodes = math.prod(4.0 * size for size in self.shape)
        transformed = TRANSFORM_RATIO * (2 * n * 15.0**d + 5 * nodes * math.log2(nodes))
        tabled = 2.0 * n * (math.prod(self.shape) + TRANSFORM_RATIO * sum(self.shape))
        if not transformed < tabled:
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
    products of the other axes, for the sum of their orders and for its difference. What is on the diagonal
    and above it is found; below it nothing is. Functions are in the order that `gram_order` puts them in.
    """
    axes = _short_axes_first(indices)
    halved = moments.permute(axes)[None] / 2 ** (indices.shape[1] - 1)
    return _grams(halved, indices[:, axes], mirrored=False)[0]


def gram_order(indices: Tensor) -> np.ndarray:
    """The order of functions (q, d) in which their Gram matrix is built: by axes, the shortest first."""
    columns = indices.cpu().numpy().T
    return np.lexsort([columns[axis] for axis in reversed(_short_axes_first(indices))])


def _short_axes_first(indices: Tensor) -> list[int]:
    return torch.argsort(indices.amax(0), stable=True).tolist()


def _grams(moments: Tensor, indices: Tensor, mirrored: bool) -> Tensor:
    """Gram matrices (b, q, q) of sorted functions, for a batch of moments (b, 2 K_1 + 1, ..).

    They are 2^(d - 1) times as large as theirs. Where they are not `mirrored` they end at the diagonal.
    """
    if indices.shape[1] == 1:
        return _line_grams(moments, indices[:, 0])
    others, place = torch.unique(indices[:, 1:], dim=0, return_inverse=True)
    inner = _grams(moments.flatten(0, 1), others, mirrored=True)
    inner = inner.reshape(*moments.shape[:2], *inner.shape[1:])
    first, sizes = torch.unique_consecutive(indices[:, 0], return_counts=True)
    ends = sizes.cumsum(0)
    rows = [slice(*ends_of) for ends_of in zip((ends - sizes).tolist(), ends.tolist(), strict=True)]
    groups = list(zip(first.tolist(), rows, map(_run, place.split(sizes.tolist())), strict=True))
    gram = moments.new_empty(len(moments), len(indices), len(indices))
    for count, (k, column, places) in enumerate(groups, 1):
        for other, row, other_places in groups[:count]:
            block = gram[:, row, column]
            if isinstance(places, slice) and isinstance(other_places, slice):
                both = inner[:, :, other_places, places]
                torch.add(both[:, k + other], both[:, k - other], out=block)
            else:
                products = inner[:, k + other] + inner[:, k - other]
                block.copy_(_part(products, other_places, places))
            if mirrored:
                gram[:, column, row] = block.mT
    return gram


def _run(places: Tensor) -> Tensor | slice:
    """Increasing places, as a slice where none is left out."""
    first, last = int(places[0]), int(places[-1])
    return slice(first, last + 1) if last - first + 1 == len(places) else places


def _part(matrices: Tensor, rows: Tensor | slice, columns: Tensor | slice) -> Tensor:
    """Some rows and columns of matrices (b, q, q)."""
    if isinstance(rows, slice) or isinstance(columns, slice):
        return matrices[:, rows][..., columns]
    return matrices[:, rows[:, None], columns]


def _line_grams(moments: Tensor, orders: Tensor) -> Tensor:
    """The same along one axis: a Hankel matrix and a Toeplitz matrix."""
    count = int(orders[-1]) + 1
    both = torch.cat([moments[:, 1:count].flip(1), moments[:, :count]], 1)
    toeplitz = both.unfold(1, count, 1).flip(1)
    full = (moments[:, : 2 * count - 1].unfold(1, count, 1) + toeplitz) / 2
    return full if len(orders) == count else full[:, orders[:, None], orders]
