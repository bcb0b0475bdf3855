"""Lines: chirps and gaps, many rows, periods, and sums of many harmonics."""

import numpy as np
import pytest
import torch

from skspectral import SpectralMultistageRegressor, TunerRegressor
from skspectral._backend.parts import parts_of_rows
from skspectral._backend.samples import canonical_samples
from skspectral.linalg.harmonics import cosine_sum, harmonic_sum
from skspectral.selection import look_at
from skspectral.series.periodic import fit_periodic


def chirp(x):
    return np.cos(2 * x) * np.sin(np.exp(1.1 * x))


def tones(x):
    return np.sin(40 * x) * np.exp(x) + np.cos(200 * x)


def fitted(function, X, inset=0.01):
    """The relative error within the range of the rows, and the fit."""
    model = SpectralMultistageRegressor().fit(X[:, None], function(X))
    low, high = X.min(), X.max()
    inside = np.random.default_rng(9).uniform(low + inset * (high - low), high - inset * (high - low), 2000)
    truth = function(inside)
    return np.linalg.norm(model.predict(inside[:, None]) - truth) / np.linalg.norm(truth), model


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_chirp_on_random_rows(seed):
    """With seed 1 errors do not fall before the shortest wave is in the set."""
    error, model = fitted(chirp, np.random.default_rng(seed).uniform(0, 5.3, 3000))
    assert error < 1e-8
    assert model.heldout_error_ < 1e-6


def test_counts_of_a_low_rate_are_told_from_noise():
    """The rate is a tenth of the variance; the best Gaussian filter leaves 0.42 of its spread."""
    x = np.arange(500) / 500
    rate = 0.3 + 0.25 * np.sin(6 * x)
    errors = []
    for seed in range(3):
        y = np.random.default_rng(seed).poisson(rate)
        found = TunerRegressor(hidden_layer_sizes=()).fit(x[:, None], y).predict(x[:, None])
        errors.append(np.sqrt(np.mean((found - rate) ** 2)) / rate.std())
    assert np.median(errors) < 0.42


def test_a_chirp_on_even_rows():
    assert fitted(chirp, np.linspace(0, 5.3, 2000))[0] < 1e-9


@pytest.mark.slow
def test_too_few_rows_for_a_chirp_are_admitted():
    """With one and a half rows a wave at the end no fit is reported as good."""
    error, model = fitted(chirp, np.random.default_rng(0).uniform(0, 5.3, 500), inset=0.0)
    assert model.heldout_error_ > error / 10


@pytest.mark.parametrize("even", [True, False])
def test_many_rows(even):
    X = np.linspace(-1, 1, 60_000) if even else np.random.default_rng(0).uniform(-1, 1, 60_000)
    assert fitted(tones, X)[0] < 1e-12


def test_parts_end_in_all_rows():
    counts = [len(rows) for rows in parts_of_rows(200_000, 1)]
    assert counts == sorted(counts) and counts[-1] == 200_000 and counts[0] < 3000
    for rows in parts_of_rows(20_000, 1):
        assert (rows.diff() > 0).all() and rows[-1] < 20_000


@pytest.mark.parametrize("closed", [False, True])
def test_a_period_is_found_with_few_modes_and_refitted_on_some_nodes(closed):
    n = 400 + closed
    x = torch.linspace(0, 1, 401, dtype=torch.float64)[:n, None]

    def function(x):
        return torch.exp(torch.sin(2 * np.pi * x)) * torch.cos(20 * np.pi * x)

    samples, units = canonical_samples(x, function(x), torch.ones(n, dtype=torch.float64))
    design = look_at(samples.t, torch.Generator().manual_seed(0))
    period = design.grid.periods(samples.y)[0]
    fit = fit_periodic(samples, design.grid, period, None).candidate()
    between = torch.linspace(0.1, 0.9, 57, dtype=torch.float64)[:, None]
    for series in (fit.expansion, fit.refit(samples.take(~design.aside))):
        values = (series(units.inputs.apply(between)) + units.offset) * units.unit
        assert float((values - function(between)).abs().max()) < 1e-10
    assert fit.expansion.n_modes < 40


@pytest.mark.parametrize("q", [1, 2, 3, 50, 401])
def test_sums_of_harmonics_are_those_of_tables(q):
    x = torch.linspace(-3, 3, 301, dtype=torch.float64)[:, None]
    c, s = torch.randn(2, q, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    orders = torch.arange(q, dtype=torch.float64)
    table = torch.cos(x * orders) @ c + torch.sin(x * orders) @ s
    bound = 1e-15 * (10 + 3 * q) * float(c.abs().sum() + s.abs().sum())
    assert float((harmonic_sum(x, c, s) - table).abs().max()) < bound


def test_sums_of_chebyshev_polynomials_go_on_beyond_one():
    x = torch.tensor([[-1.001], [-1.0], [-0.3], [1.0], [1.0005]], dtype=torch.float64)
    c = torch.randn(30, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    truth = np.polynomial.chebyshev.chebval(x[:, 0].numpy(), c[:, 0].numpy())
    np.testing.assert_allclose(cosine_sum(x, c)[:, 0].numpy(), truth, rtol=1e-9)
