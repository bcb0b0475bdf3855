"""One picture: error against seconds, a panel for each target, ours in front."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from benchmarks.accuracy.methods import Method
from benchmarks.accuracy.report import Result
from benchmarks.common.peers import PEERS
from benchmarks.common.targets import Target

_COLUMNS = 6
_PANEL = (2.5, 2.1)  # inches
_SECONDS = (1e-3, 200.0)
_ERRORS = (1e-17, 1e4)
_FLOOR = 2e-17  # where an error of exactly zero is drawn
_INK, _FAINT, _PROMISE = "0.15", "0.45", "#d9efdc"
_OUR_COLOR, _OUR_MARKERS = "#c1121f", "Dsp^"
# Okabe and Ito's palette, distinguishable with any color vision; red is left for ours
_PEER_COLORS = ("#0072b2", "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#7f7f7f", "#000000")
_EDGE = {"markeredgecolor": "white", "markeredgewidth": 0.8}

Style = dict[str, Any]
_PEER_STYLES: dict[str, Style] = {
    name: {"color": color, "marker": marker, "markersize": 5.5, "zorder": 3, **_EDGE}
    for name, color, marker in zip(PEERS, cycle(_PEER_COLORS), cycle("os^vDpX"))
}


def draw(results: Sequence[Result], path: Path) -> None:
    """Draw `results` and write the picture to `path`."""
    targets = list({result.target.name: result.target for result in results}.values())
    columns = min(_COLUMNS, len(targets))
    rows = -(-len(targets) // columns)
    size = (max(columns * _PANEL[0], 5) + 0.4, rows * _PANEL[1] + 1.4)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    styles = _styles(results)
    for axis, target in zip(axes.flat, targets):
        _panel(axis, target, [r for r in results if r.target.name == target.name], styles)
    for axis in axes.flat[len(targets) :]:
        axis.remove()
    for axis in axes[:, 0]:
        axis.set_ylabel("relative $L_2$ error", fontsize=8)
    for axis in axes.flat[max(len(targets) - columns, 0) : len(targets)]:
        axis.set_xlabel("seconds, fit and predict", fontsize=8)
        axis.tick_params(labelbottom=True)
    _legend(figure, styles, columns)
    figure.savefig(path, dpi=150)


def _styles(results: Sequence[Result]) -> dict[str, Style]:
    """Return how each method is drawn: ours first, the default above all; a peer ever alike."""
    found = {result.method.name: result.method for result in results}
    ours = [method for method in found.values() if method.is_ours]
    others = [name for name in PEERS if name in found]
    return {
        **{method.name: _our_style(method, m) for method, m in zip(ours, cycle(_OUR_MARKERS))},
        **{name: _PEER_STYLES[name] for name in others},
    }


def _our_style(method: Method, marker: str) -> Style:
    if method.is_default:
        return {"color": _OUR_COLOR, "marker": "*", "markersize": 13, "zorder": 5, **_EDGE}
    hollow = {"markerfacecolor": "white", "markeredgecolor": _OUR_COLOR, "markeredgewidth": 1.5}
    return {"marker": marker, "markersize": 6, "zorder": 4, **hollow}


def _panel(axis: Axes, target: Target, results: list[Result], styles: dict[str, Style]) -> None:
    axis.set(xscale="log", yscale="log", xlim=_SECONDS, ylim=_ERRORS)
    axis.set_xticks([1e-3, 1e-2, 1e-1, 1, 10, 100])
    axis.set_yticks([1e-15, 1e-10, 1e-5, 1])
    axis.minorticks_off()
    axis.tick_params(labelsize=7, colors=_FAINT, length=2)
    axis.grid(color="0.92", linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_title(target.name, loc="left", fontsize=9, color=_INK, pad=3)
    kind = f"{target.dimension}-D {target.kind}"
    axis.set_title(kind, loc="right", fontsize=7, color=_FAINT, pad=3)
    _promise(axis, target)
    for result in results:
        _point(axis, result, styles[result.method.name])
    failed = [r.method.name for r in results if r.outcome.error is None]
    if failed:
        text = textwrap.fill("no result: " + ", ".join(failed).replace("_", " "), 50)
        place: Style = {"transform": axis.transAxes, "verticalalignment": "top", "in_layout": False}
        axis.text(0.02, 0.99, text, fontsize=6, color=_FAINT, **place)


def _promise(axis: Axes, target: Target) -> None:
    """Shade where a default fit of ours has to lie."""
    if target.bound is not None:
        low = _SECONDS[0], _ERRORS[0]
        width = (target.seconds or _SECONDS[1]) - low[0]
        axis.add_patch(Rectangle(low, width, target.bound - low[1], color=_PROMISE, zorder=0))


def _point(axis: Axes, result: Result, style: Style) -> None:
    outcome = result.outcome
    if outcome.error is not None:
        spent = (outcome.seconds or 0) + (outcome.predict_seconds or 0)
        seconds = np.clip(spent, *_SECONDS)
        error = np.clip(outcome.error, _FLOOR, _ERRORS[1])
        axis.plot(seconds, error, linestyle="none", clip_on=False, **style)


def _legend(figure: Figure, styles: dict[str, Style], columns: int) -> None:
    handles: list[Any] = [
        Line2D([], [], linestyle="none", label=name.replace("_", " "), **style)
        for name, style in styles.items()
    ]
    handles.append(Patch(color=_PROMISE, label="promised for ours, default"))
    many = 3 if columns < 4 else len(handles)
    figure.legend(handles=handles, loc="outside upper center", ncols=many, frameon=False, fontsize=8)
