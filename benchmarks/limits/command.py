"""How long large fits take with `max_time`, and after Ctrl-C.

    python -m benchmarks.limits
    python -m benchmarks.limits --fields front --estimators MultiGradeRegressor --max-time 22
    python -m benchmarks.limits --max-time --press 20 22 24 26 28

With `max_time` a fit may take 1.2 times as long and a second (`docs/guide/limits.md`); it is tried on 128^3
nodes. Ctrl-C is pressed in a fit of 50,000 rows of four inputs, which may take another second. Errors are
relative L2 at 2,000 places that no fit saw. Prints both and writes JSON; the exit status is 1 where a limit
did not hold. The seconds are those of the clock, so that nothing else may run.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common.options import OUTPUT, parser
from benchmarks.common.results import Table, write_json
from benchmarks.common.targets import relative_l2
from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor

Field = Callable[[Any], Any]

ESTIMATORS = {e.__name__: e for e in (SpectralMultistageRegressor, MultiGradeRegressor, TunerRegressor)}
FIELDS: dict[str, Field] = {
    "front": lambda t: np.tanh(60 * (_radius(t) - 0.6)),
    "step": lambda t: np.sign(_radius(t) - 0.6),
    "kinks": lambda t: np.abs(np.sin(9 * t[:, 0]) * np.cos(7 * t[:, 1])) + np.abs(t[:, 2] - 0.1),
    "waves": lambda t: np.abs(_radius(t) - 0.6) + 0.3 * np.sin(40 * t[:, 0]) * np.cos(35 * t[:, 1]),
}
LINES = Table(
    "{:<8} {:<28} {:<9} {:>8} {:>8} {:>8} {:>9}  {}",
    ("field", "estimator", "limit", "at, s", "took, s", "allowed", "error", "stop reason"),
)


@dataclass(frozen=True)
class Ended:
    """A fit that a limit ended, and how long it took, with `max_time` or after Ctrl-C."""

    field: str
    estimator: str
    limit: str
    at: float
    took: float
    allowed: float
    error: float
    stop_reason: str

    def line(self) -> str:
        """A line of the table."""
        figures = [f"{self.at:g}", f"{self.took:.2f}", f"{self.allowed:.1f}", f"{self.error:.1e}"]
        return LINES.line(self.field, self.estimator, self.limit, *figures, self.stop_reason)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every fit and write JSON; return the exit status."""
    options = _options(arguments)
    print(LINES.header(), flush=True)
    fits = []
    for fit in _fits(options):
        fits.append(fit)
        print(fit.line(), flush=True)
        write_json(options.out, [asdict(fit) for fit in fits], nodes=options.nodes, rows=options.rows)
    return 1 if any(fit.took > fit.allowed for fit in fits) else 0


def _fits(options: argparse.Namespace) -> Iterator[Ended]:
    axis = np.linspace(-1, 1, options.nodes)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    for name in options.fields:
        for estimator in options.estimators:
            for seconds in options.max_time:
                yield in_time(name, estimator, nodes, seconds)
    rows = np.random.default_rng(0).uniform(-1, 1, (options.rows, 4))
    for seconds in options.press:
        yield after_press(rows, seconds)


def in_time(name: str, estimator: str, X: Any, seconds: float) -> Ended:
    """A fit with `max_time`."""
    start = time.perf_counter()
    model = _fitted(ESTIMATORS[estimator](max_time=seconds), X, FIELDS[name](X))
    took = time.perf_counter() - start
    error = _error(model, FIELDS[name], 3)
    return Ended(name, estimator, "max_time", seconds, took, 1.2 * seconds + 1, error, model.stop_reason_)


def after_press(X: Any, seconds: float) -> Ended:
    """A fit in which Ctrl-C is pressed after so many seconds; nothing is taken where it ended before."""
    pressed: list[float] = []

    def press() -> None:
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    y, timer = _bent(X), threading.Timer(seconds, press)
    timer.start()
    model = _fitted(SpectralMultistageRegressor(), X, y)
    ended = time.perf_counter()
    timer.cancel()
    took = ended - pressed[0] if pressed else 0.0
    error, name = _error(model, _bent, 4), SpectralMultistageRegressor.__name__
    return Ended("bent", name, "Ctrl-C", seconds, took, 1.0, error, model.stop_reason_)


def _fitted(model: Any, X: Any, y: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a limit ended the fit is what is asked for
        return model.fit(X, y)


def _error(model: Any, field: Field, d: int) -> float:
    places = np.random.default_rng(1).uniform(-1, 1, (2000, d))
    return relative_l2(field(places), model.predict(places))


def _radius(t: Any) -> Any:
    return np.linalg.norm(t, axis=1)


def _bent(t: Any) -> Any:
    """Smooth but for two kinks along planes, so that a search goes on for long."""
    smooth = np.exp(np.sin(3 * t[:, 0] + 2 * t[:, 1] * t[:, 2]) - t[:, 3] ** 2)
    return smooth + np.abs(t[:, 0] - t[:, 3]).clip(0.1)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("limits", __doc__)
    asked.add_argument("--fields", nargs="*", choices=FIELDS, default=list(FIELDS), metavar="NAME")
    asked.add_argument("--estimators", nargs="+", choices=ESTIMATORS, default=list(ESTIMATORS))
    asked.add_argument("--max-time", nargs="*", type=float, default=[10.0, 25.0], help="seconds")
    asked.add_argument("--press", nargs="*", type=float, default=[2.0, 10.0, 25.0], help="seconds")
    asked.add_argument("--nodes", type=int, default=128, help="nodes of each axis")
    asked.add_argument("--rows", type=int, default=50_000, help="rows of four inputs")
    asked.add_argument("--out", type=Path, default=OUTPUT / "limits.json", help="JSON")
    return asked.parse_args(arguments)
