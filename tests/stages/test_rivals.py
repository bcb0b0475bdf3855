"""Fits of different families meet on the rows set aside, and must agree where no row is."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor
from skspectral.networks import StageFunction
from skspectral.selection.fits import StageFit, affine_part
from skspectral.solvers import Status

ESTIMATORS = [SpectralMultistageRegressor, MultiGradeRegressor, TunerRegressor]


def plane(*coefficients, error):
    series = affine_part(torch.tensor(coefficients, dtype=torch.float64)[:, None])
    return StageFit(StageFunction(series), error, 0, Status.SOLVED, [])


def test_rivals_are_compared_by_the_rows_that_neither_has_seen(start, rng):
    """A fit again without these rows meets them at their mean, the row that stands out aside or not."""
    X, y = rng.uniform(-1, 1, (200, 2)), rng.standard_normal(200)
    progress = start(X, y)
    aside = progress.design.aside.numpy()

    def refit(samples, hidden):
        return StageFunction(affine_part(torch.cat([samples.y.mean(0, True), torch.zeros(2, 1)])))

    mean = replace(plane(0.0, 0.0, 0.0, error=1.0), refit=refit)
    missed = np.sqrt(np.mean((y[aside] - y[~aside].mean()) ** 2)) / progress.residual.rms()
    assert progress.missed_aside(mean) == pytest.approx(missed)
    assert progress.missed_aside(replace(mean, refit=None)) == 1.0


def test_the_better_of_two_says_that_the_other_was_cut_short(start, rng):
    """Else Ctrl-C in training would be lost where a series does better than the net so far."""
    progress = start(*(lambda X: (X, X[:, 0]))(rng.uniform(-1, 1, (200, 2))))
    series = plane(0.0, 1.0, 0.0, error=1e-9)
    network = replace(plane(0.0, 0.5, 0.0, error=0.3), status=Status.INTERRUPTED)
    best = progress.better_of(series, network)
    assert (best.function, best.status) == (series.function, Status.INTERRUPTED)
    assert progress.better_of(series, replace(network, status=Status.MAX_ITER)) == series


def test_a_fit_far_from_one_that_is_trusted_contradicts_it(start, rng):
    X = rng.uniform(-1, 1, (200, 2))
    progress = start(X, X[:, 0])
    rival = plane(0.0, 1.0, 0.0, error=0.01)
    assert progress.contradicts(plane(0.0, 1.0, 1.0, error=1e-6), rival)
    assert not progress.contradicts(plane(0.05, 1.0, 0.0, error=1e-6), rival)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_one_row_that_stands_out_does_not_bend_the_rest(estimator, rng):
    """The mean of all is what it was but for that row's share of it, whatever a network could do."""
    X = np.stack(np.meshgrid(np.arange(20.0), np.arange(18.0), indexing="ij"), -1).reshape(-1, 2)
    y = 1e-3 * rng.standard_normal(len(X))
    y[123] = 1.0
    with pytest.warns(ConvergenceWarning, match="explains little"):
        model = estimator().fit(X, y)
    probes = rng.uniform(0.5, 16.5, (500, 2))
    assert np.sqrt(np.mean(model.predict(probes) ** 2)) < 3 * np.sqrt(np.mean(y.mean() ** 2 + 1e-6))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_all_stages_together_stay_in_reach_of_the_data(estimator):
    """A front between crossing tracks: no stage that runs away between them is kept."""
    rng = np.random.default_rng(97)
    along = np.linspace(-1, 1, 29)[:, None]
    turn = rng.uniform(0, np.pi, 6)
    ways = np.stack([np.cos(turn), np.sin(turn)], 1)
    X = np.concatenate([rng.uniform(-0.3, 0.3, 2) + along * way for way in ways])
    y = np.tanh(12 * (X[:, 0] + 0.4 * X[:, 1] - 0.1))
    model = estimator(random_state=0).fit(X, y)
    probes = rng.uniform(-0.5, 0.5, (1000, 2))
    assert np.abs(model.predict(probes)).max() < 3  # the range, widened by its width


def off(model, X, y, fresh, truth):
    """Root mean square error of a fit over the spread of the truth."""
    return np.std(model.fit(X, y).predict(fresh) - truth) / np.std(truth)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_front_with_noise_is_met_by_few_units(seed):
    """The residual of the series is white, but its 60 coefficients let through their share of the noise."""
    rng = np.random.default_rng(seed)
    X, fresh = rng.uniform(-1, 1, (1500, 1)), rng.uniform(-0.98, 0.98, (3000, 1))

    def front(X):
        return np.tanh(20 * (X[:, 0] - 0.1))

    y = front(X) + 0.02 * rng.standard_normal(1500)
    series = SpectralMultistageRegressor(hidden_layer_sizes=())
    units, waves = (
        off(model, X, y, fresh, front(fresh)) for model in (SpectralMultistageRegressor(), series)
    )
    assert units < waves / 1.5


def test_a_series_of_few_numbers_stays_beside_noise(rng):
    X = rng.uniform(-1, 1, (500, 2))
    y = X @ [1.0, 2.0] + 0.1 * rng.standard_normal(500)
    series = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, y).predict(X)
    assert np.array_equal(SpectralMultistageRegressor().fit(X, y).predict(X), series)
