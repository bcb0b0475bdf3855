"""SpectrumDisplay: spectra that are known, rows in any order, grids that are none."""

import sys
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skspectral.inspection import SpectrumDisplay

WAVES = [((1.5, 2.0), 1.0), ((-3.0, 4.0), 1e-3), ((6.0, 8.0), 1e-9)]  # lengths 2.5, 5 and 10
POWERS = [0.5, 0.5e-6, 0.5e-18]
SHAPE, LENGTHS = (48, 40), (2.0, 2.0)


@pytest.fixture
def flow(waves, grid_points):
    """Points, target and model of the two-dimensional problem."""
    X = grid_points(SHAPE, LENGTHS, origin=(-3.0, 10.0))
    model, y = waves(X, *WAVES)
    return model, X, y


def at(display, power, wavenumber):
    """The power at one wavenumber, which has to be the center of a shell."""
    return power[..., np.flatnonzero(np.isclose(display.wavenumbers, wavenumber))].squeeze(-1)


def test_spectra_are_those_of_the_waves(flow):
    display = SpectrumDisplay.from_estimator(*flow)
    for wavenumber, power in zip([2.5, 5.0, 10.0], POWERS):
        assert at(display, display.target_power, wavenumber) == pytest.approx(power, rel=1e-5)
    assert_allclose(at(display, display.model_power, 2.5), POWERS[0], rtol=1e-12)
    assert_allclose(at(display, display.model_power, 5.0), [0, POWERS[1]], rtol=1e-9, atol=1e-26)
    assert_allclose(at(display, display.residual_power, 5.0), [POWERS[1], 0], rtol=1e-9, atol=1e-26)
    assert_allclose(at(display, display.residual_power, 10.0), POWERS[2], rtol=1e-5)
    assert display.nyquist == pytest.approx(10, rel=1e-14)


def test_residual_power_sums_to_the_mean_square_error(flow):
    model, X, y = flow
    display = SpectrumDisplay.from_estimator(model, X, y)
    errors = [np.mean((y - p) ** 2) for p in model.staged_predict(X)]
    assert_allclose(display.residual_power.sum(axis=1), errors, rtol=1e-12)


def test_order_of_rows_does_not_matter(flow, rng):
    model, X, y = flow
    rows = rng.permutation(len(X))
    one = SpectrumDisplay.from_estimator(model, X, y)
    other = SpectrumDisplay.from_estimator(model, X[rows], y[rows])
    assert_array_equal(one.target_power, other.target_power)
    assert_array_equal(one.residual_power, other.residual_power)


@pytest.mark.parametrize("k", [(4.0,), (2.0, -1.0, 2.0)])
def test_one_and_three_features(k, waves, grid_points):
    X = grid_points((12,) * len(k), (1.0,) * len(k))
    model, y = waves(X, (k, 2.0), ((0.0,) * len(k), 1e-3))
    display = SpectrumDisplay.from_estimator(model, X, y)
    peak = np.argmax(display.target_power)
    assert display.wavenumbers[peak] == np.linalg.norm(k).round()
    assert display.target_power[peak] == pytest.approx(2.0, rel=1e-12)


def test_spectra_of_several_outputs_are_averaged(waves, grid_points):
    X = grid_points((16,), (1.0,))
    model, y = waves(X, ((3.0,), np.array([1.0, 2.0])), ((5.0,), np.array([0.1, 0.0])))
    display = SpectrumDisplay.from_estimator(model, X, y)
    assert display.target_power[3] == pytest.approx((0.5 + 2.0) / 2, rel=1e-12)
    assert_allclose(display.residual_power[:, 5], 0.005 / 2, rtol=1e-12)


def test_window_is_passed_on(waves, grid_points):
    X = grid_points((64,), (1.0,))
    model, y = waves(X, ((2.5,), 1.0), ((0.0,), 1e-6))
    plain = SpectrumDisplay.from_estimator(model, X, y).target_power
    tapered = SpectrumDisplay.from_estimator(model, X, y, window="hann").target_power
    assert np.all(tapered[8:] < 0.01 * plain[8:])


def scattered(n, d, rng):
    """Rows whose box is the unit cube."""
    X = rng.uniform(size=(n, d))
    X[0], X[1] = 0.0, 1.0
    return X


@pytest.mark.parametrize(("n", "k"), [(200, (7.0,)), (1200, (3.0, -4.0)), (500, (1.0, 0.0, 0.0))])
@pytest.mark.parametrize("library", ["finufft", None])
def test_scattered_rows_have_the_spectra_of_the_waves(n, k, library, waves, rng, monkeypatch):
    """Waves of the box within the reach of the rows come out alone, to rounding."""
    monkeypatch.setitem(
        sys.modules, "finufft", library and pytest.importorskip(library, reason="the nufft extra")
    )
    X = scattered(n, len(k), rng)
    double = tuple(2 * np.array(k))
    model, y = waves(X, (k, 2.0), (double, 1e-4))
    display = SpectrumDisplay.from_estimator(model, X, y, window=None)
    length = np.linalg.norm(k)
    assert_allclose(at(display, display.target_power, length), 2.0, rtol=1e-12)
    assert_allclose(at(display, display.residual_power, 2 * length), 0.5e-8, rtol=1e-6)
    others = ~np.isclose(display.wavenumbers, length) & ~np.isclose(display.wavenumbers, 2 * length)
    assert display.target_power[others].max() < 1e-20


def test_a_window_is_put_on_scattered_rows(waves, rng):
    """A wave that does not close up: its tail falls off under the window, which is the default."""
    X = scattered(400, 1, rng)
    model, y = waves(X, ((6.5,), 1.0), ((0.0,), 1e-6))
    plain = SpectrumDisplay.from_estimator(model, X, y, window=None)
    tapered = SpectrumDisplay.from_estimator(model, X, y)
    far = plain.wavenumbers > 20
    assert np.all(tapered.target_power[far] < 1e-3 * plain.target_power[far])


@pytest.mark.parametrize("design", ["grid", "scattered"])
def test_rounding_is_the_power_of_white_noise_of_that_size(design, waves, grid_points, rng):
    X = {"grid": grid_points((40, 40), (1.0, 1.0)), "scattered": scattered(1600, 2, rng)}[design]
    model, y = waves(X, ((1.0, 0.0), 1.0), ((0.0, 0.0), 0.0))
    eps, size = np.finfo(float).eps, np.sqrt(np.mean(y**2))
    noise = SpectrumDisplay.from_estimator(model, X, eps * size * rng.standard_normal(len(y)), window=None)
    level = SpectrumDisplay.from_estimator(model, X, y, window=None).rounding_power
    wide = level > 0.02 * level.max()
    assert np.median(noise.target_power[wide] / level[wide]) == pytest.approx(1, abs=0.5)


def test_rounding_is_shaded_where_a_line_comes_near():
    spectra = {
        "wavenumbers": np.arange(3.0),
        "model_power": np.empty((0, 3)),
        "residual_power": np.empty((0, 3)),
    }
    level = np.full(3, 1e-34)
    near, far = (
        SpectrumDisplay(target_power=np.array([0.0, 1.0, low]), rounding_power=level, **spectra).plot().ax_
        for low in (1e-33, 1e-6)
    )
    assert near.get_ylim()[0] < 1e-34 < 1e-9 < far.get_ylim()[0]
    shaded = ["rounding" in [text.get_text() for text in ax.get_legend().get_texts()] for ax in (near, far)]
    assert shaded == [True, False]


def test_one_feature_has_stems(flow, waves, grid_points):
    X = grid_points((16,), (1.0,))
    model, y = waves(X, ((3.0,), 1.0), ((5.0,), 1e-3))
    display = SpectrumDisplay.from_estimator(model, X, y)
    assert display.stems and display.target_line_.get_linestyle() == "None"
    (stems,) = [c for c in display.ax_.collections if c.get_label() != "rounding"]
    np.testing.assert_allclose([path.vertices[1] for path in stems.get_paths()][2], [3.0, 0.5], rtol=1e-12)
    assert not SpectrumDisplay.from_estimator(*flow).stems


def test_units_are_on_the_axes(waves, grid_points):
    X = grid_points((16,), (1.0,))
    model, y = waves(X, ((3.0,), 1.0), ((5.0,), 1e-3))
    frame = pd.DataFrame(X, columns=["time"])
    display = SpectrumDisplay.from_estimator(model, frame, y, units={"time": "s", "y": "V"})
    assert display.ax_.get_xlabel() == "wavenumber [cycles per s]"
    assert display.ax_.get_ylabel() == "power [V$^2$]"


def test_stages_differ_in_color_and_marker(flow, waves, grid_points):
    X = grid_points((32,), (1.0,))
    model, y = waves(X, *[((float(k),), 0.1**k) for k in range(1, 10)])
    lines = SpectrumDisplay.from_estimator(model, X, y).residual_lines_
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == 8
    assert all(a.get_color() != b.get_color() for a, b in pairwise(lines))
    assert all(a.get_marker() != b.get_marker() for a, b in pairwise(lines))


def test_pipelines_transform_the_points_and_keep_their_units(flow, waves):
    _, X, y = flow
    model, _ = waves(X, *[(2 * np.array(k), amplitude) for k, amplitude in WAVES])
    pipeline = make_pipeline(FunctionTransformer(lambda points: points.to_numpy() / 2), model)
    display = SpectrumDisplay.from_estimator(pipeline, pd.DataFrame(X, columns=["u", "v"]), y)
    assert at(display, display.residual_power[0], 5.0) == pytest.approx(POWERS[1], rel=1e-9)


def test_a_pipeline_of_one_step_is_its_step(flow):
    model, X, y = flow
    display = SpectrumDisplay.from_estimator(make_pipeline(model), X, y)
    assert at(display, display.residual_power[0], 5.0) == pytest.approx(POWERS[1], rel=1e-9)


def test_lines_show_the_spectra_without_the_mean(flow):
    figure, ax = plt.subplots()
    display = SpectrumDisplay.from_estimator(*flow, ax=ax, line_kwargs={"linewidth": 3.0})
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert_allclose(display.target_line_.get_xdata(), display.wavenumbers[1:])
    assert_allclose(display.target_line_.get_ydata(), display.target_power[1:])
    for lines, power in [
        (display.model_lines_, display.model_power),
        (display.residual_lines_, display.residual_power),
    ]:
        assert_allclose(np.nan_to_num([line.get_ydata() for line in lines]), power[:, 1:])
        assert {line.get_linewidth() for line in lines} == {3.0}


def test_shells_of_zero_power_are_gaps():
    display = SpectrumDisplay(
        wavenumbers=np.arange(4.0),
        target_power=np.array([1.0, 2.0, 0.0, 3.0]),
        model_power=np.empty((0, 4)),
        residual_power=np.empty((0, 4)),
    )
    assert_array_equal(display.plot().target_line_.get_ydata(), [2.0, np.nan, 3.0])


def test_plot_returns_the_display_and_draws_anew(flow):
    display = SpectrumDisplay.from_estimator(*flow)
    first = display.figure_
    assert display.plot() is display
    assert display.figure_ is not first


def test_exact_and_stageless_models_are_drawn(waves, grid_points):
    X = grid_points((8,), (1.0,))
    model, y = waves(X, ((0.0,), 0.0))
    display = SpectrumDisplay.from_estimator(model, X, y)
    assert display.residual_power.shape == (0, 5)
    display.figure_.canvas.draw()


def test_drawing_leaves_matplotlib_settings_alone(flow):
    before = dict(plt.rcParams)
    SpectrumDisplay.from_estimator(*flow).figure_.canvas.draw()
    assert dict(plt.rcParams) == before


def with_a_constant(X):
    return np.column_stack([X[:, 0], np.zeros(len(X))])[:: SHAPE[1]]


def with_four_features(X):
    return np.hstack([X, X])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (with_a_constant, "feature 1 has one value only"),
        (with_four_features, "one to three features"),
    ],
)
def test_points_without_a_box_are_refused(spoil, message, flow):
    model, X, _ = flow
    spoiled = spoil(X)
    with pytest.raises(ValueError, match=message):
        SpectrumDisplay.from_estimator(model, spoiled, np.zeros(len(spoiled)))


def test_coordinates_in_single_precision_are_a_grid(flow):
    model, X, y = flow
    display = SpectrumDisplay.from_estimator(model, X.astype(np.float32), y)
    assert display.nyquist == pytest.approx(10, rel=1e-5)


def test_bad_data_are_refused(flow):
    model, X, y = flow
    with pytest.raises(ValueError, match="y contains NaN"):
        SpectrumDisplay.from_estimator(model, X, np.full(len(X), np.nan))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        SpectrumDisplay.from_estimator(model, X, y[:-1])


def test_estimators_without_stages_are_refused(flow):
    _, X, y = flow
    with pytest.raises(TypeError, match="staged_predict, which Ridge does not have"):
        SpectrumDisplay.from_estimator(Ridge().fit(X, y), X, y)


def test_unfitted_estimators_are_refused(flow):
    _, X, y = flow
    with pytest.raises(ValueError, match="not fitted"):
        SpectrumDisplay.from_estimator(Ridge(), X, y)


def test_missing_matplotlib_is_named(flow, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install skspectral\[plot\]"):
        SpectrumDisplay.from_estimator(*flow)
