"""The public records of a stage and of a sine network."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..networks import FunctionUnits, StageWeights


@dataclass(frozen=True)
class StageFacts:
    """The part of a `StageRecord` that is kept beside the weights; the rest follows from these."""

    train_error: float
    heldout_error: float
    n_iter: int
    seconds: float
    stop_reason: str


@dataclass(frozen=True, repr=False)
class StageRecord(StageFacts):
    """Result of one stage; read-only.

    Attributes
    ----------
    scale : float
        Root mean square of the residual that the stage was fitted to, in units of y.
    frequencies : ndarray of shape (m, d)
        Fourier modes of the stage, in cycles per unit of X; of log X where the nodes of an axis are even in
        it. Of mapped cosines, on scattered rows and where waves of a grid would cancel, the waves that they
        are at the center of the box: toward its rim they become shorter.
    amplitudes : ndarray of shape (m,) or (m, k)
        Their amplitudes, in units of y.
    train_error : float
        Relative L2 error on the training rows after this stage: root mean square of the residual over
        the root mean square of y about its mean.
    heldout_error : float
        The same on rows that were set aside, or by leave-one-out where the stage is linear.
    n_iter : int
        Iterations of training, screening included; 0 for a stage solved exactly.
    seconds : float
        Wall-clock time.
    stop_reason : str
        Name of a `skspectral.solvers.Status`.

    See Also
    --------
    SpectralMultistageRegressor : Its `stages_` are such records, as those of the other regressors are.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral import SpectralMultistageRegressor
    >>> x = np.arange(32)[:, None] / 32
    >>> (stage,) = SpectralMultistageRegressor().fit(x, 3 * np.cos(4 * np.pi * x[:, 0])).stages_
    >>> stage.stop_reason
    'solved'
    >>> print(stage.frequencies[0].round(12), stage.amplitudes[0].round(12))
    [2.] 3.0
    """

    scale: float
    frequencies: np.ndarray
    amplitudes: np.ndarray

    def __repr__(self) -> str:
        """Without the arrays, which may hold thousands of numbers."""
        return (
            f"StageRecord({len(self.frequencies)} modes, scale={self.scale:.2g}, "
            f"train_error={self.train_error:.1e}, heldout_error={self.heldout_error:.1e}, "
            f"n_iter={self.n_iter}, seconds={self.seconds:.2f}, stop_reason={self.stop_reason!r})"
        )


@dataclass(frozen=True)
class SineLayers:
    """A network of sines: a_1 = sin(2 pi X f + phases), a_l = sin(a_{l-1} W_l + b_l).

    Attributes
    ----------
    frequencies : ndarray of shape (m, d)
        Input frequencies f, in cycles per unit of X.
    phases : ndarray of shape (m,)
        In radians, at X = 0.
    weights : tuple of ndarray
        W of each hidden layer, shape (units below, units).
    biases : tuple of ndarray
        b of each hidden layer, shape (units,).

    See Also
    --------
    TunerRegressor : Its `sine_layers_` are such records.
    skspectral.inspection.spectral_expansion : The waves that a hidden unit generates.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral import SineLayers
    >>> layers = SineLayers(
    ...     frequencies=np.array([[1.0], [5.0]]),
    ...     phases=np.zeros(2),
    ...     weights=(np.ones((2, 3)),),
    ...     biases=(np.zeros(3),),
    ... )
    >>> layers.weights[0].shape
    (2, 3)
    """

    frequencies: np.ndarray
    phases: np.ndarray
    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, stage: StageWeights, units: FunctionUnits) -> SineLayers | None:
        """Those of a stage in original units, or None where it is a series, lines, or of log X."""
        if stage.network is None or stage.theta is None or "pair" in stage.network.activations:
            return None
        if units.logarithmic is not None and units.logarithmic.any():
            return None
        pieces = np.split(stage.theta, np.cumsum([a * b for a, b in stage.network.shapes])[:-1])
        first, *hidden = [piece.reshape(shape) for piece, shape in zip(pieces, stage.network.shapes)]
        turns = first[:-1] / units.halfwidth[:, None]
        phases = first[-1] - units.center @ turns
        weights, biases = [w[:-1].copy() for w in hidden], [w[-1].copy() for w in hidden]
        return cls(turns.T / (2 * math.pi), phases, tuple(weights), tuple(biases))


@dataclass(frozen=True)
class SobolIndices:
    """How the variance of a prediction over a box is shared out among the inputs.

    Attributes
    ----------
    mean : float or ndarray of shape (k,)
        Mean over the box, in units of y.
    variance : float or ndarray of shape (k,)
        Variance over the box, in units of y squared.
    first_order : ndarray of shape (d,) or (k, d)
        Share of the variance that each input explains by itself.
    total : ndarray of shape (d,) or (k, d)
        Share that is left where all other inputs are known: interactions count for each that takes part.
    error : float or ndarray of shape (k,)
        Of the indices, at most: a bound of rounding where they are closed, what the last refinement
        changed, or the standard error of samples; 0 where nodes integrate a series exactly.

    See Also
    --------
    SpectralMultistageRegressor : Its `sobol_indices` gives such records, as those of the others do.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral import SpectralMultistageRegressor
    >>> X = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    >>> model = SpectralMultistageRegressor().fit(X, X[:, 0] + 2 * X[:, 1])
    >>> indices = model.sobol_indices([-1, -1], [1, 1])
    >>> print(indices.first_order.round(6), round(indices.variance, 6))
    [0.2 0.8] 1.666667
    """

    mean: float | np.ndarray
    variance: float | np.ndarray
    first_order: np.ndarray
    total: np.ndarray
    error: float | np.ndarray
