"""Fit a turbulent flow and a photograph, stage by stage, and look at the error between the samples.

    python examples/quickstart.py

Prints a table of stages for each and saves pictures to examples/output/.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from skspectral import SpectralMultistageRegressor
from skspectral.datasets import make_turbulence, trigonometric_interpolant
from skspectral.inspection import SpectrumDisplay, StagesDisplay

OUTPUT = Path(__file__).resolve().parent / "output"


@dataclass(frozen=True)
class Problem:
    """Rows to train on, held-out rows, and the rows that pictures show."""

    title: str
    X: np.ndarray  # shape: (n, 2)
    y: np.ndarray  # shape: (n,)
    X_test: np.ndarray  # shape: (m, 2)
    y_test: np.ndarray  # shape: (m,)
    shown: tuple[np.ndarray, np.ndarray]  # X and y
    look: dict[str, Any] = field(default_factory=dict)  # options of StagesDisplay

    def error(self, prediction: np.ndarray) -> float:
        """Error on the held-out rows over their spread about the mean."""
        spread = np.linalg.norm(self.y_test - self.y_test.mean())
        return float(np.linalg.norm(prediction - self.y_test) / spread)


def turbulence(n: int = 256, n_test: int = 5000) -> Problem:
    """Vorticity of decaying turbulence on an n x n grid; held out: random points between.

    The pictures show the centers of the cells, which are as far from the rows as points can be.
    """
    flow = make_turbulence(n, random_state=0)
    between = np.random.default_rng(0).uniform(0, 2 * np.pi, (n_test, 2))
    centers = flow.X + np.pi / n
    exact = trigonometric_interpolant(flow.vorticity)
    X, y = flow.X, flow.vorticity.ravel()
    return Problem(f"turbulence, {n} x {n}", X, y, between, exact(between), (centers, exact(centers)))


def photograph() -> Problem | None:
    """The green channel of china.jpg: every second pixel both ways; held out: the others inside."""
    from sklearn.datasets import load_sample_image

    try:
        image = load_sample_image("china.jpg")[..., 1] / 255.0
    except (ImportError, AttributeError, OSError) as error:
        print(f"\nno photograph ({error}); Pillow reads it: pip install skspectral[plot]")
        return None
    return split_image("photograph, every second pixel both ways", image)


def split_image(title: str, image: np.ndarray) -> Problem:
    """Every second pixel in both axes to train on, the other pixels to test on."""
    image = image[: odd(image.shape[0]), : odd(image.shape[1])]  # no test pixel lies outside
    pixels = np.indices(image.shape)
    seen = np.all(pixels % 2 == 0, axis=0).ravel()
    X, y = pixels.reshape(2, -1).T.astype(float), image.ravel()
    # The pictures show every pixel that lies between four seen ones.
    centers = np.all(pixels % 2 == 1, axis=0)
    shown = X[centers.ravel()], y[centers.ravel()]
    look = {"cmap": "gray", "field_shape": (image.shape[0] // 2, image.shape[1] // 2)}
    return Problem(title, X[seen], y[seen], X[~seen], y[~seen], shown, look)


def odd(n: int) -> int:
    """The largest odd number up to n."""
    return n - 1 + n % 2


def fit(problem: Problem, **parameters: Any) -> SpectralMultistageRegressor:
    """Fit, and print the table of stages and the error on the held-out rows after each."""
    model = SpectralMultistageRegressor(**parameters)
    started = time.perf_counter()
    model.fit(problem.X, problem.y)
    seconds = time.perf_counter() - started
    errors = [problem.error(p) for p in model.staged_predict(problem.X_test)]
    print(f"\n{problem.title}: {len(problem.y)} rows, {len(problem.y_test)} held out")
    print(f"{model}\n")
    print(model.summary())
    print(f"on the rows held out, after each stage: {', '.join(f'{error:.1e}' for error in errors)}")
    print(f"fitted in {seconds:.1f} s")
    return model


def linear_interpolation(problem: Problem) -> float:
    """Held-out error of the plainest peer on a grid."""
    axes = tuple(np.unique(column) for column in problem.X.T)
    values = problem.y.reshape([len(axis) for axis in axes])
    return problem.error(RegularGridInterpolator(axes, values)(problem.X_test))


def save_picture(path: Path, draw: Callable[[], Any]) -> None:
    """Save a display's figure, also as SVG; without matplotlib print a line that says so."""
    try:
        figure = draw().figure_
    except ImportError as error:
        print(f"no {path.name}: {error}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    for one in (path, path.with_suffix(".svg")):
        figure.savefig(one, dpi=200)
        print(f"saved {one}")


def show_turbulence(folder: Path) -> None:
    """The default needs one stage; held back to few modes, each stage learns what is left."""
    problem = turbulence()
    fit(problem)
    # Without hidden layers a stage is its modes alone, solved exactly.
    model = fit(problem, n_modes=[30, 300, 3000, "auto"], hidden_layer_sizes=())
    for kind, display in (("spectrum", SpectrumDisplay), ("stages", StagesDisplay)):
        path = folder / f"turbulence_{kind}.png"
        save_picture(path, partial(display.from_estimator, model, *problem.shown, **problem.look))


def show_photograph(folder: Path) -> None:
    """A photograph has no last mode: what the seen pixels do not resolve cannot be learned."""
    problem = photograph()
    if problem is None:
        return
    model = fit(problem, n_stages=3, n_modes=[30, 300, "auto"], hidden_layer_sizes=())
    print(f"linear interpolation, for comparison: {linear_interpolation(problem):.1e} held out")
    draw = partial(StagesDisplay.from_estimator, model, *problem.shown, **problem.look)
    save_picture(folder / "photograph_stages.png", draw)


if __name__ == "__main__":
    show_turbulence(OUTPUT)
    show_photograph(OUTPUT)
