"""A fitted function, prepared for many predictions: what does not change is worked out once."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._backend.blocks import by_blocks, cached_blocks, row_blocks
from .._backend.rows import row_bytes
from .._backend.scaling import scaled
from ..linalg.cosine_sums import exponential_sums, exponentials, transform_pays
from ..linalg.polynomials import legendre_cosines
from ..linalg.product_sums import ProductSums
from .alike import AlikeSum, FastArithmetic, alike_constants
from .expansion import Expansion, grid_of
from .fitted import FittedFunction, FittedStage, StageFunction


class PreparedExpansion(Expansion):
    """A series that is evaluated often, on the CPU, without derivatives."""

    def _by_blocks(self, function: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
        return by_blocks(function, t, cached_blocks(len(t), self.row_bytes))

    def _polynomials(self, t: Tensor) -> Tensor:
        return super()._polynomials(t) if t.shape[1] == 1 else self._by_blocks(self._products, t)

    def _products(self, t: Tensor) -> Tensor:
        cosines = _cosines_of_row(t, len(self._legendre))
        tables = _legendre_tables(t, len(self._legendre)) if cosines is None else cosines @ self._legendre
        return torch.from_numpy(self._sums(tables.reshape(*tables.shape[:2], len(t))))

    @cached_property
    def _legendre(self) -> np.ndarray:
        """Legendre polynomials by cosines."""
        assert self.degrees is not None
        return legendre_cosines(int(self.degrees.max()) + 1).numpy()

    @cached_property
    def _sums(self) -> ProductSums:
        assert self.degrees is not None and self.legendre is not None
        return ProductSums(self.degrees.numpy(), self.legendre.numpy())

    def _gaussian_sum(self, t: Tensor) -> Tensor:
        if self.powers is None or t.shape[1] < 3:  # of two inputs they are few
            return super()._gaussian_sum(t)
        assert self.lengths is not None
        return torch.from_numpy(self._bells(_bell_tables(t / self.lengths, int(self.powers.max()) + 1)))

    @cached_property
    def _bells(self) -> ProductSums:
        assert self.powers is not None and self.gaussian is not None
        return ProductSums(self.powers.numpy(), self.gaussian.numpy())

    def _mapped_series(self, t: Tensor) -> Tensor:
        sizes = self._mapped_box.shape[:-1]
        if len(t) == 1:
            return self._mapped_row(t)
        if len(sizes) == 1 or not transform_pays(len(t), sizes):
            return super()._mapped_series(t)
        cosines = self._mapped_cosines(t)
        beyond = (cosines.abs() > 1).any(1)
        angles = torch.acos(cosines.clamp(-1, 1))
        values = exponential_sums(angles, self._exponentials, torch.get_num_threads())
        values[beyond] = super()._mapped_series(t[beyond])
        return values

    def _mapped_row(self, t: Tensor) -> Tensor:
        box = self._mapped_box
        tables = _cosines_of_row(self._mapped_cosines(t), max(box.shape[:-1]))
        if tables is None:
            return super()._mapped_series(t)
        total = box.numpy()
        for size, table in zip(box.shape, tables):
            total = table[:size] @ total.reshape(size, -1)
        return torch.from_numpy(total[None])

    @cached_property
    def _exponentials(self) -> Tensor:
        return exponentials(self._mapped_box)

    def _by_tensor(self, t: Tensor) -> Tensor:
        assert self.wave_box is not None and self.step is not None
        places, row = grid_of(t, 2)  # the first and the last line of a block may be cut off
        if row is not None:  # at once: what many blocks would take is mostly the same for each
            return self._at_nodes(places)[row]
        if not transform_pays(len(t), self.wave_box.size):
            return by_blocks(super()._by_tensor, t, row_blocks(len(t), self.row_bytes))
        angles = 2 * torch.pi * self.step * t
        return exponential_sums(angles, self._waves, torch.get_num_threads())

    @cached_property
    def _waves(self) -> Tensor:
        """Coefficients of exponentials, of which the first axis begins at zero."""
        return torch.complex(*self._halves).conj().resolve_conj()


def _cosines_of_row(cosines: Tensor, count: int) -> np.ndarray | None:
    """cos(k theta), k below `count`, of a single row cos(theta) (1, d), shape (d, count).

    A call of NumPy's takes less time than one of torch's. None of several rows, and beyond the rim.
    """
    if len(cosines) != 1:
        return None
    row = cosines.numpy()[0]
    return None if np.abs(row).max() > 1 else np.cos(np.arccos(row)[:, None] * np.arange(count))


def _legendre_tables(t: Tensor, count: int) -> np.ndarray:
    """Legendre polynomials of degrees below `count` at coordinates t (n, d), shape (d, count, n)."""
    columns = t.T.contiguous().numpy()
    tables = np.ones((count, *columns.shape))
    tables[1:2] = columns
    for j in range(1, count - 1):
        np.multiply(columns, tables[j], out=tables[j + 1])
        tables[j + 1] += (j / (j + 1)) * (tables[j + 1] - tables[j - 1])
    return tables.swapaxes(0, 1)


def _bell_tables(u: Tensor, count: int) -> np.ndarray:
    """u^p exp(-u^2 / 2) / sqrt(p!) of coordinates u (n, d) for p below `count`, shape (d, count, n)."""
    columns = u.T.contiguous().numpy()
    tables = np.empty((count, *columns.shape))
    np.exp(-columns * columns / 2, out=tables[0])
    for power in range(1, count):
        np.multiply(tables[power - 1], columns / math.sqrt(power), out=tables[power])
    return tables.swapaxes(0, 1)


@dataclass(frozen=True)
class PreparedStage(StageFunction):
    """A stage that is evaluated often, without derivatives, and where it cancels as other programs do."""

    alike: AlikeSum | None = None

    def _values(self, t: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor | None]:
        alike = self.alike
        if alike is None:
            return super()._values(t, hidden)
        rows, inputs = t.numpy(), hidden.numpy()
        # Arrays of 2^15 numbers, which stay in the cache of a core.
        blocks = list(row_blocks(len(t), 4096 * len(alike.coefficients[0])))
        if len(blocks) <= 1:
            values, features = alike(rows, inputs)
            return torch.from_numpy(values), torch.from_numpy(features)
        with ThreadPoolExecutor(torch.get_num_threads()) as threads:
            parts = list(threads.map(lambda block: alike(rows[block], inputs[block]), blocks))
        values, features = (np.concatenate(part) for part in zip(*parts, strict=True))
        return torch.from_numpy(values), torch.from_numpy(features)


class PreparedFunction:
    """Predictions of a fitted function; `module` is the function itself, which has derivatives."""

    def __init__(self, module: FittedFunction) -> None:
        self.module = module
        cancels = module.cancels and module.center.device.type == "cpu"
        self.stages = [(stage.scale, _without_derivatives(stage, cancels)) for stage in module.parts]
        self.as_is = [(scale, replace(stage, beyond=None)) for scale, stage in self.stages]
        reaches = [stage.beyond.reach for _, stage in self.stages if stage.beyond is not None]
        self.followed = 1 + torch.stack([torch.full_like(self.module.center, torch.inf), *reaches]).amin(0)
        self.unit, self.flat = module.unit, module.flat
        self.center, self.halfwidth, self.offset = module.center, module.halfwidth, module.offset
        self.logarithmic = module.logarithmic if bool(module.logarithmic.any()) else None
        own = [stage.row_bytes for stage in module.parts if stage.network is not None or stage.grade]
        self.row_bytes = row_bytes(len(self.center), len(self.offset)) + max(own, default=0)

    def __call__(self, X: Tensor) -> Tensor:
        """Values (n,) or (n, k) at rows (n, d) in float64."""
        t = hidden = self.scaled(X)
        total = self.offset.expand(len(t), -1)
        # As far as all stages are followed they are the same without what they do beyond, to the last bit.
        within = bool((t.abs() <= self.followed).all())
        for scale, stage in self.as_is if within else self.stages:
            values, hidden = stage(t, hidden)
            total = total + scale * values  # in two roundings, as the module has them
        values = total * self.unit
        return values[:, 0] if self.flat else values

    def scaled(self, X: Tensor) -> Tensor:
        """Scaled coordinates (n, d)."""
        return scaled(X, self.center, self.halfwidth, self.logarithmic)


def _without_derivatives(stage: FittedStage, cancels: bool) -> StageFunction:
    function = stage.function
    series = function.expansion
    parts = {field.name: getattr(series, field.name) for field in fields(series)}
    given: dict[str, Any] = {name: None if part is None else part.detach() for name, part in parts.items()}
    expansion = (PreparedExpansion if series.affine.device.type == "cpu" else Expansion)(**given)
    if function.theta is None or function.readout is None:
        return replace(function, expansion=expansion)
    alike = None
    if cancels and stage.can_be_alike:
        alike = stage.alike(FastArithmetic(np, alike_constants()), lambda x: x.detach().numpy())
    theta, readout = function.theta.detach(), function.readout.detach()
    return PreparedStage(
        expansion, function.network, theta, readout, function.grade, function.beyond, alike
    )
