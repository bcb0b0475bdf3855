"""How closely ONNX Runtime and `predict` agree on networks whose units cancel, and what that costs.

    python -m benchmarks.agreement

Units are drawn at random, and read out by the least squares of a smooth target, which makes readouts as
large as training does. Each function is exported and predicted twice: with sines, tanh and sums as the
libraries have them, and in steps that round in one way (`skspectral.networks.alike`). Prints the largest
difference, as a share of the largest value, and how many times as long `predict` takes with the steps, by
processor time on one thread; writes JSON. The exit status is 1 where they differ by more than 1e-13.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from benchmarks.common.networks import Function, layers, random_weights, stage_of
from benchmarks.common.options import OUTPUT, parser
from benchmarks.common.results import write_json
from skspectral.networks import FittedFunction, PreparedFunction

# Inputs, units of each layer, activation, outputs.
NETWORKS: list[tuple[int, tuple[int, ...], str, int]] = [
    (2, (24,), "tanh", 1),
    (2, (24,), "tanh", 3),
    (3, (64, 64), "tanh", 1),
    (2, (30,), "sin", 1),
    (2, (48, 48), "sin", 3),
    (8, (64,), "sin", 1),
]
ROWS = 2000
TIMED = {1: 200, 1000: 20, 100_000: 2}  # rows, and how often they are predicted


@dataclass(frozen=True)
class Agreement:
    """One network: its largest readout over the largest value, differences as shares of that, ratios."""

    network: str
    readouts: float
    apart_in_libraries: float
    apart_in_steps: float
    times_as_long: list[float]  # of `TIMED`


def compare(inputs: int, widths: tuple[int, ...], activation: str, outputs: int) -> Agreement:
    """Draw, read out, export and predict."""
    rng = np.random.default_rng(len(widths) + inputs)
    rows = rng.uniform(-1, 1, (ROWS, inputs))
    y = np.exp(rows[:, :1]) * np.sin((1.0 + np.arange(outputs)) * rows.sum(1, keepdims=True))
    network = layers(inputs, widths, (activation,) * len(widths))
    theta = random_weights(network, rng)
    features = network.features(torch.tensor(theta), torch.tensor(rows)).numpy()
    readout = np.linalg.lstsq(features, y, rcond=1e-15)[0]
    function = Function([stage_of(network, theta, readout, inputs)], inputs, outputs)
    apart, seconds = [], []
    for cancels in (False, True):
        with patch.object(FittedFunction, "cancels", cancels), torch.no_grad():
            predict = function.prepared
            found = function.by_runtime(rows)
            apart.append(float(np.abs(found - predict(torch.tensor(rows)).numpy()).max()))
            seconds.append([_seconds(predict, rng, inputs, *pair) for pair in TIMED.items()])
    size = float(np.abs(y).max())
    largest = float(np.abs(readout).max())
    name = f"{'-'.join(map(str, widths))} {activation}, {inputs} inputs, {outputs} outputs"
    ratios = [slow / fast for fast, slow in zip(*seconds, strict=True)]
    return Agreement(name, largest / size, apart[0] / size, apart[1] / size, ratios)


def _seconds(
    predict: PreparedFunction, rng: np.random.Generator, inputs: int, n: int, repeats: int
) -> float:
    """The least of some, for whatever disturbs adds."""
    X, found = torch.tensor(rng.uniform(-1, 1, (n, inputs))), []
    for _ in range(repeats):
        begun = time.process_time()
        predict(X)
        found.append(time.process_time() - begun)
    return min(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    torch.set_num_threads(1)
    columns = ["network", "readouts, in y", "libraries", "steps", *(f"{n:,} rows" for n in TIMED)]
    print(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")
    found: list[Agreement] = []
    for case in NETWORKS[: options.count]:
        one = compare(*case)
        found.append(one)
        ratios = " | ".join(f"{ratio:.1f}" for ratio in one.times_as_long)
        apart = f"{one.apart_in_libraries:.0e} | {one.apart_in_steps:.0e}"
        print(f"| {one.network} | {one.readouts:.0e} | {apart} | {ratios} |", flush=True)
    write_json(options.out, [asdict(one) for one in found], rows=ROWS)
    return 0 if all(one.apart_in_steps <= 1e-13 for one in found) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("agreement", __doc__)
    asked.add_argument("--count", type=int, default=len(NETWORKS), help="the first of the networks")
    asked.add_argument("--out", type=Path, default=OUTPUT / "agreement.json", help="JSON")
    return asked.parse_args(arguments)
