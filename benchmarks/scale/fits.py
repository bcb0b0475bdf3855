"""Rows in a file, and what a fit of them costs, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skspectral import SpectralMultistageRegressor

# Rows that are written at a time.
WRITTEN = 1_000_000


@dataclass(frozen=True)
class Case:
    """Uniform random rows of two inputs, and how they are fitted: from a map, or by workers of Dask's."""

    rows: int
    waves: float
    workers: int = 0
    noise: float = 0.0
    functions: int = 0  # as many as the fit finds that the rows ask for


@dataclass(frozen=True)
class Cost:
    """Held-out error, functions, seconds of the processor (of all workers) and of the clock, and memory."""

    error: float
    reported: float
    functions: int
    cpu: float
    seconds: float
    peak_gb: float  # resident, beyond the pages of the file
    workers_gb: float  # of the worker with most


def target(X: np.ndarray, waves: float) -> np.ndarray:
    """Waves that become shorter toward the corners of the square."""
    x, y = X.T
    return np.sin(waves * x * y) + np.cos(0.6 * waves * x + 0.3 * waves * y**2)


def in_child(case: Case) -> Cost:
    """The cost of a case, measured in a fresh process: memory that was used stays on the account."""
    command = [sys.executable, "-m", "benchmarks.scale.fits", json.dumps(asdict(case))]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return Cost(**json.loads(run.stdout.splitlines()[-1]))


def measured(case: Case, folder: Path) -> Cost:
    """The rows are written to files in the folder first, which does not count."""
    X, y = _written(case, folder)
    n_modes: Any = case.functions - 1 if case.functions else "auto"  # a constant is not a mode
    unseen = np.random.default_rng(1).uniform(-0.99, 0.99, (2000, 2))
    with _cluster(case.workers) as client:
        given: tuple[Any, Any] = (X, y) if client is None else _chunks(X, y)
        before, cpu = time.perf_counter(), _cpu(client)
        model = SpectralMultistageRegressor(n_modes=n_modes).fit(*given)
        seconds, cpu = time.perf_counter() - before, _cpu(client) - cpu
        there = 0.0 if client is None else max(client.run(_peak).values())
    truth = target(unseen, case.waves)
    error = np.linalg.norm(model.predict(unseen) - truth) / np.linalg.norm(truth)
    functions = sum(len(stage.frequencies) for stage in model.stages_)
    return Cost(float(error), model.heldout_error_, functions, cpu, seconds, _peak(), there)


def _written(case: Case, folder: Path) -> tuple[np.memmap, np.memmap]:
    rng = np.random.default_rng(0)
    with open(folder / "X", "wb") as inputs, open(folder / "y", "wb") as targets:
        for start in range(0, case.rows, WRITTEN):
            X = rng.uniform(-1, 1, (min(WRITTEN, case.rows - start), 2))
            y = target(X, case.waves) + case.noise * rng.standard_normal(len(X))
            X.tofile(inputs)
            y.tofile(targets)
    X = np.memmap(folder / "X", np.float64, "r", shape=(case.rows, 2))
    return X, np.memmap(folder / "y", np.float64, "r")


@contextmanager
def _cluster(workers: int) -> Iterator[Any]:
    """A client of that many workers of one thread each; None of none."""
    if not workers:
        yield None
        return
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _chunks(X: np.memmap, y: np.memmap) -> tuple[Any, Any]:
    """Chunks that the workers read from the files themselves."""
    import dask.array as da

    rows = WRITTEN // 4
    sizes = [min(rows, len(X) - start) for start in range(0, len(X), rows)]

    def read(block_info: Any = None, *, path: str, columns: int) -> np.ndarray:
        start, stop = block_info[None]["array-location"][0]
        file = np.memmap(path, np.float64, "r")[start * columns : stop * columns]
        return file.reshape(-1, columns) if columns > 1 else file

    return (
        da.map_blocks(read, path=str(X.filename), columns=2, chunks=(tuple(sizes), (2,)), dtype=np.float64),
        da.map_blocks(read, path=str(y.filename), columns=1, chunks=(tuple(sizes),), dtype=np.float64),
    )


def _cpu(client: Any) -> float:
    there = 0.0 if client is None else sum(client.run(time.process_time).values())
    return time.process_time() + there


def _peak() -> float:
    """Gigabytes, as Linux has them; pages of files that are mapped now are left out."""
    status = Path("/proc/self/status").read_text()
    size = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if line.endswith("kB")}
    return (int(size["VmHWM"]) - int(size["RssFile"])) / 1e6


def main() -> None:
    """One case, its cost on the last line."""
    case = Case(**json.loads(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asdict(measured(case, Path(folder)))))


if __name__ == "__main__":
    main()
