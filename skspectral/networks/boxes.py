"""Sums over boxes of functions, row by row: waves of integer wave vectors and mapped cosines of all orders.

Notation
--------
Mode j has even part e_j and odd part o_j: it is Re (e_j - i o_j) exp(i k.phi) at angles phi, one for each
axis. The box of wave vectors k has k_1 >= 0, because k and -k are one mode, and the others from -K to K.
The first axis is contracted by a matrix product, each other one by a small product in every row: with
w = exp(i k phi) of an axis, Re and Im of the sum of w_k (a_k + i b_k) are the rows [cos, -sin] and
[sin, cos] times [a; b].

Everything is real, and no line asks what a tensor holds: these run in exported modules too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class FunctionBox:
    """Where functions of integer orders stand in a box of `size`; `sign` is that of their odd parts."""

    size: tuple[int, ...]
    place: Tensor  # shape: (m,)
    sign: Tensor  # shape: (m, 1)

    @classmethod
    def of_waves(cls, waves: Tensor) -> FunctionBox:
        """Of integer wave vectors (m, d) of either sign."""
        flip = torch.where(waves[:, :1] < 0, -1, 1)
        half = waves * flip
        size = cls.size_of_waves(waves)
        half = half + half.new_tensor([0, *(width // 2 for width in size[1:])])
        return cls(size, _places(half, size), flip)

    @staticmethod
    def size_of_waves(waves: Tensor) -> tuple[int, ...]:
        """The size alone: in many inputs places in the box may be more than an integer counts."""
        first, *others = waves.abs().amax(0).tolist()
        return (first + 1, *(2 * k + 1 for k in others))

    @classmethod
    def of_orders(cls, orders: Tensor) -> FunctionBox:
        """Of orders (m, d) from 0 on."""
        size = tuple(order + 1 for order in orders.amax(0).tolist())
        return cls(size, _places(orders, size), torch.ones_like(orders[:, :1]))

    def filled(self, amplitudes: Tensor) -> Tensor:
        """Amplitudes (m, k) in the box (*size, k); those of one place add up."""
        box = amplitudes.new_zeros(math.prod(self.size), amplitudes.shape[1])
        return box.index_add(0, self.place, amplitudes).reshape(*self.size, -1)

    def halves(self, cosine: Tensor, sine: Tensor) -> tuple[Tensor, Tensor]:
        """Even and odd parts of modes, in the box."""
        return self.filled(cosine), self.filled(sine * self.sign)


def _places(index: Tensor, size: Sequence[int]) -> Tensor:
    strides = [math.prod(size[axis + 1 :]) for axis in range(len(size))]
    return index @ index.new_tensor(strides)


def wave_tables(angle: Tensor, size: int, *, centered: bool) -> tuple[Tensor, Tensor]:
    """cos and sin of k times angles (n,), shapes (n, size), k from 0 or from -(size // 2)."""
    first = -(size // 2) if centered else 0
    k = torch.arange(first, first + size, dtype=angle.dtype, device=angle.device)
    phase = angle[:, None] * k
    return torch.cos(phase), torch.sin(phase)


def wave_sum(angles: Tensor, even: Tensor, odd: Tensor) -> Tensor:
    """Sums (n, k) over a box of waves at angles (n, d), d > 1, for even and odd parts (*size, k)."""
    e, o = even.flatten(1), odd.flatten(1)
    first = torch.cat(wave_tables(angles[:, 0], even.shape[0], centered=False), 1)
    total = first @ torch.cat([torch.cat([e, -o], 1), torch.cat([o, e], 1)])
    *middle, last = (
        wave_tables(angles[:, axis], even.shape[axis], centered=True) for axis in range(1, angles.shape[1])
    )
    for cos, sin in middle:
        rows = torch.stack([torch.cat([cos, -sin], 1), torch.cat([sin, cos], 1)], 1)
        total = _contracted(rows, total)
    real, imaginary = (
        _contracted(w[:, None], part) for w, part in zip(last, total.chunk(2, 1), strict=True)
    )
    return real - imaginary


def product_sum(tables: Sequence[Tensor], box: Tensor) -> Tensor:
    """Sums (n, k) over a box (*size, k) of products of one function of each axis, tables (n, size_i)."""
    total = tables[0] @ box.flatten(1)
    for table in tables[1:]:
        total = _contracted(table[:, None], total)
    return total


def _contracted(rows: Tensor, total: Tensor) -> Tensor:
    """In each of n rows a matrix (n, r, j) times what `total` (n, j q) holds, shape (n, r q)."""
    columns = total.reshape(total.shape[0], rows.shape[2], total.shape[1] // rows.shape[2])
    return torch.matmul(rows, columns).flatten(1)
