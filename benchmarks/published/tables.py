"""Kept results as Markdown tables; no number in them is typed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ablations import report
from benchmarks.ablations.parts import PARTS
from benchmarks.common.results import number

Json = dict[str, Any]

# The targets that are shown, as a reader knows them.
FORMULAS = {
    "ln_cos": "`ln(x+2) cos(2x+x^3)`",
    "runge": "`1/(1+25x^2)`",
    "layer": "`tanh(80x) + 0.3 sin(20x)`",
    "tones": "12 tones off the lattice",
    "waves": "`e^(x/2) sin(3x+2y) + cos(4xy)`",
    "front": "`tanh(20(x+0.3y)) + sin(3xy)`",
    "ring": "`atan(30(x^2+y^2-1/2))`",
    "ripples": "`sin(30xy) + cos(18x+9y^2)`",
    "cubewave": "`e^-r^2 cos(3x-2y+z)`, r from (0.1, 0.1, 0.1)",
    "random_waves": "860 random waves, up to 20 along an axis",
    "pass": "`cos(4xy+1)/(2.3+x-y)`",
    "stripes": "`sin(28 pi x) e^y + y^2`",
    "oblique": "`sin(2.9x+1.1y)`",
    "branin": "Branin's function",
    "ishigami": "Ishigami's function, 3 inputs",
    "long_line": "`sin(40x) e^x + cos(200x)`, even rows",
    "many_rows": "the same, random rows",
    "even_chirp": "`cos(2x) sin(e^(1.1x))` on [0, 5.3], even rows",
    "random_chirp": "the same, random rows",
    "even_runge": "`1/(1+25x^2)`, even rows",
    "branch_point": "`sqrt(1.02+x) cos(7x)`, even rows",
    "pole_row": "`e^x sech(3 sin 30x)^(e^x)`, even rows",
    "otl_circuit": "OTL circuit, 6 inputs",
    "wing_weight": "weight of a wing, 10 inputs",
    "wells": "borehole, 8 inputs",
    "field_force": "Feynman's I.12.11, 5 inputs",
    "friedman_ten": "Friedman's first, 10 inputs",
    "friedman_600": "the same with noise, 0.2 of the spread",
    "three_pairs": "10 functions of one input and 3 pairs",
    "coarse_runge": "`1/(1+25x^2)`, few nodes",
    "coarse_peaks": "peaks, 40 x 40 nodes",
    "franke_grid": "Franke's function, 40 x 40 nodes",
}
# Rows of the README's table.
CHOSEN = (
    "ln_cos",
    "runge",
    "layer",
    "tones",
    "waves",
    "front",
    "ring",
    "ripples",
    "cubewave",
    "wing_weight",
)
PEERS = {
    "rbf": "`RBFInterpolator`",
    "chebyshev": "Chebyshev least squares",
    "fourier_extension": "Fourier extension",
    "gaussian_process": "`GaussianProcessRegressor`",
    "aaa": "scipy's `AAA`",
    "ard_process": "GPyTorch",
    "anova": "`pyANOVAapprox`",
}
OURS = "ours default"

BEGIN = "<!-- accuracy table: python -m benchmarks.published --tables -->"
END = "<!-- end of the accuracy table -->"


def write(results: Path, folder: Path) -> None:
    """Write one file a benchmark: its tables and picture, or how to make them where there are none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in TABLES.items():
        data = read(results / f"{name}.json")
        text = f"Not measured yet: `python -m benchmarks.published {name}` does it."
        if data is not None:
            text = f"{table(data)}\n\n{provenance(data)}"
            PICTURES.get(name, _no_picture)(data, folder / f"{name}.png")
        (folder / f"{name}.md").write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> Json | None:
    """The kept results; None where there are none."""
    if not path.exists():
        return None
    data: Json = json.loads(path.read_text(encoding="utf-8"))
    return data


def provenance(data: Json) -> str:
    """When, where, with what and by which command."""
    packages = ", ".join(f"{name} {release}" for name, release in data["versions"].items() if release)
    return f"*{occasion(data)}; {packages}; by* `{data['command']}`"


def occasion(data: Json) -> str:
    """When and where. A load above the number of cores means that seconds are too long."""
    machine = data["machine"]
    load = number(machine["load"], ".1f")
    where = f"{machine['processor']}, {machine['cores']} cores, threads: {machine['threads']}, load: {load}"
    return f"{data['date'][:10]}, commit {data['commit']}; {where}"


def readme(text: str, data: Json) -> str:
    """The README with its table drawn anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{best_peers(data, CHOSEN)}\n\n*{occasion(data)}*\n{END}{after}"


# Accuracy


def best_peers(data: Json, names: Iterable[str]) -> str:
    """Ours beside the best peer alone."""
    found = _by_target(data)
    rows = []
    for name in (name for name in names if name in found):
        ours, *peers = found[name]
        best = min(peers, key=_error_or_inf)
        rows.append(
            (FORMULAS[name], str(ours["rows"]), _cell(ours), f"{PEERS[best['method']]}, {_cell(best)}")
        )
    return markdown(("target", "rows", "default", "best of these peers"), rows)


def accuracy(data: Json) -> str:
    """Every method on every target."""
    found = _by_target(data)
    methods = [name for name in PEERS if any(one["method"] == name for one in data["results"])]
    rows = []
    for name, (ours, *peers) in found.items():
        by_method = {one["method"]: one for one in peers}
        cells = [_cell(by_method[method]) if method in by_method else "-" for method in methods]
        rows.append((FORMULAS.get(name, name), str(ours["rows"]), _cell(ours), *cells))
    return markdown(("target", "rows", "default", *(PEERS[method] for method in methods)), rows)


def _by_target(data: Json) -> dict[str, list[Json]]:
    """Results of each target, ours first."""
    names = dict.fromkeys(one["target"] for one in data["results"])
    every = {name: [one for one in data["results"] if one["target"] == name] for name in names}
    return {name: sorted(found, key=lambda one: one["method"] != OURS) for name, found in every.items()}


def _error_or_inf(one: Json) -> float:
    return float("inf") if one["error"] is None else float(one["error"])


def _cell(one: Json) -> str:
    if one["error"] is None:
        return "-"
    return f"{one['error']:.1e} in {seconds(one['seconds'])} s"


def seconds(value: float) -> str:
    """Two digits, as many as repeat."""
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


# The others


def multigrade(data: Json) -> str:
    """Grades, the single grade, the classical answer, and the paper's figures."""
    rows = []
    for case in data["results"]:
        title = f"{case['row']}: {case['case']}, {case['metric']}"
        for name in ("ours", "single", "classical"):
            fit = case[name]
            if fit and (fit["rse"] or fit["failure"]):
                after = " ".join(f"{value:.1e}" for value in fit["rse"]) or fit["failure"]
                cells = number(fit["seconds"], ",.1f"), number(fit["n_parameters"], ",")
                rows.append((title, fit["model"], after, *cells))
                title = ""
        for figure in case["reported"]:
            rows.append(
                (
                    title,
                    f"{figure['model']} (theirs)",
                    figure["value"],
                    number(figure["seconds"], ",.0f"),
                    "-",
                )
            )
    return markdown(("case", "model", "after each grade", "seconds", "numbers"), rows)


def solvers(data: Json) -> str:
    """Seconds to each level of the held-out error."""
    rows = []
    methods = list(data["results"][0]["methods"])
    for result in data["results"]:
        races = {name: race["seconds_to"] for name, race in result["methods"].items()}
        levels = [f"1e-{d}" for d in range(1, 16) if any(f"1e-{d}" in race for race in races.values())]
        size = ", ".join(str(result[letter]) for letter in "nkp")
        for level in levels:
            title = f"{result['problem']} ({size})" if level == levels[0] else ""
            cells = [seconds(races[m][level]) if level in races.get(m, {}) else "-" for m in methods]
            rows.append((title, level, *cells))
    return markdown(("problem (n, outputs, p)", "error", *methods), rows)


def trust(data: Json) -> str:
    """The criteria, with what was found."""
    rows = [(c["name"], number(c["value"], ".3g"), "yes" if c["holds"] else "no") for c in data["criteria"]]
    return markdown((f"criterion, {data['n_fits']} fits", "found", "holds"), rows)


def tuner(data: Json) -> str:
    """PSNR of values and gradients at held-out pixels."""
    found = data["results"]
    models = list(dict.fromkeys(one["model"] for one in found))
    cells = {(one["row"], one["problem"], one["model"]): one for one in found}
    rows = []
    for row, problem in dict.fromkeys((one["row"], one["problem"]) for one in found):
        line = [cells.get((row, problem, model)) for model in models]
        rows.append((f"{row}: {problem}", *map(_decibels, line)))
    return markdown(("image (value / gradient, dB)", *models), rows)


def _decibels(one: Json | None) -> str:
    if one is None:
        return "-"
    return f"{number(one['test'], '.1f')} / {number(one['gradient_test'], '.1f')}"


def ablations(data: Json) -> str:
    """A table for each part, between comments that a page can include it by."""
    fits = report.read(data["results"])
    parts = [part for part in PARTS if any(fit.part == part for fit in fits)]
    return "\n\n".join(f"<!-- {part} -->\n\n{markdown(*report.table(fits, part))}" for part in parts)


def draw_ablations(data: Json, path: Path) -> None:
    """Draw their picture."""
    from benchmarks.ablations.picture import draw  # here, so that tables need no matplotlib

    draw(report.read(data["results"]), path)


def _no_picture(data: Json, path: Path) -> None:
    """Most benchmarks have tables alone."""


PICTURES: dict[str, Callable[[Json, Path], None]] = {"ablations": draw_ablations}
TABLES: dict[str, Callable[[Json], str]] = {
    "ablations": ablations,
    "accuracy": accuracy,
    "multigrade": multigrade,
    "solvers": solvers,
    "trust": trust,
    "tuner": tuner,
}


def markdown(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars inside of cells are escaped."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)
