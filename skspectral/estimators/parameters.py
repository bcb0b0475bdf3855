"""Constraints of the parameters that the regressors share, and rules that take several of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from .._backend.device import memory_of
from .._backend.samples import Samples
from ..stages import per_stage

# Memory of training in units of its weights and activations of all rows. Peaks of 8 to 11 were measured
# with L-BFGS and Adam (1,000 to 50,000 rows, one and two layers of 300 to 2,000 units); the lowest of
# them refuses no fit that has room.
TRAINING_COPIES = 8

SHARED_CONSTRAINTS: dict[str, list[Any]] = {
    "n_stages": [Interval(Integral, 1, None, closed="left")],
    "n_modes": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
    "hidden_layer_sizes": [StrOptions({"auto"}), tuple, list],
    "solver": [StrOptions({"auto", "lm", "lbfgs", "adam"}), HasMethods(["init", "step", "get_params"])],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "max_time": [None, Interval(Real, 0, None, closed="neither")],
    "tol": [Interval(Real, 0, 1, closed="both")],
    "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
    "loss": [StrOptions({"squared", "huber"})],
    "warm_start": ["boolean"],
    "random_state": ["random_state"],
    "device": [str],
    "verbose": ["verbose"],
}


def is_count(value: Any, minimum: int) -> bool:
    """Whether a value is an integer of at least `minimum`."""
    return isinstance(value, (int, np.integer)) and int(value) >= minimum and value is not True


def rules_of_modes(n_modes: Any, shape: Sequence[Any]) -> Iterator[tuple[bool, str]]:
    """For modes per stage beside hidden layers: whether each rule holds, and the message if not."""
    counts = per_stage(n_modes)
    yield (
        len(counts) > 0 and all(count == "auto" or is_count(count, 0) for count in counts),
        f"n_modes={n_modes!r} must have entries, each 'auto' or an int of at least 0",
    )
    yield (
        not (0 in counts and len(shape) == 0),
        f"n_modes={n_modes!r} and hidden_layer_sizes=() leave nothing to fit",
    )


def number_or_none(value: float | str) -> float | None:
    """A numeric parameter as a float, or None where it is "auto"."""
    return None if isinstance(value, str) else float(value)


def sizes_or_none(shape: Sequence[int] | str) -> tuple[int, ...] | None:
    """The sizes of hidden layers as ints, or None where they are "auto"."""
    return None if isinstance(shape, str) else tuple(int(size) for size in shape)


def modes_or_none(n_modes: Any) -> tuple[int | None, ...]:
    """The numbers of modes of the stages as ints, None where they are "auto"."""
    return tuple(None if isinstance(count, str) else int(count) for count in per_stage(n_modes))


def check_memory(shape: tuple[int, ...], samples: Samples) -> None:
    """Raise ValueError where the weights and activations of all rows would not fit into memory."""
    inputs = max(samples.d, *shape)
    sizes = (inputs, *shape)
    weights = sum((a + 1) * b for a, b in pairwise(sizes))
    needed = TRAINING_COPIES * 8 * (weights + samples.n * sum(shape))
    available = memory_of(samples.t.device)
    if needed > available:
        width = int(
            math.sqrt(available / (TRAINING_COPIES * 8 * len(shape)) + (samples.n / 2) ** 2) - samples.n / 2
        )
        raise ValueError(
            f"hidden_layer_sizes={shape} needs {needed / 2**30:.0f} GiB for {samples.n} rows and there "
            f"are {available / 2**30:.0f}; layers of up to {width} units would fit"
        )
