"""scikit-learn's callbacks (1.9, experimental); with older versions fits run without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from .recorder import Candidate, Recorder

if TYPE_CHECKING:
    from typing import Self

Method = TypeVar("Method", bound=Callable[..., Any])


class CallbackSupportMixin:
    """What scikit-learn's mixin of this name does, once there is a callback.

    Importing that one imports rich too, which takes 0.03 s, and its 7,000 objects can set off a full
    garbage collection, which over all of torch's takes 0.13 s: for nothing where nobody has a callback.
    """

    if find_spec("sklearn.callback") is not None:

        def set_callbacks(self, *callbacks: Any) -> Self:
            """Set what is called at each stage of `fit` and at each candidate within it.

            Parameters
            ----------
            *callbacks : callbacks of scikit-learn
                The callbacks, instead of those set earlier.

            Returns
            -------
            self : object
                The estimator.

            Examples
            --------
            >>> import numpy as np
            >>> from sklearn.callback import ScoringMonitor
            >>> from skspectral import SpectralMultistageRegressor
            >>> X = np.linspace(0, 1, 50)[:, None]
            >>> monitor = ScoringMonitor(scoring="r2")
            >>> model = SpectralMultistageRegressor().set_callbacks(monitor).fit(X, np.sin(7 * X[:, 0]))
            >>> len(monitor.get_logs().data) > 0
            True
            """
            from sklearn.callback import CallbackSupportMixin as Theirs

            Theirs.set_callbacks(self, *callbacks)
            return self

    def _init_callback_context(self, **kwargs: Any) -> Any:
        if not _has_callbacks(self):
            return None
        from sklearn.callback import CallbackSupportMixin as Theirs

        return Theirs._init_callback_context(self, **kwargs)


def with_callbacks(method: Method) -> Method:
    """Have callbacks torn down after the method, whatever happens."""

    @wraps(method)
    def watched(estimator: Any, *args: Any, **kwargs: Any) -> Any:
        if not _has_callbacks(estimator):
            return method(estimator, *args, **kwargs)
        from sklearn.callback import with_callbacks as theirs

        return theirs(method)(estimator, *args, **kwargs)

    return watched  # type: ignore[return-value]


def _has_callbacks(estimator: Any) -> bool:
    """Whether callbacks are set, or a meta-estimator around the estimator waits for its tasks."""
    return hasattr(estimator, "_skl_callbacks") or hasattr(estimator, "_parent_callback_ctx")


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

    def end_stage(self, made: Callable[[], dict[str, Any]]) -> None:
        """A stage was accepted; the attributes make a fitted estimator of what is there."""
        context = self.open.pop().context
        if context is not None:
            self._call(context, "end", reconstruction_attributes=made())

    def begin(self, candidate: Candidate) -> None:
        """A candidate is about to be tried."""
        self._begin(candidate.name, candidate.parts)

    def end(self, candidate: Candidate, seconds: float) -> None:
        """It was tried."""
        self._call(self.open.pop().context, "end")

    def pulse(self, recorder: Recorder) -> None:
        """Tasks report only what has ended."""

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
