"""scikit-learn's callbacks (1.9, experimental); with older versions fits run without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from .recorder import Candidate, Recorder

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


@dataclass
class _Task:
    context: Any  # None: not shown
    room: int  # tasks that it may still have below it


class StageTasks:
    """One callback task per stage, below one for the fit, and below each stage one per candidate.

    Candidates that consist of others, as networks do of their trainings, have these below them. A fit has
    at most `most` tasks: later candidates have none.
    """

    def __init__(
        self,
        estimator: Any,
        n_stages: int,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        most: int = 200,
        per_stage: int = 10,
    ) -> None:
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.shared = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        n_stages = min(n_stages, most // 2)
        root = estimator._init_callback_context(max_subtasks=n_stages)
        self.open = [_Task(root, n_stages)]
        self.spare, self.per_stage = most - 1, per_stage
        self._call(root, "begin")

    def begin_stage(self) -> None:
        """A stage is about to be tried."""
        self._begin("stage", self.per_stage)

    def end_stage(self, attributes: dict[str, Any]) -> None:
        """A stage was accepted; `attributes` make a fitted estimator of what is there."""
        self._call(self.open.pop().context, "end", reconstruction_attributes=attributes)

    def begin(self, candidate: Candidate) -> None:
        """A candidate is about to be tried."""
        self._begin(candidate.name, candidate.parts)

    def end(self, candidate: Candidate, seconds: float) -> None:
        """It was tried."""
        self._call(self.open.pop().context, "end")

    def pulse(self, recorder: Recorder) -> None:
        """Tasks tell of what ends alone."""

    def close(self, attributes: dict[str, Any]) -> None:
        """The fit ended; a stage that was begun and not accepted ends without a model."""
        root, *begun = self.open
        for task in reversed(begun):
            self._call(task.context, "end")
        self._call(root.context, "end", reconstruction_attributes=attributes)

    def _begin(self, name: str, room: int) -> None:
        parent, context = self.open[-1], None
        if parent.context is not None and parent.room > 0 and self.spare > 0:
            parent.room, self.spare = parent.room - 1, self.spare - 1
            context = parent.context.subcontext(task_name=name, max_subtasks=room)
            self._call(context, "begin")
        self.open.append(_Task(context, room))

    def _call(self, context: Any, moment: str, **kwargs: Any) -> None:
        if context is not None:
            getattr(context, f"call_on_fit_task_{moment}")(**self.shared, **kwargs)


__all__ = ["CallbackSupportMixin", "StageTasks", "with_callbacks"]
