"""SpectrumDisplay: spectra that are known, rows in any order, grids that are none."""

import sys

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


def without_a_row(X):
    return X[1:]


def with_a_repeated_row(X):
    return np.vstack([X[1:], X[-1]])


def with_unequal_steps(X):
    return np.column_stack([X[:, 0] ** 2, X[:, 1]])


def with_a_constant(X):
    return np.column_stack([X[:, 0], np.zeros(len(X))])[:: SHAPE[1]]


def with_four_features(X):
    return np.hstack([X, X])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_a_row, "not a full tensor grid: its 1919 rows hold 48 x 40"),
        (with_a_repeated_row, "some points are missing"),
        (with_unequal_steps, "steps of feature 0"),
        (with_a_constant, "feature 1 has one value only"),
        (with_four_features, "one to three features"),
    ],
)
def test_what_is_no_grid_is_refused(spoil, message, flow):
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
