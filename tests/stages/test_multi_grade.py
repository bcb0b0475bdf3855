"""Which of two first stages a grade takes."""

import math

import numpy as np
import pytest
import torch
from sklearn.datasets import make_friedman3
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from skspectral import MultiGradeRegressor
from skspectral._backend.samples import canonical_samples
from skspectral.selection import LinearFit, constant, linear_stage
from skspectral.series import fit_series
from skspectral.stages import multi_grade
from skspectral.stages.multi_grade import _fits_chance


def stage(value, rank):
    """A constant of so many numbers."""
    fit = LinearFit(constant(torch.tensor([value]).double(), 1), math.nan, math.nan, rank)
    return linear_stage(fit, 100)


@pytest.mark.parametrize(
    ("value", "more", "fewer", "chance"),
    [
        (0.1, 45, 5, True),  # what is left is a tenth less, and the freedom is halved
        (0.9, 45, 5, False),
        (0.1, 80, 60, False),  # rows do not bear the fewer ones out
        (0.1, 5, 45, False),
    ],
)
def test_more_numbers_have_to_leave_less(value, more, fewer, chance):
    t = torch.linspace(-1, 1, 100).double()[:, None]
    samples, _ = canonical_samples(t, torch.ones_like(t), torch.ones(100).double())
    samples = samples.with_targets(torch.ones_like(samples.y))
    found = _fits_chance(stage(value, more), stage(0.0, fewer), samples, samples.t)
    assert found is chance


@pytest.mark.slow
def test_a_series_in_noise_stays_where_few_rows_prefer_a_net():
    """Left out 0.024 of the variance, of which 0.01 is noise; the net that 45 rows preferred left 0.045."""
    X, y = make_friedman3(600, random_state=0)
    y = y + 0.1 * y.std() * np.random.default_rng(1).standard_normal(600)
    X, new, y, y_new = train_test_split(X, y, test_size=0.25, random_state=1)
    assert 1 - MultiGradeRegressor().fit(X, y).score(new, y_new) < 0.035


def test_nothing_is_looked_at_once_the_time_is_up(monkeypatch):
    """Whatever follows the series would take seconds for millions of rows, such as finding neighbors."""

    def interrupted(samples, options, limits, progress):
        found = fit_series(samples, options, limits, progress)
        limits.clock.interrupt()
        return found

    monkeypatch.setattr(multi_grade, "fit_series", interrupted)
    monkeypatch.setattr(multi_grade, "nearest_pairs", None)  # would fail if it were called
    X = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model = MultiGradeRegressor().fit(X, np.abs(X[:, 0] + X[:, 1] ** 2))
    assert model.stop_reason_ == "interrupted"
