"""One picture: a panel for each part, a color for each target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from benchmarks.ablations.fits import Fit
from benchmarks.ablations.parts import PARTS
from benchmarks.ablations.report import COUNTS, Medians

_COLUMNS = 3
_PANEL = (4.6, 2.5)  # inches
_FLOOR = 1e-16  # where an error of exactly zero is drawn
# Okabe and Ito's palette, distinguishable with any color vision
_COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#7f7f7f")
_SHARED = dict(zip(("smooth", "oscillatory", "rough", "periodic"), _COLORS))
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
    _legend(figure, fits)
    for axis in axes[len(parts) :]:
        axis.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _legend(figure: Figure, fits: Sequence[Fit]) -> None:
    """Of the targets that many panels share."""
    drawn = {fit.target for fit in fits}
    dots: Any = [
        Line2D([], [], linestyle="none", marker="o", color=color, label=target)
        for target, color in _SHARED.items()
        if target in drawn
    ]
    if dots:
        figure.legend(handles=dots, loc="outside upper center", ncols=len(dots), fontsize=9, frameon=False)


def _colors(medians: Medians) -> list[str]:
    """Of the targets: those that many panels share have theirs everywhere."""
    own = cycle(_COLORS)
    return [_SHARED.get(target) or next(own) for target in medians.targets]


def _panel(axis: Axes, medians: Medians, part: str) -> None:
    axis.set_title(PARTS[part].title, loc="left", fontsize=9)
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
    axis.minorticks_off()
    if axis.get_legend_handles_labels()[1]:
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
        counts = [int(level) for level in levels]
        for color, target in zip(_colors(medians), medians.targets):
            errors = [_error(medians, (model, level, target)) for level in levels]
            axis.plot(counts, errors, dash, color=color, marker="o", markersize=3)
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
    places = range(len(medians.targets))
    for color, (model, level) in zip(cycle(_COLORS), medians.rows):
        kept = [medians.value(model, level, target, "n_stages") for target in medians.targets]
        axis.plot(places, kept, color=color, marker="o", markersize=3, label=level)
    axis.set(ylim=(0, None))
    axis.set_xticks(places, medians.targets)
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_ylabel("grades kept", fontsize=7)


def _dots(axis: Axes, medians: Medians) -> None:
    """A line for each model and level, a dot for each target; defaults beside nets are for the table."""
    nets = [row for row in medians.rows if row[0] != "default"]
    names = [model if level in ("default", "rival") else f"{model}: {level}" for model, level in nets]
    axis.set(xscale="log", ylim=(len(nets) - 0.5, -0.5))
    for color, target in zip(_colors(medians), medians.targets):
        errors = [_error(medians, (*row, target)) for row in nets]
        label = None if target in _SHARED else target
        axis.plot(errors, range(len(nets)), "o", color=color, markersize=4, label=label)
    axis.set_yticks(range(len(nets)), names, fontsize=6)
    axis.set_xlabel("relative $L_2$ error", fontsize=7)
