"""Beyond the box: a stage is followed as far as its error allows, is held there, and gives way to a plane.

Notation
--------
r_i is the reach along an input: as far as |t_i| = 1 + r_i the stage f is followed as it is. Beyond that it
is taken at n(t), where n_i(t) = c_i + r_i tanh((t_i - c_i) / r_i) with c_i = t_i held at 1 + r_i, which
never leaves 1 + 2 r_i. With the plane p that fits f best on the rows, the stage is

    p(t) + exp(-|t - n|^2 / 2) (f(n) - p(n)).

Inside of the reach n is t and this is f, to the last digit as it is evaluated here. It has two continuous
derivatives everywhere, and is made of real operations that ask nothing of what a tensor holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Beyond:
    """How far a stage is followed, and the plane that it returns to."""

    reach: Tensor  # shape: (d,), positive
    plane: Tensor  # shape: (1 + d, k)

    def near(self, t: Tensor) -> Tensor:
        """Where the stage is evaluated for coordinates (n, d)."""
        return near_box(t, self.reach)

    def returned(self, values: Tensor, near: Tensor, t: Tensor) -> Tensor:
        """Values (n, k) at `near` as those at t."""
        away = t - near
        on_plane = self.plane[:1] + self._rise(near)
        lost = -torch.expm1(-away.square().sum(1, keepdim=True) / 2)
        return values + self._rise(away) - lost * (values - on_plane)

    def _rise(self, t: Tensor) -> Tensor:
        """Of the plane over coordinates; a product of matrices would round rows by how many there are."""
        rises = [x[:, None] * slope for x, slope in zip(t.unbind(1), self.plane[1:], strict=True)]
        return torch.stack(rises).sum(0) if len(rises) > 1 else rises[0]


def near_box(t: Tensor, reach: Tensor) -> Tensor:
    """Coordinates (.., d), followed up to a reach (d,), where derivatives are 1, and held then."""
    end = 1 + reach
    over = torch.relu(t - end) - torch.relu(-t - end)
    return t - (over - reach * torch.tanh(over / reach))
