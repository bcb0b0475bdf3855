"""Where a fit stands, and what its next stage is judged by."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .._backend.clock import Clock, OutOfTime
from .._backend.samples import Samples
from ..linalg.least_squares import MIN_FREEDOM
from ..networks import StageFunction
from ..spectrum import probes
from .design import Design
from .fits import StageFit
from .followed import plane_of
from .places import bent_between_two, inner_places
from .thresholds import ROUNDING, SETTLED, TRUST
from .whiteness import looks_white


@dataclass(frozen=True)
class AcceptedStage:
    """Parts with their place in the sum; errors in the units of the samples."""

    parts: StageFit
    scale: float
    train_error: float
    heldout_error: float
    seconds: float
    evaluation: float  # seconds that its values at the rows took, and what is made of them
    plane: Tensor  # that fits its values at unit scale best, shape: (1 + d, k)


@dataclass(frozen=True)
class Progress:
    """Where a fit stands: the residual, its held-out size, and what was accepted so far."""

    residual: Samples
    targets: Tensor  # shape: (n, k)
    unseen: Tensor  # residual of stages that have not seen the rows set aside, shape: (n, k)
    design: Design
    heldout_error: float
    size: float  # root mean square of y about its mean
    n_before: int  # stages of an earlier fit (warm start)
    hidden: Tensor  # what the next stage's network sees: t, or features of the last stage
    there: Tensor  # the sum of stages at the places of the design
    hidden_there: Tensor  # and what the next stage's network sees there
    floor: float = ROUNDING  # size of a residual that is rounding
    stages: tuple[AcceptedStage, ...] = ()
    pending: tuple[StageFit, float] | None = None  # a stage that `unseen` and `hidden` lack
    spent: float = 0.0  # leverage of the stages that did see the rows set aside

    @property
    def index(self) -> int:
        """Number of the next stage."""
        return self.n_before + len(self.stages)

    @property
    def fitted(self) -> Tensor:
        """The sum of all stages at the rows, shape (n, k)."""
        return self.targets - self.residual.y

    @property
    def expected_error(self) -> float:
        """The error to be expected over the box, with what no row tells of axes of two nodes."""
        bent = bent_between_two(self.design.grid, self.fitted) if self.index else 0.0
        return math.hypot(self.heldout_error, bent)

    @property
    def near_rounding(self) -> float:
        """Size up to which a residual that looks white is rounding, not noise."""
        return max(self.floor, SETTLED * self.size)

    def at_places(self, parts: StageFit) -> Tensor:
        """Values of the next stage at the places of the design."""
        return parts.function.values(self.design.places, self.hidden_there)

    def accept(
        self, parts: StageFit, scale: float, at_places: Tensor, clock: Clock, started: float
    ) -> Progress:
        """With one more stage, begun at a time of the clock, and its values at the places."""
        fitted = clock.now()
        values = parts.function.values(self.residual.t, self.hidden)
        residual = self.residual.with_targets(self.residual.y - scale * values)
        # Earlier stages saw these rows: the error falls by this stage's share of what it was.
        floor = max(self.floor, scale * _rounding(parts.function, self.residual.t, self.hidden, values))
        error = max(parts.error * self.heldout_error, floor)
        plane, now = plane_of(self.residual, values), clock.now()
        stage = AcceptedStage(parts, scale, residual.rms(), error, now - started, now - fitted, plane)
        return replace(
            self,
            residual=residual,
            heldout_error=error,
            there=self.there + scale * at_places,
            floor=floor,
            stages=(*self.stages, stage),
            pending=(parts, scale),
        )

    def caught_up(self) -> Progress:
        """Ready for the next stage: with the last one in `unseen`, fitted anew without the rows set aside.

        Its network sees what the last one hands on. None of this is needed where no stage follows.
        """
        if self.pending is None:
            return self
        parts, scale = self.pending
        unseen, spent = self.unseen_after(parts, scale, self.hidden)
        hidden = parts.function.handed(self.residual.t, self.hidden)
        there = parts.function.handed(self.design.places, self.hidden_there)
        return replace(self, unseen=unseen, spent=spent, hidden=hidden, hidden_there=there, pending=None)

    def unseen_after(self, parts: StageFit, scale: float, hidden: Tensor) -> tuple[Tensor, float]:
        """What rows are missed by after a stage that has not seen those set aside, and `spent`.

        A stage that is not fitted again has seen them: its leverage counts in what they are missed by.
        """
        aside, t = self.design.aside, self.residual.t
        if aside is None or parts.refit is None:
            values, _ = parts.function(t, hidden)
            return self.unseen - scale * values, self.spent + parts.leverage
        stay = self.residual.with_targets(self.unseen / scale).take(~aside)
        values, _ = parts.refit(stay, hidden[~aside])(t, hidden)
        return self.unseen - scale * values, self.spent

    @property
    def noise(self) -> float:
        """Root mean square of what is left, where that is noise; as the last stage found it, if it did."""
        last = self.stages[-1] if self.stages else None
        return (
            self.residual.rms() if last is None or not last.parts.noise else last.scale * last.parts.noise
        )

    def leaves_noise(self, left: Samples | None = None) -> bool:
        """Whether what is left of all rows, here or by a fit, is noise: of the data, or of rounding."""
        if left is None and self.stages and self.stages[-1].parts.noise:
            return True
        left = self.residual if left is None else left
        return looks_white(left.y, left.t, self.design.grid)

    def split(self, samples: Samples) -> tuple[Samples, Samples | None]:
        """Rows of the next stage to fit and rows to judge by, at the coordinates of `samples`."""
        aside = self.design.aside
        if aside is None:
            return samples, None
        return samples.take(~aside), self._judge(samples, self.unseen, aside)

    def missed_aside(self, parts: StageFit) -> float:
        """Error of the next stage at unit scale on the rows set aside, fitted without them.

        What stages of different families are compared by; its own error where there is none.
        """
        if (aside := self.design.aside) is None or parts.refit is None:
            return parts.error
        unseen, _ = self.unseen_after(parts, self.residual.rms(), self.hidden)
        return self._judge(self.residual, unseen, aside).rms()

    def better_of(self, fit: StageFit, other: StageFit) -> StageFit:
        """The one that misses the rows set aside by less; its status says so if the other was cut short.

        Without time to fit them again, the one whose error is less.
        """
        try:
            best = min(fit, other, key=self.missed_aside)
        except OutOfTime:
            best = min(fit, other, key=lambda one: one.error)
        cut_short = (one.status for one in (fit, other) if one.status.ends_the_fit)
        return replace(best, status=next(cut_short, best.status))

    def contradicts(self, parts: StageFit, rival: StageFit) -> bool:
        """Whether it differs from a rival, at the inner places, by more than that one may be missed by.

        At the rim a series may be missed by far more than it knows of.
        """
        values, others = (
            fit.function.values(self.design.places, self.hidden_there) for fit in (parts, rival)
        )
        square = (values - others).square().sum(1)
        apart = float(square[inner_places(self.design.places)].mean().sqrt())
        return apart > TRUST * rival.error

    def _judge(self, samples: Samples, unseen: Tensor, aside: Tensor) -> Samples:
        """Rows set aside, at the coordinates of `samples` and at unit scale."""
        judge = samples.with_targets(unseen / self.residual.rms())
        return replace(judge, weight=self._shares()).take(aside)

    def missed(self, unseen: Tensor, spent: float) -> Tensor:
        """Squared errors on the rows set aside, in proportion to what these stand for."""
        shares, aside = self._shares(), self.design.aside
        square = unseen.square().sum(1) / max(1 - spent, MIN_FREEDOM) ** 2
        missed: Tensor = (shares / shares.mean() * square)[aside]
        return missed

    def _shares(self) -> Tensor:
        """What each row counts for: its weight, and the part of the box that it stands for."""
        cells = self.design.cells
        return self.residual.weight if cells is None else self.residual.weight * cells

    def relative(self, error: float) -> float:
        """An error of the next stage as a share of y."""
        return error * self.heldout_error / self.size


def _rounding(function: StageFunction, t: Tensor, hidden: Tensor, values: Tensor) -> float:
    """What rounding of the inputs does to a stage: epsilon times the size of t.grad f, on some rows."""
    some = probes(len(t))
    t, hidden, nudge = t[some], hidden[some], 1e-7
    nudged = function.values(t * (1 + nudge), hidden * (1 + nudge))
    change = nudged - values[some]
    eps = torch.finfo(t.dtype).eps
    return 2 * eps * float(change.square().sum(1).mean().sqrt()) / nudge
