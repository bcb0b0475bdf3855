"""Sine layers on controlled frequencies: the theorem on fitted models, bounds, band limits, accuracy."""

import warnings

import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator

from skspectral import TunerRegressor
from skspectral.datasets import grid_points
from skspectral.inspection import spectral_expansion
from skspectral.solvers import Adam
from skspectral.stages.tuner import BATCH_RATE

X = np.linspace(-1, 1, 200)[:, None]
BETWEEN = np.random.default_rng(1).uniform(-1, 1, (300, 1))
SMALL = {"n_modes": 4, "hidden_layer_sizes": (5,), "max_iter": 15}


def chirp(X):
    return np.cos(14 * X[:, 0] ** 2 + 5 * X[:, 0])


def front(X):
    return np.tanh(12 * X[:, 0])


def relative(found, expected):
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def units_of(layers, X):
    """Every layer behind the input frequencies, written out."""
    a, read = np.sin(2 * np.pi * X @ layers.frequencies.T + layers.phases), []
    for weights, biases in zip(layers.weights, layers.biases):
        a = np.sin(a @ weights + biases)
        read.append(a)
    return np.concatenate(read, 1)


@pytest.fixture(scope="module")
def fitted():
    """One hidden layer of five units behind four input frequencies, off center and scaled."""
    x = 3 + 2 * X
    return TunerRegressor(**SMALL).fit(x, 10 + chirp(X)), x


@pytest.mark.parametrize("unit", range(5))
def test_a_hidden_unit_is_the_sum_of_its_waves(fitted, unit):
    """Theorem 1: its frequencies are integer combinations of the inputs, its amplitudes of Bessel's J."""
    model, x = fitted
    (layers,) = model.sine_layers_
    weights, bias = layers.weights[0][:, unit], layers.biases[0][unit]
    waves = spectral_expansion(layers.frequencies, weights, phases=layers.phases, bias=bias)
    np.testing.assert_allclose(waves(x), units_of(layers, x)[:, unit], rtol=0, atol=1e-12)


@pytest.mark.parametrize("hidden", [(5,), (4, 3), (3, 3, 2)])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_units_times_readout_are_the_prediction(hidden, n_outputs):
    """The modes beside the units are included, in the units of the data."""
    x, Y = 3 + 2 * X, np.stack([chirp(X), front(X), np.abs(X[:, 0])], 1)[:, :n_outputs]
    model = TunerRegressor(**{**SMALL, "hidden_layer_sizes": hidden}).fit(x, 10 + Y)
    (layers,), module = model.sine_layers_, model.to_torch()
    stage, t = module.stages[0], (x - module.center.numpy()) / module.halfwidth.numpy()
    angle = 2 * np.pi * t @ stage.frequencies.detach().numpy().T
    affine, cosine, sine, readout = (
        getattr(stage, name).detach().numpy() for name in ("affine", "cosine", "sine", "readout")
    )
    beside = affine[0] + t @ affine[1:] + np.cos(angle) @ cosine + np.sin(angle) @ sine
    total = module.offset.numpy() + stage.scale * (beside + units_of(layers, x) @ readout)
    np.testing.assert_allclose(model.predict(x).reshape(200, -1), module.unit * total, rtol=1e-9)


def test_outputs_share_the_network():
    Y = np.stack([chirp(X), front(X), np.abs(X[:, 0])], 1)
    model = TunerRegressor(**SMALL).fit(X, Y)
    (layers,) = model.sine_layers_
    assert layers.weights[0].shape == (4, 5)
    assert model.predict(BETWEEN).shape == (300, 3)
    assert model.to_torch().stages[0].readout.shape == (5, 3)


@pytest.mark.parametrize("hidden", [(5,), (5, 4)])
@pytest.mark.parametrize("solver", ["lm", "lbfgs", "adam", Adam(batch_size=50), Adam(readout="trained")])
def test_weights_stay_within_the_bounds(solver, hidden):
    """Without bounds, weights grow larger on this front (see below)."""
    wish = {**SMALL, "hidden_layer_sizes": hidden, "solver": solver, "bounds": (0.2, 0.1)}
    (layers,) = TunerRegressor(**wish).fit(X, front(X)).sine_layers_
    length = np.abs(layers.frequencies).max(1)
    largest = np.abs(layers.weights[0]).max(1)
    assert largest.max() <= 0.2
    assert largest[np.argmax(length)] <= 0.1


def test_bounds_are_those_of_the_paper_if_none_are_given():
    """Novello et al. (2024), arXiv 2407.21121, bound weights by 1 and by 0.6, of high frequencies."""
    assert TunerRegressor().get_params()["bounds"] == (1.0, 0.6)


def test_without_bounds_weights_grow_beyond_those():
    (free,) = TunerRegressor(**SMALL, bounds=None).fit(X, front(X)).sine_layers_
    assert np.abs(free.weights[0]).max() > 0.2


@pytest.mark.parametrize("solver", ["auto", "lbfgs", "adam"])
def test_learned_bounds_give_a_network_like_any_other(solver):
    model = TunerRegressor(**SMALL, bounds="learned", solver=solver).fit(X, chirp(X))
    (layers,) = model.sine_layers_
    assert all(np.isfinite(w).all() for w in layers.weights)
    assert model.heldout_error_ < 1


def test_learned_bounds_have_no_second_order_step():
    with pytest.raises(ValueError, match=r"bounds='learned'.*lbfgs"):
        TunerRegressor(bounds="learned", solver="lm").fit(X, chirp(X))


def smooth(X):
    return np.exp(X[:, 0]) * np.sin(7 * X[:, -1] + X[:, 0])


GRID = 2 * grid_points((30, 30)) - 1
SMOOTH = {
    "1-D grid": X,
    "1-D scattered": np.random.default_rng(2).uniform(-1, 1, (300, 1)),
    "2-D grid": GRID,
    "2-D grid with gaps": GRID[np.random.default_rng(3).uniform(size=900) > 0.05],
    "2-D scattered": np.random.default_rng(4).uniform(-1, 1, (1000, 2)),
}


@pytest.mark.parametrize("rows", SMOOTH.values(), ids=SMOOTH)
def test_smooth_targets_are_fitted_closely_by_default(rows):
    held_out = np.random.default_rng(5).uniform(-0.96, 0.96, (500, rows.shape[1]))
    model = TunerRegressor().fit(rows, smooth(rows))
    assert relative(model.predict(held_out), smooth(held_out)) < 1e-8


@pytest.mark.parametrize("seed", range(3))
def test_two_stages_do_better_than_one(seed):
    """Layers too small, and too little trained, for all of it; 300 rows judge whether a stage gains."""
    wish = {"n_modes": 4, "hidden_layer_sizes": (3, 3), "max_iter": 20, "random_state": seed}
    x = np.linspace(-1, 1, 3000)[:, None]
    models = [TunerRegressor(n_stages=count, **wish).fit(x, chirp(x)) for count in (1, 2)]
    one, two = (relative(model.predict(BETWEEN), chirp(BETWEEN)) for model in models)
    assert two < 0.8 * one
    assert models[1].heldout_error_ < models[0].heldout_error_
    assert len(models[1].sine_layers_) == models[1].n_stages_ == 2


def fit_at(bandlimit):
    return TunerRegressor(**SMALL, bandlimit=bandlimit).fit(X, front(X))


def test_a_band_limit_above_nyquist_is_cut_and_warned_of():
    """200 rows over a length of 2 hold 49.75 cycles per unit: named, used, and the same fit."""
    nyquist = 199 / 4
    with pytest.warns(UserWarning, match=r"bandlimit=80 .* Nyquist .* 49\.75 cycles") as caught:
        above = fit_at(80.0)
    assert {warning.filename for warning in caught} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        at = fit_at(nyquist)
    np.testing.assert_array_equal(above.sine_layers_[0].frequencies, at.sine_layers_[0].frequencies)
    np.testing.assert_array_equal(above.predict(BETWEEN), at.predict(BETWEEN))


@pytest.mark.parametrize("bandlimit", [2.0, 10.0])
def test_input_frequencies_are_within_the_band_limit(bandlimit):
    """Frequencies are in cycles per unit of X, whatever the box is."""
    for stretch in (1.0, 8.0):
        wish = {**SMALL, "low_fraction": 0.0, "bandlimit": bandlimit / stretch}
        (layers,) = TunerRegressor(**wish).fit(stretch * X, front(X)).sine_layers_
        assert np.abs(layers.frequencies).max() <= bandlimit / stretch


@pytest.mark.parametrize("hidden", ["auto", (5,)])
def test_a_band_limit_below_one_wave_leaves_the_longest_one(hidden):
    model = TunerRegressor(bandlimit=0.01, hidden_layer_sizes=hidden, max_iter=5).fit(X, front(X))
    assert model.heldout_error_ < 1


def test_more_modes_than_there_are_within_the_band_limit():
    with pytest.raises(ValueError, match=r"n_modes=40 .* distinct .* bandlimit"):
        TunerRegressor(n_modes=40, hidden_layer_sizes=(5,), bandlimit=3.0).fit(X, front(X))


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (1.0, -0.5), (1.0,), (1.0, np.inf), "fixed"])
def test_bounds_that_are_none_are_refused(bounds):
    with pytest.raises(ValueError, match="bounds"):
        TunerRegressor(bounds=bounds).fit(X, front(X))


def field(n):
    """Amplitudes fall with the square of the wave number, three times as fast along one axis."""
    wave = np.hypot(*np.meshgrid(3 * np.fft.fftfreq(2 * n), np.fft.fftfreq(2 * n)))
    wave[0, 0] = 1
    noise = np.fft.fft2(np.random.default_rng(4).standard_normal((2 * n, 2 * n)))
    values = np.fft.ifft2(noise / wave**2).real[:n, :n].ravel()
    return values / values.std()


def test_gaps_of_an_image_are_filled_better_than_by_cubic_splines():
    """One pixel in twenty is missing."""
    X, y = grid_points((20, 20)), field(20)
    gap = np.random.default_rng(1).uniform(size=len(X)) < 0.05
    splines = RBFInterpolator(X[~gap], y[~gap], kernel="cubic", neighbors=40)(X[gap])
    found = TunerRegressor().fit(X[~gap], y[~gap]).predict(X[gap])
    assert np.linalg.norm(found - y[gap]) < np.linalg.norm(splines - y[gap])


def rough_pixels():
    """A field as rough as photographs."""
    X, wave = grid_points((48, 48)), np.hypot(*np.meshgrid(*[np.fft.fftfreq(96)] * 2))
    wave[0, 0] = 1
    noise = np.fft.fft2(np.random.default_rng(6).standard_normal((96, 96)))
    return X, np.fft.ifft2(noise / wave**1.4).real[:48, :48].ravel()


@pytest.fixture
def dear(monkeypatch):
    """Second-order steps are dear, as those of larger images are."""
    monkeypatch.setattr("skspectral.stages.tuner.affordable", lambda flops: False)


LAYERS = {"n_modes": 30, "hidden_layer_sizes": (30,), "max_iter": 6}


def test_batches_weight_frequencies_of_rough_fields_by_their_law(dear, monkeypatch):
    """High ones have smaller weights than without, beside low ones; a smooth field has none of this."""
    X, y = rough_pixels()

    def first(values):
        (layers,) = TunerRegressor(**LAYERS).fit(X, values).sine_layers_
        length = np.linalg.norm(layers.frequencies, axis=1)
        size = np.abs(layers.weights[0]).mean(1)
        return size[length >= np.median(length)].mean() / size[length < np.median(length)].mean()

    lawful, even = first(y), first(smooth(X))
    monkeypatch.setattr("skspectral.stages.tuner._law", lambda samples: None)
    assert lawful < 0.7 * first(y)
    assert first(smooth(X)) == even


def test_rows_set_aside_are_trained_on_once_the_error_is_known(dear, monkeypatch):
    """The last iterations train on all rows: they are met more closely, the error is the earlier one."""
    X, y = rough_pixels()
    model = TunerRegressor(**LAYERS).fit(X, y)
    monkeypatch.setattr("skspectral.stages.tuner.LAST_SHARE", 0.0)
    without = TunerRegressor(**LAYERS | {"max_iter": 4}).fit(X, y)
    assert (model.n_iter_, without.n_iter_) == (6, 4)
    assert model.heldout_error_ == without.heldout_error_
    assert np.linalg.norm(model.predict(X) - y) < np.linalg.norm(without.predict(X) - y)


@pytest.fixture(scope="module")
def some_pixels():
    X, y = rough_pixels()
    test = np.random.default_rng(0).permutation(len(X)) < 400
    return X[~test], y[~test], X[test], y[test]


def missed(pixels, **wish):
    """Relative error on pixels held out, and the claimed one."""
    X, y, X_test, y_test = pixels
    wish = {"n_modes": 40, "hidden_layer_sizes": (40, 40), "max_iter": 24, "random_state": 0} | wish
    model = TunerRegressor(**wish).fit(X, y)
    return relative(model.predict(X_test) - y.mean(), y_test - y.mean()), model.heldout_error_


@pytest.mark.slow
def test_pixels_met_anywhere_in_their_cells_are_learned_by_heart_less(dear, monkeypatch, some_pixels):
    wish = {"n_modes": 60, "hidden_layer_sizes": (60, 60), "max_iter": 200}  # more numbers than rows
    met, _ = missed(some_pixels, **wish)
    monkeypatch.setattr("skspectral.stages.tuner._cell", lambda *_: None)
    assert met < 0.96 * missed(some_pixels, **wish)[0]


@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_batches_have_the_rate_that_they_learn_at(factor, dear, monkeypatch, some_pixels):
    error, _ = missed(some_pixels)
    monkeypatch.setattr("skspectral.stages.tuner.BATCH_RATE", factor * BATCH_RATE)
    assert error < 0.9 * missed(some_pixels)[0]


def test_the_error_is_known_late_enough(dear, monkeypatch, some_pixels):
    """If all rows were trained on for most of the time, the error would be that of a net hardly trained."""
    error, claimed = missed(some_pixels)
    assert error / 1.15 < claimed < 1.15 * error
    monkeypatch.setattr("skspectral.stages.tuner.LAST_SHARE", 0.9)
    error, claimed = missed(some_pixels)
    assert claimed > 1.25 * error


def test_the_papers_setting_takes_overrides():
    paper = TunerRegressor.from_paper()
    assert (paper.n_modes, paper.hidden_layer_sizes, paper.bounds) == (416, (416,), (1.0, 0.6))
    assert paper.solver.readout == "trained"
    small = TunerRegressor.from_paper(n_modes=6, hidden_layer_sizes=(5,), max_iter=10)
    (layers,) = small.fit(X, chirp(X)).sine_layers_
    assert layers.weights[0].shape == (6, 5)
    assert (small.n_iter_, small.max_iter, small.tol) == (10, 10, paper.tol)


def test_the_papers_frequencies_are_harmonics_of_a_longer_period():
    """All are integer multiples of the lowest, which is less than one over the box's length of 2."""
    (layers,) = TunerRegressor(**SMALL).fit(X, chirp(X)).sine_layers_
    frequencies = np.sort(np.abs(layers.frequencies[:, 0]))
    multiples = frequencies / frequencies[0]
    np.testing.assert_allclose(multiples, np.round(multiples), rtol=1e-12)
    assert frequencies[0] < 0.5
    assert len(set(np.round(multiples))) == 4


def test_no_modes_means_random_frequencies_on_no_lattice():
    wish = {**SMALL, "n_modes": 0}
    (layers,) = TunerRegressor(**wish).fit(X, chirp(X)).sine_layers_
    multiples = layers.frequencies[:, 0] / layers.frequencies[0, 0]
    assert layers.frequencies.shape == (5, 1)
    assert np.abs(multiples[1:] - np.round(multiples[1:])).max() > 1e-3


@pytest.mark.parametrize("n_modes", [[4, 6], (4, 7)])
def test_a_list_has_one_number_of_modes_for_each_stage(n_modes):
    wish = {"n_modes": n_modes, "hidden_layer_sizes": (8,), "max_iter": 30, "n_stages": 2}
    model = TunerRegressor(**wish).fit(X, chirp(X))
    assert [len(layers.frequencies) for layers in model.sine_layers_] == list(n_modes)


@pytest.mark.parametrize("n_modes", [[], [-1], [4, "many"], [2.5]])
def test_lists_of_something_else_are_refused(n_modes):
    with pytest.raises(ValueError, match="n_modes"):
        TunerRegressor(n_modes=n_modes).fit(X, chirp(X))


@pytest.mark.parametrize("solver", ["auto", "adam"])
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_deep_networks_do_not_diverge(depth, solver):
    wish = {"n_modes": 8, "hidden_layer_sizes": (6,) * depth, "solver": solver, "max_iter": 15}
    model = TunerRegressor(**wish).fit(X, chirp(X))
    assert len(model.sine_layers_[0].weights) == depth
    assert relative(model.predict(BETWEEN), chirp(BETWEEN)) < 0.5
    assert np.isfinite(model.predict_gradient(BETWEEN)).all()


def test_a_series_alone_has_no_sine_layers():
    model = TunerRegressor(hidden_layer_sizes=()).fit(X, chirp(X))
    assert model.sine_layers_ == (None,)
