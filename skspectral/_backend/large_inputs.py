"""Rows that are not taken into memory: what is known of all of them, and a part that a fit begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from sklearn.utils import assert_all_finite
from torch import Tensor

from .blocks import row_blocks
from .parts import part_size, spread_rows
from .rows import Block, Rows, row_bytes
from .samples import Samples, Units
from .scaling import InputScaling, power_of_two_scale


@dataclass(frozen=True)
class RowScaling:
    """Units of all rows: `n` of them have a weight, and these sum to `total` times their unit."""

    units: Units
    n: int
    total: float
    weight_unit: float

    def samples(self, block: Block) -> Samples:
        """A block scaled; its weights have mean one over all rows, and over as many rows sum to one."""
        t, y = self.units.inputs.apply(block.X), block.y / self.units.unit - self.units.offset
        return Samples(t, y, block.weight / self.weight_unit * (self.n / self.total / len(t)))


@dataclass(frozen=True)
class AllRows:
    """The rows that a part was drawn from."""

    rows: Rows
    scaling: RowScaling

    def in_units(self, units: Units) -> AllRows:
        """The same in units of an earlier fit."""
        return replace(self, scaling=replace(self.scaling, units=units))


def is_dask(array: Any) -> bool:
    """Whether it is a collection of Dask's."""
    return hasattr(array, "__dask_graph__") and hasattr(array, "dask")


def drawn_part(X: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any, AllRows | None]:
    """X, y and weights of the rows that a fit begins with, and all rows, None where they are the same.

    Arrays in memory stay as they are. Of memory-mapped arrays and Dask's those that fit into one block are
    read, and a part is drawn of larger ones.

    Raises
    ------
    ValueError
        If rows are not finite numbers, of different counts, or of unknown ones.
    """
    on_dask = any(map(is_dask, (X, y, sample_weight)))
    if y is None or not (on_dask or isinstance(X, np.memmap)) or not _numeric(X):
        return X, y, sample_weight, None
    frame = X
    if on_dask:
        X, y, sample_weight = (_known(array, name) for array, name in _named(X, y, sample_weight))
    else:
        y, sample_weight = (None if array is None else np.asarray(array) for array in (y, sample_weight))
    _check_shapes(X, y, sample_weight)
    (n, d), k = X.shape, 1 if y.ndim == 1 else y.shape[1]
    if len(list(row_blocks(n, row_bytes(d, k)))) < 2 or 2 * part_size(n, d) > n:
        return *(_read(array) for array in (frame, y, sample_weight)), None
    rows = _chunks(X, y, sample_weight) if on_dask else _slices(X, y, sample_weight)
    part, every = _drawn(rows, d)
    inputs = part.X.numpy()
    if hasattr(frame, "columns"):
        inputs = frame._meta.__class__(inputs, columns=frame.columns)
    return inputs, part.y[:, 0].numpy() if y.ndim == 1 else part.y.numpy(), part.weight.numpy(), every


def _numeric(X: Any) -> bool:
    """Whether the kinds of numbers may be fitted; others are refused with the arrays in memory."""
    dtypes = getattr(X, "dtypes", None)
    kinds = [getattr(dtype, "kind", "") for dtype in ([X.dtype] if dtypes is None else list(dtypes))]
    return X.ndim == 2 and set(kinds) <= set("biuf")


def _named(X: Any, y: Any, sample_weight: Any) -> list[tuple[Any, str]]:
    return [(X, "X"), (y, "y"), (sample_weight, "sample_weight")]


def _known(array: Any, name: str) -> Any:
    """A Dask array with chunks of known sizes; those of data frames are counted."""
    if array is None or not is_dask(array):
        return array if array is None or isinstance(array, np.ndarray) else np.asarray(array)
    if hasattr(array, "to_dask_array"):
        return array.to_dask_array(lengths=True)
    if any(np.isnan(size) for size in array.shape):
        raise ValueError(f"{name} has chunks of unknown sizes: call {name}.compute_chunk_sizes() first")
    return array


def _check_shapes(X: Any, y: Any, sample_weight: Any) -> None:
    if len(y) != len(X):
        raise ValueError(f"X and y have different numbers of rows: {len(X)} and {len(y)}")
    if y.ndim not in {1, 2}:
        raise ValueError(f"y must be of shape (n,) or (n, k), and is {y.shape}")
    if sample_weight is not None and sample_weight.shape != (len(X),):
        raise ValueError(f"sample_weight must be of shape ({len(X)},), and is {sample_weight.shape}")


def _read(array: Any) -> Any:
    return array.compute() if is_dask(array) else array


def _slices(X: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Rows:
    """Blocks of arrays: views, which are read when they are worked on."""
    slices = row_blocks(len(X), row_bytes(X.shape[1], y[:1].size))
    return Rows([(X[rows], y[rows], None if weight is None else weight[rows]) for rows in slices], False)


def _chunks(X: Any, y: Any, weight: Any) -> Rows:
    """Blocks of Dask arrays: the chunks of X along its rows."""
    import dask.array as da

    if not is_dask(X):
        X = da.from_array(X)
    chunks = X.chunks[0]
    columns = X.rechunk({1: -1}).to_delayed()[:, 0]

    def like_rows(array: Any) -> Any:
        whole = (chunks, *(-1 for _ in array.shape[1:]))
        cut = array.rechunk(whole) if is_dask(array) else da.from_array(array, whole)
        return cut.to_delayed().ravel()

    weights = [None] * len(columns) if weight is None else like_rows(weight)
    return Rows(list(zip(columns, like_rows(y), weights)), True)


@dataclass(frozen=True)
class _Survey:
    """What has to be known before anything is scaled."""

    present: dict[int, int]  # rows that have a weight, of each block
    low: Tensor  # shape: (d + k,)
    high: Tensor
    heaviest: Tensor  # shape: ()

    def __add__(self, other: _Survey) -> _Survey:
        return _Survey(
            {**self.present, **other.present},
            torch.minimum(self.low, other.low),
            torch.maximum(self.high, other.high),
            torch.maximum(self.heaviest, other.heaviest),
        )


def _survey(block: Block) -> _Survey:
    for array, name in _named(block.X, block.y, block.weight):
        assert_all_finite(array.numpy(), input_name=name)
    if bool((block.weight < 0).any()):
        raise ValueError("sample_weight has negative values; weights must be at least 0")
    there = block.weight > 0
    numbers = torch.cat([block.X, block.y], 1)[there]
    nothing = numbers.new_full((1, numbers.shape[1]), torch.inf)
    return _Survey(
        {block.number: int(there.sum())},
        torch.cat([numbers, nothing]).amin(0),
        torch.cat([numbers, -nothing]).amax(0),
        block.weight.max(),
    )


@dataclass(frozen=True)
class _Part:
    """Rows that were drawn, and over all rows the sum of weights, and of targets beyond their least."""

    X: Tensor
    y: Tensor
    weight: Tensor
    total: Tensor  # shape: ()
    beyond: Tensor  # shape: (k,)

    def __add__(self, other: _Part) -> _Part:
        return _Part(
            torch.cat([self.X, other.X]),
            torch.cat([self.y, other.y]),
            torch.cat([self.weight, other.weight]),
            self.total + other.total,
            self.beyond + other.beyond,
        )


def _part(
    block: Block, before: dict[int, int], n: int, count: int, low: Tensor, unit: Tensor, weight_unit: Tensor
) -> _Part:
    there = torch.nonzero(block.weight > 0)[:, 0]
    start = before[block.number]
    drawn = there[spread_rows(n, count, start, start + len(there)) - start]
    weight = block.weight / weight_unit
    beyond = (weight[:, None] * (block.y / unit - low / unit)).sum(0)
    return _Part(block.X[drawn], block.y[drawn], block.weight[drawn], weight.sum(), beyond)


def _drawn(rows: Rows, d: int) -> tuple[_Part, AllRows]:
    """A part of the rows, and the units of all of them."""
    survey = rows.map(_survey)
    before, n = {}, 0
    for number, count in sorted(survey.present.items()):
        before[number], n = n, n + count
    if n == 0:
        raise ValueError("sample_weight is all zero: no row is left to fit")
    (low_X, low), (high_X, high) = ((ends[:d], ends[d:]) for ends in (survey.low, survey.high))
    unit = power_of_two_scale(torch.cat([low, high]))
    weight_unit = power_of_two_scale(survey.heaviest)
    count = min(n, part_size(n, d))
    part = rows.map(_part, before, n, count, low, unit, weight_unit)
    inputs = InputScaling.from_data(torch.unique(torch.cat([part.X, low_X[None], high_X[None]]), dim=0))
    offset = low / unit + part.beyond / part.total
    scaling = RowScaling(Units(inputs, unit, offset), n, float(part.total), float(weight_unit))
    return part, AllRows(rows, scaling)
