"""Sums of products of cosines over rows, and their transpose: what a least-squares problem asks of rows.

Either is one nonuniform fast Fourier transform (Barnett, Magland and af Klinteberg 2019, finufft) or
products of cosine tables in row blocks. A transform adds its parts in one thread: more threads would add
them in an order of their own, and the last digits would change from run to run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property, reduce
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._backend.blocks import BLOCK_BYTES, cached_blocks, row_blocks
from .._backend.budget import STEP_FLOPS
from .._backend.device import ROUNDING


def transform_pays(n: int, shape: Sequence[int]) -> bool:
    """Whether a transform takes less time than tables, for n rows and a box of functions.

    In units of a product of tables, 0.1 ns on one core, an entry of a table takes 40. Of many rows it pays
    from 500 functions of two inputs on, and from 30,000 of three, as long as the grid fits into a gigabyte.
    """
    if len(shape) > 3 or 16 * _nodes(shape) > 2**30:
        return False
    tables = n * (math.prod(shape) + 40 * sum(shape))
    return sum(_transform_times(n, shape)) < tables and _has_finufft()


def _nodes(shape: Sequence[int]) -> float:
    """Of the grid of a transform: two for each wave along an axis, of both signs."""
    return math.prod(shape) * 4.0 ** len(shape)


def _transform_times(n: int, shape: Sequence[int]) -> tuple[float, float]:
    """Of spreading rows, and of the fast Fourier transform, in units of 0.1 ns.

    A transform spreads each row over 15^d nodes, the width of its kernel at this accuracy, which take 10
    each. A node takes 250 in the Fourier transform.
    """
    return 10.0 * n * 15 ** len(shape), 250 * _nodes(shape)


def _parts(n: int, shape: Sequence[int]) -> list[range]:
    """Orders along the first axis, in parts whose transforms take a step or two each.

    Not so many that rows are spread for longer: each part spreads all of them. The first one is half as
    long, because its transform has as many orders of the other sign.
    """
    spreading, transform = _transform_times(n, shape)
    steps = 5 * transform / STEP_FLOPS  # five operations in a unit
    count = min(steps / 2, transform / spreading, shape[0])
    halves = 2 * max(1, math.ceil(count)) - 1
    ends = np.linspace(0, shape[0], halves + 1).astype(int)[[0, *range(1, halves + 1, 2)]].tolist()
    return [range(start, end) for start, end in pairwise(ends)]


@cache
def _has_finufft() -> bool:
    return find_spec("finufft") is not None


def exponential_sums(
    points: Tensor,  # shape: (n, d)
    coefficients: Tensor,  # shape: (K_1, 2 K_2 + 1, .., k)
    n_threads: int = 1,
    first: int = 0,
) -> Tensor:
    """Real parts of sums of coefficients times exp(i k.x), shape (n, k).

    Orders k begin with `first` along the first axis, and go from -K to K along the others. By a nonuniform
    transform of the second kind: d is three at most.
    """
    part = range(first, first + len(coefficients))
    window = _window(part)
    none = torch.zeros_like(coefficients[:1]).expand(len(window) - len(part), *coefficients.shape[1:])
    found = _transformed(2, points, torch.cat([none, coefficients]), n_threads=n_threads)
    sums = torch.from_numpy(found.reshape(coefficients.shape[-1], -1)).T
    return (sums if first == 0 else _turns(window, points) * sums).real.contiguous()


def _window(part: range) -> range:
    """Orders of a transform that has those of a part along the first axis.

    A transform is most accurate in the middle of its orders. Amplitudes of low ones are the largest of most
    functions, so these are put there: at its end they left 1.5e-14 of a field that is met to 1.4e-15.
    """
    return range(1 - part.stop, part.stop) if part.start == 0 else part


def _turns(window: range, points: Tensor) -> Tensor:
    """exp(i k x) of the order k that a transform counts from, x along the first axis, shape (n, 1)."""
    middle = window.start + len(window) // 2
    return torch.polar(torch.ones_like(points[:, :1]), middle * points[:, :1])


def _transformed(
    kind: int,
    points: Tensor,
    values: Tensor,
    *size: tuple[int, ...],
    n_threads: int,
    accuracy: float = ROUNDING,
) -> Any:
    """A transform of values whose last axis is that of outputs, which is the first of what it gives."""
    import finufft

    d = points.shape[1]
    columns = [np.ascontiguousarray(column) for column in points.T.numpy()]
    given = np.ascontiguousarray(values.movedim(-1, 0).numpy(), dtype=np.complex128)
    transform = getattr(finufft, f"nufft{d}d{kind}")
    return np.asarray(transform(*columns, given, *size, eps=accuracy, isign=1, nthreads=n_threads))


class CosineSums:
    """All products of cosines up to `orders` (one per axis) at angles (n, d).

    `check` may raise; it is called before each transform.
    """

    def __init__(
        self, theta: Tensor, orders: Sequence[int], check: Callable[[], None] = lambda: None
    ) -> None:
        self.theta, self.orders, self.check = theta, tuple(orders), check
        self.shape = tuple(order + 1 for order in self.orders)

    def values(self, box: Tensor) -> Tensor:
        """Sums over all functions of coefficients (K_1 + 1, .., k), shape (n, k)."""
        if self._transform_pays():
            return reduce(torch.add, self._values_of_parts(exponentials(box)))
        # In one place: small results kept between large tables leave holes that no other table fits into.
        values = box.new_empty(len(self.theta), box.shape[-1])
        for rows in self._blocks(box):
            values[rows] = self._block_values(rows, box)
        return values

    def moments(self, values: Tensor, accuracy: float = ROUNDING) -> Tensor:
        """Sums over rows of values (n, k) times each function, shape (K_1 + 1, .., k).

        To an accuracy relative to all of them, where less than rounding takes less time.
        """
        if self._transform_pays():
            return torch.cat(list(self._moments_of_parts(values, accuracy)))
        return reduce(torch.add, (self._block_moments(rows, values) for rows in self._blocks(values)))

    def _blocks(self, values: Tensor) -> Iterator[slice]:
        """Of rows, by the memory that one takes with its temporaries: 2 MB stay in the caches of a core."""
        row_bytes = 8 * (sum(self.shape) + math.prod(self.shape[1:]) * values.shape[-1])
        if self.theta.device.type != "cpu":
            return row_blocks(len(self.theta), row_bytes)
        return cached_blocks(len(self.theta), 4 * row_bytes)

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

    def _transform_pays(self) -> bool:
        return self.theta.device.type == "cpu" and transform_pays(len(self.theta), self.shape)

    def _values_of_parts(self, coefficients: Tensor) -> Iterator[Tensor]:
        for part in _parts(len(self.theta), self.shape):
            self.check()
            yield exponential_sums(self.theta, coefficients[part.start : part.stop], first=part.start)

    def _moments_of_parts(self, values: Tensor, accuracy: float) -> Iterator[Tensor]:
        """Moments: real parts of exponentials, of which those of both signs are alike but for one axis."""
        for part in _parts(len(self.theta), self.shape):
            self.check()
            window = _window(part)
            turned = values if part.start == 0 else values * _turns(window, self.theta)
            size = (len(window), *(2 * order + 1 for order in self.orders[1:]))
            found = _transformed(1, self.theta, turned, size, n_threads=1, accuracy=accuracy)
            box = torch.from_numpy(found.reshape(-1, *size)[:, -len(part) :].real.copy()).movedim(0, -1)
            for axis, order in enumerate(self.orders[1:], 1):
                positive = box.narrow(axis, order, order + 1)
                negative = box.narrow(axis, 0, order + 1).flip(axis)
                box = (positive + negative) / 2
            yield box


def exponentials(box: Tensor) -> Tensor:
    """Coefficients (K_1 + 1, 2 K_2 + 1, .., k) of exponentials, of products of cosines (K_1 + 1, .., k).

    Real parts of exponentials of both signs are alike: along the first axis those of one sign are enough.
    """
    for axis in range(1, box.ndim - 1):
        half = box.narrow(axis, 1, box.shape[axis] - 1) / 2
        box = torch.cat([half.flip(axis), box.narrow(axis, 0, 1), half], axis)
    return box


def gram_matrix(moments: Tensor, indices: Tensor, check: Callable[[], None] = lambda: None) -> Tensor:
    """Inner products over rows of the functions `indices` (q, d), from moments (2 K_1 + 1, ..).

    cos(k theta) cos(l theta) is half the sum of the cosines of k + l and k - l, along every axis. Functions
    are taken in groups of one order along the axis of the fewest orders; those of two groups have the
    products of the other axes, for the sum of their orders and for its difference. What is on the diagonal
    and above it is found; below it nothing is. Functions are in the order that `gram_order` puts them in.
    4,000 of them take seconds: `check` is called now and then, and may raise.
    """
    axes = _short_axes_first(indices)
    halved = moments.permute(axes)[None] / 2 ** (indices.shape[1] - 1)
    return _grams(halved, indices[:, axes], check, mirrored=False)[0]


def gram_order(indices: Tensor) -> np.ndarray:
    """The order of functions (q, d) in which their Gram matrix is built: by axes, the shortest first."""
    columns = indices.cpu().numpy().T
    return np.lexsort([columns[axis] for axis in reversed(_short_axes_first(indices))])


def _short_axes_first(indices: Tensor) -> list[int]:
    return torch.argsort(indices.amax(0), stable=True).tolist()


def _grams(moments: Tensor, indices: Tensor, check: Callable[[], None], mirrored: bool) -> Tensor:
    """Gram matrices (b, q, q) of sorted functions, for a batch of moments (b, 2 K_1 + 1, ..).

    They are 2^(d - 1) times as large as theirs. Where they are not `mirrored` they end at the diagonal.
    """
    if indices.shape[1] == 1:
        check()
        return _line_grams(moments, indices[:, 0])
    others, place = torch.unique(indices[:, 1:], dim=0, return_inverse=True)
    inner = _grams(moments.flatten(0, 1), others, check, mirrored=True)
    inner = inner.reshape(*moments.shape[:2], *inner.shape[1:])
    first, sizes = torch.unique_consecutive(indices[:, 0], return_counts=True)
    ends = sizes.cumsum(0)
    rows = [slice(*ends_of) for ends_of in zip((ends - sizes).tolist(), ends.tolist(), strict=True)]
    groups = list(zip(first.tolist(), rows, map(_run, place.split(sizes.tolist())), strict=True))
    gram = moments.new_empty(len(moments), len(indices), len(indices))
    for count, (k, column, places) in enumerate(groups, 1):
        check()
        for other, row, other_places in groups[:count]:
            block = gram[:, row, column]
            if isinstance(places, slice) and isinstance(other_places, slice):
                both = inner[:, :, other_places, places]
                torch.add(both[:, k + other], both[:, k - other], out=block)
            else:
                products = inner[:, k + other] + inner[:, k - other]
                block.copy_(_part(products, other_places, places))
            if mirrored and row != column:  # on the diagonal blocks mirror themselves
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
