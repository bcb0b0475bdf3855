"""A fitted expansion: affine part, modes, mapped cosines, polynomials, evaluated in the cheapest way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from .._backend.blocks import by_blocks, cached_blocks, row_blocks
from ..linalg.axes import apply_along_axes
from ..linalg.harmonics import cosine_sum, harmonic_bytes, harmonic_sum
from ..linalg.mapped_cosines import (
    center_frequencies,
    cosine_tables,
    end_of_map,
    map_constants,
    mapped_by,
    unmapped,
)
from ..linalg.polynomials import grown, legendre_table
from .boxes import FunctionBox, product_sum, wave_sum, wave_tables
from .fourier import (
    affine_features,
    bell_features,
    fourier_features,
    gaussian_features,
    polynomial_products,
    polynomial_tables,
    power_roots,
)

# The box of all wave vectors is contracted axis by axis where the modes are at least this share of it. On
# grids, which most predictions of many modes are for, that is as fast as a cosine and a sine per mode from
# 0.02 (boxes of 21 by 41 wave vectors) or 0.07 (11 by 21) on, and seven to thirty times faster at 0.5. Row
# by row it pays from 0.15 or 0.35 on only, and is ten times slower at this share.
MIN_BOX_FILL = 0.02


@dataclass(frozen=True)
class Expansion:
    """sum over modes of cosine cos(2 pi f.t) + sine sin(2 pi f.t), plus affine [1, t] and polynomials.

    With `step` given, frequencies are integers times `step`. Polynomials are products over axes of Legendre
    polynomials of `degrees`; mapped cosines (`linalg.mapped_cosines`) are products of those of `orders`;
    Gaussians stand at `centers`, or about the middle of the box, times `powers` of the coordinates.
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
    centers: Tensor | None = None  # shape: (m, d)
    powers: Tensor | None = None  # shape: (m, d), integers
    lengths: Tensor | None = None  # shape: (d,)
    gaussian: Tensor | None = None  # shape: (m, k)

    @property
    def n_modes(self) -> int:
        """Number of modes."""
        return len(self.frequencies)

    def __call__(self, t: Tensor) -> Tensor:
        """Values (n, k) at coordinates (n, d)."""
        smooth = affine_features(t) @ self.affine
        if self.degrees is not None and self.legendre is not None:
            smooth = smooth + self._polynomials(t)
        if self.orders is not None and self.mapped is not None:
            smooth = smooth + self._mapped_series(t)
        if self.gaussian is not None:
            smooth = smooth + self._by_blocks(self._gaussian_sum, t)
        if not self.n_modes:
            return smooth
        if self.wave_box is None:
            return smooth + self._by_blocks(self._wave_by_wave, t)
        return smooth + (self._by_tensor(t) if t.shape[1] > 1 else self._by_blocks(self._on_line, t))

    def _polynomials(self, t: Tensor) -> Tensor:
        assert self.degrees is not None and self.legendre is not None
        box = self._degree_box
        if box is None:
            highest = self.degrees.amax(0).tolist()
            table_bytes = 4 * 8 * (sum(highest) + len(highest))  # while it is made
            return by_blocks(self._polynomial_sum, t, row_blocks(len(t), table_bytes))
        places, row = grid_of(t, math.prod(box.shape[1:-1]))
        if row is None:
            return self._by_blocks(lambda rows: product_sum(_legendre_tables(rows.T, box), box), t)
        return apply_along_axes(_legendre_tables(places, box), box).reshape(-1, box.shape[-1])[row]

    @cached_property
    def _degree_box(self) -> Tensor | None:
        """Amplitudes of polynomials in the box of their degrees, where they fill it, as on grids."""
        assert self.degrees is not None and self.legendre is not None
        size = math.prod(degree + 1 for degree in self.degrees.amax(0).tolist())
        if self.degrees.shape[1] == 1 or len(self.degrees) < size:
            return None
        return FunctionBox.of_orders(self.degrees).filled(self.legendre)

    def _polynomial_sum(self, t: Tensor) -> Tensor:
        assert self.degrees is not None and self.legendre is not None
        degrees, amplitudes, highest = self.degrees, self.legendre, self.degrees.amax(0).tolist()

        def summed(tables: Tensor) -> Tensor:
            return polynomial_products(tables, degrees, highest) @ amplitudes

        return self._by_blocks(summed, polynomial_tables(t, highest))

    def _gaussian_sum(self, t: Tensor) -> Tensor:
        assert self.lengths is not None and self.gaussian is not None
        if self.centers is not None:
            return gaussian_features(t, self.centers, self.lengths) @ self.gaussian
        assert self.powers is not None
        roots = power_roots(int(self.powers.max()), t)
        return bell_features(t, self.powers, self.lengths, roots) @ self.gaussian

    def _mapped_series(self, t: Tensor) -> Tensor:
        """Mapped cosines, summed axis by axis over the box of their orders."""
        return self._by_blocks(self._on_mapped_line if t.shape[1] == 1 else self._mapped_products, t)

    def reach(self, growth: float) -> Tensor:
        """How far beyond the box functions have grown by e^growth at most, shape (d,).

        Waves whose sum is a function on the box grow as polynomials do of a degree that is their angle on
        half the box. A process returns by itself: it is followed for a length, or half the box.
        """
        reach = grown(growth, torch.zeros_like(self.affine[1:, 0])) - 1
        if self.n_modes:
            reach = torch.minimum(reach, grown(growth, 2 * math.pi * self.frequencies.abs().amax(0)) - 1)
        if self.degrees is not None:
            bent = self.degrees[self.degrees.sum(1) > 1]
            if len(bent):
                reach = torch.minimum(reach, grown(growth, bent.amax(0)) - 1)
        if self.orders is not None and self.bends is not None:
            ends = unmapped(grown(growth, self.orders.amax(0)), self.bends)
            reach = torch.minimum(reach, torch.minimum(ends - 1, (end_of_map(self.bends) - 1) / 2))
        if self.lengths is not None:
            reach = torch.minimum(reach, self.lengths.clamp_max(1.0))
        return reach

    def _on_mapped_line(self, t: Tensor) -> Tensor:
        return cosine_sum(self._mapped_cosines(t), self._mapped_box)

    def _mapped_products(self, t: Tensor) -> Tensor:
        box = self._mapped_box
        return product_sum(
            cosine_tables(self._mapped_cosines(t), [size - 1 for size in box.shape[:-1]]), box
        )

    def _mapped_cosines(self, t: Tensor) -> Tensor:
        """cos(theta), shape (n, d)."""
        return mapped_by(t, *self._map)

    @cached_property
    def _map(self) -> tuple[Tensor, Tensor, Tensor]:
        assert self.bends is not None
        return map_constants(self.bends)

    @cached_property
    def _mapped_box(self) -> Tensor:
        """Amplitudes of mapped cosines in the box of their orders."""
        assert self.orders is not None and self.mapped is not None
        return FunctionBox.of_orders(self.orders).filled(self.mapped)

    @cached_property
    def row_bytes(self) -> int:
        """Memory that one row needs while it is evaluated."""
        polynomials = 0 if self.degrees is None else 32 * len(self.degrees)
        polynomials += 0 if self.gaussian is None else 32 * len(self.gaussian)
        if self.orders is not None and self.mapped is not None:
            size = [order + 1 for order in self.orders.amax(0).tolist()]
            polynomials += _box_bytes(size, self.mapped.shape[1])
        if self.wave_box is not None:
            return _box_bytes(self.wave_box.size, self.cosine.shape[1]) + polynomials
        return 8 * (5 * self.n_modes + self.affine.numel() + 8) + polynomials

    def leading_waves(self, count: int) -> Tensor:
        """Frequencies (m, d) of the strongest modes; without any, of mapped cosines at the center.

        A product of cosines is a sum of waves of either sign along every axis but the first.
        """
        if self.n_modes or self.orders is None or self.bends is None or self.mapped is None:
            power = (self.cosine.square() + self.sine.square()).sum(1)
            return self.frequencies[torch.argsort(power, descending=True, stable=True)[:count]]
        order = torch.argsort(self.mapped.square().sum(1), descending=True, stable=True)
        waves = _signed(self.orders[order[: count + 1]])
        return center_frequencies(waves[waves.any(1)][:count], self.bends)

    def center_modes(self) -> Expansion:
        """Mapped cosines of one input as the modes that they are at the center of the box.

        There theta is pi / 2 - 2 pi f t, to the third order of t.
        """
        assert self.orders is not None and self.bends is not None and self.mapped is not None
        waving = self.orders[:, 0] > 0
        orders, mapped = self.orders[waving], self.mapped[waving]
        turn, waves = (math.pi / 2) * orders, center_frequencies(orders, self.bends)
        return Expansion(self.affine, waves, mapped * torch.cos(turn), mapped * torch.sin(turn))

    def plus_affine(self, affine: Tensor) -> Expansion:
        """With an affine part (1 + d, k) added."""
        return replace(self, affine=self.affine + affine)

    def _by_blocks(self, function: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
        return by_blocks(function, t, cached_blocks(len(t), self.row_bytes))

    def _wave_by_wave(self, t: Tensor) -> Tensor:
        return fourier_features(t, self.frequencies) @ torch.cat([self.cosine, self.sine])

    def _on_line(self, t: Tensor) -> Tensor:
        """Harmonics of one input."""
        assert self.step is not None
        return harmonic_sum(2 * math.pi * self.step * t, *self._halves)

    def _integers(self) -> Tensor:
        assert self.step is not None
        return torch.round(self.frequencies / self.step).to(torch.int64)

    @cached_property
    def wave_box(self) -> FunctionBox | None:
        """The box of wave vectors, where the modes are enough of it to be summed by it."""
        if self.step is None or not self.n_modes:
            return None
        waves = self._integers()
        if self.n_modes < MIN_BOX_FILL * math.prod(FunctionBox.size_of_waves(waves)):
            return None
        return FunctionBox.of_waves(waves)

    @cached_property
    def _halves(self) -> tuple[Tensor, Tensor]:
        """Even and odd parts of the modes, in the box."""
        assert self.wave_box is not None
        return self.wave_box.halves(self.cosine, self.sine)

    def _by_tensor(self, t: Tensor) -> Tensor:
        """Re sum c_k e_1^k1 .. e_d^kd, contracted axis by axis."""
        assert self.step is not None
        even, odd = self._halves
        places, row = grid_of(t, math.prod(even.shape[1:-1]))
        if row is not None:
            return self._at_nodes(places)[row]
        return wave_sum(t * (2 * math.pi) * self.step, even, odd)

    def _at_nodes(self, places: list[Tensor]) -> Tensor:
        """At all nodes of the grid of these coordinates, shape (nodes, k)."""
        assert self.step is not None
        even, odd = self._halves
        return _on_grid([x * a for x, a in zip(places, 2 * math.pi * self.step)], torch.complex(even, -odd))


def _signed(waves: Tensor) -> Tensor:
    """Each of the waves (m, d), of positive orders, with every sign that makes another wave of it."""
    for axis in range(1, waves.shape[1]):
        other = waves.clone()
        other[:, axis] = -other[:, axis]
        both = torch.stack([waves, other], 1).reshape(-1, waves.shape[1])
        fresh = (waves[:, :axis] != 0).any(1) & (waves[:, axis] != 0)
        waves = both[torch.stack([torch.ones_like(fresh), fresh], 1).reshape(-1)]
    return waves


def _box_bytes(size: Sequence[int], k: int) -> int:
    """Memory that a row takes on its way through a box of functions."""
    if len(size) == 1:
        return harmonic_bytes(size[0], k)
    return 16 * (math.prod(size[1:]) * k + sum(size) + 8)


def _legendre_tables(columns: Iterable[Tensor], box: Tensor) -> list[Tensor]:
    """Legendre polynomials at coordinates of each axis, as many as the box has of it."""
    return [legendre_table(t, size - 1) for t, size in zip(columns, box.shape)]


def _on_grid(phases: list[Tensor], box: Tensor) -> Tensor:
    """Values at all nodes of a grid, shape (nodes, k)."""
    sizes = enumerate(zip(phases, box.shape))
    tables = [torch.complex(*wave_tables(phase, size, centered=i > 0)) for i, (phase, size) in sizes]
    return apply_along_axes(tables, box).real.reshape(-1, box.shape[-1])


def grid_of(t: Tensor, row_values: int) -> tuple[list[Tensor], Tensor | None]:
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
