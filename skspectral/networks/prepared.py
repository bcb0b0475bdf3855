"""Stages of a fitted function, prepared for many predictions: what does not change is worked out once."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ..linalg.polynomials import legendre_table
from ..linalg.product_sums import ProductSums
from .expansion import Expansion
from .fitted import FittedFunction


class PreparedExpansion(Expansion):
    """A series that is evaluated often, without derivatives, on the CPU."""

    @cached_property
    def _sums(self) -> ProductSums:
        assert self.degrees is not None and self.legendre is not None
        return ProductSums(self.degrees.numpy(), self.legendre.numpy())

    @cached_property
    def _highest(self) -> Tensor:
        assert self.degrees is not None
        return self.degrees.amax(0)

    def _polynomials(self, t: Tensor) -> Tensor:
        tables = legendre_table(t, int(self._highest.max()))  # (n, d, order + 1)
        return torch.from_numpy(self._sums(tables.permute(1, 2, 0).contiguous().numpy()))


def prepared(function: FittedFunction) -> FittedFunction:
    """The function itself, its stages prepared where they have products of polynomials, on the CPU."""
    for stage in function.parts:
        series = stage.function.expansion
        if series.degrees is None or series.degrees.shape[1] < 2 or series.affine.device.type != "cpu":
            continue
        parts = {field.name: getattr(series, field.name) for field in fields(series)}
        given: dict[str, Any] = {n: None if part is None else part.detach() for n, part in parts.items()}
        stage.prepared = replace(stage.function, expansion=PreparedExpansion(**given))
    return function
