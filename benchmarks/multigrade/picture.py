"""One picture: the spectrum that each grade adds, as in figure 9 of arXiv 2410.16105."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.common.targets import Array
from skspectral import MultiGradeRegressor

_PANEL = (2.9, 2.6)  # inches
_CYCLES = 250  # the highest tone has 200
_DEPTH = 1e-3  # of the strongest mode of the weakest grade: what is below is not drawn
_TARGET, _COLOR, _FAINT = "0.75", "#c1121f", "0.45"


@dataclass(frozen=True)
class Spectra:
    """Amplitudes on an evenly spaced interval of length 1.

    Parameters
    ----------
    target : ndarray of shape (m,)
        Of the sine or cosine with 0, 1, ..., m - 1 cycles.
    grades : ndarray of shape (n_grades, m)
        Of what each grade adds.
    rse : tuple of float
        Relative squared error after each grade, on the rows themselves.
    """

    target: Array
    grades: Array
    rse: tuple[float, ...]


def spectra(model: MultiGradeRegressor, X: Array, y: Array) -> Spectra:
    """Transform y and the grades of a fitted model, at the points i / n in order."""
    sums = list(model.staged_predict(X))
    added = np.diff(sums, axis=0, prepend=0.0)
    rse = tuple(float(np.sum((y - total) ** 2) / np.sum(y**2)) for total in sums)
    return Spectra(amplitudes(y), amplitudes(added), rse)


def amplitudes(values: Array) -> Array:
    """Amplitude per mode of real values on an even grid, along the last axis."""
    n = values.shape[-1]
    doubled = np.full(n // 2 + 1, 2.0)  # each mode but the mean and the Nyquist one stands for two
    doubled[0] = 1.0
    doubled[n // 2] -= n % 2 == 0
    return np.abs(np.fft.rfft(values)) * doubled / n


def draw(learned: Spectra, path: Path) -> None:
    """Draw a panel for each grade, over the target in gray, and write the picture to `path`."""
    count = len(learned.grades)
    size = (count * _PANEL[0] + 0.3, _PANEL[1])
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, count, sharex=True, sharey=True, squeeze=False)[0]
    bottom = _DEPTH * learned.grades.max(axis=1).min()
    axes[0].set(xlim=(0, _CYCLES), ylim=(bottom, 10 * learned.target.max()))  # of all, they share
    for number, (axis, grade) in enumerate(zip(axes, learned.grades), start=1):
        _panel(axis, learned.target, grade)
        axis.set_title(f"grade {number}", loc="left", fontsize=9)
        error = f"RSE {learned.rse[number - 1]:.0e}"
        axis.set_title(error, loc="right", fontsize=7, color=_FAINT)
    axes[0].set_ylabel("amplitude", fontsize=8)
    figure.supxlabel("cycles", fontsize=8)
    figure.savefig(path, dpi=150)


def _panel(axis: Axes, target: Array, grade: Array) -> None:
    axis.semilogy(target, color=_TARGET, linewidth=3)
    axis.semilogy(grade, color=_COLOR, linewidth=0.8)
    axis.tick_params(labelsize=7, colors=_FAINT, length=2)
    axis.spines[["top", "right"]].set_visible(False)
