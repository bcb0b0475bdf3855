"""From what users pass to float64 tensors on one device: clear errors, no silent casts."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from sklearn import get_config
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.validation import _check_sample_weight, check_array, validate_data
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from .device import DTYPE, resolve_device
from .scaling import power_of_two_scale

# Kinds of dtype that scikit-learn casts silently, or rejects without naming the argument.
_REJECTED_KINDS = {
    "M": "{} has dates; convert them to numbers first",
    "m": "{} has time differences; convert them to numbers first",
    "c": "Complex data not supported: {} must be real",
    "U": "{} has strings; convert them to numbers first",
    "S": "{} has bytes; convert them to numbers first",
}
# Set on the estimator before anything is fitted.
_SET_BY_VALIDATION = ("n_features_in_", "feature_names_in_", "_namespace")


def follows_array_api(array: Any) -> bool:
    """Whether arrays of its library come out: array API dispatch is on, and it is not NumPy's."""
    if isinstance(array, np.ndarray) or not get_config()["array_api_dispatch"]:
        return False
    return isinstance(array, Tensor) or hasattr(array, "__array_namespace__")


def device_for(array: Any, spec: str) -> torch.device:
    """The device of an array that follows the array API where `spec` is "auto", else `spec`'s."""
    if spec == "auto" and follows_array_api(array):
        return _shared_tensor(array).device
    return resolve_device(spec)


@contextmanager
def kept_on_failure(estimator: Any) -> Iterator[None]:
    """Whatever fails inside, the estimator keeps the feature names and count of its earlier fit."""
    own = vars(estimator)
    before = {name: own[name] for name in _SET_BY_VALIDATION if name in own}
    try:
        yield
    except BaseException:
        for name in _SET_BY_VALIDATION:
            own.pop(name, None)
        own.update(before)
        raise


def training_tensors(
    estimator: Any, X: Any, y: Any, sample_weight: Any, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """X (n, d), y (n,) or (n, k) and weights (n,) as float64 tensors.

    Raises
    ------
    ValueError or TypeError
        For anything that is not a finite real number, wrong shapes, no rows, negative weights, or
        weights that are all zero. The message names X, y or sample_weight.
    """
    with _naming("X"):
        _reject(X, "X")
        X = validate_data(estimator, X)
        estimator._namespace = _namespace_name(X)
        X = to_tensor(X, "X", device)
    with _naming("y"):
        y = to_tensor(_checked_targets(estimator, y), "y", device)
        if len(y) != len(X):
            raise ValueError(f"X and y have different numbers of rows: {len(X)} and {len(y)}")
    with _naming("sample_weight"):
        return X, y, _weights(sample_weight, X, device)


def prediction_tensor(estimator: Any, X: Any, device: torch.device, method: str) -> Tensor:
    """X (n, d) as a float64 tensor."""
    if _is_plain(estimator, X):
        return _as_tensor(X).to(device)
    with _naming("X"):
        _reject(X, "X")
        _check_namespace(estimator, X, method)
        return to_tensor(validate_data(estimator, X, reset=False), "X", device)


def to_tensor(array: Any, name: str, device: torch.device) -> Tensor:
    """float64 on `device`; warns where that loses digits."""
    if follows_array_api(array) or isinstance(array, Tensor):
        return _shared_tensor(array).detach().to(device=device, dtype=DTYPE)
    array = np.asarray(array)
    _reject(array, name)  # lists of dates show only now
    if array.dtype.kind == "f" and array.dtype.itemsize not in {4, 8}:
        warnings.warn(
            f"{name} is {array.dtype}; it is converted to float64, which is what is computed in",
            DataConversionWarning,
            stacklevel=2,
        )
    tensor = _as_tensor(array)
    if not bool(torch.isfinite(tensor).all()):
        raise ValueError(f"{name} has values that float64 cannot hold; scale it")
    return tensor.to(device)


def _is_plain(estimator: Any, X: Any) -> bool:
    """Whether X is what validation, which takes as long as a prediction of one row, would make of it."""
    return (
        type(X) is np.ndarray
        and X.dtype == np.float64
        and X.ndim == 2
        and len(X) > 0
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
        and estimator._namespace == "numpy"
        and bool(np.isfinite(X).all())
    )


def _as_tensor(array: np.ndarray) -> Tensor:
    values = np.ascontiguousarray(array, dtype=np.float64)
    if not values.flags.writeable:  # torch would warn about sharing it
        values = values.copy()
    return torch.from_numpy(values)


def like_input(values: Tensor, X: Any) -> Any:
    """An array of X's library on X's device where X follows the array API, else NumPy."""
    if not follows_array_api(X):
        return values.cpu().numpy()
    values = values.to(_shared_tensor(X).device)
    if isinstance(X, Tensor):
        return values
    return X.__array_namespace__().from_dlpack(values, device=X.device)


def _shared_tensor(array: Any) -> Tensor:
    return array if isinstance(array, Tensor) else from_dlpack(array)


def _namespace_name(array: Any) -> str:
    if not follows_array_api(array):
        return "numpy"
    return "torch" if isinstance(array, Tensor) else array.__array_namespace__().__name__


def _check_namespace(estimator: Any, X: Any, method: str) -> None:
    """scikit-learn's rule under array API dispatch: predict takes what fit took."""
    fitted, given = estimator._namespace, _namespace_name(X)
    if get_config()["array_api_dispatch"] and given != fitted:
        raise ValueError(
            f"X passed to {type(estimator).__name__}.{method}() must use the same namespace as "
            f"that passed to fit(): it is {given}, not {fitted}; convert it, or turn "
            "array_api_dispatch off"
        )


def _checked_targets(estimator: Any, y: Any) -> Any:
    if y is None:
        name = type(estimator).__name__
        raise ValueError(f"{name} requires y to be passed, but the target y is None")
    _reject(y, "y")
    y = check_array(y, ensure_2d=False, input_name="y", estimator=estimator)
    if y.ndim == 2 and y.shape[1] == 0:
        raise ValueError("y has no outputs: its shape is (n, 0); pass at least one column")
    return y


def _weights(sample_weight: Any, X: Tensor, device: torch.device) -> Tensor:
    if sample_weight is None:
        return torch.ones(len(X), dtype=DTYPE, device=device)
    _reject(sample_weight, "sample_weight")
    if follows_array_api(sample_weight):  # never copied to the host
        weight = to_tensor(sample_weight, "sample_weight", device)
        if weight.shape != (len(X),) or not bool(torch.isfinite(weight).all()):
            raise ValueError(f"sample_weight must be {len(X)} finite numbers")
    else:
        _reject(np.asarray(sample_weight), "sample_weight")  # lists of dates show only now
        checked = _check_sample_weight(sample_weight, np.empty((len(X), 1)), dtype=np.float64)
        weight = to_tensor(checked, "sample_weight", device)
    if bool((weight < 0).any()):
        raise ValueError("sample_weight has negative values; weights must be at least 0")
    if not bool((weight > 0).any()):
        raise ValueError("sample_weight is all zero: no row is left to fit")
    return weight / power_of_two_scale(weight)  # exact, and sums of 1e308 do not overflow


def _reject(array: Any, name: str) -> None:
    """Raise for what would be cast or unmasked silently."""
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        raise ValueError(f"{name} has masked values; drop those rows or fill them first")
    for dtype in _dtypes(array):
        sentence = _REJECTED_KINDS.get(_kind(dtype))
        if sentence is not None:
            raise ValueError(sentence.format(name))


def _dtypes(array: Any) -> list[Any]:
    several = getattr(array, "dtypes", None)  # a data frame; of a series, one dtype
    return list(several) if isinstance(several, Iterable) else [getattr(array, "dtype", None)]


def _kind(dtype: Any) -> str:
    """NumPy's letter for a dtype of NumPy, pandas, polars or torch; "" where there is none."""
    if getattr(dtype, "is_complex", False):  # torch
        return "c"
    if hasattr(dtype, "is_temporal") and dtype.is_temporal():  # polars
        return "M"
    return getattr(dtype, "kind", "")


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Errors that do not say which argument they are about do so."""
    try:
        yield
    except (ValueError, TypeError) as error:
        if re.search(rf"\b{name}\b", str(error)):
            raise
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"{name}: {error}") from error
