"""What predictions of series in several inputs cost."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from skspectral import SpectralMultistageRegressor

# Rows that are predicted, at once and one by one.
PREDICTED = 100_000
ALONE = 300


@dataclass(frozen=True)
class Speed:
    """Seconds of the clock for all rows, and milliseconds for one."""

    inputs: int
    functions: int
    seconds: float
    row_ms: float


def speed(inputs: int) -> Speed:
    """Of a smooth function of that many inputs, fitted to 2,000 rows."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (2000, inputs))
    y = np.exp(X.mean(1)) * np.cos(3 * X[:, 0]) + 0.3 * X[:, 1] * X[:, -1]
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, y)
    places = rng.uniform(-1, 1, (PREDICTED, inputs))
    model.predict(places[:1])
    before = time.perf_counter()
    model.predict(places)
    seconds = time.perf_counter() - before
    times = []
    for row in range(ALONE):
        before = time.perf_counter()
        model.predict(places[row : row + 1])
        times.append(time.perf_counter() - before)
    series = model.to_torch().parts[0].function.expansion
    functions = sum(
        len(part)
        for part in (series.degrees, series.orders, series.cosine, series.gaussian)
        if part is not None
    )
    return Speed(inputs, functions, seconds, 1e3 * float(np.median(times)))
