"""scikit-learn's base class with the types that scikit-learn itself does not give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self

    class BaseEstimator:
        """What strict type checks may rely on."""

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """Constructor parameters by name."""

        def set_params(self, **params: Any) -> Self:
            """Change constructor parameters."""

        def _validate_params(self) -> None: ...

else:
    from sklearn.base import BaseEstimator

__all__ = ["BaseEstimator"]
