"""Inputs that do not vary, and those that are functions of others."""

import numpy as np
import pytest
import torch
from sklearn.preprocessing import PolynomialFeatures

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor
from skspectral._backend.samples import Samples
from skspectral.selection import LinearFit, affine_part, look_at
from skspectral.series.varying import fit_varying

LINEAR = [
    SpectralMultistageRegressor(hidden_layer_sizes=()),
    MultiGradeRegressor(n_stages=1, n_modes="auto", hidden_layer_sizes=()),
    TunerRegressor(n_stages=1, hidden_layer_sizes=()),
]


def target(X):
    return np.sin(X @ np.linspace(1, 2, X.shape[1]))


def rows(rng, n, d):
    return rng.uniform(-1, 1, (n, d))


def with_constants(X):
    return np.column_stack([np.ones(len(X)), X, np.full(len(X), -3.0)])


@pytest.mark.slow
@pytest.mark.parametrize("model", LINEAR, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("d", [2, 4])
def test_constant_inputs_change_nothing(rng, model, d):
    X, new = rows(rng, 300, d), rows(rng, 200, d)
    alone = model.fit(X, target(X)).predict(new)
    beside = model.fit(with_constants(X), target(X))
    assert np.linalg.norm(alone - target(new)) < 0.02 * np.linalg.norm(target(new))
    # Rounding is relative to the weights of the Gaussian process, which cancel.
    np.testing.assert_allclose(beside.predict(with_constants(new)), alone, rtol=0, atol=1e-9)
    gradient = beside.predict_gradient(with_constants(new))
    assert (gradient[:, [0, -1]] == 0).all()


def test_squares_beside_their_inputs_stay_in_the_range_of_the_targets(rng):
    expand = PolynomialFeatures(2)
    X, new = (rng.uniform([3, -5], [4, 5], (300, 2)) for _ in range(2))
    y, y_new = np.sin(X @ [2, 1]), np.sin(new @ [2, 1])
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(expand.fit_transform(X), y)
    missed = model.predict(expand.transform(new)) - y_new
    assert np.linalg.norm(missed) < 0.1 * np.linalg.norm(y_new)


def test_a_series_of_the_inputs_that_vary_is_one_of_all_inputs(rng):
    """The constant input has the slope zero, also where the rows are fitted again."""
    t = torch.tensor(np.column_stack([rng.uniform(-1, 1, 30), np.zeros(30), rng.uniform(-1, 1, 30)]))
    samples = Samples(t, t[:, :1] - t[:, 2:], torch.full((30,), 1 / 30, dtype=torch.float64))
    seen = []

    def fit(samples, design):
        seen.append((samples.d, design.places.shape[1]))
        plane = affine_part(torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64))
        return LinearFit(plane, 0.1, 0.2, 3.0, lambda _samples: plane)

    found = fit_varying(samples, look_at(t, torch.Generator().manual_seed(0)), fit)
    assert seen == [(2, 2)]
    for series in (found.expansion, found.refit(samples)):
        assert series.affine[:, 0].tolist() == [1, 2, 0, 3]


def test_without_constant_inputs_the_fit_is_handed_on(rng):
    t = torch.tensor(rng.uniform(-1, 1, (30, 2)))
    samples = Samples(t, t[:, :1], torch.full((30,), 1 / 30, dtype=torch.float64))
    assert fit_varying(samples, look_at(t, torch.Generator()), lambda same, _design: same) is samples
