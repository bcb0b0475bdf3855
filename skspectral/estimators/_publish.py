"""From accepted stages to what users see and what is pickled: NumPy on the CPU, original units."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._backend.samples import Units
from .._backend.scaling import InputScaling
from ..networks import FittedFunction, FunctionUnits, StageWeights
from ..solvers import Status
from ._records import StageRecord
from ._stages import AcceptedStage, Progress


def published(
    estimator: Any, progress: Progress, status: Status, units: Units, flat: bool
) -> dict[str, Any]:
    """Every fitted attribute."""
    unit = float(units.unit)
    size = progress.size if progress.size > 0 else 1.0
    kept = progress.n_before > 0
    records = list(estimator.stages_) if kept else []
    weights = list(estimator._weights) if kept else []
    losses = list(estimator.loss_curve_) if kept else []
    for stage in progress.stages:
        records.append(_record(stage, units, unit, size, flat))
        weights.append(_weights(stage))
        losses.extend((stage.scale * unit) ** 2 * loss for loss in stage.parts.losses)
    noise = progress.residual.rms() * unit if status is Status.NOISE_FLOOR else 0.0
    return {
        "stages_": tuple(records),
        "n_stages_": len(records),
        "n_iter_": max(1, sum(record.n_iter for record in records)),
        "loss_curve_": losses,
        "stop_reason_": status.value,
        "heldout_error_": progress.heldout_error / size,
        "noise_floor_": noise,
        "_weights": tuple(weights),
        "_units": _function_units(units, flat),
    }


def restored_units(function: FittedFunction) -> Units:
    """The units of a fitted function, for a warm start."""
    unit = torch.as_tensor(function.unit).to(function.center)
    return Units(InputScaling(function.center, function.halfwidth), unit, function.offset)


def _function_units(units: Units, flat: bool) -> FunctionUnits:
    center, halfwidth = _numpy(units.inputs.center), _numpy(units.inputs.halfwidth)
    return FunctionUnits(center, halfwidth, float(units.unit), _numpy(units.offset), flat)


def _weights(stage: AcceptedStage) -> StageWeights:
    parts, expansion = stage.parts, stage.parts.expansion
    return StageWeights(
        stage.scale,
        _numpy(expansion.affine),
        _numpy(expansion.frequencies),
        _numpy(expansion.cosine),
        _numpy(expansion.sine),
        None if expansion.step is None else _numpy(expansion.step),
        parts.network,
        None if parts.theta is None else _numpy(parts.theta),
        None if parts.readout is None else _numpy(parts.readout),
    )


def _record(
    stage: AcceptedStage, units: Units, unit: float, size: float, flat: bool
) -> StageRecord:
    frequencies, amplitudes = _modes(stage)
    amplitudes = amplitudes * (stage.scale * unit)
    return StageRecord(
        scale=stage.scale * unit,
        frequencies=_frozen(frequencies / _numpy(units.inputs.halfwidth)),
        amplitudes=_frozen(amplitudes[:, 0] if flat else amplitudes),
        train_error=stage.train_error / size,
        heldout_error=stage.heldout_error / size,
        n_iter=stage.parts.n_iter,
        seconds=stage.seconds,
        stop_reason=stage.parts.status.value,
    )


def _modes(stage: AcceptedStage) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in cycles per unit of t, and amplitudes (m, k), the strongest first."""
    expansion, parts = stage.parts.expansion, stage.parts
    frequencies, amplitudes = expansion.frequencies, torch.hypot(expansion.cosine, expansion.sine)
    network = parts.network
    if network is not None and parts.theta is not None and network.activations[0] in WAVES:
        first = network.weights(parts.theta)[0][:-1].T / (2 * math.pi)
        frequencies = torch.cat([frequencies, first])
        amplitudes = torch.cat([amplitudes, _read_amplitudes(parts.readout, network, len(first))])
    order = torch.argsort(amplitudes.norm(dim=1), descending=True, stable=True)
    return _numpy(frequencies[order]), _numpy(amplitudes[order])


# Activations whose units are Fourier modes.
WAVES = {"cos", "sin", "pair"}


def _read_amplitudes(readout: Tensor | None, network: Any, count: int) -> Tensor:
    """Amplitudes of trained modes: known where they are read directly, else none (NaN)."""
    assert readout is not None
    if network.activations == ("pair",):
        return torch.hypot(readout[:count], readout[count:])
    return readout.new_full((count, readout.shape[1]), math.nan)


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()  # a view would pickle its whole base


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
