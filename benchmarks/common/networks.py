"""Functions of networks that are built by hand, as `predict` and ONNX Runtime have them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch

from skspectral._backend.onnx_files import write_onnx
from skspectral.networks import (
    DenseNetwork,
    Expansion,
    ExportedFunction,
    FittedFunction,
    FunctionUnits,
    PreparedFunction,
    StageWeights,
)


def layers(inputs: int, widths: Sequence[int], activations: Sequence[str]) -> DenseNetwork:
    """Dense layers of which the last one is read out."""
    return DenseNetwork((inputs, *widths), tuple(activations), (len(activations) - 1,))


def random_weights(network: DenseNetwork, rng: np.random.Generator) -> np.ndarray:
    """Weights with which sines and tanh bend within the box."""
    theta: np.ndarray = 0.5 * rng.standard_normal(network.n_parameters)
    return theta


def stage_of(
    network: DenseNetwork,
    theta: np.ndarray,
    readout: np.ndarray,  # shape: (h, k)
    inputs: int,
    grade: int = 0,
    **series: np.ndarray,
) -> StageWeights:
    """A stage of a network beside a series, of which nothing is there but what is given."""
    nothing = np.zeros((0, readout.shape[1]))
    parts: dict[str, np.ndarray | None] = {field.name: None for field in fields(Expansion)}
    parts |= {"affine": np.zeros((1 + inputs, readout.shape[1])), "frequencies": np.zeros((0, inputs))}
    parts |= {"cosine": nothing, "sine": nothing, **series}
    return StageWeights(1.0, parts, network, theta, readout, grade)


@dataclass(frozen=True)
class Function:
    """Stages in the box [-1, 1]^d, with targets in units of one."""

    stages: list[StageWeights]
    inputs: int
    outputs: int

    @property
    def _units(self) -> FunctionUnits:
        return FunctionUnits(
            np.zeros(self.inputs), np.ones(self.inputs), 1.0, np.zeros(self.outputs), False
        )

    @property
    def fitted(self) -> FittedFunction:
        """As it is trained."""
        return FittedFunction(self._units, self.stages)

    @property
    def prepared(self) -> PreparedFunction:
        """As `predict` evaluates it."""
        return PreparedFunction(self.fitted)

    @property
    def exported(self) -> ExportedFunction:
        """As it is exported."""
        return ExportedFunction(self._units, self.stages).eval()

    def by_runtime(self, rows: np.ndarray) -> np.ndarray:
        """Values (n, k) at rows (n, d) that ONNX Runtime has from its file."""
        import onnxruntime

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "network.onnx")
            write_onnx(self.exported, torch.tensor(rows[0]), path)
            session = onnxruntime.InferenceSession(path)
        return np.asarray(session.run(["y"], {"X": rows})[0])
