"""Series of the inputs that vary: one that is alike in all rows, as a column of ones, has no functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from .._backend.samples import Samples
from ..networks import Expansion
from ..selection import Design, LinearFit, WholeResidual

Fit = Callable[[Samples, Design], LinearFit | None]


def fit_varying(samples: Samples, design: Design, fit: Fit) -> LinearFit | None:
    """What `fit` makes of the inputs that vary, as a function of all of them."""
    varies = samples.t.amax(0) > samples.t.amin(0)
    if bool(varies.all()) or not bool(varies.any()):
        return fit(samples, design)
    found = fit(samples.of_inputs(varies), replace(design, places=design.places[:, varies]))
    return None if found is None else _widened(found, varies)


def _widened(fit: LinearFit, varies: Tensor) -> LinearFit:
    again, on_all = fit.refit, fit.whole

    def refit(samples: Samples) -> Expansion:
        assert again is not None
        return _with_all(again(samples.of_inputs(varies)), varies)

    def whole(residual: WholeResidual) -> tuple[LinearFit, float]:
        assert on_all is not None
        solved, left = on_all(residual.of_inputs(varies))
        return _widened(solved, varies), left

    left_out = fit.left_out
    if left_out is not None:
        t = left_out.t.new_zeros(len(left_out.t), len(varies))
        t[:, varies] = left_out.t
        left_out = replace(left_out, t=t)
    return replace(
        fit,
        left_out=left_out,
        expansion=_with_all(fit.expansion, varies),
        refit=None if again is None else refit,
        whole=None if on_all is None else whole,
    )


def _with_all(series: Expansion, varies: Tensor) -> Expansion:
    """The same with functions of order zero along all other axes."""

    def spread(values: Tensor | None, other: float) -> Tensor | None:
        if values is None:
            return None
        wide = values.new_full((*values.shape[:-1], len(varies)), other)
        wide[..., varies] = values
        return wide

    affine = series.affine.new_zeros(1 + len(varies), series.affine.shape[1])
    affine[torch.cat([varies.new_ones(1), varies])] = series.affine
    frequencies = spread(series.frequencies, 0.0)
    assert frequencies is not None
    return replace(
        series,
        affine=affine,
        frequencies=frequencies,
        step=spread(series.step, 1.0),
        degrees=spread(series.degrees, 0),
        orders=spread(series.orders, 0),
        bends=spread(series.bends, 0.0),
        centers=spread(series.centers, 0.0),
        powers=spread(series.powers, 0),
        lengths=spread(series.lengths, torch.inf),
    )
