"""Mapped cosines on scattered rows: digits between the rows, noise, anisotropy, interactions."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from skspectral._backend.budget import STEP_FLOPS
from skspectral._backend.samples import canonical_samples
from skspectral.selection import LinearOptions, look_at
from skspectral.series import mapped_judge, mapped_search
from skspectral.series.index_sets import all_terms
from skspectral.series.mapped_fit import MappedFit
from skspectral.series.mapped_series import fit_mapped
from skspectral.series.mapped_trial import Shape


def fitted(function, n, low, high, seed=0, noise=0.0, options=None):
    """Relative error inside the box, the candidate, and the size of the targets."""
    rng = np.random.default_rng(seed)
    low, high = np.asarray(low, float), np.asarray(high, float)
    X = rng.uniform(low, high, (n, len(low)))
    inside = low + (high - low) * rng.uniform(0.01, 0.99, (2000, len(low)))
    y, truth = function(X.T), function(inside.T)
    y = y + noise * y.std() * rng.standard_normal(n)
    samples, units = canonical_samples(torch.tensor(X), torch.tensor(y)[:, None], torch.ones(n).double())
    design = look_at(samples.t, torch.Generator().manual_seed(0))
    series = fit_mapped(samples, design, options or LinearOptions())
    found = series.candidate()
    values = (found.expansion(units.inputs.apply(torch.tensor(inside))) + units.offset) * units.unit
    error = np.linalg.norm(values[:, 0].numpy() - truth) / np.linalg.norm(truth - truth.mean())
    return error, found.error / samples.rms(), found


@pytest.mark.parametrize("seed", [0, 1])
def test_a_smooth_function_comes_out_to_eight_digits(seed):
    error, reported, _ = fitted(
        lambda x: np.cos(3 * x[0] * x[1] + 1) / (2.3 + x[0] - x[1]), 2500, [-1, -1], [1, 1], seed
    )
    assert error < 1e-8
    assert error / 10 < reported < 1e-6


def test_few_large_sets_are_fitted(monkeypatch):
    """One or two maps for each size; with steps of one length it is 20."""
    counts = []
    fit = mapped_judge.MappedFit

    def counted(samples, chosen, *others):
        counts.append(len(chosen))
        return fit(samples, chosen, *others)

    monkeypatch.setattr(mapped_judge, "MappedFit", counted)
    counted.KIND = fit.KIND
    error, _, _ = fitted(
        lambda x: np.cos(4 * x[0] * x[1] + 1) / (2.3 + x[0] - x[1]), 4000, [-1] * 2, [1] * 2
    )
    assert error < 1e-11
    assert sum(count > 215 for count in counts) <= 12


def test_an_axis_may_have_many_more_waves_than_the_other():
    error, _, found = fitted(
        lambda x: np.sin(2 * np.pi * 9 * x[0]) * np.exp(x[1]) + x[1] ** 2, 1500, [0, 0], [1, 1]
    )
    assert error < 1e-8
    assert found.expansion.orders[:, 0].max() > 3 * found.expansion.orders[:, 1].max()


@pytest.mark.slow
def test_a_set_grows_along_one_axis_where_its_rim_misleads():
    """Amplitudes at the rim of 191 functions ask for the wrong axis in this draw."""
    error, _, _ = fitted(
        lambda x: np.sin(28 * np.pi * x[0]) * np.exp(x[1]) + x[1] ** 2, 2000, [0, 0], [1, 1], 14
    )
    assert error < 1e-8  # and was 3e-3


def test_a_polynomial_takes_few_functions():
    error, _, found = fitted(lambda x: x[0] ** 3 - 2 * x[0] * x[1] + x[1], 60, [-1, -1], [1, 1])
    assert error < 1e-10 and len(found.expansion.orders) <= 36


@pytest.mark.parametrize("seed", [0, 1])
def test_rows_that_get_fewer_towards_the_rim_are_not_left_to_rounding_there(seed):
    """With a ridge for the noise of rounding alone the error is 1e-3 and 2e-6."""
    rng = np.random.default_rng(seed)
    X, fresh = np.split(2 * rng.beta(2, 2, (3000, 2)) - 1, 2)
    fresh = fresh[(np.abs(fresh) < 0.99 * np.abs(X).max(0)).all(1)]
    y, truth = (torch.tensor(np.sin(6 * x * y + 3) + np.exp(y))[:, None] for x, y in (X.T, fresh.T))
    samples, units = canonical_samples(torch.tensor(X), y, torch.ones(1500).double())
    design = look_at(samples.t, torch.Generator().manual_seed(0))
    expansion = fit_mapped(samples, design, LinearOptions()).candidate().expansion
    values = (expansion(units.inputs.apply(torch.tensor(fresh))) + units.offset) * units.unit
    assert float((values - truth).norm() / truth.norm()) < 5e-7


def test_what_does_not_interact_is_found_out():
    error, _, found = fitted(
        lambda x: np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]),
        2000,
        [-np.pi] * 3,
        [np.pi] * 3,
    )
    assert error < 1e-6
    every = (found.expansion.orders > 0).all(1).double().mean()
    assert every < 0.2  # of a ball it is more than a half


def test_a_fit_to_many_digits_goes_on_beyond_the_rows():
    x = np.random.default_rng(3).uniform(-1, 1, (400, 2))
    t, y = torch.tensor(x), torch.tensor(np.sin(2.9 * x[:, 0] + 1.1 * x[:, 1]))[:, None]
    samples, units = canonical_samples(t, y, torch.ones(400, dtype=torch.float64))
    design = look_at(samples.t, torch.Generator().manual_seed(0))
    expansion = fit_mapped(samples, design, LinearOptions()).candidate().expansion
    rim = 1.02 * torch.tensor([[1.0, 0.3], [-1.0, -0.4], [0.2, 1.0], [0.5, -1.0]], dtype=torch.float64)
    X = units.inputs.center + units.inputs.halfwidth * rim
    values = (expansion(rim) + units.offset) * units.unit
    assert float((values[:, 0] - torch.sin(2.9 * X[:, 0] + 1.1 * X[:, 1])).abs().max()) < 1e-7
    far = expansion(torch.tensor([[50.0, 0.0], [-3.0, 40.0]], dtype=torch.float64))
    assert bool(torch.isfinite(far).all())


@pytest.mark.slow
@pytest.mark.parametrize(
    "function, d",
    [
        (lambda x: 1 / (1 + 100 * x[0] ** 2), 1),
        (lambda x: np.tanh(30 * x[0]) + x[0], 1),
        (lambda x: np.tanh(8 * (x[0] + x[1])), 2),
    ],
    ids=["peak", "step", "front"],
)
def test_many_rows_show_what_is_far_below_the_noise(function, d):
    """Sets grew while errors fell by two percent, noise included: these were 2.3 to 8 times as far off."""
    noise, n = 0.3, 30_000
    error, _, found = fitted(function, n, [-1] * d, [1] * d, seed=1, noise=noise)
    assert error < 1.7 * noise * np.sqrt(found.rank / n)


def test_scores_do_not_depend_on_how_many_rows_are_looked_at():
    """Of noise: 500 rows have three percent more or less of it than a thousand."""
    rng = np.random.default_rng(0)
    t = torch.tensor(rng.uniform(-1, 1, (20_000, 1)))
    samples, _ = canonical_samples(
        t, torch.tensor(rng.standard_normal((20_000, 1))), torch.ones(20_000).double()
    )
    chosen = Shape(all_terms(np.ones(1), 1), 30, 1e-2).functions(np.array([30]), samples.t)
    few, more = (
        MappedFit(
            samples, chosen, t.new_zeros(30), torch.arange(0, 20_000, 20_000 // count), samples.t[:100] / 2
        ).score
        for count in (500, 5000)
    )
    assert few == pytest.approx(more, rel=1e-3)


def test_a_map_that_changes_all_that_is_left_is_no_larger_than_a_number(monkeypatch):
    """What is left of rows that are met to rounding, a front of 1,136 rows, has slopes of any size."""
    monkeypatch.setattr(mapped_search, "follows_slope", lambda judge, trial: True)
    search = SimpleNamespace(judge=None, pace=-1.0)
    assert mapped_search.MappedSearch._expected_fall(search, SimpleNamespace(slope=-1e4)) == 1.0
    assert mapped_search.MappedSearch._expected_fall(search, SimpleNamespace(slope=1e4)) < 1.0


def test_noise_is_averaged():
    error, reported, found = fitted(lambda x: np.cos(2 * x[0] + x[1]), 2000, [-1, -1], [1, 1], noise=0.05)
    assert error < 0.01 < 0.03 < reported < 0.07
    assert found.rank < 100


def test_a_pole_near_the_rows_asks_for_another_map():
    """With the map for all digits alone the error is 20 times as large."""
    error, _, _ = fitted(lambda x: 1 / (1 + 10 * (x[0] ** 2 + x[1] ** 2)), 1500, [-1, -1], [1, 1])
    assert error < 3e-4


def test_tracks_and_planes_are_left_to_others():
    t = torch.rand(300, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    t[:, 0] = (t[:, 0] * 2).round() / 2 + 1e-3 * t[:, 1]
    samples, _ = canonical_samples(t, t[:, :1].sin(), torch.ones(300, dtype=torch.float64))
    design = look_at(samples.t, torch.Generator().manual_seed(0))
    assert design.grouped and fit_mapped(samples, design, LinearOptions()) is None


@pytest.mark.parametrize("count", [40, 900])
def test_as_many_modes_are_used_as_are_asked_for(count):
    """More of them than half of the rows, too, which is the limit where nothing is asked for."""
    options = LinearOptions(max_modes=count)
    error, _, found = fitted(lambda x: np.cos(22 * x[0] * x[1]), 1200, [-1, -1], [1, 1], options=options)
    assert count / 2 < len(found.expansion.orders) - 1 <= count
    assert error < (1e-2 if count == 900 else 2)


def test_more_modes_than_rows_are_said_to_be_too_many():
    options = LinearOptions(max_modes=300)
    with pytest.warns(UserWarning, match="n_modes=300 is more than 200 rows bear"):
        fitted(lambda x: np.cos(2 * x[0] * x[1]), 200, [-1, -1], [1, 1], options=options)


def test_a_ridge_is_the_one_that_is_asked_for():
    errors = [
        fitted(
            lambda x: np.cos(2 * x[0] + x[1]), 800, [-1, -1], [1, 1], options=LinearOptions(alpha=alpha)
        )[0]
        for alpha in (1e-12, 1e-2)
    ]
    assert errors[0] < 1e-5 < 1e-2 < errors[1]


def test_a_lack_of_memory_is_said(monkeypatch):
    """Room for five matrices of 50 functions, where 200 would be taken."""
    monkeypatch.setattr(mapped_judge, "memory_of", lambda device: 2 * 5 * 8 * 50**2)
    with pytest.warns(UserWarning, match="more memory"):
        _, _, found = fitted(lambda x: np.cos(8 * x[0] * x[1]), 600, [-1, -1], [1, 1])
    assert len(found.expansion.orders) <= 50


@pytest.mark.parametrize("finufft", [True, False])
@pytest.mark.parametrize(("n", "d"), [(400, 2), (100_000, 3), (1_000_000, 2)])
def test_correlations_are_looked_at_as_far_as_a_step_goes(n, d, finufft, monkeypatch):
    monkeypatch.setattr("skspectral.linalg.cosine_sums._has_finufft", lambda: finufft)
    reach = mapped_search.correlation_reach(n, d)
    assert 4 <= reach <= 4 * n ** (1 / d)
    assert n * reach**d <= STEP_FLOPS or (finufft and 16 * (4 * reach) ** d < 2**30)
    assert n > 400 or reach == 80


def test_a_search_whose_moves_lead_in_a_circle_ends(monkeypatch):
    """Rows left out prefer one trial, all rows the other: a search on 282 rows along tracks never ended."""
    rounds = []

    def one_and_the_other(search, best):
        rounds.append(best)
        assert len(rounds) < 50
        trials = [search.judge.fit(Shape(all_terms(np.full(2, 3.0), 2), size, 1e-2)) for size in (9, 12)]
        yield trials[len(rounds) % 2]

    monkeypatch.setattr(mapped_search.MappedSearch, "_moves", one_and_the_other)
    monkeypatch.setattr(mapped_search.MappedSearch, "_grown", lambda search, best: best)
    error, *_ = fitted(lambda x: np.tanh(9 * x[0] + x[1]), 200, [-1] * 2, [1] * 2)
    assert rounds and error < 1
