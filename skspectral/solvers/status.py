"""Why fitting stopped: each reason a name to compare with and a sentence to read."""

from __future__ import annotations

from enum import StrEnum

from .._backend.clock import Clock


class Status(StrEnum):
    """Stop reasons of stages and of whole fits; `stop_reason_` holds the name.

    The sentence is `Status(name).sentence`.

    Examples
    --------
    >>> from skspectral.solvers import Status
    >>> Status("max_iter").sentence
    'max_iter was reached; a larger one may lower the error.'
    >>> Status.MAX_TIME == "max_time", Status.MAX_TIME.needs_attention
    (True, True)
    """

    SOLVED = "solved"
    CONVERGED = "converged"
    ROUNDING_FLOOR = "rounding_floor"
    INTERPOLATED = "interpolated"
    TOO_SPARSE = "too_sparse"
    NOISE_FLOOR = "noise_floor"
    NO_IMPROVEMENT = "no_improvement"
    OVERFIT = "overfit"
    STUCK = "stuck"
    MAX_ITER = "max_iter"
    MAX_STAGES = "max_stages"
    MAX_TIME = "max_time"
    NON_FINITE = "non_finite"
    INTERRUPTED = "interrupted"
    OUT_OF_MEMORY = "out_of_memory"

    @classmethod
    def of_clock(cls, clock: Clock) -> Status:
        """Why a clock ends the fit.

        Examples
        --------
        >>> from skspectral.solvers import Limits, Status
        >>> clock = Limits(10).clock
        >>> clock.interrupt()
        >>> str(Status.of_clock(clock))
        'interrupted'
        """
        return cls.INTERRUPTED if clock.interrupted else cls.MAX_TIME

    @property
    def sentence(self) -> str:
        """What happened, and what to do about it where something can be done."""
        return _SENTENCES[self]

    @property
    def ends_the_fit(self) -> bool:
        """Whether nothing more may be tried: no other start, no further stage."""
        return self in {Status.INTERRUPTED, Status.MAX_TIME, Status.OUT_OF_MEMORY}

    @property
    def needs_attention(self) -> bool:
        """Whether the fit ends here and the user is warned."""
        return self.ends_the_fit or self in {Status.NON_FINITE, Status.TOO_SPARSE}


_SENTENCES = {
    Status.SOLVED: "The linear readout was solved exactly; there was nothing to iterate.",
    Status.CONVERGED: "The loss no longer falls by more than tol.",
    Status.ROUNDING_FLOOR: "The error is at the level of rounding; more stages cannot help.",
    Status.INTERPOLATED: "The training rows are met to rounding; only more rows can help.",
    Status.TOO_SPARSE: "Sampling is too sparse for the spectrum found: values jump between neighboring "
    "rows and are not noise. More rows or a smaller domain may help; more stages or modes hardly can.",
    Status.NOISE_FLOOR: "What is left looks like white noise; noise_floor_ is its size.",
    Status.NO_IMPROVEMENT: "Another stage did not lower the held-out error.",
    Status.OVERFIT: "The held-out error began to rise while the training error still fell.",
    Status.STUCK: "No step of any length lowers the loss.",
    Status.MAX_ITER: "max_iter was reached; a larger one may lower the error.",
    Status.MAX_STAGES: "n_stages was reached; a larger one may lower the error.",
    Status.MAX_TIME: "max_time was reached; the best model so far was kept.",
    Status.NON_FINITE: "A step was not finite; the best finite model was kept.",
    Status.INTERRUPTED: "Fitting was interrupted; the best model so far was kept.",
    Status.OUT_OF_MEMORY: "Memory ran out; the best model so far was kept. Fewer modes need less.",
}
