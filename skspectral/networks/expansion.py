"""A fitted expansion: affine part, modes, mapped cosines, polynomials, evaluated in the cheapest way."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..linalg.axes import apply_along_axes
from ..linalg.mapped_cosines import center_frequencies, cosine_tables, mapped
from ..linalg.polynomials import held
from .fourier import affine_features, fourier_features, polynomial_features

# The box of all wave vectors is contracted axis by axis where the modes are at least this share of it. Row
# by row that is faster than a cosine and a sine per mode from 0.05 (one output) or 0.2 (three) on; on
# grids, which most predictions of so many modes are for, it is many times faster below that, too.
MIN_BOX_FILL = 0.02


@dataclass(frozen=True)
class Expansion:
    """sum over modes of cosine cos(2 pi f.t) + sine sin(2 pi f.t), plus affine [1, t] and polynomials.

    With `step` given, frequencies are integers times `step`. Polynomials are products over axes of Legendre
    polynomials of `degrees`; mapped cosines (`linalg.mapped_cosines`) are products of those of `orders`.
    """

    affine: Tensor  # shape: (1 + d, k)
    frequencies: Tensor  # shape: (m, d), cycles per unit of t
    cosine: Tensor  # shape: (m, k)
    sine: Tensor  # shape: (m, k)
    step: Tensor | None = None  # shape: (d,)
    degrees: Tensor | None = None  # shape: (p, d), integers
    legendre: Tensor | None = None  # shape: (p, k)
    orders: Tensor | None = None  # shape: (q, d), integers
    bends: Tensor | None = None  # shape: (d,)
    mapped: Tensor | None = None  # shape: (q, k)

    @property
    def n_modes(self) -> int:
        """Number of modes."""
        return len(self.frequencies)

    def __call__(self, t: Tensor) -> Tensor:
        """Values (n, k) at coordinates (n, d)."""
        smooth = affine_features(t) @ self.affine
        if self.degrees is not None and self.legendre is not None:
            near = held(t, self.degrees.amax(0))
            smooth = smooth + polynomial_features(near, self.degrees) @ self.legendre
        if self.orders is not None and self.bends is not None and self.mapped is not None:
            smooth = smooth + _mapped_sum(t, self.orders, self.bends, self.mapped)
        if not self.n_modes:
            return smooth
        if self._on_tensor():
            return smooth + self._by_tensor(t)
        features = fourier_features(t, self.frequencies)
        return smooth + features @ torch.cat([self.cosine, self.sine])

    @property
    def row_bytes(self) -> int:
        """Memory that one row needs while it is evaluated."""
        polynomials = 0 if self.degrees is None else 32 * len(self.degrees)
        if self.orders is not None and self.mapped is not None:
            size = [order + 1 for order in self.orders.amax(0).tolist()]
            polynomials += 16 * (math.prod(size[1:]) * self.mapped.shape[1] + sum(size))
        if self._on_tensor():
            size = self._reach()
            return 16 * (math.prod(size[1:]) * self.cosine.shape[1] + sum(size) + 8) + polynomials
        return 8 * (5 * self.n_modes + self.affine.numel() + 8) + polynomials

    def leading_waves(self, count: int) -> Tensor:
        """Frequencies (m, d) of the strongest modes; without any, of mapped cosines at the center."""
        if self.n_modes or self.orders is None or self.bends is None or self.mapped is None:
            power = (self.cosine.square() + self.sine.square()).sum(1)
            return self.frequencies[torch.argsort(power, descending=True, stable=True)[:count]]
        order = torch.argsort(self.mapped.square().sum(1), descending=True, stable=True)
        waves = self.orders[order[: count + 1]]
        return center_frequencies(waves[waves.any(1)][:count], self.bends)

    def plus_affine(self, affine: Tensor) -> Expansion:
        """With an affine part (1 + d, k) added."""
        return replace(self, affine=self.affine + affine)

    def _integers(self) -> Tensor:
        assert self.step is not None
        return torch.round(self.frequencies / self.step).to(torch.int64)

    def _reach(self) -> list[int]:
        """Axis sizes of the box of wave vectors: k_1 >= 0, the others from -K to K."""
        reach = self._integers().abs().amax(0).tolist()
        return [reach[0] + 1, *(2 * k + 1 for k in reach[1:])]

    def _on_tensor(self) -> bool:
        if self.step is None or not self.n_modes or self.frequencies.shape[1] < 2:
            return False
        return self.n_modes >= MIN_BOX_FILL * math.prod(self._reach())

    def _by_tensor(self, t: Tensor) -> Tensor:
        """Re sum c_k e_1^k1 .. e_d^kd, contracted axis by axis."""
        size, k = self._reach(), self.cosine.shape[1]
        assert self.step is not None
        index = self._integers()
        flip = torch.where(index[:, 0] < 0, -1, 1)  # k and -k are one mode: make k_1 >= 0
        index = index * flip[:, None]
        c = torch.complex(self.cosine, -self.sine * flip[:, None])
        place = index.clone()
        place[:, 1:] += torch.tensor(size[1:], device=t.device) // 2
        box = torch.zeros(*size, k, dtype=c.dtype, device=t.device)
        box = box.index_put(tuple(place.T), c, accumulate=True)
        angle = (2 * math.pi) * self.step
        places, row = _distinct(t, math.prod(size[1:]))
        if row is not None:
            return _on_grid([x * a for x, a in zip(places, angle)], size, box)[row]
        waves = [_powers(t[:, i] * angle[i], size[i], centered=i > 0) for i in range(len(size))]
        total = torch.tensordot(waves[0], box, dims=([1], [0]))  # (n, size_2, .., k)
        for wave in waves[1:]:
            total = torch.einsum("nj,nj...->n...", wave, total)
        values: Tensor = total.real
        return values


def _mapped_sum(t: Tensor, orders: Tensor, bends: Tensor, amplitudes: Tensor) -> Tensor:
    """Mapped cosines (q, k), summed at coordinates (n, d) axis by axis over the box of their orders."""
    reach = [int(order) for order in orders.amax(0)]
    box = amplitudes.new_zeros(*(order + 1 for order in reach), amplitudes.shape[1])
    box = box.index_put(tuple(orders.T), amplitudes)
    first, *others = cosine_tables(mapped(t, bends, reach), reach)
    total: Tensor = torch.tensordot(first, box, dims=([1], [0]))
    for table in others:
        total = torch.einsum("nj,nj...->n...", table, total)
    return total


def _on_grid(phases: list[Tensor], size: list[int], box: Tensor) -> Tensor:
    """Values at all nodes of a grid, shape (nodes, k)."""
    waves = [_powers(phase, n, centered=i > 0) for i, (phase, n) in enumerate(zip(phases, size))]
    return apply_along_axes(waves, box).real.reshape(-1, box.shape[-1])


def _distinct(t: Tensor, row_values: int) -> tuple[list[Tensor], Tensor | None]:
    """Distinct coordinates per axis, and each row's node in their grid where that saves work.

    Row by row, `row_values` numbers are computed for each row: the grid may have as many nodes as that.
    Derivatives are taken row by row.
    """
    if t.requires_grad:
        return [], None
    places, row, nodes = [], torch.zeros(len(t), dtype=torch.int64, device=t.device), 1
    for column in t.T:
        distinct, index = torch.unique(column, return_inverse=True)
        row, nodes = row * len(distinct) + index, nodes * len(distinct)
        places.append(distinct)
    return places, row if nodes <= row_values * len(t) else None


def _powers(angle: Tensor, size: int, *, centered: bool) -> Tensor:
    """exp(i k angle), shape (n, size), k from 0 or from -(size // 2)."""
    first = -(size // 2) if centered else 0
    k = torch.arange(first, first + size, dtype=angle.dtype, device=angle.device)
    phase = angle[:, None] * k
    return torch.complex(torch.cos(phase), torch.sin(phase))
