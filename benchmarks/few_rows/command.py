"""Small data sets against a Gaussian process with a length per input, a ridge and the mean.

    python -m benchmarks.few_rows
    python -m benchmarks.few_rows --count 100 --seed 1

Each data set is drawn from the seed and its index: 6 to 200 uniform rows of 1 to 10 inputs, one of five
smooth functions, without noise or with 5 % of the spread; our three regressors take turns, with their
defaults. Errors are of 1000 fresh points three percent inside the box, against the function without noise,
relative to its spread. Prints a line per data set, then how ours compare, and writes JSON. The exit status
is 1 where a criterion is not met: the median error at most the process's, the worst three times it, never
above 1.1 times the better of mean and ridge. How far a choice between these two by rows left out is from
the better one is printed beside it.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from benchmarks.common.options import OUTPUT, parser
from benchmarks.common.results import write_json
from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor

Array = np.ndarray

_OURS = (SpectralMultistageRegressor, MultiGradeRegressor, TunerRegressor)
_FUNCTIONS: tuple[Callable[[Array], Array], ...] = (
    lambda X: np.sin(2 * X[:, 0]) + X[:, -1] ** 2 + X.mean(1) / 2,
    lambda X: np.exp(-2 * ((X - 0.2) ** 2).mean(1)),
    lambda X: np.cos(3 * X[:, 0] + X[:, -1]) + X[:, 0] * X[:, -1],
    lambda X: X @ np.linspace(1, 2, X.shape[1]),
    lambda X: 1 / (1.5 + X[:, 0] * X[:, -1]) + 0.3 * X.mean(1) ** 3,
)
_FLOOR = 1e-9  # errors below are none: a plane is met to rounding by one and to 1e-6 by the other


@dataclass(frozen=True)
class Comparison:
    """Errors on one data set, relative to the spread of the function."""

    index: int
    n: int
    d: int
    noise: float
    regressor: str
    ours: float
    process: float
    simple: float  # the better of mean and ridge
    chosen: float  # that one of mean and ridge which misses rows left out one by one by less
    reported: float
    seconds: float

    @property
    def to_process(self) -> float:
        """Our error over that of the process."""
        return max(self.ours, _FLOOR) / max(self.process, _FLOOR)

    @property
    def to_simple(self) -> float:
        """Our error over that of the better of mean and ridge."""
        return max(self.ours, _FLOOR) / max(self.simple, _FLOOR)


def compare(seed: int, index: int, restarts: int) -> Comparison:
    """Draw a data set and fit it by all."""
    rng = np.random.default_rng([seed, index])
    n, d = int(np.exp(rng.uniform(np.log(6), np.log(200)))), int(rng.integers(1, 11))
    noise, function = float(rng.choice([0.0, 0.05])), _FUNCTIONS[index % len(_FUNCTIONS)]
    X, fresh = rng.uniform(-1, 1, (n, d)), rng.uniform(-0.97, 0.97, (1000, d))
    y, truth = function(X), function(fresh)
    y = y + noise * y.std() * rng.standard_normal(n)
    ours = _OURS[index % len(_OURS)]()

    def error(model: RegressorMixin) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of small data both say much
            missed = model.fit(X, y).predict(fresh) - truth
        return float(np.linalg.norm(missed) / np.linalg.norm(truth - truth.mean()))

    begun = time.perf_counter()
    own = error(ours)
    seconds = time.perf_counter() - begun
    both = [RidgeCV(np.logspace(-6, 2, 9)), RidgeCV([1e12])]  # the last is the mean
    errors = [error(model) for model in both]
    left_out = [cross_val_predict(model, X, y, cv=LeaveOneOut()) - y for model in both]
    chosen = errors[int(np.argmin([np.square(missed).sum() for missed in left_out]))]
    kernel = ConstantKernel() * RBF(np.ones(d), (1e-2, 1e3)) + WhiteKernel(1e-2, (1e-12, 1e1))
    process = GaussianProcessRegressor(
        kernel, normalize_y=True, n_restarts_optimizer=restarts, random_state=0
    )
    name, reported = type(ours).__name__, float(ours.heldout_error_)
    return Comparison(index, n, d, noise, name, own, error(process), min(errors), chosen, reported, seconds)


def row(one: Comparison) -> str:
    """One line of the table."""
    return (
        f"{one.index:5d}{one.n:5d}{one.d:4d}{one.noise:6.2f}  {one.regressor:28s}{one.ours:9.1e}"
        f"{one.process:9.1e}{one.simple:9.1e}{one.reported:10.1e}{one.seconds:7.2f}"
    )


def criteria(found: Sequence[Comparison]) -> dict[str, tuple[float, float]]:
    """What is asked: the figure that was found, and its bound."""
    to_process = np.array([one.to_process for one in found])
    return {
        "median error over the process's": (float(np.median(to_process)), 1.0),
        "worst error over the process's": (float(to_process.max()), 3.0),
        "worst error over the better of mean and ridge": (max(one.to_simple for one in found), 1.1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    found: list[Comparison] = []
    print("index    n   d noise  regressor                        ours  process   simple  reported      s")
    for index in range(options.count):
        found.append(compare(options.seed, index, options.restarts))
        print(row(found[-1]), flush=True)
    judged = criteria(found)
    for name, (figure, bound) in judged.items():
        print(f"{name}: {figure:.3g}, at most {bound:g} asked")
    chosen = [max(one.chosen, _FLOOR) / max(one.simple, _FLOOR) for one in found]
    print(f"the same of a choice between these by rows left out: {max(chosen):.3g}")
    write_json(options.out, [asdict(one) for one in found], seed=options.seed, criteria=judged)
    return 0 if all(figure <= bound for figure, bound in judged.values()) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("few_rows", __doc__)
    asked.add_argument("--count", type=int, default=100, help="of data sets")
    asked.add_argument("--seed", type=int, default=0, help="of all that is drawn")
    asked.add_argument("--restarts", type=int, default=5, help="of the process's search")
    asked.add_argument("--out", type=Path, default=OUTPUT / "few_rows.json", help="JSON")
    return asked.parse_args(arguments)
