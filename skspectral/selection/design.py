"""How the rows lie, and which of them are left out together to estimate the error at new places.

A row between close neighbors says nothing about the holes between planes or tracks. What is set aside must
be as far from the rows that stay as the places are that the rows claim to cover: lines of a grid, whole
tracks and planes, single rows where rows are random and dense.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..spectrum import MIN_ROWS_TO_JUDGE, Grid, detect_grid, detect_lattice, rounding_of
from .holes import groups_of_rows
from .places import places_between, places_covered, places_in_box

# Groups are set aside in this many turns, every inner group once, and never two side by side. In two turns
# half of the tracks are left out at once, which allows too few modes: errors rise from 5e-4 to 5e-3.
GROUP_TURNS = 3


@dataclass(frozen=True)
class Design:
    """The tensor grid that the rows fill, or None, and the rows that are set aside, turn by turn.

    Each mask (n,) is one turn; the first one is the split of the whole fit: rows that no stage is judged
    by after it was fitted to them. Where rows are `grouped`, whole tracks or planes are left out: a single
    row left out would be predicted by its neighbors alone. `places` lie between the rows; where rows are
    far `apart`, in clusters or along curves, they lie among the neighbors of each. Of a lattice with gaps
    `lines` (n,) are rows on some of its lines: a single row left out has others at its coordinates.
    """

    grid: Grid | None
    turns: tuple[Tensor, ...]
    places: Tensor  # shape: (m, d)
    grouped: bool = False
    apart: bool = False
    lines: Tensor | None = None
    n_groups: int = 0  # that are left out, of grouped rows

    def take(self, rows: Tensor) -> Design:
        """The design of some of the rows, which fill no grid."""
        turns = tuple(turn[rows] for turn in self.turns)
        return replace(self, grid=None, turns=turns, lines=None if self.lines is None else self.lines[rows])

    @property
    def cells(self) -> Tensor | None:
        """Volume of each row's part of a grid over the mean of all; None for scattered rows."""
        if self.grid is None:
            return None
        cells = torch.ones(())
        for t in self.grid.axes:
            steps = t.diff() if len(t) > 1 else t.new_ones(1)
            ends = torch.cat([steps[:1], steps, steps[-1:]])
            cells = cells.to(t)[..., None] * ((ends[1:] + ends[:-1]) / 2)[: len(t)]
        return cells.reshape(-1) / cells.mean()

    @property
    def aside(self) -> Tensor | None:
        """Rows of the one split, or None where all rows are needed."""
        return self.turns[0] if self.turns else None


def look_at(t: Tensor, generator: torch.Generator) -> Design:
    """The design of canonical rows t (n, d)."""
    grid = detect_grid(t)
    if grid is not None:
        lines, places = _lines_aside(grid, generator), places_in_box(t, generator)
        return Design(grid, _turn(lines, t), places, t.shape[1] > 1)
    groups = groups_of_rows(t, generator)
    if groups is not None:
        turns = tuple(_groups_aside(groups))
        return Design(None, turns, places_between(t, generator), True, n_groups=len(groups))
    aside = _turn(_rows_aside(len(t), generator), t)
    places, apart = places_covered(t, generator)
    lattice = detect_lattice(t) if t.shape[1] > 1 else None
    across = () if lattice is None else _turn(_lines_aside(lattice, generator)[lattice.nodes.cpu()], t)
    return Design(None, aside, places, apart=apart, lines=across[0] if across else None)


def _turn(aside: Tensor, t: Tensor) -> tuple[Tensor, ...]:
    """The one turn that there is; none where no row can be spared."""
    return (aside.to(t.device),) if bool(aside.any()) else ()


def _count_aside(n: int) -> int:
    """How many of n rows are set aside: a tenth (ten-fold cross-validation, Kohavi 1995), or more of few.

    It is a quarter of few rows, and of more at least as many as of those that suffice to judge: with 7 of
    70 nodes none was on a spike, and the error reported was a ten-thousandth of the true one. None where a
    quarter is a single row.
    """
    return max(n // 10, min(n, MIN_ROWS_TO_JUDGE) // 4) if n // 4 > 1 else 0


def _rows_aside(n: int, generator: torch.Generator) -> Tensor:
    """Rows drawn at random."""
    aside = torch.zeros(n, dtype=torch.bool)
    aside[torch.randperm(n, generator=generator)[: _count_aside(n)]] = True
    return aside


def _lines_aside(grid: Grid, generator: torch.Generator) -> Tensor:
    """Inner lines across every axis that has any; the rest is a grid too."""
    shape = grid.shape
    n = math.prod(shape)
    share = _count_aside(n) / n / len(shape)
    aside = torch.zeros(shape, dtype=torch.bool)
    for axis, t in enumerate(grid.axes):
        lines = _inner_places(t, share, generator)
        aside |= lines.view(*(-1 if i == axis else 1 for i in range(len(shape))))
    return aside.view(-1)


def _inner_places(t: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Some nodes of an axis, not the ends, one near a place in each of as many parts of equal length.

    Where the axis is symmetric a node's mirror image goes with it: what is odd or even is known there.
    """
    n = len(t)
    places = torch.zeros(n, dtype=torch.bool)
    if n < 3 or share == 0:
        return places
    # Where two nodes are set aside three stay.
    mirrored = n - 2 >= 3 and bool(((t + t.flip(0)).abs() <= rounding_of(t)).all())
    count = max(1, math.ceil(share * n / (2 if mirrored else 1)))
    draws = torch.rand(count, dtype=torch.float64, generator=generator)
    drawn = (torch.arange(count) + draws) / count * (1.0 if mirrored else 2.0) - 1
    places[1 + _nearest(t[1:-1].cpu(), drawn)] = True
    return places | places.flip(0) if mirrored else places


def _nearest(nodes: Tensor, places: Tensor) -> Tensor:
    """Index of the node, of increasing ones, that is next to each place; of two alike the first."""
    after = torch.searchsorted(nodes, places).clamp(0, len(nodes) - 1)
    before = (after - 1).clamp_min(0)
    return torch.where(places - nodes[before] <= nodes[after] - places, before, after)


def _groups_aside(groups: Sequence[Tensor]) -> list[Tensor]:
    """Every GROUP_TURNS-th inner group, starting at each of the first; `groups` are masks in order."""
    turns = [groups[start::GROUP_TURNS] for start in range(min(GROUP_TURNS, len(groups)))]
    return [torch.stack(list(turn)).any(0) for turn in turns]
