"""The mode finder as a transformer."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted
from torch import Tensor

from .._backend.blocks import row_blocks
from .._backend.clock import Clock
from .._backend.device import resolve_device
from .._backend.inputs import (
    follows_array_api,
    kept_on_failure,
    like_input,
    prediction_tensor,
    training_tensors,
)
from .._backend.interrupts import ctrl_c_noted
from .._backend.random import own_generator
from .._backend.samples import canonical_samples
from .._backend.scaling import InputScaling
from ..networks import fourier_features
from ..selection import look_at
from ..series import find_modes


class SpectralFeatures(TransformerMixin, BaseEstimator):
    """Cosines and sines of the Fourier modes that are found in the targets.

    For any estimator behind it: a ridge, a logistic regression, trees. Where random Fourier features draw
    frequencies, these are taken from the spectrum of y: few features do the work of many.

    Parameters
    ----------
    n_modes : int or "auto", default="auto"
        Modes at most: those that do not rise above chance are left out. "auto" is as many as lower the
        error on rows left out.
    max_time : float or None, default=None
        Seconds for the fit; the best modes so far are kept.
    random_state : int, RandomState instance or None, default=0
        Draws the rows set aside.
    device : str, default="auto"
        "auto" (CUDA where there is one, else the CPU), "cpu", "cuda" or "cuda:1".

    Attributes
    ----------
    frequencies_ : ndarray of shape (m, d)
        Modes in cycles per unit of X, the strongest first; of log X where the nodes of an axis are even in
        it. Where y shows none, the longest wave along each input.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where X has them.

    See Also
    --------
    SpectralMultistageRegressor : Finds the modes, and solves for their amplitudes, in stages.
    sklearn.kernel_approximation.RBFSampler : Fourier features of random frequencies.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspectral import SpectralFeatures
    >>> X = np.random.default_rng(0).uniform(0, 1, (300, 2))
    >>> label = np.where(np.sin(2 * np.pi * (3 * X[:, 0] - 2 * X[:, 1])) > 0, "up", "down")
    >>> features = SpectralFeatures(n_modes=1).fit(X, label)
    >>> features.frequencies_.round(1).tolist() in ([[3.0, -2.0]], [[-3.0, 2.0]])
    True
    >>> model = make_pipeline(features, LogisticRegression()).fit(X, label)
    >>> bool(model.score(X, label) > 0.95)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_modes": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "max_time": [None, Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
        "device": [str],
    }

    def __init__(
        self,
        *,
        n_modes: int | str = "auto",
        max_time: float | None = None,
        random_state: Any = 0,
        device: str = "auto",
    ) -> None:
        self.n_modes = n_modes
        self.max_time = max_time
        self.random_state = random_state
        self.device = device

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Find the modes.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Inputs, finite numbers.
        y : array-like of shape (n,) or (n, k)
            Targets, or names of classes, each of which is a target of zeros and ones.
        sample_weight : array-like of shape (n,), default=None
            Weights, at least 0; weight k equals k repeats of the row.

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        ValueError
            If X, y or sample_weight is not usable; an earlier fit stays as it was.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralFeatures
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> SpectralFeatures(n_modes=1).fit(X, np.sin(7 * X[:, 0])).frequencies_.shape
        (1, 1)
        """
        self._validate_params()
        clock = Clock()
        if self.max_time is not None:
            clock = Clock(clock.now() + self.max_time)
        device = resolve_device(self.device)
        count = None if isinstance(self.n_modes, str) else int(self.n_modes)
        with kept_on_failure(self), torch.no_grad(), ctrl_c_noted(clock):
            inputs, targets, weight = training_tensors(self, X, _numbers(y), sample_weight, device)
            columns = targets[:, None] if targets.ndim == 1 else targets
            samples, units = canonical_samples(inputs, columns, weight)
            design = look_at(samples.t, own_generator(self.random_state))
            waves = find_modes(samples, design, count, clock)
        scaling = units.inputs
        self.frequencies_ = (waves / scaling.halfwidth).cpu().numpy().copy()
        # Frequencies and inputs may be beyond what their product is: waves stay in units of the box.
        self._waves = waves.cpu().numpy().copy()
        self._scaling = tuple(
            part.cpu().numpy().copy() for part in (scaling.center, scaling.halfwidth, scaling.logarithmic)
        )
        return self

    def transform(self, X: Any) -> Any:
        """Cosines and sines of the modes, their phase zero at the center of the box of the rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Inputs.

        Returns
        -------
        features : ndarray of shape (n, 2 m)
            Cosine and sine of the strongest mode, then of the next one, and so on; without units.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralFeatures
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> SpectralFeatures(n_modes=1).fit(X, np.sin(7 * X[:, 0])).transform(X).shape
        (50, 2)
        """
        check_is_fitted(self)
        inputs = prediction_tensor(self, X, torch.device("cpu"), "transform")
        center, halfwidth, logarithmic = map(torch.from_numpy, self._scaling)
        t = InputScaling(center, halfwidth, logarithmic).apply(inputs)
        blocks = row_blocks(len(t), 64 * len(self._waves))
        return like_input(torch.cat([self._features(t[rows]) for rows in blocks]), X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the features: a cosine and a sine for each row of `frequencies_`.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Only checked: the same names as in `fit`.

        Returns
        -------
        names : ndarray of shape (2 m,)
            Of dtype object.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralFeatures
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> SpectralFeatures(n_modes=1).fit(X, np.sin(7 * X[:, 0])).get_feature_names_out()
        array(['cos0', 'sin0'], dtype=object)
        """
        check_is_fitted(self)
        _check_feature_names_in(self, input_features)
        names = [f"{wave}{mode}" for mode in range(len(self._waves)) for wave in ("cos", "sin")]
        return np.array(names, dtype=object)

    def _features(self, t: Tensor) -> Tensor:
        pairs = fourier_features(t, torch.from_numpy(self._waves)).view(len(t), 2, -1)
        return pairs.transpose(1, 2).reshape(len(t), -1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags


def _numbers(y: Any) -> Any:
    """Names of classes as columns of zeros and ones; numbers as they are."""
    if y is None or follows_array_api(y) or isinstance(y, Tensor):
        return y
    names = np.asarray(y)
    if names.ndim != 1 or names.dtype.kind not in "OUS":
        return y
    try:
        return names.astype(np.float64)
    except (TypeError, ValueError):
        _, index = np.unique(names.astype(str), return_inverse=True)
        return np.eye(index.max() + 1)[index] if len(index) else y
