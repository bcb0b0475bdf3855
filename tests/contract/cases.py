"""The estimators that every contract test runs on. A new one is one line in ESTIMATORS."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor
from skspectral.solvers import Adam

ESTIMATORS = [SpectralMultistageRegressor, MultiGradeRegressor, TunerRegressor]

# Two stages without training: few modes, then more features.
LINEAR = {
    SpectralMultistageRegressor: {"n_stages": 2, "n_modes": [2, 20], "hidden_layer_sizes": ()},
    MultiGradeRegressor: {"n_stages": 2, "n_modes": 2},
    TunerRegressor: {"n_stages": 2, "n_modes": [2, 20], "hidden_layer_sizes": ()},
}
# Parameters that every estimator has.
NETWORK = {"n_stages": 2, "n_modes": 3, "hidden_layer_sizes": (4,), "max_iter": 5, "solver": "lm"}
LENGTHY = {
    "lbfgs": {**NETWORK, "solver": "lbfgs"},
    "adam": {**NETWORK, "solver": Adam(norm=4, readout="trained", learning_rate=1e-2), "max_iter": 100},
    "warm start": {**NETWORK, "warm_start": True},
    "two layers": {**NETWORK, "hidden_layer_sizes": (4, 3), "max_iter": 12},
}
# Parameters that a single estimator has.
OWN = {
    SpectralMultistageRegressor: {
        "scale": {**NETWORK, "init": "scale"},
        "random": {**NETWORK, "init": "random"},
        "paper": {**NETWORK, "readout": "hidden", "hidden_input": "modes"},
    },
    MultiGradeRegressor: {
        "drawn": {"n_modes": 0},
        "relu": {**NETWORK, "activation": "relu", "hidden_layer_sizes": (12,), "solver": "adam"},
        "tanh": {**NETWORK, "activation": "tanh", "n_stages": 1},
        "Xavier": {**NETWORK, "init": "random"},
    },
    TunerRegressor: {
        "learned": {**NETWORK, "bounds": "learned", "solver": "lbfgs"},
        "unbounded": {**NETWORK, "bounds": None},
        # Without modes five steps explain nothing, and the fit would warn.
        "no modes": {**NETWORK, "n_modes": 0, "max_iter": 40},
    },
}

_QUICK = {
    (cls, name): cls(**setting)
    for cls in ESTIMATORS
    for name, setting in {"linear": LINEAR[cls], "lm": NETWORK}.items()
}
_MORE = {
    (cls, name): cls(**setting)
    for cls in ESTIMATORS
    for name, setting in {**LENGTHY, **OWN.get(cls, {})}.items()
}


# The fast tier has the cheapest configuration of each estimator, a network among them. On scattered rows
# the tuner without a network solves the series of SpectralMultistageRegressor; the networks of the other
# two cost most, and are trained by the same solver: these three are left to the whole run.
_FAST = {
    (SpectralMultistageRegressor, "linear"),
    (MultiGradeRegressor, "linear"),
    (TunerRegressor, "lm"),
}


def _on(table, fast):
    """Parametrize a test by the estimators of a table; those that are not among the fast are slow."""
    return pytest.mark.parametrize(
        "estimator",
        [
            pytest.param(
                estimator, id=f"{key[0].__name__}, {key[1]}", marks=() if key in fast else pytest.mark.slow
            )
            for key, estimator in table.items()
        ],
    )


DEFAULTS = [cls() for cls in ESTIMATORS]
LINEAR_ONES = [cls(**LINEAR[cls]) for cls in ESTIMATORS]
NETWORKS = [cls(**NETWORK) for cls in ESTIMATORS]
# For scikit-learn's common checks, eighty of each. The fast tier has a cheap configuration of each,
# the whole has the defaults, modes alone and a trained net of each, and all settings of its own; those that
# all share, whose code is shared too, are set on the estimator that takes the least time. The wide net is
# cheap because a pool of so many units takes fewer draws.
CHEAPEST = [*LINEAR_ONES[:2], NETWORKS[2]]
OTHERS = [
    *DEFAULTS,
    LINEAR_ONES[2],
    NETWORKS[0],
    MultiGradeRegressor(**{**NETWORK, "hidden_layer_sizes": (24,)}),
    MultiGradeRegressor(**LENGTHY["two layers"]),
    *(TunerRegressor(**setting) for setting in LENGTHY.values()),
    *(cls(**setting) for cls in ESTIMATORS for setting in OWN[cls].values()),
]

# `estimator` is an unfitted one, to be cloned.
on_quick_ones = _on(_QUICK, _FAST)
on_all = _on({**_QUICK, **_MORE}, _FAST)
on_networks = pytest.mark.parametrize("estimator", NETWORKS)
on_linear_ones = _on({key: value for key, value in _QUICK.items() if key[1] == "linear"}, _FAST)


_FITS: dict[tuple, object] = {}


def fitted_once(estimator, X, y, sample_weight=None):
    """The estimator fitted to float64 data, the same object in every test that asks: to be read only."""
    given = [array for array in (X, y, sample_weight) if array is not None]
    key = (estimator, *((array.shape, array.tobytes()) for array in given))
    if key not in _FITS:
        _FITS[key] = clone(estimator).fit(*given)
    return _FITS[key]


def rounding(model):
    """What summation in another order may change in a prediction: eps times the size of all terms.

    Those of a network may cancel; the terms of a series hardly do.
    """
    stored = model.to_torch().state_dict()
    return np.finfo(float).eps * sum(float(values.double().abs().sum()) for values in stored.values())


def smooth(X):
    """A smooth function of every column, (n, d) to (n,)."""
    return np.exp(X[:, 0] / 2) * np.sin(2 * X.sum(1))


def smooth_gradient(X):
    """Its gradient, (n, d)."""
    growth, phase = np.exp(X[:, 0] / 2), 2 * X.sum(1)
    gradient = np.repeat((2 * growth * np.cos(phase))[:, None], X.shape[1], 1)
    gradient[:, 0] += growth * np.sin(phase) / 2
    return gradient


def samples(n=60, d=2):
    """Scattered rows in [-1, 1]^d and the smooth function there; coordinates are short fractions."""
    rng = np.random.default_rng(n + d)
    X = rng.choice(np.arange(-(2**12), 2**12 + 1), size=(n, d), replace=True) / 2**12
    return X, smooth(X)


def relative_error(value, truth):
    """Relative L2 error about the mean, free of overflow."""
    unit = np.abs(truth).max()
    truth, value = truth / unit, value / unit
    return np.linalg.norm(value - truth) / np.linalg.norm(truth - truth.mean())
