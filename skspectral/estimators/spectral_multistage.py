"""Spectrum-informed multistage regression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from sklearn.utils._param_validation import StrOptions

from .._backend.samples import Units
from ..solvers import Adam
from ..stages import SpectralPlan, per_stage
from ..training import Training
from .base import ResidualStageRegressor
from .parameters import SHARED_CONSTRAINTS, modes_or_none, number_or_none, rules_of_modes, sizes_or_none


class SpectralMultistageRegressor(ResidualStageRegressor):
    """Regression in stages, each taking its Fourier modes from the residual of those before it.

    A stage is a Fourier series whose modes come from the data, solved exactly, or such modes beside a
    small tanh network trained by Levenberg-Marquardt, whichever has the lower held-out error. Each
    stage fits the residual at unit scale and is kept only if it lowers the held-out error.

    Parameters
    ----------
    n_stages : int, default=4
        Maximum number of stages; fitting stops early when another does not lower the error.
    n_modes : int, list of int or "auto", default="auto"
        Fourier modes of a stage; a list has one entry per stage (the last one is repeated); 0 means none.
        On a line their frequencies are refined where that does better.
    hidden_layer_sizes : tuple of int or "auto", default="auto"
        Units of the tanh layers; ``()`` is a linear readout of the modes alone; "auto" tries several small
        nets, in one stage, where the linear stage leaves structure behind.
    solver : {"auto", "lm", "lbfgs", "adam"} or solver object, default="auto"
        How networks are trained. "auto" is Levenberg-Marquardt, in the form that is cheapest for the
        numbers of rows and parameters, while one step costs at most 1e10 operations, else L-BFGS.
    max_iter : int, default=500
        Iterations of training per stage, after screening.
    max_time : float or None, default=None
        Seconds for the whole fit; the best model so far is kept.
    tol : float, default=1e-3
        Training stops when the error falls by less than this share over 40 iterations.
    alpha : float or "auto", default="auto"
        L2 penalty of the readout, relative to the largest singular value squared of the features;
        "auto" chooses by leave-one-out error where rows are scattered, and is 0 on grids.
    loss : {"squared", "huber"}, default="squared"
        What errors of rows count. With "huber" rows whose targets are far off what the others say have
        no weight: those off by 3.5 standard deviations, by medians of all and of neighboring residuals.
    warm_start : bool, default=False
        Keep the stages of the last fit and add more on what they leave over, up to `n_stages`
        in all: raise `n_stages` for more.
    random_state : int, RandomState instance or None, default=0
        Draws networks and the rows set aside. None gives other draws in every fit.
    device : str, default="auto"
        "auto" (CUDA where there is one, else the CPU), "cpu", "cuda" or "cuda:1".
    verbose : int, default=0
        1: a line every few seconds and one per stage, through the logger "skspectral" or, where logging is
        not set up, on standard output; 2: one per candidate too.
    init : {"spectrum", "scale", "random"}, default="spectrum"
        First layers: from the residual's spectrum; by the scale-factor method of Wang and Lai; Xavier.
    readout : {"full", "hidden"}, default="full"
        Inputs of the linear readout: modes and last hidden layer, or the hidden layer alone (the paper).
    hidden_input : {"auto", "x", "modes"}, default="auto"
        What feeds the hidden layers: x, cosines at the modes (the paper), or what the held-out
        error prefers.

    Attributes
    ----------
    stages_ : tuple of StageRecord
        One read-only record per stage.
    n_stages_ : int
        Number of stages; 0 where no model beats the mean.
    n_iter_ : int
        Iterations of training, at least 1.
    loss_curve_ : list of float
        Mean squared residual, relative to that of the mean of y, at each step of the trainings that were
        kept, stage after stage, each from its start on; `history_` has those that were given up too.
    history_ : list of dict
        A row for each iteration of each candidate that was tried, with its time and errors.
    stop_reason_ : str
        Why no further stage was added: the name of a `skspectral.solvers.Status`.
    heldout_error_ : float
        Relative L2 error to be expected of a prediction at a random place that the rows cover: root mean
        square error, noise included, over root mean square of y about its mean. See docs/trust.md.
    noise_floor_ : float
        Root mean square of the noise found, in units of y; 0 where none was found.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where X has them.

    See Also
    --------
    MultiGradeRegressor : Grades: each a shallow net on the features of the one before.
    TunerRegressor : Series and bounded sine layers, for images, fields and signals.
    SpectralFeatures : The modes alone, as features for other estimators.

    References
    ----------
    Ng, Wang and Lai, "Spectrum-Informed Multistage Neural Networks", arXiv 2407.17213 (Algorithm 1:
    modes; section 3.3: the loss of `from_paper`). Wang and Lai, "Multi-stage neural networks",
    J. Comput. Phys. 2024 (`init="scale"`). Beyond the paper: the exact readout, second-order training,
    modes beside the net, and stages judged by held-out error.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral import SpectralMultistageRegressor
    >>> X = np.linspace(-1, 1, 400)[:, None]
    >>> y = np.exp(X[:, 0]) * np.sin(5 * X[:, 0])
    >>> model = SpectralMultistageRegressor().fit(X, y)
    >>> bool(abs(model.predict([[0.123]])[0] - np.exp(0.123) * np.sin(0.615)) < 1e-13)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SHARED_CONSTRAINTS,
        "n_modes": [*SHARED_CONSTRAINTS["n_modes"], list, tuple],
        "init": [StrOptions({"spectrum", "scale", "random"})],
        "readout": [StrOptions({"full", "hidden"})],
        "hidden_input": [StrOptions({"auto", "x", "modes"})],
    }

    def __init__(
        self,
        *,
        n_stages: int = 4,
        n_modes: int | list[int] | str = "auto",
        hidden_layer_sizes: tuple[int, ...] | str = "auto",
        solver: Any = "auto",
        max_iter: int = 500,
        max_time: float | None = None,
        tol: float = 1e-3,
        alpha: float | str = "auto",
        loss: str = "squared",
        warm_start: bool = False,
        random_state: Any = 0,
        device: str = "auto",
        verbose: int = 0,
        init: str = "spectrum",
        readout: str = "full",
        hidden_input: str = "auto",
    ) -> None:
        self.n_stages = n_stages
        self.n_modes = n_modes
        self.hidden_layer_sizes = hidden_layer_sizes
        self.solver = solver
        self.max_iter = max_iter
        self.max_time = max_time
        self.tol = tol
        self.alpha = alpha
        self.loss = loss
        self.warm_start = warm_start
        self.random_state = random_state
        self.device = device
        self.verbose = verbose
        self.init = init
        self.readout = readout
        self.hidden_input = hidden_input

    @classmethod
    def from_paper(cls, **overrides: Any) -> SpectralMultistageRegressor:
        """The setting of arXiv 2407.17213, section 4.2: cosines at the modes -> three tanh layers.

        150,000 full-batch Adam iterations a stage, loss norm 10, four stages; the numbers of modes, the
        learning rate and its annealing are not in the paper and are parameters here.

        Parameters
        ----------
        **overrides
            Constructor parameters that replace the paper's.

        Returns
        -------
        model : SpectralMultistageRegressor
            Not fitted yet.

        Examples
        --------
        >>> from skspectral import SpectralMultistageRegressor
        >>> model = SpectralMultistageRegressor.from_paper(n_modes=50, max_iter=1000)
        >>> model.hidden_layer_sizes, model.hidden_input, model.max_iter
        ((30, 30, 30), 'modes', 1000)
        """
        paper = {
            "n_stages": 4,
            "n_modes": 1000,
            "hidden_layer_sizes": (30, 30, 30),
            "solver": Adam(norm=10, readout="trained"),
            "max_iter": 150_000,
            "alpha": 0.0,
            "readout": "hidden",
            "hidden_input": "modes",
            "tol": 0.0,
        }
        return cls(**{**paper, **overrides})

    def _rules(self) -> Iterator[tuple[bool, str]]:
        yield from super()._rules()
        yield from rules_of_modes(self.n_modes, self.hidden_layer_sizes)
        yield (
            not (0 in per_stage(self.n_modes) and self.hidden_input == "modes"),
            f"hidden_input='modes' needs modes, and n_modes={self.n_modes!r} has none",
        )
        for name, value in (("init", "spectrum"), ("readout", "full")):
            yield (
                len(self.hidden_layer_sizes) > 0 or getattr(self, name) == value,
                f"{name}={getattr(self, name)!r} needs a network, and hidden_layer_sizes=() has none",
            )

    def _plan(self, training: Training, units: Units) -> SpectralPlan:
        return SpectralPlan(
            n_modes=modes_or_none(self.n_modes),
            shape=sizes_or_none(self.hidden_layer_sizes),
            alpha=number_or_none(self.alpha),
            init=self.init,
            readout=self.readout,
            hidden_input=self.hidden_input,
            training=training,
        )
