"""ExpansionDisplay: amplitudes that are known, bounds above them, several neurons."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import factorial, jv

from skspectral.inspection import ExpansionDisplay, spectral_expansion


@pytest.fixture
def layer(rng):
    """Two neurons over three inputs in two dimensions."""
    frequencies = np.array([[1.0, 0.0], [3.0, 4.0], [-3.0, 4.0]]) / 3
    matrix = rng.uniform(-1, 1, (3, 2))
    phases = rng.uniform(-1, 1, 3)
    return [spectral_expansion(frequencies, column, phases=phases, tail=1e-6) for column in matrix.T]


def test_one_input_has_known_amplitudes():
    # bias 0: odd harmonics alone, each of them twice, as k and -k
    expansion = spectral_expansion([[3.0, 4.0]], [0.8])
    display = ExpansionDisplay.from_expansion(expansion)
    order = np.argsort(display.frequencies[0])
    k = np.array([1, 3, 5, 7])
    odd = order[1:8:2]
    assert_array_equal(display.input_frequencies, [5.0])
    assert_allclose(display.frequencies[0][odd], 5.0 * k, rtol=1e-15)
    assert_allclose(display.amplitudes[0][odd], 2 * jv(k, 0.8), rtol=1e-12)
    assert_allclose(display.bounds[0][odd], 2 * 0.4**k / factorial(k), rtol=1e-12)
    assert_array_equal(display.amplitudes[0][order[:9:2]], np.zeros(5))


def test_neurons_are_kept_apart(layer):
    display = ExpansionDisplay.from_expansion(layer)
    assert_allclose(display.input_frequencies, [1 / 3, 5 / 3])
    for i, expansion in enumerate(layer):
        merged = expansion.merged()
        assert_array_equal(display.amplitudes[i], merged.amplitudes)
        assert_array_equal(display.bounds[i], merged.bounds)
        assert_allclose(display.frequencies[i], np.hypot(*merged.frequencies.T), rtol=1e-15)


def test_lines_show_what_is_stored_below_falling_bounds(layer):
    figure, ax = plt.subplots()
    display = ExpansionDisplay.from_expansion(layer, ax=ax, line_kwargs={"alpha": 0.5})
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert ax.get_yscale() == "log"
    assert_array_equal(display.input_line_.get_xdata(), display.input_frequencies)
    for i, (points, bounds) in enumerate(zip(display.amplitude_lines_, display.bound_lines_)):
        assert_array_equal(points.get_xdata(), np.sort(display.frequencies[i]))
        shown = np.nan_to_num(points.get_ydata())
        assert_array_equal(np.sort(shown), np.sort(display.amplitudes[i]))
        assert np.all(shown <= bounds.get_ydata())
        assert np.all(np.diff(bounds.get_ydata()) <= 0)
        assert bounds.get_ydata()[-1] == display.bounds[i][np.argmax(display.frequencies[i])]
        assert points.get_alpha() == bounds.get_alpha() == 0.5
        assert points.get_color() is bounds.get_color()


def test_legend_names_neurons_only_where_there_are_several(layer):
    one, both = (ExpansionDisplay.from_expansion(e).ax_.get_legend() for e in (layer[0], layer))
    shared = ["generated", "bound, here and beyond", "input"]
    assert [text.get_text() for text in one.get_texts()] == shared
    assert [text.get_text() for text in both.get_texts()] == ["neuron 1", "neuron 2", *shared]


def test_plot_returns_the_display_and_draws_anew(layer):
    display = ExpansionDisplay.from_expansion(layer)
    first = display.figure_
    assert display.plot() is display
    assert display.figure_ is not first


def test_a_neuron_of_zero_is_drawn():
    display = ExpansionDisplay.from_expansion(spectral_expansion([[1.0]], [0.0]))
    assert_array_equal(display.amplitudes[0], [0.0])
    display.figure_.canvas.draw()


def test_drawing_leaves_matplotlib_settings_alone(layer):
    before = dict(plt.rcParams)
    ExpansionDisplay.from_expansion(layer).figure_.canvas.draw()
    assert dict(plt.rcParams) == before


def test_no_expansion_is_refused():
    with pytest.raises(ValueError, match="expansion is an empty sequence"):
        ExpansionDisplay.from_expansion([])


def test_missing_matplotlib_is_named(layer, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"ExpansionDisplay needs .* pip install skspectral\[plot\]"):
        ExpansionDisplay.from_expansion(layer)
