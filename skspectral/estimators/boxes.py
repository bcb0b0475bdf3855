"""Boxes that a fitted function is integrated over: checked, scaled, and back to units of y and X."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

from .._backend.blocks import row_blocks
from ..networks import (
    Box,
    FittedFunction,
    ProductSum,
    box_integrals,
    box_quadrature,
    products_of,
    variance_parts,
)
from ..selection import ErrorBars
from .records import SobolIndices


@dataclass(frozen=True)
class Boxes:
    """m boxes in scaled coordinates, and the function as sums of products, with networks unless `whole`."""

    function: FittedFunction
    sums: list[ProductSum]
    whole: bool
    ends: tuple[Tensor, Tensor]  # in units of X, shapes: (m, d)
    single: bool

    @classmethod
    def checked(cls, function: FittedFunction, low: Any, high: Any, bars: ErrorBars, one: bool) -> Boxes:
        """Raise ValueError for ends that make no boxes, and warn of boxes beyond the rows."""
        d = len(function.center)
        ends = [_ends(low, "low", d), _ends(high, "high", d)]
        single = all(each.ndim == 1 for each in ends)
        if one and not single:
            raise ValueError(f"low and high must be the ends of one box, of shape ({d},)")
        try:
            lows, highs = np.broadcast_arrays(*map(np.atleast_2d, ends))
        except ValueError as error:
            shapes = " and ".join(str(each.shape) for each in ends)
            raise ValueError(f"low and high hold different numbers of boxes: {shapes}") from error
        if (lows > highs).any():
            box, axis = np.argwhere(lows > highs)[0]
            raise ValueError(
                f"low must not be above high: {lows[box, axis]} > {highs[box, axis]} in input {axis}"
                + ("" if single else f" of box {box}")
            )
        logarithmic = function.logarithmic.numpy()
        if (lows[:, logarithmic] <= 0).any():
            raise ValueError("low must be positive for inputs whose logarithm the fit takes")
        sums, whole = products_of(function)
        found = cls(function, sums, whole, (torch.tensor(lows), torch.tensor(highs)), single)
        found._warn_beyond(bars)
        return found

    @property
    def low(self) -> Tensor:
        """Scaled, shape (m, d)."""
        return self.function.scaled(self.ends[0])

    @property
    def high(self) -> Tensor:
        """Scaled, shape (m, d)."""
        return self.function.scaled(self.ends[1])

    @property
    def growth(self) -> Tensor:
        """dx is proportional to exp(growth (1 + t)) dt, shape (d,)."""
        return torch.where(self.function.logarithmic, self.function.halfwidth, 0.0)

    def in_units(self, values: Tensor) -> Tensor:
        """Integrals (m, k) over scaled coordinates in units of y and X."""
        function, values = self.function, values * self.function.unit
        width = torch.where(function.logarithmic, function.center * function.halfwidth, function.halfwidth)
        for factor in width:  # their product may be beyond all numbers
            values = values * factor
        return values

    def like_boxes(self, values: Tensor) -> Any:
        """(m, k) as a float for one box and one output, or without the axis of what there is one of."""
        values = values[:, 0] if self.function.flat else values
        values = values[0] if self.single else values
        return values.numpy() if values.ndim else float(values)

    def integrals(self, tol: float) -> Tensor:
        """Over scaled coordinates, shape (m, k)."""
        if self.whole:
            return box_integrals(self.sums, self.low, self.high, self.growth)
        row_bytes, means, missed = self.function.row_bytes, [], 0.0
        for ends in zip(self.low, self.high):
            mean, error = box_quadrature(self._values, self.sums, row_bytes, Box(*ends, self.growth), tol)
            means.append(mean)
            missed = max(missed, float((error / mean.abs().clamp_min(torch.finfo(mean.dtype).tiny)).max()))
        if missed > tol:
            warnings.warn(
                f"integrals are accurate to {missed:.0e} of themselves, not to tol={tol:.0e}",
                ConvergenceWarning,
                stacklevel=3,
            )
        return torch.stack(means) * (self.high - self.low).prod(1, keepdim=True)

    def sobol_indices(self, tol: float) -> SobolIndices:
        """Of the first box."""
        function = self.function
        box = Box(self.low[0], self.high[0], self.growth)
        low, high = (end[0] for end in self.ends)

        def of_unit_box(u: Tensor) -> Tensor:
            return self._values(function.scaled(low + (high - low) * u))

        found = variance_parts(
            self._values, self.sums, self.whole, function.row_bytes, box, of_unit_box, tol
        )
        first, total = (found.shares(part).clamp_min(0).T.numpy() for part in (found.first, found.total))
        unit, flat = function.unit, function.flat
        mean, variance, error = (
            float(part[0]) if flat else part.numpy()
            for part in (found.mean * unit, found.variance * unit * unit, found.error)
        )
        return SobolIndices(mean, variance, first[0] if flat else first, total[0] if flat else total, error)

    def _values(self, t: Tensor) -> Tensor:
        """Of the sum of stages at scaled coordinates, shape (n, k)."""
        function = self.function
        with torch.no_grad():
            blocks = row_blocks(len(t), function.row_bytes)
            return torch.cat([function.evaluate(t[rows])[0] for rows in blocks])

    def _warn_beyond(self, bars: ErrorBars) -> None:
        first, last = map(torch.from_numpy, bars.ends)
        beyond = torch.maximum((first - self.low).amax(0), (self.high - last).amax(0)) > bars.reach
        if bool(beyond.any()):
            axes = ", ".join(str(axis) for axis in torch.nonzero(beyond)[:, 0].tolist())
            warnings.warn(
                f"boxes reach beyond the training rows in input {axes}: the prediction is an extrapolation "
                "there",
                UserWarning,
                stacklevel=4,
            )


def box_of_rows(function: FittedFunction, bars: ErrorBars) -> tuple[np.ndarray, np.ndarray]:
    """Ends (d,), in units of X, of what the rows of the fit lie in; a constant column is one place."""
    low, high = (end.numpy() for end in function.ends())
    constant, center = bars.ends[0] == bars.ends[1], function.center.numpy()
    return np.where(constant, center, low), np.where(constant, center, high)


def _ends(values: Any, name: str, d: int) -> np.ndarray:
    """Shape (d,) or (m, d)."""
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    if array.ndim == 0:
        return np.full(d, array)
    if array.ndim > 2 or array.shape[-1] != d:
        raise ValueError(f"{name} must be a float or of shape ({d},) or (m, {d}), not {array.shape}")
    return array
