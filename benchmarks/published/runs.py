"""Which benchmarks the documentation shows, with the options of each, and what it keeps of their JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.ablations import report
from benchmarks.common.targets import TARGETS

Json = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One command whose figures are shown.

    Parameters
    ----------
    name : str
        Folder of the benchmark, and name of its file of results.
    options : str
        What the command is called with.
    to_folder : bool
        Whether its `--out` is a folder, not a file.
    kept : callable
        What stays of its JSON: curves and single fits by the hundred would fill the repository.
    """

    name: str
    options: str
    to_folder: bool
    kept: Callable[[Json], Json]

    @property
    def command(self) -> str:
        """What prints the same figures at a terminal."""
        return f"python -m benchmarks.{self.name} {self.options}"

    def measure(self, folder: Path) -> Json:
        """Run it; its exit status says whether promises hold, and is not ours."""
        path = folder / f"{self.name}.json"
        main = import_module(f"benchmarks.{self.name}.command").main
        main([*self.options.split(), "--out", str(folder if self.to_folder else path)])
        return self.kept({"command": self.command, **_read(path)})


def _read(path: Path) -> Json:
    import json

    data: Json = json.loads(path.read_text(encoding="utf-8"))
    return data


def _with_rows(data: Json) -> Json:
    """Accuracy: the number of training rows beside each result."""
    names = {result["target"] for result in data["results"]}
    rows = {name: len(TARGETS[name].load(data["seed"])[0]) for name in names}
    results = [{**result, "rows": rows[result["target"]]} for result in data["results"]]
    return {**data, "results": results}


def _without_fits(data: Json) -> Json:
    """Trust: the criteria and how many fits they are of."""
    return {**data, "n_fits": len(data["results"]), "results": []}


def _without_curves(data: Json) -> Json:
    """Solvers: seconds to each level of error, in place of the whole curve."""

    def race(one: Mapping[str, Any]) -> Json:
        reached = {f"1e-{d}": _first(one["curve"], 10.0**-d) for d in range(1, 16)}
        return {"seconds_to": {level: s for level, s in reached.items() if s is not None}}

    results = [
        {**result, "methods": {name: race(one) for name, one in result["methods"].items()}}
        for result in data["results"]
    ]
    return {**data, "results": results}


def _first(curve: list[tuple[float, float]], level: float) -> float | None:
    return next((seconds for seconds, error in curve if error <= level), None)


def _without_histories(data: Json) -> Json:
    """Images: the outcome of each fit without its course, and no folder names."""
    results = [{k: v for k, v in one.items() if k != "history"} for one in data["results"]]
    options = {k: v for k, v in data["options"].items() if k not in {"out", "data"}}
    return {**data, "options": options, "results": results}


def _medians(data: Json) -> Json:
    """Ablations: one record for all seeds."""
    return {**data, "results": report.medians(report.read(data["results"]))}


_ACCURACY = (
    "--targets ln_cos runge layer tones waves front ring ripples random_waves pass stripes oblique branin "
    "cubewave ishigami even_chirp random_chirp even_runge branch_point pole_row "
    "otl_circuit wing_weight wells field_force friedman_ten friedman_600 three_pairs "
    "coarse_runge coarse_peaks franke_grid "
    "--peers rbf chebyshev fourier_extension aaa --time-limit 120"
)

RUNS = {
    run.name: run
    for run in (
        Run("ablations", "--seeds 0 1 2 --jobs 3", False, _medians),
        Run("accuracy", _ACCURACY, True, _with_rows),
        Run("multigrade", "--rows tones compositions curve", False, dict),
        Run("solvers", "--seconds 15", False, _without_curves),
        Run("trust", "--count 400", True, _without_fits),
        Run("tuner", "--rows images noisy --seconds 120 --seeds 0", False, _without_histories),
    )
}
