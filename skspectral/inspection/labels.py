"""Names of features and target, with their units, as labels of axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# The key under which `units` has the unit of the target.
TARGET = "y"

Units = Mapping[str, str]


class Labels:
    """Labels of axes: features without names are x_1, x_2, .., and units are written where given."""

    def __init__(self, names: Sequence[str] | None, d: int, units: Units | None) -> None:
        keys = [f"x_{i}" for i in range(1, d + 1)] if names is None else [str(name) for name in names]
        if len(keys) != d:
            raise ValueError(f"feature_names must be {d} names, got {keys}")
        given = dict(units or {})
        unknown = sorted(set(given) - {*keys, TARGET})
        if unknown:
            raise ValueError(f"units has {unknown}, but the names are {[*keys, TARGET]}")
        shown = [f"${key}$" for key in keys] if names is None else keys
        self.features = [with_unit(name, given.get(key)) for name, key in zip(shown, keys)]
        self.target = with_unit(TARGET, given.get(TARGET))
        self.target_unit = given.get(TARGET)
        of_features = {given.get(key) for key in keys}
        self.feature_unit = of_features.pop() if len(of_features) == 1 else None

    @property
    def gradient_unit(self) -> str | None:
        """The unit that all parts of the gradient share, None where they do not or it is not known."""
        if self.target_unit is None or self.feature_unit is None:
            return None
        return f"{self.target_unit} / {self.feature_unit}"


def with_unit(name: str, unit: str | None) -> str:
    """A label, with the unit in brackets if there is one."""
    return f"{name} [{unit}]" if unit else name


def names_of(estimator: Any, X: Any) -> list[str] | None:
    """The names of the features: those of the fit, else the columns of a frame, if they are strings."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = getattr(X, "columns", None)
    if names is None or not all(isinstance(name, str) for name in names):
        return None
    return list(names)
