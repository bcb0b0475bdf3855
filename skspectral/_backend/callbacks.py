"""scikit-learn's callbacks (1.9, experimental) behind one door; without them fits run as ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand-in that supports no callbacks."""

        def _init_callback_context(self, **kwargs: Any) -> None:
            return None

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:  # type: ignore[no-redef]
        """Stand-in that changes nothing."""
        return method


class StageTasks:
    """One callback task per stage; `end` says whether a callback asks to stop."""

    def __init__(self, estimator: Any, n_stages: int) -> None:
        self.estimator = estimator
        self.root = estimator._init_callback_context(max_subtasks=min(n_stages, 199))
        self._call(self.root, "begin")
        self.current: Any = None

    def begin(self) -> None:
        """A stage starts."""
        if self.root is not None:
            self.current = self.root.subcontext(task_name="stage")
            self._call(self.current, "begin")

    def end(self, attributes: dict[str, Any]) -> bool:
        """A stage ended; `attributes` make a fitted estimator of what is there."""
        return self._call(self.current, "end", reconstruction_attributes=attributes)

    def close(self) -> None:
        """The fit ended."""
        self._call(self.root, "end")

    def _call(self, context: Any, moment: str, **kwargs: Any) -> bool:
        if context is None:
            return False
        hook = getattr(context, f"call_on_fit_task_{moment}")
        return bool(hook(estimator=self.estimator, **kwargs))


__all__ = ["CallbackSupportMixin", "StageTasks", "with_callbacks"]
