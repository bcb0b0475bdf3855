"""Problems of the race: one stage to be trained, and where it starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from skspectral._backend.samples import Samples
from skspectral.datasets import make_tones
from skspectral.networks import DenseNetwork, deep_start
from skspectral.solvers import StageData
from skspectral.spectrum import bandwidth, nearest_pairs

N_HELD_OUT = 2000

Case = tuple[StageData, Tensor]


def _case(t: Tensor, y: Tensor, hidden: Sequence[int], activation: str, seed: int) -> Case:
    """A network for the bandwidth of the rows; the last N_HELD_OUT are held out."""
    y = y - y.mean(0)
    y, sizes = y / y.std(), [len(t) - N_HELD_OUT, N_HELD_OUT]
    rows, held_out = (
        Samples(a, b, torch.full_like(a[:, 0], 1 / len(a)))
        for a, b in zip(torch.split(t, sizes), torch.split(y, sizes))
    )
    layers = len(hidden)
    network = DenseNetwork((t.shape[1], *hidden), (activation,) * layers, (layers - 1,))
    band = bandwidth(rows.t, rows.y, nearest_pairs(rows.t))
    theta = deep_start(network, rows.t, band, torch.Generator().manual_seed(seed))
    return StageData(rows, held_out, network, lambda t: torch.ones_like(t[:, :1])), theta


def _drawn(n: int, d: int, seed: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, (n + N_HELD_OUT, d)))


def _composition(seed: int) -> Case:
    t = _drawn(500, 1, seed)
    return _case(t, torch.cos(8 * torch.sin(3 * t)), (12, 12), "sin", seed)


def _front(seed: int) -> Case:
    t = _drawn(4000, 2, seed)
    y = torch.tanh(20 * t[:, :1] + 6 * t[:, 1:]) + torch.sin(3 * t[:, :1] * t[:, 1:])
    return _case(t, y, (16, 16), "tanh", seed)


def _tones(seed: int) -> Case:
    tones = make_tones(2, n_samples=3000, n_test=N_HELD_OUT)
    x, y = np.concatenate([tones.X, tones.X_test]), np.concatenate([tones.y, tones.y_test])
    return _case(torch.from_numpy(2 * x - 1), torch.from_numpy(y[:, None]), (256, 256), "sin", seed)


def _grade(seed: int) -> Case:
    """What a drawn layer leaves, as a function of its features."""
    t = _drawn(6000, 2, seed)
    y = torch.exp(torch.sin(3 * t[:, :1] + 2 * t[:, 1:]))
    first, theta = _case(t, y, (64,), "sin", seed)
    features = first.network.features(theta, t)
    readout = torch.linalg.lstsq(features[:-N_HELD_OUT], y[:-N_HELD_OUT]).solution
    return _case(features, y - features @ readout, (64,), "sin", seed)


def _large(seed: int) -> Case:
    t = _drawn(50_000, 2, seed)
    a, b = t[:, :1], t[:, 1:]
    y = [torch.cos(4 * torch.sin(3 * a) + b), torch.sin(5 * a * b)]
    y += [torch.exp(torch.sin(4 * a - 3 * b))]
    return _case(t, torch.cat(y, 1), (64, 64), "sin", seed)


PROBLEMS: dict[str, Callable[[int], Case]] = {
    "composition": _composition,
    "front": _front,
    "tones": _tones,
    "grade": _grade,
    "large": _large,
}
