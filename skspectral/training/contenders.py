"""Drawn starts that contend for training."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from .._backend.samples import Samples
from ..solvers import orthonormal_basis
from ..spectrum import N_PROBES
from .matching_pursuit import choose_first_layer
from .starts import FixedFeatures, Start
from .train import Training


@dataclass(frozen=True)
class Contender:
    """A start with the parameters that training has reached, and their error."""

    start: Start
    theta: Tensor
    error: float = math.inf
    draw: int = 0  # how often its start was drawn before

    @property
    def key(self) -> tuple[Start, int]:
        """What it stays known by while it is trained."""
        return self.start, self.draw


def contenders_of(samples: Samples, candidates: Iterable[Start], training: Training) -> list[Contender]:
    """Every start, drawn as often as it asks for."""
    rows = samples.draw(N_PROBES, training.generator)
    centers: dict[FixedFeatures, Tensor] = {}
    contenders: list[Contender] = []
    for start in candidates:
        if contenders and training.limits.clock.over:
            break
        if start.is_chosen and not training.limits.clock.over:
            theta = choose_first_layer(start, rows, training.generator)
            contenders.append(Contender(start, theta))
            continue
        if start.beside not in centers:
            centers[start.beside] = _centers(start.beside, rows, training.generator)
        for draw in range(start.seeds):
            theta = start.draw(centers[start.beside], training.generator)
            contenders.append(Contender(start, theta, draw=draw))
    return contenders


def _centers(beside: FixedFeatures, rows: Samples, generator: torch.Generator) -> Tensor:
    """Rows drawn where the features beside the net leave most."""
    basis, _ = orthonormal_basis(rows, beside)
    targets = rows.y * rows.root_weight
    power = (targets - basis @ (basis.T @ targets)).square().sum(1)
    # A little is added everywhere, so that all rows are equally likely where nothing is left.
    number = torch.finfo(power.dtype)
    power = power + number.eps * power.mean() + number.tiny
    # On the CPU: the same rows on every device.
    chosen = torch.multinomial(power.cpu(), rows.n, replacement=True, generator=generator)
    return rows.t[chosen.to(rows.t.device)]


def first_draws(contenders: list[Contender]) -> list[Contender]:
    """One of each start."""
    return [contender for contender in contenders if not contender.draw]
