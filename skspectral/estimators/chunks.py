"""Methods on rows that stay where they are: block by block, and lazily on what is Dask's."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from .._backend.blocks import row_blocks
from .._backend.large_inputs import is_dask
from .._backend.rows import row_bytes

Method = TypeVar("Method", bound=Callable[..., Any])


def by_chunks(method: Method) -> Method:
    """A method of X that gives arrays with a row for each row, also for rows that are not in memory.

    Of memory-mapped rows a block is read at a time. Of a Dask array or data frame it gives a Dask array of
    the same chunks, which are worked on where and when they are asked for.
    """

    @wraps(method)
    def chunked(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        if is_dask(X):
            return _lazily(self, method, X, *args, **kwargs)
        if isinstance(X, np.memmap) and X.ndim == 2:
            blocks = list(row_blocks(len(X), row_bytes(X.shape[1], 1)))
            if len(blocks) > 1:
                return _joined([method(self, X[rows], *args, **kwargs) for rows in blocks])
        return method(self, X, *args, **kwargs)

    return chunked  # type: ignore[return-value]


def _joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], tuple):
        return tuple(np.concatenate(column) for column in zip(*parts))
    return np.concatenate(parts)


def _lazily(estimator: Any, method: Callable[..., Any], X: Any, *args: Any, **kwargs: Any) -> Any:
    check_is_fitted(estimator)
    frame = X._meta if hasattr(X, "columns") else None
    few = np.empty((0, X.shape[1])) if frame is None else frame
    validate_data(estimator, few, reset=False, skip_check_array=True)
    rows = (X if frame is None else X.to_dask_array()).rechunk({1: -1})

    def of_chunk(chunk: np.ndarray) -> Any:
        named = chunk if frame is None else type(frame)(chunk, columns=frame.columns)
        return method(estimator, named, *args, **kwargs)

    one = of_chunk(np.zeros((1, rows.shape[1])))
    pair = isinstance(one, tuple)
    shape = np.stack(one, -1).shape[1:] if pair else one.shape[1:]

    def stacked(chunk: np.ndarray) -> np.ndarray:
        if not len(chunk):
            return np.empty((0, *shape))
        return np.stack(of_chunk(chunk), -1) if pair else np.asarray(of_chunk(chunk))

    values = rows.map_blocks(
        stacked,
        dtype=np.float64,
        drop_axis=1,
        new_axis=list(range(1, 1 + len(shape))),
        chunks=(rows.chunks[0], *((size,) for size in shape)),
        meta=np.empty((0,) * (1 + len(shape))),
        name=f"{method.__name__}-{uuid4().hex}",
    )
    return (values[..., 0], values[..., 1]) if pair else values
