"""Modules as ONNX files."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

# They report libraries that are not there and constants that stay as they are.
TALKATIVE = ("torch.onnx", "onnxscript", "onnx_ir")


def write_onnx(module: nn.Module, row: Tensor, path: str | os.PathLike[str]) -> None:
    """Write a module that maps rows like `row` (d,), any number of them, from `X` to `y`."""
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ImportError('to_onnx needs onnx and onnxscript: pip install "skspectral[io]"') from error
    with _quiet():
        torch.onnx.export(
            module,
            (row.repeat(2, 1),),  # of one row torch would take the number for a constant
            os.fspath(path),
            input_names=["X"],
            output_names=["y"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            external_data=False,
            dynamo=True,
            verbose=False,
        )


@contextmanager
def _quiet() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
