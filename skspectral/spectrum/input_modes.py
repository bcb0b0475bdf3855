"""Input frequencies of a sine network: all that generate the rest, many low ones, a few high ones.

Layers of sines generate integer combinations of their input frequencies (TUNER, arXiv 2407.21121,
Theorem 1): with the unit vectors among them every integer vector is within reach.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from .._backend.budget import STEP_FLOPS
from .lattice import lattice


@dataclass(frozen=True)
class PowerLaw:
    """What input frequencies are drawn and weighted by where amplitudes of the data fall as |k|^-exponent.

    A network whose frequencies are drawn with density A and weighted by A learns waves in proportion to
    A^3, the density times the square of the weights (its tangent kernel: Tancik et al., arXiv 2006.10739,
    section 3). That is to be their power, |k|^(-2 exponent), so A falls with two thirds of the exponent.
    Steeper draws and flatter weights of the same product fit pixels faster: on two photographs they gain
    0.1 and 0.8 dB of those held out and lose 1.5 dB of the gradient. Even draws lose 2 and 4 dB.
    """

    exponent: float
    longest: float  # |k| of a wave as long as the box: below it amplitudes level off

    def amplitudes(self, modes: np.ndarray) -> np.ndarray:
        """A of wave vectors (m, d)."""
        square = (modes / self.longest) ** 2
        falling: np.ndarray = (1 + square.sum(1)) ** (-self.exponent / 3)
        return falling


def count_input_modes(reach: np.ndarray) -> int:
    """How many distinct modes are listed within `reach` (d,), harmonics per axis."""
    return len(_candidates(reach))


def input_modes(
    count: int,
    reach: np.ndarray,
    low_fraction: float,
    generator: torch.Generator,
    law: PowerLaw | None = None,
) -> np.ndarray:
    """Integer vectors (count, d): the unit vectors, `low_fraction` of the rest low, the others anywhere.

    With a `law` the rest are drawn in proportion to its amplitudes instead.

    Raises
    ------
    ValueError
        If there are fewer distinct modes than that within `reach`.
    """
    d, candidates = len(reach), _candidates(reach)
    if count > len(candidates):
        raise ValueError(
            f"n_modes={count} input frequencies were asked for, and there are {len(candidates)} distinct "
            "ones within the bandlimit: lower n_modes or raise bandlimit"
        )
    units = np.eye(d, dtype=np.int64)[:count]
    others = _without(candidates, units)
    if law is not None:
        drawn = _draw_weighted(others, law.amplitudes(others), count - len(units), generator)
        return np.concatenate([units, drawn])
    n_low = round(low_fraction * (count - len(units)))
    room = int(np.ceil(n_low * 220 / 179))  # the low region has 220 modes, of which the paper draws 179
    low = _draw(others[:room], n_low, generator)
    high = _draw(_without(others, low), count - len(units) - n_low, generator)
    return np.concatenate([units, low, high])


def random_modes(count: int, reach: np.ndarray, generator: torch.Generator) -> np.ndarray:
    """Vectors (count, d) spread evenly up to `reach`, on no lattice."""
    draws = torch.rand(count, len(reach), dtype=torch.float64, generator=generator).numpy()
    modes: np.ndarray = (2 * draws - 1) * reach
    return modes


def _candidates(reach: np.ndarray) -> np.ndarray:
    """Modes by length; where there are very many, low ones and those of a coarser lattice.

    In dimensions in which even -1, 0 and 1 along every axis are too many, modes of two axes at most.
    """
    whole = np.maximum(reach, 1).astype(np.int64)
    most = math.isqrt(int(STEP_FLOPS))  # listing them takes a tenth of a second; fits ask for far fewer
    vectors: np.ndarray
    if _box_size(np.ones_like(whole)) > most // 10:
        pairs = lattice(len(whole), float(whole.max()), 2)
        vectors = pairs[(np.abs(pairs) <= whole).all(1)]
        return vectors
    step = 1
    while _box_size(whole // step) > most:
        step *= 2
    vectors = _half_box(whole // step) * step
    if step > 1:
        fine = 1
        while _box_size(np.minimum(whole, fine + 1)) < most // 10:
            fine += 1
        vectors = np.unique(np.concatenate([_half_box(np.minimum(whole, fine)), vectors]), axis=0)
    vectors = vectors[((vectors / whole) ** 2).sum(1) <= 1]
    return vectors[np.argsort((vectors**2).sum(1), kind="stable")]


def _box_size(reach: np.ndarray) -> int:
    return int(np.prod(2 * reach + 1)) // 2


def _half_box(reach: np.ndarray) -> np.ndarray:
    """Integer vectors up to `reach`, one of k and -k: those after the center in C order."""
    table: np.ndarray = np.indices(tuple(2 * reach + 1)).reshape(len(reach), -1).T - reach
    return table[len(table) // 2 + 1 :]


def _without(vectors: np.ndarray, some: np.ndarray) -> np.ndarray:
    taken = set(map(tuple, some))
    return np.array([v for v in vectors if tuple(v) not in taken], np.int64).reshape(-1, vectors.shape[1])


def _draw_weighted(
    vectors: np.ndarray, weights: np.ndarray, count: int, generator: torch.Generator
) -> np.ndarray:
    """Without putting back, in proportion to the weights: the first of exponential waiting times.

    Efraimidis and Spirakis (2006), "Weighted random sampling with a reservoir".
    """
    draws = torch.rand(len(vectors), dtype=torch.float64, generator=generator).numpy()
    order = np.argsort(np.log1p(-draws) / -weights, kind="stable")
    drawn: np.ndarray = vectors[order[:count]]
    return drawn


def _draw(vectors: np.ndarray, count: int, generator: torch.Generator) -> np.ndarray:
    order = torch.randperm(len(vectors), generator=generator).numpy()
    drawn: np.ndarray = vectors[order[:count]]
    return drawn
