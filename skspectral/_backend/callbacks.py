"""scikit-learn's callbacks (1.9, experimental); with older versions fits run without them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])

if TYPE_CHECKING or find_spec("sklearn.callback") is None:  # scikit-learn has no types

    class CallbackSupportMixin:
        """Stand-in that supports no callbacks."""

        def _init_callback_context(self, **kwargs: Any) -> Any:
            return None

    def with_callbacks(method: Method) -> Method:
        """Stand-in that changes nothing."""
        return method

else:
    from sklearn.callback import CallbackSupportMixin, with_callbacks


class StageTasks:
    """One callback task per stage, below one for the fit."""

    def __init__(self, estimator: Any, n_stages: int, X: Any, y: Any, sample_weight: Any = None) -> None:
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.shared = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self.n_left = n_stages
        self.root = estimator._init_callback_context(max_subtasks=n_stages)
        self.current: Any = None
        self._call(self.root, "begin")

    def begin(self) -> None:
        """A stage is about to be tried; the context has room for `n_stages` of them."""
        if self.root is not None and self.n_left > 0:
            self.n_left -= 1
            self.current = self.root.subcontext(task_name="stage")
            self._call(self.current, "begin")

    def end(self, attributes: dict[str, Any]) -> None:
        """A stage was accepted; `attributes` make a fitted estimator of what is there."""
        self._call(self.current, "end", reconstruction_attributes=attributes)
        self.current = None

    def close(self, attributes: dict[str, Any]) -> None:
        """The fit ended; a stage that was begun and not accepted ends without a model."""
        self._call(self.current, "end")
        self._call(self.root, "end", reconstruction_attributes=attributes)

    def _call(self, context: Any, moment: str, **kwargs: Any) -> None:
        if context is not None:
            getattr(context, f"call_on_fit_task_{moment}")(**self.shared, **kwargs)


__all__ = ["CallbackSupportMixin", "StageTasks", "with_callbacks"]
