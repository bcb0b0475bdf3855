"""What people fit functions with today: scipy's and scikit-learn's regressors, and expansions.

>>> y_new = PEERS["rbf"]().fit(X, y).predict(X_new)

Each is tuned briefly: scaled data, settings chosen on a held-out part, more rows than
a dense solver takes in a minute drawn at random. `chosen_` holds the settings.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from itertools import product
from typing import Any

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.linalg import LinAlgWarning
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.neural_network import MLPRegressor

from benchmarks.common.expansions import Chebyshev, FourierExtension
from benchmarks.common.rivals import Anova, LengthPerInput, Rational
from benchmarks.common.tuned import Array, Predictor, Settings, TunedPeer, first_stable

_DENSE_ROWS = 6000  # an (n, n) matrix of 300 MB, factored in seconds
_EVIDENCE_ROWS = 700  # the marginal likelihood is factored once a step, some hundred times


def _grid(**values: Iterable[Any]) -> list[Settings]:
    return [dict(zip(values, row)) for row in product(*values.values())]


class RadialBasis(TunedPeer):
    """scipy's RBFInterpolator, dense where it can be, else with the nearest points alone."""

    neighbors = 100

    def candidates(self, n: int, d: int) -> list[Settings]:
        """Smoothing 0 interpolates; the others are there for noise."""
        kernels = ("cubic", "thin_plate_spline")
        return _grid(smoothing=(0.0, 1e-3, 1e-1, 1e1, 1e3), kernel=kernels)

    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """Interpolate or smooth."""
        neighbors = self.neighbors if len(v) > _DENSE_ROWS else None
        return RBFInterpolator(U, v, neighbors=neighbors, **settings)


class GaussianProcess(TunedPeer):
    """One length an axis and the noise from the marginal likelihood of a part of the rows."""

    fit_rows = _DENSE_ROWS

    def candidates(self, n: int, d: int) -> list[Settings]:
        """Where the search starts: the likelihood has more than one maximum."""
        return _grid(length=(1.0, 0.1))

    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """Rows come shuffled, so the first are a random part."""
        lengths = np.full(U.shape[1], settings["length"])
        kernel = ConstantKernel(1.0, (1e-4, 1e8)) * RBF(lengths, (1e-3, 1e3))
        kernel = kernel + WhiteKernel(1e-4, (1e-13, 1e1))
        search = GaussianProcessRegressor(kernel, alpha=1e-13, normalize_y=True)
        kernel = search.fit(U[:_EVIDENCE_ROWS], v[:_EVIDENCE_ROWS]).kernel_

        def condition(jitter: float) -> Predictor:
            fixed = {"optimizer": None, "normalize_y": True}
            return GaussianProcessRegressor(kernel, alpha=jitter, **fixed).fit(U, v).predict

        return first_stable(condition, 1e-13)


class RidgeOfKernels(TunedPeer):
    """KernelRidge with the Gaussian kernel."""

    fit_rows = _DENSE_ROWS

    def candidates(self, n: int, d: int) -> list[Settings]:
        """Lengths from twice the box to a fiftieth of it; penalties that Cholesky stands."""
        return _grid(gamma=[0.02 * 5**k / d for k in range(7)], alpha=(1e-11, 1e-8, 1e-5, 1e-2))

    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """A singular matrix raises the penalty, where scikit-learn takes minutes for an SVD."""

        def solve(alpha: float) -> Predictor:
            model = KernelRidge(kernel="rbf", gamma=settings["gamma"], alpha=alpha)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LinAlgWarning)
                warnings.filterwarnings("error", message="Singular matrix", category=UserWarning)
                try:
                    return model.fit(U, v).predict
                except UserWarning as error:
                    raise np.linalg.LinAlgError(str(error)) from error

        return first_stable(solve, settings["alpha"])


class Perceptron(TunedPeer):
    """MLPRegressor with two tanh layers: L-BFGS, or Adam where a pass over the rows is long."""

    selection_rows = 1000
    lbfgs_rows = 10_000
    row_passes = 6_000_000  # rows x iterations

    def candidates(self, n: int, d: int) -> list[Settings]:
        """Penalties; the large ones are for noise."""
        return _grid(alpha=(0.0, 1e-2, 1.0, 10.0))

    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """Early stopping is off: it would take rows away."""
        solver = "lbfgs" if len(v) <= self.lbfgs_rows else "adam"
        max_iter = min(2000, self.row_passes // len(v))
        model = MLPRegressor(
            hidden_layer_sizes=(64, 64),
            activation="tanh",
            solver=solver,
            max_iter=max_iter,
            max_fun=2 * max_iter,
            tol=1e-10,
            random_state=0,
            **settings,
        )
        return model.fit(U, v).predict


class Boosting(TunedPeer):
    """HistGradientBoostingRegressor, stopped when its own held-out error no longer falls."""

    def candidates(self, n: int, d: int) -> list[Settings]:
        """Few or many leaves, small or large steps."""
        return _grid(max_leaf_nodes=(31, 8), learning_rate=(0.1, 0.3))

    def train(self, U: Array, v: Array, **settings: Any) -> Predictor:
        """Up to 500 trees."""
        stop = {"early_stopping": True, "n_iter_no_change": 20, "tol": 1e-9}
        model = HistGradientBoostingRegressor(max_iter=500, random_state=0, **stop, **settings)
        return model.fit(U, v).predict


PEERS: dict[str, type[TunedPeer]] = {
    "rbf": RadialBasis,
    "gaussian_process": GaussianProcess,
    "kernel_ridge": RidgeOfKernels,
    "mlp": Perceptron,
    "boosting": Boosting,
    "fourier_extension": FourierExtension,
    "chebyshev": Chebyshev,
    "aaa": Rational,
    "ard_process": LengthPerInput,
    "anova": Anova,
}
