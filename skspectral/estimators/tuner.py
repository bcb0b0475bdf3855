"""Regression by sinusoidal networks with controlled frequencies."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from .._backend.samples import Units
from ..solvers import SOLVERS, Adam, LevenbergMarquardt
from ..stages import TunerPlan
from ..training import Training
from .base import ResidualStageRegressor
from .parameters import SHARED_CONSTRAINTS, modes_or_none, number_or_none, rules_of_modes, sizes_or_none
from .records import SineLayers

# Bounds of the weights on low and on high input frequencies by Novello et al. (2024), arXiv 2407.21121;
# learned bounds start there.
PAPER_BOUNDS = (1.0, 0.6)


class TunerRegressor(ResidualStageRegressor):
    """Regression by sine layers on frozen input frequencies, with bounded weights: images, fields, signals.

    What it tunes are the frequencies that a network of sines can generate, after the title of the paper
    below; it does not search hyperparameters.

    The first layer holds integer frequencies, many low ones and a few high ones, or, for rough fields such
    as photographs, draws from the power law of their amplitudes. The layers behind it generate integer
    combinations of them, and bounds on their weights bound the amplitudes of what they generate. On grids,
    with gaps or without, and where the data are smooth, a series under the measured spectrum is the first
    choice; layers are trained beside or instead of it where they lower the held-out error.

    Parameters
    ----------
    n_stages : int, default=1
        Maximum number of stages, each fitted to the residual of those before it.
    n_modes : int, list of int or "auto", default="auto"
        Input frequencies of a stage; a list has one entry per stage (the last one is repeated). "auto" is
        as many as units in the first hidden layer, and a series of all modes of the data is compared
        with the network. 0 means none: the first layer has random frequencies, and no series is added
        to the network.
    hidden_layer_sizes : tuple of int or "auto", default="auto"
        Units of the sine layers behind the input frequencies, one to ten deep; the readout takes all of
        them. "auto" tries small ones where the series leaves structure; ``()`` is a readout of modes alone.
    solver : {"auto", "lm", "lbfgs", "adam"} or solver object, default="auto"
        How phases and weights are trained, the readout being solved exactly. "auto" is
        Levenberg-Marquardt where a step is cheap, else L-BFGS, and mini-batches of Adam for images.
    max_iter : int, default=500
        Iterations of training per stage, after screening; passes over the rows for mini-batches.
    max_time : float or None, default=None
        Seconds for the whole fit; the best model so far is kept.
    tol : float, default=1e-3
        Training stops when the error falls by less than this share over 40 iterations.
    alpha : float or "auto", default="auto"
        L2 penalty of the series; on grids with gaps the power of white noise over that of the largest
        mode. "auto" takes it from the data.
    loss : {"squared", "huber"}, default="squared"
        What errors of rows count. With "huber" rows whose targets are far off what the others say have
        no weight: those off by 3.5 standard deviations, by medians of all and of neighboring residuals.
    warm_start : bool, default=False
        Keep the stages of the last fit and add more on what they leave over, up to `n_stages` in all.
    random_state : int, RandomState instance or None, default=0
        Draws frequencies, weights and the rows set aside. None gives other draws in every fit.
    device : str, default="auto"
        "auto" (CUDA where there is one, else the CPU), "cpu", "cuda" or "cuda:1".
    verbose : int, default=0
        1: a line every few seconds and one per stage, through the logger "skspectral" or, where logging is
        not set up, on standard output; 2: one per candidate too.
    bandlimit : float or "auto", default="auto"
        Highest input frequency, in cycles per unit of X. "auto" is the lower of a third of the Nyquist
        frequency and four times the measured bandwidth.
    bounds : (float, float), "learned" or None, default=(1.0, 0.6)
        Largest weight on low and on high input frequencies. "learned" trains a bound for each input
        frequency from there; None sets no bounds.
    low_fraction : float, default=0.7
        Share of the input frequencies that are low; 0 spreads all of them up to the band limit. Those of
        rough fields are drawn from a law instead, and it is the share whose bound is the first one.

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
    SpectralMultistageRegressor : Stages of Fourier modes, with small tanh networks beside them.
    MultiGradeRegressor : Grades: each a shallow net on the features of the one before.

    References
    ----------
    Novello, Aldana, Araujo and Velho, "Tuning the Frequencies: Robust Training for Sinusoidal Neural
    Networks", arXiv 2407.21121 (Theorems 1 and 2, initialization and bounds). Beyond the paper: the
    series under the measured spectrum, frequencies by the law of rough fields, exact readouts, second-order
    training, stages.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral import TunerRegressor
    >>> x = np.linspace(-1, 1, 400)[:, None]
    >>> model = TunerRegressor().fit(x, np.sin(7 * x[:, 0]) * np.exp(x[:, 0]))
    >>> bool(abs(model.predict([[0.123]])[0] - np.sin(0.861) * np.exp(0.123)) < 1e-12)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **SHARED_CONSTRAINTS,
        "n_modes": [*SHARED_CONSTRAINTS["n_modes"], list, tuple],
        "bandlimit": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
        "bounds": [StrOptions({"learned"}), tuple, list, None],
        "low_fraction": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        *,
        n_stages: int = 1,
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
        bandlimit: float | str = "auto",
        bounds: tuple[float, float] | str | None = PAPER_BOUNDS,
        low_fraction: float = 0.7,
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
        self.bandlimit = bandlimit
        self.bounds = bounds
        self.low_fraction = low_fraction

    @classmethod
    def from_paper(cls, **overrides: Any) -> TunerRegressor:
        """The setting of arXiv 2407.21121: 416 input frequencies, one layer of 416 sines, clamped weights.

        Trained readout, full-batch Adam for 5,000 epochs; the paper's learning rates are not in its text
        and are parameters here.

        Parameters
        ----------
        **overrides
            Constructor parameters that replace the paper's.

        Returns
        -------
        model : TunerRegressor
            Not fitted yet.

        Examples
        --------
        >>> from skspectral import TunerRegressor
        >>> TunerRegressor.from_paper(max_iter=100).hidden_layer_sizes
        (416,)
        """
        paper = {
            "n_stages": 1,
            "n_modes": 416,
            "hidden_layer_sizes": (416,),
            "solver": Adam(learning_rate=1e-3, final_rate=1e-4, readout="trained"),
            "max_iter": 5000,
            "tol": 0.0,
        }
        return cls(**{**paper, **overrides})

    @property
    def sine_layers_(self) -> tuple[SineLayers | None, ...]:
        """Frequencies, phases, weights and biases of each stage's network; None where it has none.

        `skspectral.inspection.spectral_expansion` takes them: the spectrum that a hidden unit generates.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import TunerRegressor
        >>> X = np.random.default_rng(0).uniform(-1, 1, (200, 1))
        >>> model = TunerRegressor(n_modes=6, hidden_layer_sizes=(5,), max_iter=3)
        >>> (layers,) = model.fit(X, np.abs(X[:, 0])).sine_layers_
        >>> layers.weights[0].shape
        (6, 5)
        """
        check_is_fitted(self)
        return tuple(SineLayers.of(weights, self._units) for weights in self._weights)

    def _rules(self) -> Iterator[tuple[bool, str]]:
        yield from super()._rules()
        yield from rules_of_modes(self.n_modes, self.hidden_layer_sizes)
        bounds = self.bounds
        yield (
            bounds is None or isinstance(bounds, str) or _are_bounds(bounds),
            f"bounds={bounds!r} must be two positive numbers, for weights on low and on high input "
            "frequencies, or 'learned' or None",
        )
        solver = SOLVERS.get(self.solver) if isinstance(self.solver, str) else type(self.solver)
        yield (
            not (isinstance(bounds, str) and solver is LevenbergMarquardt),
            "bounds='learned' is trained by its gradient: use solver='lbfgs', 'adam' or 'auto', or give "
            "the bounds as two numbers",
        )

    def _plan(self, training: Training, units: Units) -> TunerPlan:
        return TunerPlan(
            n_modes=modes_or_none(self.n_modes),
            shape=sizes_or_none(self.hidden_layer_sizes),
            alpha=number_or_none(self.alpha),
            bandlimit=number_or_none(self.bandlimit),
            halfwidth=units.inputs.halfwidth.cpu().numpy(),
            bounds=PAPER_BOUNDS if isinstance(self.bounds, str) else self.bounds,
            learned=isinstance(self.bounds, str),
            low_fraction=float(self.low_fraction),
            training=training,
        )


def _are_bounds(value: Any) -> bool:
    positive = all(isinstance(c, Real) and 0 < float(c) < float("inf") for c in value)
    return positive and len(value) == 2
