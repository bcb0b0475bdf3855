"""Series of many inputs: true and reported errors, noise, few rows, and how sets grow."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skspectral import SpectralMultistageRegressor
from skspectral._backend.clock import Clock
from skspectral._backend.samples import canonical_samples
from skspectral.linalg.kriging import Kriging
from skspectral.selection import LinearOptions, look_at
from skspectral.series import grown_search
from skspectral.series.coefficient_prior import learn_prior
from skspectral.series.grown_search import GrownSearch, fit_grown
from skspectral.series.polynomial_sets import plane
from skspectral.series.wiener import PriorSet, solve_set


def rows_of(function, n, d, seed=0, noise=0.0, k=1):
    rng = np.random.default_rng(seed)
    X, inside = rng.uniform(-1, 1, (n, d)), rng.uniform(-0.99, 0.99, (1000, d))
    y, truth = function(X.T).reshape(n, k), function(inside.T).reshape(1000, k)
    y = y + noise * y.std() * rng.standard_normal((n, k))
    samples, units = canonical_samples(torch.tensor(X), torch.tensor(y), torch.ones(n).double())
    return samples, units, torch.tensor(inside), truth


def fitted(*args, **kwargs):
    """Relative error inside the box, the reported one, and the candidate."""
    samples, units, inside, truth = rows_of(*args, **kwargs)
    design = look_at(samples.t, torch.Generator().manual_seed(0))
    found = fit_grown(samples, design, LinearOptions()).candidate()
    values = (found.expansion(units.inputs.apply(inside)) + units.offset) * units.unit
    error = np.linalg.norm(values.numpy() - truth) / np.linalg.norm(truth - truth.mean(0))
    return error, found.error / samples.rms(), found


def smooth(x):
    return np.exp(x[0] * x[1] / 2) + np.sin(x[2] + 1) / (3 + x[3]) + 0.1 * x[4]


def test_a_polynomial_of_high_order_in_few_inputs_is_exact():
    error, reported, found = fitted(lambda x: x[0] ** 7 - x[1] * x[2] * x[3] + x[4] ** 2, 400, 6)
    assert error < 1e-12 and reported < 1e-11
    assert int(found.expansion.degrees.max()) >= 7


@pytest.mark.parametrize("seed", [0, 1])
def test_a_smooth_function_of_few_pairs_comes_out_to_five_digits(seed):
    """By polynomials of total degree, of which there are 252 up to five, it is 3e-3."""
    error, reported, _ = fitted(smooth, 300, 5, seed=seed)
    assert error < 1e-5
    assert error / 10 < reported < 10 * error


def test_few_rows_are_met_by_a_prior():
    """There are five times as many rows as a plane has coefficients."""
    error, reported, _ = fitted(smooth, 30, 5)
    assert error < 0.2 and reported < 0.5


def test_noise_is_not_selected():
    error, reported, found = fitted(smooth, 300, 5, noise=0.1)
    assert error < 0.07 < reported < 0.2
    assert found.rank < 100


def test_outputs_share_a_set():
    error, _, found = fitted(lambda x: np.stack([smooth(x), smooth(x[::-1])], 1), 300, 5, k=2)
    assert error < 1e-3 and found.expansion.legendre.shape[1] == 2


def test_weights_count():
    """Rows whose weights are too small to matter."""
    samples, units, inside, truth = rows_of(smooth, 300, 5)
    spoilt = samples.y.clone()
    spoilt[::3] += 1
    weight = torch.ones(300, dtype=torch.float64)
    weight[::3] = 1e-20
    spoilt = replace(samples, y=spoilt, weight=weight / weight.sum())
    design = look_at(samples.t, torch.Generator().manual_seed(0))
    found = fit_grown(spoilt, design, LinearOptions()).candidate()
    values = (found.expansion(units.inputs.apply(inside)) + units.offset) * units.unit
    assert np.linalg.norm(values.numpy() - truth) < 1e-3 * np.linalg.norm(truth)


def test_a_refit_on_the_same_rows_is_the_same():
    samples, _, _, _ = rows_of(smooth, 200, 5)
    design = look_at(samples.t, torch.Generator().manual_seed(0))
    found = fit_grown(samples, design, LinearOptions()).candidate()
    again = found.refit(samples)(samples.t)
    assert torch.allclose(again, found.expansion(samples.t), rtol=0, atol=1e-8)


def test_columns_that_are_appended_give_the_same_fit():
    """The factor of a set that grew is that of the set fitted from scratch."""
    samples, _, _, _ = rows_of(smooth, 200, 5)
    search = GrownSearch(samples, LinearOptions())
    last = None
    for fit, _ in zip(search._sets(), range(4)):
        last = fit
    features = search.values.features(last.degrees)
    direct = torch.linalg.lstsq(features, samples.y).solution
    assert len(last.degrees) > len(plane(5))
    assert torch.allclose(last.coefficients, direct, rtol=0, atol=1e-12)


def test_options_and_planes_are_left_to_others():
    samples, _, _, _ = rows_of(smooth, 100, 5)
    design = look_at(samples.t, torch.Generator().manual_seed(0))
    assert fit_grown(samples, design, LinearOptions(max_modes=3)) is None
    assert fit_grown(samples.take(torch.arange(100) < 11), design, LinearOptions()) is None


def test_beyond_the_box_polynomials_are_held_and_the_plane_goes_on():
    X = np.random.default_rng(0).uniform(-1, 1, (300, 4))
    y = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] + 5 * X[:, 3]
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, y)
    slopes = np.linalg.lstsq(np.column_stack([np.ones(300), X]), y)[0][1:]
    far = 20.0 * np.outer([1, 2, 3], [0.1, 0, 0, 1])
    steps = np.diff(model.predict(far))
    np.testing.assert_allclose(steps, far[0] @ slopes, rtol=1e-2)


def test_a_search_is_given_up_where_its_pace_promises_nothing():
    """All orders of three inputs interact in the first; in the other few do, and its rows are met."""
    hard, *_ = rows_of(lambda x: np.cos(4 * x[0] - 3 * x[1] + 2 * x[2]) * np.exp(-(x[0] ** 2)), 3000, 3)
    design = look_at(hard.t, torch.Generator().manual_seed(0))
    near, far = 1e-10 * hard.rms(), 0.1 * hard.rms()
    paused = fit_grown(hard, design, LinearOptions(), near)
    assert paused.score > near and len(paused.fit.degrees) < 250
    assert len(paused.towards(near).fit.degrees) < 250
    assert len(paused.towards(far).fit.degrees) > 800
    easy, *_ = rows_of(lambda x: np.sin(3 * x[0]) + x[1] ** 4 * np.sin(x[0]) + np.exp(x[2]), 3000, 3)
    design = look_at(easy.t, torch.Generator().manual_seed(0))
    assert fit_grown(easy, design, LinearOptions(), 1e-10 * easy.rms()).score < 1e-10 * easy.rms()


def test_some_of_many_rows_tell_which_products_are_next():
    """A product alone in what is left is found by them, and few rows are all used."""
    t = torch.rand(60_000, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    y = t[:, :1] * t[:, 1:2] * t[:, 2:3]
    samples, _ = canonical_samples(t, y, torch.ones(len(t)).double())
    search = GrownSearch(samples, LinearOptions())
    rows = search._deciding_rows(50_000, 300)
    assert rows is not None and 2400 <= len(rows) < samples.n
    degrees = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 2, 1, 1]])
    _, shares = search._correlations(degrees, samples.y * samples.root_weight, rows)
    assert shares.argmax() == 1
    assert search._deciding_rows(500, 30) is None


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_best_ridge_is_found_without_all_of_them(noise, monkeypatch):
    samples, *_ = rows_of(smooth, 60, 5, noise=noise)
    prior = learn_prior(samples)
    degrees = prior.largest(120, np.full(5, 20))
    chosen = PriorSet.of(degrees, prior.logs(degrees), 1)
    ridges = [10.0**power for power in range(-14, 1, 2)]
    every = min(solve_set(samples, chosen, [one], Clock()).score for one in ridges)
    tried, solve = [], Kriging.solve
    monkeypatch.setattr(Kriging, "solve", lambda self, ridge: tried.append(ridge) or solve(self, ridge))
    found = solve_set(samples, chosen, ridges, Clock())
    assert found.score == pytest.approx(every, rel=1e-2)
    assert len(tried) == len(set(tried)) <= 6


def test_products_of_a_prior_see_all_rows_where_they_may_win(monkeypatch):
    """A polynomial and what is smooth are met far closer by a set; noise is not."""
    sizes, solved = [], grown_search.solve_with_best_ridge
    monkeypatch.setattr(
        grown_search,
        "solve_with_best_ridge",
        lambda samples, *rest: sizes.append((samples.n, rest[2])) or solved(samples, *rest),
    )
    for noise in (0.0, 0.1):
        fitted(smooth, 300, 5, noise=noise)
        sizes.append(None)
    assert sizes == [(150, 1), (300, 37), (300, 37), None, (150, 1), (300, 1), None]
