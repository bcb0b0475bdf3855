"""One picture: a panel for each part, a color for each target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.ablations.fits import Fit
from benchmarks.ablations.report import COUNTS, Medians

_COLUMNS = 3
_PANEL = (4.6, 2.5)  # inches
_FLOOR = 1e-16  # where an error of exactly zero is drawn
# Okabe and Ito's palette, distinguishable with any color vision
_COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#7f7f7f")
_DASHES = ("-", "--", ":")
_FAINT = "0.45"
_CURVES = {"stages": "stages", "grades": "grades", "depth": "hidden layers"}


def draw(fits: Sequence[Fit], path: Path) -> None:
    """Draw the parts that were run and write the picture to `path`."""
    parts = list(dict.fromkeys(fit.part for fit in fits))
    if not parts:
        return
    columns = min(_COLUMNS, len(parts))
    rows = math.ceil(len(parts) / columns)
    figure = Figure(figsize=(columns * _PANEL[0], rows * _PANEL[1]), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, part in zip(axes, parts):
        _panel(axis, Medians(fits, part), part)
    for axis in axes[len(parts) :]:
        axis.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _panel(axis: Axes, medians: Medians, part: str) -> None:
    axis.set_title(part, loc="left", fontsize=9)
    axis.tick_params(labelsize=7, colors=_FAINT, length=2)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(color="0.92", linewidth=0.6)
    if part in _CURVES:
        _curves(axis, medians, _CURVES[part])
    elif part == "inputs":
        _by_input(axis, medians)
    elif part == COUNTS:
        _counts(axis, medians)
    else:
        _dots(axis, medians)
    axis.legend(fontsize=6, frameon=False)


def _error(medians: Medians, key: tuple[str, str, str]) -> float:
    """An error that has a place on a logarithmic axis, or none."""
    error = medians.value(*key)
    return max(error, _FLOOR) if math.isfinite(error) else math.nan


def _curves(axis: Axes, medians: Medians, what: str) -> None:
    """Error against a number, a line for each model and target."""
    axis.set_yscale("log")
    for dash, model in zip(cycle(_DASHES), dict.fromkeys(model for model, _ in medians.rows)):
        levels = [level for name, level in medians.rows if name == model and level.isdigit()]
        for color, target in zip(cycle(_COLORS), medians.targets):
            errors = [_error(medians, (model, level, target)) for level in levels]
            label = target if dash == _DASHES[0] else None
            axis.plot(
                [int(level) for level in levels],
                errors,
                dash,
                color=color,
                marker="o",
                markersize=3,
                label=label,
            )
        axis.plot([], [], dash, color="0.3", label=model)
    axis.set_xlabel(what, fontsize=7)
    axis.set_ylabel("relative $L_2$ error", fontsize=7)


def _by_input(axis: Axes, medians: Medians) -> None:
    """Errors and seconds against the number of inputs, a line for each regressor."""
    counts = [int(target.split()[0]) for target in medians.targets]
    seconds = axis.twinx()
    for color, (model, level) in zip(cycle(_COLORS), medians.rows):
        errors = [_error(medians, (model, level, target)) for target in medians.targets]
        spent = [medians.value(model, level, target, "seconds") for target in medians.targets]
        axis.plot(counts, errors, color=color, marker="o", markersize=3, label=f"{model}, error")
        seconds.plot(counts, spent, ":", color=color, linewidth=1)
    axis.set(yscale="log")
    axis.set_xlabel("inputs", fontsize=7)
    axis.set_ylabel("relative $L_2$ error", fontsize=7)
    seconds.set_yscale("log")
    seconds.set_ylabel("seconds of a processor (dotted)", fontsize=7)
    seconds.tick_params(labelsize=7, colors=_FAINT, length=2)


def _counts(axis: Axes, medians: Medians) -> None:
    """How many grades are kept against the highest frequency, a line for each number of inputs."""
    cycles = [float(target.split()[0]) for target in medians.targets]
    for color, (model, level) in zip(cycle(_COLORS), medians.rows):
        kept = [medians.value(model, level, target, "n_stages") for target in medians.targets]
        axis.plot(cycles, kept, color=color, marker="o", markersize=3, label=level)
    axis.set(xscale="log", ylim=(0, None))
    axis.set_xlabel("cycles across the box", fontsize=7)
    axis.set_ylabel("grades kept", fontsize=7)


def _dots(axis: Axes, medians: Medians) -> None:
    """A line for each model and level, a dot for each target."""
    names = [
        model if level in ("default", "rival") else f"{model}: {level}" for model, level in medians.rows
    ]
    places = range(len(names))
    axis.set(xscale="log")
    for color, target in zip(cycle(_COLORS), medians.targets):
        errors = [_error(medians, (*row, target)) for row in medians.rows]
        axis.plot(errors, places, "o", color=color, markersize=4, label=target)
    axis.set_yticks(places, names, fontsize=6)
    axis.invert_yaxis()
    axis.set_xlabel("relative $L_2$ error", fontsize=7)
