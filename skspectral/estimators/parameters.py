"""Constraints of the parameters that the regressors share."""

from __future__ import annotations

import math
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from .._backend.device import memory_of
from .._backend.samples import Samples

# Training holds weights and activations about this often: derivatives, deltas, steps.
COPIES = 4

SHARED_CONSTRAINTS: dict[str, list[Any]] = {
    "n_stages": [Interval(Integral, 1, None, closed="left")],
    "n_modes": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
    "hidden_layer_sizes": [StrOptions({"auto"}), tuple, list],
    "solver": [StrOptions({"auto", "lm", "lbfgs", "adam"}), HasMethods(["init", "step", "get_params"])],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "max_time": [None, Interval(Real, 0, None, closed="neither")],
    "tol": [Interval(Real, 0, 1, closed="both")],
    "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
    "warm_start": ["boolean"],
    "random_state": ["random_state"],
    "device": [str],
    "verbose": ["verbose"],
}


def is_count(value: Any, least: int) -> bool:
    """Whether a value is an integer of at least `least`."""
    return isinstance(value, (int, np.integer)) and int(value) >= least and value is not True


def check_memory(shape: tuple[int, ...], samples: Samples) -> None:
    """ValueError where hidden layers could not be held: weights, and activations of all rows."""
    inputs = max(samples.d, *shape)
    sizes = (inputs, *shape)
    weights = sum((a + 1) * b for a, b in pairwise(sizes))
    needed = COPIES * 8 * (weights + samples.n * sum(shape))
    available = memory_of(samples.t.device)
    if needed > available:
        width = int(math.sqrt(available / (COPIES * 8 * len(shape)) + (samples.n / 2) ** 2) - samples.n / 2)
        raise ValueError(
            f"hidden_layer_sizes={shape} needs {needed / 2**30:.0f} GiB for {samples.n} rows and there "
            f"are {available / 2**30:.0f}; layers of up to {width} units would fit"
        )
