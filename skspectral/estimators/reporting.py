"""What a fitted regressor says about its fit: stages, history, a table to print and one for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from ..solvers import Status
from .publishing import stage_record
from .records import StageRecord

HEADS = ("stage", "modes", "scale", "train error", "held-out error", "iterations", "seconds", "stop reason")
STYLE = "text-align: right; padding: 0.1em 0.7em"  # of a cell; colors are those of the page


class FitReport(BaseEstimator):
    """Of a regressor that has published its stages."""

    @property
    def stages_(self) -> tuple[StageRecord, ...]:
        """One read-only record per stage.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor(n_modes=[1, "auto"]).fit(X, np.sin(7 * X[:, 0]))
        >>> [len(stage.frequencies) for stage in model.stages_][0]
        1
        """
        check_is_fitted(self)
        records = zip(self._weights, self._facts)
        return tuple(stage_record(weights, facts, self._units) for weights, facts in records)

    @property
    def history_(self) -> list[dict[str, Any]]:
        """A row for each iteration of each candidate that was tried, in order; see docs/guide/limits.md.

        Of a long training every second, fourth, ... iteration: there are about 500 rows at most.

        Returns
        -------
        rows : list of dict
            `stage`, from 1; `candidate`, its number within the stage, and its `name`; `iteration`, from 1:
            a step of training, or a series of another size; `heldout_error` and `train_error`, relative as
            in `stages_`, NaN where they were not computed; `seconds` since the fit began, of a warm start
            since that began.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor().fit(X, np.exp(X[:, 0]))
        >>> sorted(model.history_[0])
        ['candidate', 'heldout_error', 'iteration', 'name', 'seconds', 'stage', 'train_error']
        >>> model.history_[0]["name"]
        'mapped cosines'
        """
        check_is_fitted(self)
        rows: list[dict[str, Any]] = self._history.rows()
        return rows

    def summary(self) -> str:
        """The stages as a table; a notebook shows the same below the estimator.

        Returns
        -------
        text : str
            Scale in units of y, relative errors, and why the fit ended.

        See Also
        --------
        stages_ : The same as records.
        history_ : What was tried.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor(n_modes=[1, "auto"]).fit(X, np.sin(7 * X[:, 0]))
        >>> print(model.summary())
        stage  modes    scale  train error  held-out error  iterations  seconds     stop reason
            1      1  ...
        ...
        rounding_floor: The error is at the level of rounding; more stages cannot help.
        """
        check_is_fitted(self)
        rows = [HEADS, *_cells(self)]
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows]
        return "\n".join([*lines, *_ending(self)])

    def _repr_html_inner(self) -> str:
        return str(super()._repr_html_inner()) + _stages_html(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        bundle: dict[str, str] = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] += _stages_html(self)
        return bundle


def stage_line(number: int, stage: StageRecord) -> str:
    """What is said of a stage when it is done."""
    return (
        f"stage {number}: {len(stage.frequencies)} modes, train error {stage.train_error:.1e}, "
        f"held-out error {stage.heldout_error:.1e}, {stage.n_iter} iterations, {stage.seconds:.2f} s, "
        f"{stage.stop_reason}"
    )


def _cells(model: Any) -> Iterator[tuple[str, ...]]:
    for number, stage in enumerate(model.stages_, start=1):
        errors = [f"{size:.1e}" for size in (stage.scale, stage.train_error, stage.heldout_error)]
        counts = str(number), str(len(stage.frequencies))
        yield (*counts, *errors, str(stage.n_iter), f"{stage.seconds:.2f}", stage.stop_reason)


def _ending(model: Any) -> Iterator[str]:
    """Errors of the model as a whole, and why the fit ended."""
    noise = f", noise {model.noise_floor_:.1e} in units of y" if model.noise_floor_ else ""
    yield f"held-out error {model.heldout_error_:.1e}{noise}"
    yield f"{model.stop_reason_}: {Status(model.stop_reason_).sentence}"


def _stages_html(model: Any) -> str:
    """The table in HTML; nothing of a regressor that is not fitted."""
    try:
        check_is_fitted(model)
    except NotFittedError:
        return ""
    rows = [_row_html("th", HEADS), *(_row_html("td", cells) for cells in _cells(model))]
    ending = "<br>".join(map(escape, _ending(model)))
    return f"<table>{''.join(rows)}</table><p>{ending}</p>"


def _row_html(kind: str, cells: Iterable[str]) -> str:
    inner = "".join(f'<{kind} style="{STYLE}">{escape(cell)}</{kind}>' for cell in cells)
    return f"<tr>{inner}</tr>"
