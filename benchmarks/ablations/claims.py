"""Figures that the three papers show as pictures, as numbers.

    python -m benchmarks.ablations.claims
    python -m benchmarks.ablations.claims --only shells zoom

shells: the angle-averaged spectrum of a turbulent flow, predicted between the nodes (Ng et al., Figure 2).
law: the residual of each stage against its dominant frequency, a power law (Wang and Lai, section 3).
norm: what a loss of norm 10 leaves, against norm 2 (Ng et al., section 3.3).
grades: the error of the lower and the upper half of twenty tones after each grade (arXiv 2410.16105).
zoom: photographs enlarged by 2, 4 and 6, against cubic splines (arXiv 2407.21121).
beyond: fits on [-1, 1], judged on the rest of [-2, 2] (arXiv 2407.21121).
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline, RectBivariateSpline
from sklearn.exceptions import ConvergenceWarning

from benchmarks.common.clocks import one_thread
from benchmarks.common.options import OUTPUT, parser
from benchmarks.common.results import Table, write_json
from benchmarks.common.targets import Array, relative_l2
from benchmarks.tuner.cases import Request, image_files, square
from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor
from skspectral.datasets import make_tones, make_turbulence, trigonometric_interpolant
from skspectral.inspection import angle_averaged_spectrum, psnr
from skspectral.solvers import Adam

CLAIMS = Table("{:<8} {:<46} {}", ("row", "what", "figures"))
Row = tuple[str, list[float]]


def shells() -> Iterator[Row]:
    """The largest relative error of a shell, of those that rounding leaves in place."""
    field = make_turbulence(128, reynolds=50, random_state=0)
    model = SpectralMultistageRegressor().fit(field.X, field.stream_function.ravel())
    n = len(field.x)
    between = field.X + (field.x[1] - field.x[0]) / 2
    true = trigonometric_interpolant(field.stream_function)(between).reshape(n, n)
    _, expected = angle_averaged_spectrum(true)
    _, found = angle_averaged_spectrum(model.predict(between).reshape(n, n))
    # A hundred times above rounding amplitudes are known to 1 %.
    seen = expected > (100 * np.finfo(float).eps) ** 2 * expected.max()
    yield "shells above rounding; largest error", [int(seen.sum()), _largest(found, expected, seen)]


def _largest(found: Array, expected: Array, seen: Array) -> float:
    return float(np.max(np.abs(found[seen] / expected[seen] - 1)))


def _line(n: int) -> tuple[Array, Array]:
    """Nodes, and the first target of Wang and Lai there."""
    t = np.linspace(-1, 1, n)
    return t[:, None], np.log(t + 2) * np.cos(2 * t + t**3)


def law() -> Iterator[Row]:
    """Residuals and frequencies after each stage of the scale start, and the slope of their logarithms."""
    (X, y), (X_test, y_test) = _line(600), _line(8001)
    about = {"init": "scale", "solver": "lm", "hidden_layer_sizes": (20, 20), "max_iter": 150}
    model = SpectralMultistageRegressor.from_paper(**about, n_stages=4).fit(X, y)
    left = [y_test - values for values in model.staged_predict(X_test)]
    sizes = [float(np.sqrt(np.mean(residual**2)) / y_test.std()) for residual in left]
    waves = [float(np.sum(residual[1:] * residual[:-1] < 0) / 4) for residual in left]
    yield "relative residual after each stage", sizes
    yield "its frequency, cycles per unit", waves
    if len(left) > 1:
        yield "exponent of the power law", [float(np.polyfit(np.log(waves), np.log(sizes), 1)[0])]


def norm() -> Iterator[Row]:
    """The peak of the residual over its root mean square, and the error after one and two stages."""
    (X, y), (X_test, y_test) = _line(400), _line(4001)
    for power in (2, 10):
        solver = Adam(norm=power, readout="trained", learning_rate=1e-2)
        about = {"init": "scale", "solver": solver, "hidden_layer_sizes": (20, 20), "max_iter": 4000}
        model = SpectralMultistageRegressor.from_paper(**about, n_stages=2).fit(X, y)
        left = [y_test - values for values in model.staged_predict(X_test)]
        peak = float(np.abs(left[0]).max() / np.sqrt(np.mean(left[0] ** 2)))
        yield f"norm {power}: peak over rms; error by stage", [peak, *(_share(e, y_test) for e in left)]


def _share(left: Array, y: Array) -> float:
    return float(np.linalg.norm(left) / np.linalg.norm(y))


def grades() -> Iterator[Row]:
    """Error of the tones up to 100 cycles and of those above, after each grade of 16 sines."""
    tones = make_tones(2)
    model = MultiGradeRegressor(n_modes=0, n_stages=4, hidden_layer_sizes=(16,), max_time=20).fit(
        tones.X, tones.y
    )
    true = np.fft.rfft(tones.y)
    for name, band in (("low tones", slice(0, 105)), ("high tones", slice(105, None))):
        sums = [np.fft.rfft(values)[band] for values in model.staged_predict(tones.X)]
        yield f"{name}: error after each grade", [relative_l2(abs(true[band]), abs(s)) for s in sums]


def zoom() -> Iterator[Row]:
    """PSNR of enlarged photographs minus that of cubic splines."""
    size = 96
    for name, read in image_files(Request()).items():
        gains = []
        for factor in (2, 4, 6):
            fine, coarse = (square(read().mean(2), each) for each in (size, size // factor))
            x, x_fine = (_middles(len(image)) for image in (coarse, fine))
            there = np.stack(np.meshgrid(x_fine, x_fine, indexing="ij"), -1).reshape(-1, 2)
            here = np.stack(np.meshgrid(x, x, indexing="ij"), -1).reshape(-1, 2)
            ours = TunerRegressor().fit(here, coarse.ravel()).predict(there).reshape(fine.shape)
            cubic = RectBivariateSpline(x, x, coarse)(x_fine, x_fine)
            gains.append(psnr(fine, ours, data_range=1) - psnr(fine, cubic, data_range=1))
        yield f"{name}: dB above cubic at 2, 4, 6", gains


def _middles(n: int) -> Array:
    return (2 * np.arange(n) + 1) / n - 1


def beyond() -> Iterator[Row]:
    """Relative error outside, of our defaults and of a cubic spline."""
    X, X_test = np.linspace(-1, 1, 400)[:, None], np.linspace(1, 2, 200)[:, None]
    X_test = np.concatenate([-X_test, X_test])
    targets: dict[str, Callable[[Array], Array]] = {
        "two tones": lambda x: np.sin(7 * x) + 0.5 * np.cos(12.3 * x),
        "exp(x) sin(7 x)": lambda x: np.exp(x) * np.sin(7 * x),
    }
    kinds = (SpectralMultistageRegressor, TunerRegressor)
    for name, target in targets.items():
        y, y_test = target(X[:, 0]), target(X_test[:, 0])
        ours = [kind().fit(X, y).predict(X_test) for kind in kinds]
        ours.append(CubicSpline(X[:, 0], y)(X_test[:, 0]))
        yield f"{name}: multistage, TUNER, cubic", [relative_l2(y_test, values) for values in ours]


ROWS: dict[str, Callable[[], Iterator[Row]]] = {
    "shells": shells,
    "law": law,
    "norm": norm,
    "grades": grades,
    "zoom": zoom,
    "beyond": beyond,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every row and write JSON; return the exit status."""
    options = _options(arguments)
    found = []
    print(CLAIMS.header(), flush=True)
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for name in options.only:
            for what, figures in ROWS[name]():
                print(CLAIMS.line(name, what, " ".join(f"{figure:.3g}" for figure in figures)), flush=True)
                found.append({"row": name, "what": what, "figures": figures})
    write_json(options.out, found)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("ablations.claims", __doc__)
    asked.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS), metavar="NAME")
    asked.add_argument("--out", type=Path, default=OUTPUT / "claims.json")
    return asked.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
