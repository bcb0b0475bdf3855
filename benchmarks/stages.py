"""The paper's two claims about stages.

    python benchmarks/stages.py [--solver lm | adam] [--iterations 300] [--grid 64] [--device auto]

1. `from_paper(n_stages=3)`, `init="spectrum"` against `init="scale"` at equal limits of iterations
   (Ng et al., Figure 1: 1e-13 against 1e-8 after three stages of 150,000 Adam iterations).
2. One stage that trains three times as long against three stages (their Figure 3): the same networks,
   and a turbulent flow whose stages take more and more modes from their residual.

Errors are relative L2, on the grid and on points off the grid that no fit has seen.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from skspectral import SpectralMultistageRegressor
from skspectral.datasets import make_turbulence, trigonometric_interpolant
from skspectral.solvers import Adam


def target(X: np.ndarray) -> np.ndarray:
    """Smooth and periodic on [-1, 1]^2: a broad spectrum, and two plane waves above it."""
    x, y = np.pi * X.T
    waves = 0.3 * np.cos(3 * x + 2 * y) + 0.1 * np.sin(5 * x - 4 * y)
    return np.exp(np.sin(x) * np.cos(y)) + waves


def grid_points(n: int) -> np.ndarray:
    """n x n points of [-1, 1)^2."""
    axis = np.arange(n) / n * 2 - 1
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)


def run(arguments: argparse.Namespace, init: str, n_stages: int, iterations: int) -> dict:
    """One fit, its errors after each stage."""
    X = grid_points(arguments.grid)
    X_test = np.random.default_rng(0).uniform(-1, 1, (5000, 2))
    adam = Adam(norm=arguments.norm, learning_rate=arguments.rate, final_rate=arguments.rate / 1e3)
    model = SpectralMultistageRegressor.from_paper(
        n_stages=n_stages,
        n_modes=arguments.modes,  # one entry per stage, the last one repeated
        max_iter=iterations,
        init=init,
        hidden_layer_sizes=tuple(arguments.hidden),
        solver=adam if arguments.solver == "adam" else arguments.solver,
        device=arguments.device,
    )
    started = time.perf_counter()
    model.fit(X, target(X))
    return {
        "init": init,
        "n_stages": n_stages,
        "iterations": [stage.n_iter for stage in model.stages_],
        "seconds": time.perf_counter() - started,
        "held_out": [relative(p, target(X_test)) for p in model.staged_predict(X_test)],
        "grid": [relative(p, target(X)) for p in model.staged_predict(X)],
        "stop_reason": model.stop_reason_,
    }


def flow(n_stages: int, iterations: int) -> dict:
    """Stages on a turbulent flow: 100 modes beside a trained net, then what the residual asks for."""
    field = make_turbulence(128, reynolds=50, random_state=0)
    X, y = field.X, field.stream_function.ravel()
    X_test = np.random.default_rng(0).uniform(0, field.x[-1], (5000, 2))
    y_test = trigonometric_interpolant(field.stream_function)(X_test)
    model = SpectralMultistageRegressor(
        n_stages=n_stages,
        n_modes=[100, 300, "auto"],
        hidden_layer_sizes=(8,),
        hidden_input="x",
        max_iter=iterations,
        tol=0.0,
    )
    started = time.perf_counter()
    model.fit(X, y)
    return {
        "init": "flow",
        "n_stages": n_stages,
        "iterations": [stage.n_iter for stage in model.stages_],
        "seconds": time.perf_counter() - started,
        "held_out": [relative(p, y_test) for p in model.staged_predict(X_test)],
        "grid": [relative(p, y) for p in model.staged_predict(X)],
        "stop_reason": model.stop_reason_,
    }


def relative(f: np.ndarray, y: np.ndarray) -> float:
    """Relative L2 error."""
    return float(np.linalg.norm(f - y) / np.linalg.norm(y))


def show(result: dict) -> None:
    """One line."""
    held_out = " ".join(f"{error:.1e}" for error in result["held_out"])
    grid = " ".join(f"{error:.1e}" for error in result["grid"])
    print(
        f"{result['init']:9s} {result['n_stages']} stages, {result['iterations']} iterations: "
        f"held out {held_out} | grid {grid} | {result['seconds']:.0f} s | {result['stop_reason']}",
        flush=True,
    )


def main() -> None:
    """Run, print, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--grid", type=int, default=64)
    parser.add_argument("--modes", type=int, nargs="+", default=[32])
    parser.add_argument("--hidden", type=int, nargs="+", default=[10])
    parser.add_argument("--norm", type=float, default=10)
    parser.add_argument("--rate", type=float, default=1e-2)
    parser.add_argument("--solver", choices=["adam", "lm", "lbfgs"], default="lm")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--cases", nargs="+", default=["spectrum", "scale", "single", "flow"])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/output/stages.json"))
    arguments = parser.parse_args()
    n = arguments.iterations
    cases = {"spectrum": ("spectrum", 3, n), "scale": ("scale", 3, n), "single": ("spectrum", 1, 3 * n)}
    results = {}
    for name in arguments.cases:
        if name == "flow":
            for stages, limit in ((1, 90), (3, 30)):
                results[f"flow, {stages}"] = flow(stages, limit)
                show(results[f"flow, {stages}"])
        else:
            results[name] = run(arguments, *cases[name])
            show(results[name])
    if {"spectrum", "scale"} <= set(results):
        for where in ("held_out", "grid"):
            last = {name: [1.0, *results[name][where]][-1] for name in ("scale", "spectrum")}
            ratio = last["scale"] / last["spectrum"]
            print(f"scale over spectrum, {where}: {ratio:.1e}")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    report = {"cores": os.cpu_count(), "results": results}
    arguments.out.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
