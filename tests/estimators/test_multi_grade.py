"""Grades: a composition in truth, of the accuracy that is promised."""

import numpy as np
import pytest
import torch

from skspectral import MultiGradeRegressor
from skspectral.datasets import make_tones, make_tones_on_curve

N = 600


@pytest.fixture(scope="module")
def composition():
    """Two narrow grades on a wave whose frequency changes, and the grid they were fitted on."""
    x = np.arange(N)[:, None] / N
    y = np.cos(10 * np.sin(2 * np.pi * x[:, 0]))
    model = MultiGradeRegressor(n_stages=2, n_modes=0, hidden_layer_sizes=(8,), max_iter=60)
    return model.fit(x, y), x, y


@pytest.mark.slow
def test_each_grade_lowers_the_error(composition):
    model, x, y = composition
    assert model.n_stages_ == 2
    first, second = (np.linalg.norm(p - y) for p in model.staged_predict(x))
    assert second < 0.5 * first


def test_the_second_grade_sees_the_features_of_the_first(composition):
    model, x, _ = composition
    module = model.to_torch()
    first, second = module.stages
    t = torch.tensor((x - module.center.numpy()) / module.halfwidth.numpy())
    hidden = first.network.features(first.theta, t)
    features = second.network.features(second.theta, hidden)
    assert hidden.shape[1] == second.network.sizes[0] == 8
    expected = second.scale * module.unit * (second.affine[0] + features @ second.readout)
    one, two = model.staged_predict(x)
    np.testing.assert_allclose(two - one, expected[:, 0].detach(), rtol=0, atol=1e-12)


def test_the_composition_has_frequencies_that_no_grade_holds(composition):
    """A sine of sines has harmonics (Jacobi and Anger): beyond every wave of the first layer.

    Five bins from a line the window leaves 1 / (5 pi 24)^2 = 7e-6 of its power.
    """
    model, x, _ = composition
    one, two = model.staged_predict(x)
    window = np.hanning(N)
    power = np.abs(np.fft.rfft((two - one) * window)) ** 2
    highest = np.abs(model.stages_[0].frequencies).max()  # cycles per unit of x
    beyond = np.arange(len(power)) > highest + 4
    assert power[beyond].sum() > 1e-3 * power.sum()
    alone = np.abs(np.fft.rfft(one * window)) ** 2
    assert alone[beyond].sum() < 1e-5 * alone.sum()
    assert len(model.stages_[1].frequencies) == 0


def test_one_grade_of_many_layers_is_a_deep_network():
    x = np.linspace(-1, 1, 80)[:, None]
    model = MultiGradeRegressor(n_stages=1, hidden_layer_sizes=(5, 4, 3), max_iter=20)
    module = model.fit(x, np.sin(5 * x[:, 0])).to_torch()
    assert module.stages[0].network.sizes == (1, 5, 4, 3)
    assert model.n_stages_ == 1


def test_modes_of_the_spectrum_stand_first():
    x = np.arange(200)[:, None] / 200
    y = np.sin(2 * np.pi * 7 * x[:, 0]) + 0.5 * np.cos(2 * np.pi * 31 * x[:, 0])
    model = MultiGradeRegressor(n_stages=1, n_modes=2, hidden_layer_sizes=(6,), max_iter=1)
    frequencies = np.abs(model.fit(x, y).stages_[0].frequencies[:, 0])
    for wave in (7, 31):
        assert (np.abs(frequencies - wave) < 0.05).sum() >= 2  # a sine and a cosine


@pytest.mark.parametrize("activation", ["sin", "tanh", "relu"])
def test_drawn_layers_of_every_activation(activation):
    rng = np.random.default_rng(0)
    X, X_test = rng.uniform(-1, 1, (400, 2)), rng.uniform(-1, 1, (300, 2))
    f = lambda X: np.exp(X[:, 0]) * np.cos(2 * X[:, 1])  # noqa: E731
    model = MultiGradeRegressor(n_modes=0, activation=activation, n_stages=1).fit(X, f(X))
    error = np.linalg.norm(model.predict(X_test) - f(X_test)) / np.linalg.norm(f(X_test))
    assert error < {"sin": 1e-7, "tanh": 1e-5, "relu": 5e-2}[activation]


def test_kinks_are_met_by_second_order_steps():
    """Of planes that meet at kinks Adam leaves 1e-8 to 5e-4, in twice the time."""
    rng = np.random.default_rng(0)
    X, X_test = rng.uniform(-1, 1, (600, 2)), rng.uniform(-0.9, 0.9, (300, 2))
    f = lambda X: np.abs(X[:, 0] - 0.3 * X[:, 1]) + np.maximum(X[:, 1] - 0.2, 0)  # noqa: E731
    model = MultiGradeRegressor(n_modes=0, activation="relu", n_stages=1, hidden_layer_sizes=(24,))
    error = np.linalg.norm(model.fit(X, f(X)).predict(X_test) - f(X_test)) / np.linalg.norm(f(X_test))
    assert error < 1e-12


def squared(model, data):
    """Relative squared error on the test points."""
    return ((model.predict(data.X_test) - data.y_test) ** 2).sum() / (data.y_test**2).sum()


@pytest.mark.slow
@pytest.mark.parametrize(("setting", "bound"), [(1, 1e-24), (2, 1e-24), (3, 1e-20), (4, 1e-24)])
def test_default_fits_of_tones(setting, bound):
    data = make_tones(setting)
    assert squared(MultiGradeRegressor().fit(data.X, data.y), data) < bound


@pytest.mark.slow
@pytest.mark.parametrize("setting", [1, 2, 3, 4])
def test_drawn_fits_of_tones(setting):
    data = make_tones(setting)
    assert squared(MultiGradeRegressor(n_modes=0).fit(data.X, data.y), data) < 1e-20


@pytest.mark.slow
def test_default_fits_of_a_circle():
    data = make_tones_on_curve(0, n_samples=4000)
    assert squared(MultiGradeRegressor().fit(data.X, data.y), data) < 1e-20
