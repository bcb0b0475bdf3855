"""The public record of a stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class StageRecord:
    """What one stage did; read-only.

    Attributes
    ----------
    scale : float
        Root mean square of the residual that the stage was fitted to, in units of y.
    frequencies : ndarray of shape (m, d)
        Fourier modes of the stage, in cycles per unit of X.
    amplitudes : ndarray of shape (m,) or (m, k)
        Their amplitudes, in units of y.
    train_error : float
        Relative L2 error on the training rows after this stage: root mean square of what is left over
        the root mean square of y about its mean.
    heldout_error : float
        The same on rows that were set aside, or by leave-one-out where the stage is linear.
    n_iter : int
        Iterations of training, screening included; 0 for a stage solved exactly.
    seconds : float
        Wall-clock time.
    stop_reason : str
        Name of a `skspectral.solvers.Status`.
    """

    scale: float
    frequencies: np.ndarray
    amplitudes: np.ndarray
    train_error: float
    heldout_error: float
    n_iter: int
    seconds: float
    stop_reason: str
