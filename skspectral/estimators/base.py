"""Base of the regressors: arrays to stages to published attributes, and back to arrays."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cache, partial
from typing import Any, Self
from weakref import WeakKeyDictionary

import torch
from sklearn.base import RegressorMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .._backend.blocks import by_blocks, row_blocks
from .._backend.callbacks import CallbackSupportMixin, StageTasks, with_callbacks
from .._backend.clock import Clock
from .._backend.device import resolve_device
from .._backend.inputs import device_for, kept_on_failure, like_input, prediction_tensor, training_tensors
from .._backend.interrupts import ctrl_c_noted
from .._backend.large_inputs import AllRows, drawn_part
from .._backend.logs import Lines, say
from .._backend.random import own_generator
from .._backend.samples import Samples, Units, canonical_samples
from .._backend.threads import one_thread
from ..networks import FittedFunction, PreparedFunction, StageWeights
from ..selection import Design, LinearOptions, Progress, StageFit, doubts, look_at
from ..series import fit_series
from ..solvers import SOLVERS, Limits, Status
from ..stages import Plan, grow, solved_on_all
from ..training import Training
from .calculus import CalculusMixin
from .chunks import by_chunks
from .export import ExportMixin
from .outliers import without_outliers
from .parameters import check_memory, is_count
from .publishing import last_record, published, restored_units
from .reporting import FitReport, stage_line

# Attributes that the training loop reads of a solver, beside its methods.
SOLVER_ATTRIBUTES = ("patience", "judge_every", "eliminates")
# Fitted functions ready to predict, beside the estimators: these stay as they were fitted.
_PREDICTORS: WeakKeyDictionary[
    ResidualStageRegressor, dict[torch.device, tuple[tuple[StageWeights, ...], PreparedFunction]]
] = WeakKeyDictionary()


class ResidualStageRegressor(
    CalculusMixin, ExportMixin, CallbackSupportMixin, RegressorMixin, FitReport, ABC
):
    """Base of the regressors: a sum of stages, each fitted to the residual of those before it."""

    @abstractmethod
    def _plan(self, training: Training, units: Units) -> Plan:
        """The subclass' parameters as a plan; `units` are those of the samples that it is made for."""

    def _check_parameters(self) -> None:
        for holds, sentence in self._rules():
            if not holds:
                raise InvalidParameterError(f"{type(self).__name__}: {sentence}")

    def _rules(self) -> Iterator[tuple[bool, str]]:
        """Rules beyond constraints of single parameters: whether each holds, and the message if not."""
        shape = self.hidden_layer_sizes
        yield (
            isinstance(shape, str) or all(is_count(size, 1) for size in shape),
            f"hidden_layer_sizes={shape!r} must be ints of at least 1",
        )
        yield not isinstance(self.solver, type), f"solver={self.solver!r} must be an instance"
        lacking = [name for name in SOLVER_ATTRIBUTES if not hasattr(self.solver, name)]
        yield (
            isinstance(self.solver, (str, type)) or not lacking,
            f"solver={self.solver!r} lacks {', '.join(lacking)}: see skspectral.solvers.Solver",
        )

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the stages.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Inputs, finite numbers.
        y : array-like of shape (n,) or (n, k)
            Targets.
        sample_weight : array-like of shape (n,), default=None
            Weights, at least 0; weight k equals k repeats of the row.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If X, y or sample_weight is not usable; an earlier fit stays as it was.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor().fit(X, np.sin(7 * X[:, 0]))
        >>> model.stop_reason_
        'rounding_floor'
        """
        clock = Clock()
        self._validate_params()
        self._check_parameters()
        if self.max_time is not None:
            clock = Clock(clock.now() + self.max_time)
        with kept_on_failure(self), torch.no_grad(), one_thread(), ctrl_c_noted(clock):
            X, y, sample_weight, every = drawn_part(X, y, sample_weight)
            if every is not None and self.loss != "squared":
                raise ValueError(
                    f"loss={self.loss!r} needs rows in memory: load them, or use loss='squared'"
                )
            device = device_for(X, self.device if every is None else "cpu")
            inputs, targets, weight = training_tensors(self, X, y, sample_weight, device)
            columns = targets[:, None] if targets.ndim == 1 else targets
            known = None
            if self.loss == "huber":
                half = clock.part(1 / 2)
                weight, known = without_outliers(inputs, columns, weight, partial(self._series, half), half)
            earlier = self._earlier_fit(inputs.shape[1], columns.shape[1], device)
            given = None if every is None else every.scaling.units
            samples, units = canonical_samples(
                inputs, columns, weight, given if earlier is None else restored_units(earlier)
            )
            if not isinstance(self.hidden_layer_sizes, str) and len(self.hidden_layer_sizes):
                check_memory(tuple(self.hidden_layer_sizes), samples)
            tasks = StageTasks(self, self.n_stages, X, y, sample_weight)
            sentences = self._run(samples, units, earlier, clock, targets.ndim == 1, tasks, every, known)
        for sentence in sentences:
            warnings.warn(sentence, ConvergenceWarning, stacklevel=3)
        return self

    def _series(self, clock: Clock, samples: Samples) -> StageFit | None:
        """The best series for the samples at unit scale, whatever the parameters are."""
        training = self._training(clock)
        progress = self._progress(samples, look_at(samples.t, training.generator), None)
        if progress.size <= progress.floor:
            return None
        unit = samples.with_targets(samples.y / progress.size)
        return fit_series(unit, LinearOptions(clock=clock), training.limits, progress).parts

    def _run(
        self,
        samples: Samples,
        units: Units,
        earlier: FittedFunction | None,
        clock: Clock,
        flat: bool,
        tasks: StageTasks,
        every: AllRows | None,
        known: StageFit | None,
    ) -> list[str]:
        training, recorder = self._training(clock), clock.recorder
        progress = self._progress(samples, look_at(samples.t, training.generator), earlier)
        plan = self._plan(training, units)
        count = max(0, self.n_stages - progress.index)

        def report(progress: Progress) -> None:
            # Made for those who look at it, and once.
            made = cache(partial(published, self, progress, Status.MAX_STAGES, units, flat, recorder))
            tasks.end_stage(made)
            if self.verbose:
                say(stage_line(progress.index, last_record(made())))
            tasks.begin_stage()

        recorder.listeners += [tasks, *([Lines(clock, self.verbose)] if self.verbose else [])]
        tasks.begin_stage()
        progress, status = grow(progress, plan, count, report, known)
        if every is not None:
            progress, status = solved_on_all(progress, status, every.in_units(units), earlier, clock)
        attributes = published(self, progress, status, units, flat, recorder)
        tasks.close(attributes)
        self.__dict__.update(attributes)
        return [status.sentence] if status.needs_attention else _doubts(samples, progress, clock)

    def _training(self, clock: Clock) -> Training:
        solver = self.solver
        if isinstance(solver, str):
            solver = None if solver == "auto" else SOLVERS[solver]()
        elif solver is not None:
            solver = clone(solver)
        limits = Limits(self.max_iter, clock, self.tol)
        return Training(solver, limits, own_generator(self.random_state))

    def _earlier_fit(self, d: int, k: int, device: torch.device) -> FittedFunction | None:
        """The stages to keep, for warm starts on data of the same shape."""
        if not (self.warm_start and hasattr(self, "_weights")):
            return None
        function = self._function(device)
        if (len(function.center), len(function.offset)) != (d, k):
            raise ValueError(
                f"warm_start=True, but X or y changed: the earlier fit had {len(function.center)} "
                f"features and {len(function.offset)} outputs, this one has {d} and {k}; set "
                "warm_start=False or use a new estimator"
            )
        return function

    def _progress(self, samples: Samples, design: Design, earlier: FittedFunction | None) -> Progress:
        y, size, places = samples.y, samples.rms(), design.places
        if earlier is None:
            zeros = y.new_zeros(len(places), samples.k)
            return Progress(samples, y, y, design, size, size, 0, samples.t, zeros, places)
        value, hidden = earlier.evaluate(samples.t)
        there, hidden_there = earlier.evaluate(places)
        left, there = samples.with_targets(y + earlier.offset - value), there - earlier.offset
        count = len(earlier.parts)
        return Progress(left, y, left.y, design, left.rms(), size, count, hidden, there, hidden_there)

    @by_chunks
    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Inputs.
        return_std : bool, default=False
            Return the standard deviation of the error too. It is that of the function, without the noise
            of new values, whose size is `noise_floor_`; see docs/guide/error_bars.md.

        Returns
        -------
        y : ndarray of shape (n,) or (n, k)
            Predictions, in the units of the training targets.
        y_std : ndarray of shape (n,) or (n, k)
            Standard deviations of their errors, only where `return_std` is True.

        See Also
        --------
        staged_predict : The same after each stage.
        predict_gradient : Its slopes.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor().fit(X, np.sin(7 * X[:, 0]))
        >>> model.predict([[0.25]]).round(12) == np.sin(1.75).round(12)
        array([ True])

        The error grows with the distance from the rows:

        >>> y, y_std = model.predict([[0.25], [1.25]], return_std=True)
        >>> bool(y_std[0] < 1e-9 and y_std[1] > 10 * y_std[0])
        True
        """
        function, inputs = self._ready(X, "predict")
        with torch.no_grad():
            y = like_input(_by_blocks(function, inputs), X)
            return (y, like_input(self._std(function, inputs), X)) if return_std else y

    def _std(self, function: PreparedFunction, inputs: Tensor) -> Tensor:
        """Standard deviations of errors of the prediction, in units of y."""
        blocks = row_blocks(len(inputs), self._bars.row_bytes)
        std = function.unit * by_blocks(lambda rows: self._bars(function.scaled(rows)), inputs, blocks)
        return std[:, 0] if function.flat else std

    def staged_predict(self, X: Any) -> Iterator[Any]:
        """Predict after each stage.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Inputs.

        Yields
        ------
        y : ndarray of shape (n,) or (n, k)
            Predictions of the stages so far.

        See Also
        --------
        predict : The last of these.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> y = np.exp(X[:, 0]) / (1 + X[:, 0] ** 2)
        >>> model = SpectralMultistageRegressor(n_modes=[2, "auto"], hidden_layer_sizes=()).fit(X, y)
        >>> errors = [np.abs(prediction - y).max() for prediction in model.staged_predict(X)]
        >>> bool(errors[-1] < 1e-9 * errors[0])
        True
        """
        function, inputs = self._ready(X, "staged_predict")
        for count in range(1, len(function.stages) + 1):
            with torch.no_grad():
                part = PreparedFunction(function.module.first(count))
                yield like_input(_by_blocks(part, inputs), X)

    def _function(self, device: torch.device) -> FittedFunction:
        return FittedFunction(self._units, list(self._weights)).to(device)

    def _ready(self, X: Any, method: str) -> tuple[PreparedFunction, Tensor]:
        if "_weights" not in vars(self):
            check_is_fitted(self)
        device = self._prediction_device(X)
        return self._predictor(device), prediction_tensor(self, X, device, method)

    def _predictor(self, device: torch.device) -> PreparedFunction:
        """The fitted function, made once for each fit and device."""
        kept = _PREDICTORS.setdefault(self, {})
        fit, function = kept.get(device, (None, None))
        if function is None or fit is not self._weights:
            function = PreparedFunction(self._function(device))
            kept[device] = self._weights, function
        return function

    def _prediction_device(self, X: Any) -> torch.device:
        """The device of `device`; a model fitted on a GPU also predicts on machines without one."""
        try:
            return device_for(X, self.device)
        except ValueError:
            return resolve_device("auto")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.array_api_support = True
        return tags


def _by_blocks(function: PreparedFunction, inputs: Tensor) -> Tensor:
    return by_blocks(function, inputs, row_blocks(len(inputs), function.row_bytes))


def _doubts(samples: Samples, progress: Progress, clock: Clock) -> list[str]:
    """Warnings about the data or the error of a fit that ended normally."""
    if not progress.size > 0:
        return []
    error = progress.expected_error / progress.size
    targets = samples.y / progress.size
    return list(doubts(progress.design, targets, progress.residual, error, clock))
