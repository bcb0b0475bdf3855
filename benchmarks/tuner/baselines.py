"""SIREN, Fourier features and BACON: the nets that images and fields are usually fitted with.

>>> rows = Rows(X, y, X_val, y_val)
>>> net = Baseline("siren").fit(rows, seconds=10, seed=0, n_parameters=50_000)
>>> net.predict(X_new), net.predict_gradient(X_new), net.history_

All are trained by one loop: Adam in float32 on mini-batches until the time is up, the rate falling
along half a cosine, the weights kept that are best on validation rows. Full batches were 1 dB worse
(SIREN, 128^2 pixels, 4 s); batches of 1,024 rows suit 10 s and more. The rates of `KINDS` are above
those of the sources, which have hours: at 3e-4 SIREN was 4 dB worse than at 2e-3.

Notation: U (n, d) is X mapped to [-1, 1]^d by its bounding box; v (n, k) is y with mean 0 and
standard deviation 1.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.common.targets import Array
from benchmarks.tuner.nets import KINDS, RESOLUTION

BATCH = 1024  # rows
LAST_RATE = 0.01  # of the first one
JUDGED = 0.01  # share of the time between two looks at the validation rows
TRIAL = 0.1  # share of the time that each setting is tried for
# The best two are tried that many times as long: what learns fast, such as an omega of 60, is best
# after a short trial and not always later.
LONGER = 3
CHUNK = 16_384  # rows predicted at once


class Rows(NamedTuple):
    """Training rows, X (n, d) and y (n,) or (n, k), and the validation rows that nets are chosen by."""

    X: Array
    y: Array
    X_val: Array
    y_val: Array


class Baseline:
    """A net of one kind and setting, fitted for some seconds.

    Parameters
    ----------
    kind : str
        Name in `KINDS`.
    setting : float or None
        None: the middle one of the kind's grid.

    Attributes
    ----------
    n_parameters_ : int
        Numbers that the net holds; those that are not trained count.
    history_ : list of (float, float)
        Seconds, and the root mean square error on the validation rows.
    net_ : torch.nn.Module
        With the weights that were best there.
    """

    def __init__(self, kind: str, setting: float | None = None):
        self.kind = kind
        self.setting = _middle(KINDS[kind].grid) if setting is None else setting

    def fit(self, rows: Rows, *, seconds: float, seed: int, n_parameters: int) -> Baseline:
        """Train, and keep the weights that are best on the validation rows."""
        X, y, X_val, y_val = rows
        self._shape = y.shape[1:]
        columns = y.reshape(len(y), -1)
        self._low, self._high = X.min(axis=0), X.max(axis=0)
        self._mean, self._deviation = columns.mean(axis=0), columns.std() or 1.0
        train = self._scaled(X), _tensor((columns - self._mean) / self._deviation)
        held = (y_val.reshape(len(y_val), -1) - self._mean) / self._deviation
        self.net_ = self._net(X.shape[1], columns.shape[1], n_parameters, seed)
        self.n_parameters_ = n_numbers(self.net_)
        watch = _Watch(self.net_, self._scaled(X_val), _tensor(held))
        _train(self.net_, *train, watch, seconds, KINDS[self.kind].rate, seed)
        self.history_ = [(at, error * self._deviation) for at, error in watch.history]
        return self

    def predict(self, X: Array) -> Array:
        """Values (n,) or (n, k) at X (n, d)."""
        with torch.no_grad():
            parts = [self.net_(part) for part in torch.split(self._scaled(X), CHUNK)]
        values = self._mean + self._deviation * torch.cat(parts).double().numpy()
        return values.reshape(len(X), *self._shape)

    def predict_gradient(self, X: Array) -> Array:
        """Derivatives (n, d) or (n, k, d) by the coordinates of X, in units of y over those of X."""
        parts = [_gradient(self.net_, part) for part in torch.split(self._scaled(X), CHUNK)]
        slopes = self._deviation * torch.cat(parts).double().numpy() * (2 / self._width)
        return slopes.reshape(len(X), *self._shape, X.shape[1])

    def _net(self, d: int, k: int, n_parameters: int, seed: int) -> nn.Module:
        kind = KINDS[self.kind]
        width = nearest_width(self.kind, n_parameters, d, k)
        with torch.random.fork_rng(devices=[]):  # modules draw their start from the global generator
            torch.manual_seed(seed)
            return kind.module(d, k, width, self.setting, kind.depth)

    @property
    def _width(self) -> Array:
        width = self._high - self._low
        return np.where(width > 0, width, 1.0)

    def _scaled(self, X: Array) -> Tensor:
        return _tensor((2 * X - self._low - self._high) / self._width)


def chosen(kind: str, rows: Rows, *, seconds: float, seed: int, n_parameters: int) -> float:
    """Return the setting that is best on the validation rows: all in `seconds` each, two in longer."""
    about: dict[str, Any] = {"seed": seed, "n_parameters": n_parameters}

    def ranked(candidates: list[float], seconds: float) -> list[float]:
        nets = [Baseline(kind, one).fit(rows, seconds=seconds, **about) for one in candidates]
        nets.sort(key=lambda net: min(error for _, error in net.history_))
        return [net.setting for net in nets]

    candidates = settings(kind, *rows.X.shape)
    if len(candidates) == 1:
        return candidates[0]
    return ranked(ranked(candidates, seconds)[:2], LONGER * seconds)[0]


def better_size(kind: str, rows: Rows, *, seconds: float, seed: int, counts: Sequence[int]) -> int:
    """Return the number of parameters that is best on the validation rows, in LONGER trials."""
    if len(counts) == 1:
        return counts[0]

    def error(count: int) -> float:
        about: dict[str, Any] = {"seconds": LONGER * seconds, "seed": seed, "n_parameters": count}
        return min(error for _, error in Baseline(kind).fit(rows, **about).history_)

    return min(counts, key=error)


def settings(kind: str, n: int, d: int) -> list[float]:
    """Settings to be tried: those of images, and the same in proportion to the points an axis has.

    >>> settings("siren", 256**2, 2)
    [15.0, 30.0, 60.0]
    """
    factor = round(n ** (1 / d)) / RESOLUTION
    grid = KINDS[kind].grid
    if 2 / 3 < factor < 3 / 2:
        return list(grid)
    return sorted({*grid, *(float(f"{factor * value:.3g}") for value in grid)})


def nearest_width(kind: str, n_parameters: int, d: int, k: int) -> int:
    """Width of the net that has about so many parameters."""

    def excess(width: int) -> int:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            net = KINDS[kind].module(d, k, width, 1.0, KINDS[kind].depth)
        return n_numbers(net) - n_parameters

    low, high = 1, 2
    while excess(high) < 0:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return min((low, high), key=lambda width: abs(excess(width)))


def n_numbers(net: nn.Module) -> int:
    """Numbers that a net holds, trained or not."""
    return sum(values.numel() for values in net.parameters())


# Training


class _Watch:
    """Errors on the validation rows, and the weights that had the smallest."""

    def __init__(self, net: nn.Module, U: Tensor, v: Tensor):
        self.net, self.U, self.v = net, U, v
        self.history: list[tuple[float, float]] = []
        self.min_error = math.inf
        self.state = copy.deepcopy(net.state_dict())

    def record(self, seconds: float) -> None:
        with torch.no_grad():
            error = float((self.net(self.U) - self.v).square().mean().sqrt())
        self.history.append((seconds, error))
        if error < self.min_error:
            self.min_error, self.state = error, copy.deepcopy(self.net.state_dict())


def _train(
    net: nn.Module, U: Tensor, v: Tensor, watch: _Watch, seconds: float, rate: float, seed: int
) -> None:
    adam = torch.optim.Adam([values for values in net.parameters() if values.requires_grad], lr=rate)
    next_record, started = 0.0, time.perf_counter()
    for rows in _batches(len(U), seed):
        gone = time.perf_counter() - started
        if gone >= next_record:
            watch.record(gone)
            next_record = min(gone + JUDGED * seconds, seconds)
        if gone >= seconds:
            break
        adam.param_groups[0]["lr"] = rate * _annealed(gone / seconds)
        adam.zero_grad()
        (net(U[rows]) - v[rows]).square().mean().backward()
        adam.step()
    net.load_state_dict(watch.state)


def _annealed(share: float) -> float:
    return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * share)) / 2


def _batches(n: int, seed: int) -> Iterator[Tensor]:
    """Rows of one pass after another, each in a new order, without end."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        batches: tuple[Tensor, ...] = torch.split(torch.randperm(n, generator=generator), BATCH)
        yield from batches


def _gradient(net: nn.Module, U: Tensor) -> Tensor:  # shape: (n, k, d)
    U = U.clone().requires_grad_()
    outputs = net(U).sum(dim=0)
    slopes = [torch.autograd.grad(one, U, retain_graph=True)[0] for one in outputs]
    return torch.stack(slopes, dim=1)


def _middle(grid: tuple[float, ...]) -> float:
    return grid[len(grid) // 2]


def _tensor(values: Array) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
