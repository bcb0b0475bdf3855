"""From accepted stages to public and pickled attributes: NumPy on the CPU, original units."""

from __future__ import annotations

import math
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._backend.principal import turned_back
from .._backend.recorder import Recorder
from .._backend.samples import Units
from .._backend.scaling import InputScaling
from ..linalg.mapped_cosines import center_frequencies
from ..networks import FittedFunction, FunctionUnits, StageWeights, without_cancellation
from ..selection import AcceptedStage, Progress, beyond_of, error_bars
from ..solvers import Status
from .history import History
from .records import StageFacts, StageRecord

# Activations whose units are Fourier modes.
PERIODIC_ACTIVATIONS = {"cos", "sin", "pair"}
# Fields of an expansion that have a column for each output.
AMPLITUDES = ("affine", "cosine", "sine", "legendre", "mapped", "gaussian")


def published(
    estimator: Any, progress: Progress, status: Status, units: Units, flat: bool, recorder: Recorder
) -> dict[str, Any]:
    """Every fitted attribute; `stages_` is made of `_weights` and `_facts` when it is read."""
    size = progress.size if progress.size > 0 else 1.0
    kept = progress.n_before > 0
    weights = list(estimator._weights) if kept else []
    facts = list(estimator._facts) if kept else []
    losses = list(estimator.loss_curve_) if kept else []
    for stage in progress.stages:
        weights.append(_in_all_outputs(_weights(stage), units.turn))
        facts.append(_facts(stage, size))
        losses.extend((stage.scale / size) ** 2 * loss for loss in stage.parts.losses)
    noise = progress.noise * float(units.unit) if status is Status.NOISE_FLOOR else 0.0
    rank = estimator._bars.rank if kept else 0.0
    history = History.of(recorder)
    return {
        "n_stages_": len(weights),
        "n_iter_": max(1, sum(fact.n_iter for fact in facts)),
        "loss_curve_": losses,
        "stop_reason_": status.value,
        "heldout_error_": progress.expected_error / size,
        "noise_floor_": noise,
        "_weights": tuple(weights),
        "_facts": tuple(facts),
        "_history": history.after(estimator._history) if kept else history,
        "_units": _function_units(units, flat),
        "_bars": error_bars(_in_outputs(progress, units), status is Status.NOISE_FLOOR, rank),
    }


def last_record(attributes: dict[str, Any]) -> StageRecord:
    """Of the stage that was accepted last."""
    weights, facts = attributes["_weights"][-1], attributes["_facts"][-1]
    return stage_record(weights, facts, attributes["_units"])


def stage_record(weights: StageWeights, facts: StageFacts, units: FunctionUnits) -> StageRecord:
    """The public record of a stage."""
    scale = weights.scale * units.unit
    frequencies, amplitudes = _modes(weights)
    amplitudes = amplitudes * scale
    return StageRecord(
        scale=scale,
        frequencies=_frozen(frequencies / units.halfwidth),
        amplitudes=_frozen(amplitudes[:, 0] if units.flat else amplitudes),
        **asdict(facts),
    )


def restored_units(function: FittedFunction) -> Units:
    """The units of a fitted function, for a warm start."""
    inputs = InputScaling(function.center, function.halfwidth, function.logarithmic)
    return Units(inputs, function.unit_factor[0, 0], function.offset)


def _function_units(units: Units, flat: bool) -> FunctionUnits:
    inputs, offset = units.inputs, _numpy(units.offset)
    center, halfwidth = _numpy(inputs.center), _numpy(inputs.halfwidth)
    logarithmic = _numpy(inputs.logarithmic)
    return FunctionUnits(center, halfwidth, float(units.unit), offset, flat, logarithmic)


def _in_outputs(progress: Progress, units: Units) -> Progress:
    """What error bars are made of, for all outputs instead of the principal ones."""
    left, targets, unseen = (
        turned_back(values, units.turn)
        for values in (progress.residual.y, progress.targets, progress.unseen)
    )
    residual = progress.residual.with_targets(left)
    return replace(progress, residual=residual, targets=targets, unseen=unseen)


def _in_all_outputs(weights: StageWeights, turn: Tensor | None) -> StageWeights:
    """A stage that was fitted to principal outputs, for all of them."""

    def back(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else _numpy(turned_back(torch.from_numpy(array), cpu_turn))

    if turn is None:
        return weights
    cpu_turn = turn.cpu()
    series = {name: back(weights.series[name]) for name in AMPLITUDES}
    return replace(
        weights,
        series={**weights.series, **series},
        readout=back(weights.readout),
        plane=back(weights.plane),
    )


def _weights(stage: AcceptedStage) -> StageWeights:
    function = stage.parts.function
    expansion = function.expansion
    if not any(stage.parts.goes_on):
        expansion = without_cancellation(expansion, stage.scale)
    series = {field.name: getattr(expansion, field.name) for field in fields(expansion)}
    beyond = beyond_of(stage.parts, stage.heldout_error / stage.scale, stage.plane)
    return StageWeights(
        stage.scale,
        {name: None if part is None else _numpy(part) for name, part in series.items()},
        function.network,
        None if function.theta is None else _numpy(function.theta),
        None if function.readout is None else _numpy(function.readout),
        function.grade,
        None if beyond is None else _numpy(beyond.reach),
        None if beyond is None else _numpy(beyond.plane),
    )


def _facts(stage: AcceptedStage, size: float) -> StageFacts:
    return StageFacts(
        train_error=stage.train_error / size,
        heldout_error=stage.heldout_error / size,
        n_iter=stage.parts.n_iter,
        seconds=stage.seconds,
        stop_reason=stage.parts.status.value,
    )


def _modes(weights: StageWeights) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in cycles per unit of t, and amplitudes (m, k), the strongest first."""
    frequencies, amplitudes = _series_modes(weights.series)
    network = weights.network
    # The inputs of later grades of a composition are features, not t.
    if network is not None and weights.grade <= 1 and network.activations[0] in PERIODIC_ACTIVATIONS:
        first = network.weights(torch.from_numpy(weights.theta))[0][:-1].numpy().T / (2 * math.pi)
        # The others are also in the series beside the network.
        fresh = ~np.isclose(first[:, None], frequencies).all(2).any(1)
        frequencies = np.concatenate([frequencies, first[fresh]])
        amplitudes = np.concatenate([amplitudes, _read_amplitudes(weights, len(first))[fresh]])
    order = np.argsort(-np.linalg.norm(amplitudes, axis=1), kind="stable")
    return frequencies[order], amplitudes[order]


def _series_modes(series: dict[str, np.ndarray | None]) -> tuple[np.ndarray, np.ndarray]:
    """Modes of a series; mapped cosines are the waves that they are at the center of the box."""
    cosine, sine, frequencies = series["cosine"], series["sine"], series["frequencies"]
    assert cosine is not None and sine is not None and frequencies is not None
    amplitudes = np.hypot(cosine, sine)
    orders, bends, mapped = series["orders"], series["bends"], series["mapped"]
    if orders is None or bends is None or mapped is None:
        return frequencies, amplitudes
    waves = center_frequencies(torch.from_numpy(orders), torch.from_numpy(bends)).numpy()
    wavy = orders.any(1)  # the constant is not a mode
    return (
        np.concatenate([frequencies, waves[wavy]]),
        np.concatenate([amplitudes, np.abs(mapped[wavy])]),
    )


def _read_amplitudes(weights: StageWeights, count: int) -> np.ndarray:
    """Amplitudes of trained modes where the readout takes them directly, else NaN."""
    readout = weights.readout
    assert readout is not None and weights.network is not None
    amplitudes = np.full((count, readout.shape[1]), math.nan)
    if weights.network.activations == ("pair",):
        amplitudes = np.hypot(readout[:count], readout[count:])
    elif len(weights.network.activations) == 1:
        amplitudes = np.abs(readout)
    return amplitudes


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()  # a view would pickle its whole base


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
