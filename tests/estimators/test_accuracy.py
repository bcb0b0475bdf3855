"""Held-out errors of default fits: the promised numbers that take seconds, on points never seen."""

from functools import cache

import numpy as np
import pytest

from benchmarks.accuracy.stages import exponential, slanted
from benchmarks.common.targets import TARGETS, relative_l2
from skspectral import SpectralMultistageRegressor
from skspectral.inspection import angle_averaged_spectrum

QUICK = ["ln_cos", "sin_exp", "runge", "layer", "noisy"]
SLOW = ["tones", "waves", "turbulence"]


SEEDS = {
    **{f"{name}, {seed}": (name, seed) for seed in (11, 12) for name in QUICK},
    **{name: (name, 11) for name in SLOW},
}


@cache
def default_fit(name, seed):
    """The default fit of a target, to be read only."""
    X, y, _, _ = TARGETS[name].load(seed)
    return SpectralMultistageRegressor().fit(X, y)


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        pytest.param(*case, id=key, marks=() if case[0] in QUICK and case[1] == 11 else pytest.mark.slow)
        for key, case in SEEDS.items()
    ],
)
def test_default_fits_keep_the_promised_bounds(name, seed):
    _, _, X_test, y_test = TARGETS[name].load(seed)
    assert relative_l2(y_test, default_fit(name, seed).predict(X_test)) <= TARGETS[name].bound


def test_noise_is_recognized_and_measured():
    X, y, _, _ = TARGETS["noisy"].load(3)
    clean = np.log(X[:, 0] + 2) * np.cos(2 * X[:, 0] + X[:, 0] ** 3)
    model = SpectralMultistageRegressor().fit(X, y)
    assert model.stop_reason_ == "noise_floor"
    assert model.noise_floor_ == pytest.approx(np.std(y - clean), rel=0.1)


@pytest.mark.slow
def test_a_net_finds_a_steep_front():
    X, y, X_test, y_test = TARGETS["front"].load(5)
    rows = np.arange(800)
    model = SpectralMultistageRegressor().fit(X[rows], y[rows])
    linear = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X[rows], y[rows])
    assert relative_l2(y_test, model.predict(X_test)) < 1e-5
    assert relative_l2(y_test, linear.predict(X_test)) > 1e-3


@pytest.mark.slow
def test_the_spectrum_of_turbulence_is_met_in_every_resolved_shell():
    X, y, _, _ = TARGETS["turbulence"].load(11)
    fitted = default_fit("turbulence", 11).predict(X)
    _, target = angle_averaged_spectrum(y.reshape(256, 256), lengths=2 * np.pi)
    _, model = angle_averaged_spectrum(fitted.reshape(256, 256), lengths=2 * np.pi)
    resolved = target > 1e-26 * target.max()  # below: rounding of the field itself
    assert resolved.sum() > 80
    np.testing.assert_allclose(model[resolved], target[resolved], rtol=0.01)


def test_frequencies_amplitudes_and_scale_are_in_the_users_units():
    x = 3 + 5 * np.arange(200) / 200
    y = 7 * np.cos(2 * np.pi * 0.8 * x) + 2 * np.sin(2 * np.pi * 2.4 * x) + 11
    stage = SpectralMultistageRegressor(n_modes=2).fit(x[:, None], y).stages_[0]
    np.testing.assert_allclose(np.abs(stage.frequencies[:, 0]), [0.8, 2.4], rtol=1e-9)
    np.testing.assert_allclose(stage.amplitudes, [7, 2], rtol=1e-9)
    assert stage.scale == pytest.approx(np.sqrt((49 + 4) / 2), rel=1e-9)


def test_a_later_stage_takes_its_modes_from_the_residual():
    x = np.arange(300) / 300
    y = np.cos(2 * np.pi * 5 * x) + 1e-3 * np.cos(2 * np.pi * 31 * x)
    model = SpectralMultistageRegressor(n_modes=1, n_stages=2, hidden_layer_sizes=()).fit(x[:, None], y)
    found = [abs(stage.frequencies[0, 0]) for stage in model.stages_]
    np.testing.assert_allclose(found, [5, 31], rtol=1e-9)


def test_a_table_of_noise_is_not_explained(rng):
    X, y = rng.standard_normal((200, 10)), rng.standard_normal(200)
    X_test, y_test = rng.standard_normal((2000, 10)), rng.standard_normal(2000)
    model = SpectralMultistageRegressor().fit(X, y)
    assert relative_l2(y_test, model.predict(X_test)) < 1.1


def periodic_grid(n):
    """Nodes (n^2, 2) of a grid of [-1, 1]^2 without its last lines, and places among them."""
    axis = np.arange(n) / n * 2 - 1
    X = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    return X, np.random.default_rng(0).uniform(-1, X.max(), (2000, 2))


def test_the_papers_network_keeps_what_its_modes_give():
    """Layers can pass on the sum of the modes, so that training lowers the error with any solver."""
    X, X_test = periodic_grid(24)

    def waves(X):
        return np.cos(np.pi * X @ [3, -2] + 0.4) + 0.5 * np.sin(np.pi * X @ [1, 5])

    few = {"n_stages": 1, "hidden_layer_sizes": (6, 6), "n_modes": 4, "max_iter": 3}
    model = SpectralMultistageRegressor.from_paper(**few).fit(X, waves(X))
    assert relative_l2(waves(X_test), model.predict(X_test)) < 1e-12


def test_the_papers_network_meets_what_no_band_holds():
    """Its first stage leaves 1e-7 and is not trained: the modes of the second hold more than that gains."""
    X, X_test = periodic_grid(40)
    model = SpectralMultistageRegressor.from_paper(n_stages=3, n_modes=200, max_iter=3)
    model.fit(X, exponential(X))
    assert model.stages_[0].n_iter == 0
    assert relative_l2(exponential(X_test), model.predict(X_test)) < 1e-12


def test_the_papers_network_needs_no_plane_beside_its_modes():
    """Few modes of what is not periodic stand beside a large plane, which this network does not hold."""
    X, X_test = periodic_grid(48)
    model = SpectralMultistageRegressor.from_paper(n_stages=1, n_modes=250, max_iter=3)
    assert relative_l2(slanted(X_test), model.fit(X, slanted(X)).predict(X_test)) < 1e-7


def test_the_papers_network_is_trained_where_its_modes_are_not_enough():
    X = np.linspace(-1, 1, 300)[:, None]
    few = {"n_stages": 1, "hidden_layer_sizes": (6,), "n_modes": 4, "solver": "lm"}
    start, end = (
        SpectralMultistageRegressor.from_paper(**few, max_iter=steps).fit(X, np.tanh(15 * X[:, 0]))
        for steps in (1, 60)
    )
    assert end.n_iter_ > 1
    assert end.heldout_error_ < 0.1 * start.heldout_error_


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_the_papers_start_beats_the_scale_factor(seed):
    axis = np.arange(32) / 32 * 2 - 1
    X = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    X_test = np.random.default_rng(seed).uniform(-1, 1, (2000, 2))

    def target(X):
        x, y = np.pi * X.T
        return np.exp(np.sin(x) * np.cos(y)) + 0.3 * np.cos(3 * x + 2 * y)

    errors = {}
    for init in ("spectrum", "scale"):
        model = SpectralMultistageRegressor.from_paper(
            n_stages=3,
            init=init,
            n_modes=16,
            hidden_layer_sizes=(6,),
            solver="lm",
            max_iter=60,
            random_state=seed,
        ).fit(X, target(X))
        errors[init] = relative_l2(target(X_test), model.predict(X_test))
    assert errors["scale"] > 1e2 * errors["spectrum"]
