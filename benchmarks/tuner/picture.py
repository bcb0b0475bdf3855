"""One picture: PSNR against seconds, a panel for each image, one line a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.tuner.fits import Fit
from benchmarks.tuner.nets import BASELINES

_PANEL = (3.0, 2.5)  # inches
_COLUMNS = 4
_BELOW = 14.0  # decibels under the best that a panel shows
_COLORS = {"siren": "#1d4e89", "ffm": "#7a9e3f", "bacon": "#e09f3e"}
_OURS, _CLASSICAL, _FAINT = "#c1121f", "0.35", "0.45"


def draw(outcomes: Sequence[Fit], path: Path) -> None:
    """Draw the row `images`: held-out PSNR of ours, validation PSNR of the baselines and a mark at
    their held-out one, a line for the classical reference.
    """
    of_images = [outcome for outcome in outcomes if outcome.row == "images"]
    names = list(dict.fromkeys(outcome.problem for outcome in of_images))
    if not names:
        return
    columns = min(_COLUMNS, len(names))
    rows = math.ceil(len(names) / columns)
    figure = Figure(figsize=(columns * _PANEL[0], rows * _PANEL[1] + 0.3), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, name in zip(panels, names):
        _panel(axis, [outcome for outcome in of_images if outcome.problem == name], name)
    for axis in panels[len(names) :]:
        axis.set_axis_off()
    labels = panels[0].get_legend_handles_labels()
    figure.legend(*labels, loc="outside upper center", ncols=5, fontsize=7, frameon=False)
    figure.supxlabel("seconds", fontsize=8)
    figure.supylabel("PSNR (dB)", fontsize=8)
    figure.savefig(path, dpi=150)


def _panel(axis: Axes, outcomes: Sequence[Fit], name: str) -> None:
    for kind in BASELINES:
        _baseline(axis, [o for o in outcomes if o.model == kind and o.history], kind)
    ours = sorted(_points(outcomes))
    if ours:
        axis.plot(*zip(*ours), "o-", color=_OURS, markersize=3, linewidth=1.2, label="TunerRegressor")
    for outcome in outcomes:
        if outcome.model == "rbf" and outcome.test is not None:
            axis.axhline(outcome.test, color=_CLASSICAL, linewidth=0.8, linestyle=":", label="cubic RBF")
    best = max((o.test for o in outcomes if o.test is not None), default=_BELOW)
    axis.set(xscale="log", ylim=(best - _BELOW, best + 1))
    axis.set_title(name.replace("_", " "), loc="left", fontsize=8)
    axis.tick_params(labelsize=7, colors=_FAINT, length=2)
    axis.spines[["top", "right"]].set_visible(False)


def _points(outcomes: Sequence[Fit]) -> list[tuple[float, float]]:
    """Medians over the seeds of our seconds and held-out PSNR, one for each time allowed."""
    ours = [o for o in outcomes if o.model.startswith("tuner") and o.test is not None]
    times = {o.allowed for o in ours}
    fits = [[o for o in ours if o.allowed == time] for time in times]
    return [tuple(np.median([(o.seconds, o.test) for o in same], axis=0)) for same in fits]


def _baseline(axis: Axes, outcomes: Sequence[Fit], kind: str) -> None:
    """The first seed's line: the best so far, which is what is kept; not what it starts with."""
    if not outcomes:
        return
    seconds, psnr = np.transpose(outcomes[0].history[1:])
    color = _COLORS[kind]
    axis.plot(seconds, np.maximum.accumulate(psnr), color=color, linewidth=0.9, label=kind.upper())
    if outcomes[0].seconds is not None and outcomes[0].test is not None:
        axis.plot(outcomes[0].seconds, outcomes[0].test, "o", color=color, markersize=3)
