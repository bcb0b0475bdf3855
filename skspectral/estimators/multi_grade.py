"""Multi-grade regression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from sklearn.utils._param_validation import StrOptions

from .._backend.samples import Units
from ..solvers import LBFGS, SOLVERS, Adam
from ..stages import GradePlan
from ..training import Training
from .base import ResidualStageRegressor
from .parameters import SHARED_CONSTRAINTS, number_or_none, sizes_or_none


class MultiGradeRegressor(ResidualStageRegressor):
    """Regression by composition: each grade is a shallow net on the features of the grade before it.

    The input of grade l is the last hidden layer of grade l - 1, frozen; it is fitted to the residual of
    the grades before it, and the prediction is the sum of all grades. Unless layers are given, a grade
    is one wide layer drawn for the measured bandwidth, its readout solved exactly, and with three inputs
    and more its waves have the directions in which y is found to vary; the first grade takes its modes
    from the spectrum of y where that has the lower error.

    Parameters
    ----------
    n_stages : int, default=4
        Maximum number of grades; fitting stops early when another does not lower the error.
    n_modes : int or "auto", default="auto"
        Fourier modes of y that make the first layer of the first grade; 0 means none: its units are
        drawn for the measured bandwidth. The inputs of later grades are features, not X.
    hidden_layer_sizes : tuple of int or "auto", default="auto"
        Units of the hidden layers of each grade, all trained; "auto" is one drawn layer as wide as the
        leave-one-out error requires; ``()``, with one grade only, is a readout of the modes alone. With
        ``n_stages=1`` and many layers the model is an ordinary deep network.
    solver : {"auto", "lm", "lbfgs", "adam"} or solver object, default="auto"
        How hidden layers are trained. "auto" is Levenberg-Marquardt in the form that is cheapest for
        the numbers of rows and parameters, and where a step of it would take too long L-BFGS, for
        ``activation="relu"`` Adam.
    max_iter : int, default=500
        Iterations of training per grade, after screening.
    max_time : float or None, default=None
        Seconds for the whole fit, shared evenly by grades that are trained; the best model so far is
        kept.
    tol : float, default=1e-3
        Training stops when the error falls by less than this share over 40 iterations.
    alpha : float or "auto", default="auto"
        L2 penalty of drawn layers and modes; "auto" chooses by leave-one-out error.
    loss : {"squared", "huber"}, default="squared"
        What errors of rows count. With "huber" rows whose targets are far off what the others say have
        no weight: those off by 3.5 standard deviations, by medians of all and of neighboring residuals.
    warm_start : bool, default=False
        Keep the grades of the last fit and add more on what they leave over, up to `n_stages` in all.
    random_state : int, RandomState instance or None, default=0
        Draws units and the rows set aside. None gives other draws in every fit.
    device : str, default="auto"
        "auto" (CUDA where there is one, else the CPU), "cpu", "cuda" or "cuda:1".
    verbose : int, default=0
        1: a line every few seconds and one per grade, through the logger "skspectral" or, where logging is
        not set up, on standard output; 2: one per candidate too.
    activation : {"sin", "tanh", "relu"}, default="sin"
        Of all hidden units.
    init : {"data", "random"}, default="data"
        Where trained layers start: waves of the measured bandwidth, kinks and fronts through rows of
        the data; or Xavier.

    Attributes
    ----------
    stages_ : tuple of StageRecord
        One read-only record per grade.
    n_stages_ : int
        Number of grades; 0 where no model beats the mean.
    n_iter_ : int
        Iterations of training, at least 1.
    loss_curve_ : list of float
        Mean squared residual, relative to that of the mean of y, at each step of the trainings that were
        kept, stage after stage, each from its start on; `history_` has those that were given up too.
    history_ : list of dict
        A row for each iteration of each candidate that was tried, with its time and errors.
    stop_reason_ : str
        Why no further grade was added: the name of a `skspectral.solvers.Status`.
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
    SpectralMultistageRegressor : Stages of Fourier modes, with small tanh networks beside them.
    TunerRegressor : Series and bounded sine layers, for images, fields and signals.

    References
    ----------
    Fang and Xu, "Addressing Spectral Bias of Deep Neural Networks by Multi-Grade Deep Learning",
    arXiv 2410.16105. Beyond the paper: bandwidth from the data, exact readouts, second-order training.

    Radhakrishnan, Beaglehole, Pandit and Belkin, "Mechanism for Feature Learning in Neural Networks and
    Backpropagation-Free Machine Learning Models", arXiv 2212.13881: directions from average gradients.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral import MultiGradeRegressor
    >>> x = np.arange(1000)[:, None] / 1000
    >>> model = MultiGradeRegressor(n_modes=0).fit(x, np.cos(30 * np.sin(6 * x[:, 0])))
    >>> bool(abs(model.predict([[0.1234]])[0] - np.cos(30 * np.sin(0.7404))) < 1e-9)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SHARED_CONSTRAINTS,
        "activation": [StrOptions({"sin", "tanh", "relu"})],
        "init": [StrOptions({"data", "random"})],
    }

    def __init__(
        self,
        *,
        n_stages: int = 4,
        n_modes: int | str = "auto",
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
        activation: str = "sin",
        init: str = "data",
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
        self.activation = activation
        self.init = init

    @classmethod
    def from_paper(cls, **overrides: Any) -> MultiGradeRegressor:
        """The setting of arXiv 2410.16105: four grades of two ReLU layers of 256 units, Xavier, Adam.

        30,000 full-batch epochs a grade, the rate falling geometrically. The paper's first rates are
        between 5e-5 and 1e-3, its last ones between 1e-7 and 1e-4.

        Parameters
        ----------
        **overrides
            Constructor parameters that replace the paper's.

        Returns
        -------
        model : MultiGradeRegressor
            Not fitted yet.

        Examples
        --------
        >>> from skspectral import MultiGradeRegressor
        >>> MultiGradeRegressor.from_paper(n_stages=2).activation
        'relu'
        """
        paper = {
            "n_stages": 4,
            "n_modes": 0,
            "hidden_layer_sizes": (256, 256),
            "solver": Adam(learning_rate=1e-3, final_rate=1e-5, readout="trained"),
            "max_iter": 30_000,
            "alpha": 0.0,
            "activation": "relu",
            "init": "random",
            "tol": 0.0,
        }
        return cls(**{**paper, **overrides})

    def _rules(self) -> Iterator[tuple[bool, str]]:
        yield from super()._rules()
        shape = self.hidden_layer_sizes
        modes_alone = not isinstance(shape, str) and len(shape) == 0
        yield (
            not modes_alone or self.n_stages == 1,
            f"hidden_layer_sizes=() has no hidden layer for a second grade to take: set n_stages=1 "
            f"(it is {self.n_stages}) or give the grades a layer",
        )
        yield (
            not modes_alone or self.n_modes != 0,
            "n_modes=0 and hidden_layer_sizes=() leave nothing to fit",
        )
        solver = SOLVERS.get(self.solver) if isinstance(self.solver, str) else type(self.solver)
        yield (
            self.activation != "relu" or solver is not LBFGS,
            f"solver={self.solver!r} needs smooth units and activation='relu' has kinks: use "
            "solver='lm', 'adam' or 'auto', or activation='sin' or 'tanh'",
        )

    def _plan(self, training: Training, units: Units) -> GradePlan:
        return GradePlan(
            n_stages=self.n_stages,
            n_modes=None if isinstance(self.n_modes, str) else int(self.n_modes),
            shape=sizes_or_none(self.hidden_layer_sizes),
            activation=self.activation,
            init=self.init,
            alpha=number_or_none(self.alpha),
            training=training,
        )
