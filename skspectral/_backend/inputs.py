"""From what users pass to float64 tensors on one device: clear errors, no silent casts."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from sklearn import get_config
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.validation import _check_sample_weight, validate_data
from torch import Tensor

from .device import DTYPE, resolve_device


def speaks_torch(array: Any) -> bool:
    """Whether tensors in mean tensors out: array API dispatch is on and this is one."""
    return isinstance(array, Tensor) and bool(get_config()["array_api_dispatch"])


def device_for(array: Any, spec: str) -> torch.device:
    """The device of a tensor that speaks torch where `spec` is "auto", else what `spec` says."""
    if spec == "auto" and speaks_torch(array):
        return array.device
    return resolve_device(spec)


def training_tensors(
    estimator: Any, X: Any, y: Any, sample_weight: Any, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """X (n, d), y (n,) or (n, k) and weights (n,) as float64 tensors.

    Raises
    ------
    ValueError
        For anything that is not a finite real number, wrong shapes, no rows, negative weights, or
        weights that are all zero. The message names X, y or sample_weight.
    """
    _reject_dates_and_masks(X, "X")
    _reject_dates_and_masks(y, "y")
    X, y = validate_data(estimator, X, y, multi_output=True, y_numeric=True)
    if not isinstance(y, Tensor):
        y = _no_strings(y)
    if getattr(y, "ndim", 1) == 2 and y.shape[1] == 0:
        raise ValueError("y has no outputs: its shape is (n, 0); pass at least one column")
    X, y = to_tensor(X, "X", device), to_tensor(y, "y", device)
    return X, y, _weights(sample_weight, X, device)


def prediction_tensor(estimator: Any, X: Any, device: torch.device) -> Tensor:
    """X (n, d) as a float64 tensor."""
    _reject_dates_and_masks(X, "X")
    return to_tensor(validate_data(estimator, X, reset=False), "X", device)


def to_tensor(array: Any, name: str, device: torch.device) -> Tensor:
    """float64 on `device`; warns where that loses digits."""
    if isinstance(array, Tensor):
        return array.detach().to(device=device, dtype=DTYPE)
    array = np.asarray(array)
    if array.dtype.kind == "f" and array.dtype.itemsize not in {4, 8}:
        warnings.warn(
            f"{name} is {array.dtype}; it is converted to float64, which is what is computed in",
            DataConversionWarning,
            stacklevel=2,
        )
    values = np.ascontiguousarray(array, dtype=np.float64)
    if not values.flags.writeable:  # torch would warn about sharing it
        values = values.copy()
    tensor = torch.from_numpy(values)
    if not bool(torch.isfinite(tensor).all()):
        raise ValueError(f"{name} has values that float64 cannot hold; scale it")
    return tensor.to(device)


def like_input(values: Tensor, X: Any) -> Any:
    """A tensor on X's device for tensors that speak torch, else NumPy."""
    return values.to(X.device) if speaks_torch(X) else values.cpu().numpy()


def _weights(sample_weight: Any, X: Tensor, device: torch.device) -> Tensor:
    if sample_weight is None:
        return torch.ones(len(X), dtype=DTYPE, device=device)
    _reject_dates_and_masks(sample_weight, "sample_weight")
    if isinstance(sample_weight, Tensor) and sample_weight.is_cuda:
        checked = sample_weight  # a CUDA tensor is never copied to the host
        if checked.shape != (len(X),) or not bool(torch.isfinite(checked).all()):
            raise ValueError(f"sample_weight must be {len(X)} finite numbers")
    else:
        rows = np.empty((len(X), 1))
        checked = _check_sample_weight(sample_weight, rows, dtype=np.float64)
    weight = to_tensor(checked, "sample_weight", device)
    if bool((weight < 0).any()):
        raise ValueError("sample_weight has negative values; weights must be at least 0")
    if not bool((weight > 0).any()):
        raise ValueError("sample_weight is all zero: no row is left to fit")
    return weight / weight.max()  # sums of 1e308 overflow


def _no_strings(y: Any) -> Any:
    if np.asarray(y).dtype.kind in "USO":
        raise ValueError(f"y must be numbers, got dtype {np.asarray(y).dtype}")
    return y


def _reject_dates_and_masks(array: Any, name: str) -> None:
    """What scikit-learn would cast or unmask without a word."""
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        raise ValueError(f"{name} has masked values; drop those rows or fill them first")
    kinds = [getattr(dtype, "kind", None) for dtype in _dtypes(array)]
    if any(kind in {"m", "M"} for kind in kinds):
        raise ValueError(f"{name} has dates or time differences; convert them to numbers first")


def _dtypes(array: Any) -> list[Any]:
    several = getattr(array, "dtypes", None)  # a data frame
    if several is not None:
        return list(several)
    return [getattr(array, "dtype", None)]
