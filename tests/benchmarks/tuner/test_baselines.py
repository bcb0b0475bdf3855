"""The nets: bands, sizes, gradients, seeds, and how they are trained and chosen."""

from functools import partial
from itertools import count, pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks.tuner.baselines import Baseline, Rows, chosen, n_numbers, nearest_width, settings
from benchmarks.tuner.nets import KINDS, STARTS

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


SHORT = {"seconds": 0.02, "seed": 0, "n_parameters": 300}


def plane(n=400, seed=0):
    """Points of a box that is no unit cube, and one wave on it."""
    X = np.random.default_rng(seed).uniform([1, -3], [5, -2], (n, 2))
    return X, 5 + 2 * np.sin(X[:, 0] + 3 * X[:, 1])


def plane_slopes(X):
    slope = 2 * np.cos(X[:, 0] + 3 * X[:, 1])
    return np.stack([slope, 3 * slope], axis=1)


def rows():
    (X, y), (X_val, y_val) = plane(), plane(60, seed=1)
    return Rows(X, y, X_val, y_val)


def relative(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(b)


@pytest.fixture
def clock(monkeypatch):
    """A millisecond a step, however busy the machine is."""
    steps = count()
    ticking = SimpleNamespace(perf_counter=lambda: next(steps) / 1000)
    monkeypatch.setattr("benchmarks.tuner.baselines.time", ticking)


@pytest.mark.parametrize("kind, setting", [("siren", 8.0), ("ffm", 0.7), ("bacon", 3.0)])
def test_baselines_fit_a_wave_and_its_slope(clock, kind, setting):
    net = Baseline(kind, setting)
    net.fit(rows(), seconds=0.4, seed=0, n_parameters=1500)
    X_new, y_new = plane(100, seed=2)
    assert np.std(net.predict(X_new) - y_new) < 0.3 * np.std(y_new)
    assert relative(net.predict_gradient(X_new), plane_slopes(X_new)) < 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_the_prediction(kind):
    X, y, X_val, y_val = rows()
    two = partial(np.stack, axis=1)
    net = Baseline(kind, 5.0).fit(Rows(X, two([y, -y]), X_val, two([y_val, -y_val])), **SHORT)
    net.net_.double()
    net._scaled = lambda X: torch.tensor((2 * X - net._low - net._high) / net._width)
    h = 1e-6 * np.eye(2)
    differences = [(net.predict(X + step) - net.predict(X - step)) / 2e-6 for step in h]
    gradient = net.predict_gradient(X)
    assert gradient.shape == (400, 2, 2)
    # a kink of ReLU within the step is rare, and wrong by as much as the slope
    off = np.abs(gradient - np.stack(differences, axis=-1))
    assert np.quantile(off, 0.99) < 1e-5 * np.abs(gradient).max()


@pytest.mark.parametrize("n_parameters", [5000, 66_000])
@pytest.mark.parametrize("kind", KINDS)
def test_all_have_as_many_parameters(kind, n_parameters):
    width = nearest_width(kind, n_parameters, d=2, k=3)
    net = KINDS[kind].module(2, 3, width, 10.0, KINDS[kind].depth)
    assert n_numbers(net) == pytest.approx(n_parameters, rel=0.02)


def test_parameters_are_counted_by_hand():
    """SIREN of three layers of 5: 2 x 5 + 5, twice 5 x 5 + 5, 5 + 1."""
    assert n_numbers(KINDS["siren"].module(2, 1, 5, 30.0, 3)) == 15 + 60 + 6
    assert nearest_width("siren", 81, d=2, k=1) == 5


def test_bacon_is_limited_to_its_band():
    """A box is half a period: on a whole one, the DFT has nothing above the band."""
    net = KINDS["bacon"].module(1, 1, 16, 10.0, 4).double()
    t = torch.arange(64, dtype=torch.float64)[:, None] / 64
    with torch.no_grad():
        power = torch.fft.rfft(net(4 * t)[:, 0]).abs()
    assert power[21:].max() < 1e-12 * power.max()
    assert power[1:21].max() > 1e-3 * power.max()


@pytest.mark.parametrize("kind", STARTS)
def test_columns_of_the_papers_net_stay_bounded(kind):
    net = Baseline(kind).fit(rows(), **SHORT).net_
    with torch.no_grad():
        net.layers[0].weight.fill_(1.0)
        net(torch.zeros(1, 2))
    high = net.frequencies.abs().amax(dim=1) > 10
    expected = torch.where(high, 0.6, 1.0) / 30
    torch.testing.assert_close(net.layers[0].weight.detach()[0], expected)


def test_unit_vectors_come_first():
    net = KINDS["paper"].module(3, 1, 20, 43.0, 2)
    torch.testing.assert_close(net.frequencies[:3].detach(), torch.eye(3))


def test_one_seed_one_start_and_the_global_generator_stays():
    torch.manual_seed(5)
    state = torch.get_rng_state()
    nets = [Baseline("ffm")._net(2, 1, 300, seed) for seed in (0, 0, 1)]
    one, same, other = (net.readout.weight.detach() for net in nets)
    torch.testing.assert_close(one, same, rtol=0, atol=0)
    assert not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_weights_kept_are_the_best_on_validation_rows(clock):
    _, _, X_val, y_val = rows()
    net = Baseline("siren", 60.0).fit(rows(), seconds=0.1, seed=0, n_parameters=900)
    rms = np.sqrt(np.mean((net.predict(X_val) - y_val) ** 2))
    assert rms == pytest.approx(min(error for _, error in net.history_), rel=1e-4)
    assert all(before < after for (before, _), (after, _) in pairwise(net.history_))


def test_time_is_kept(clock):
    net = Baseline("bacon").fit(rows(), seconds=0.1, seed=0, n_parameters=900)
    assert 0.1 <= net.history_[-1][0] < 0.102


def test_settings_follow_the_sampling():
    assert settings("siren", 240**2, 2) == [15, 30, 60]
    assert settings("siren", 2560, 1) == [15, 30, 60, 150, 300, 600]
    assert settings("ffm", 64**3, 3) == [1.25, 2.5, 5, 10, 20]


def test_chosen_setting_is_the_best_on_validation_rows(clock, monkeypatch):
    """The wave has 1.1 cycles in the box: sigma of 40 is noise between the points."""
    monkeypatch.setattr("benchmarks.tuner.baselines.settings", lambda *about: [40.0, 0.7])
    about = {"seed": 0, "n_parameters": 1000}
    assert chosen("ffm", rows(), seconds=0.05, **about) == 0.7
