"""A set of mapped cosines fitted to rows: errors and slopes that it gives without another fit."""

import math

import pytest
import torch

from clocks import Ticking
from skspectral._backend.clock import Clock, OutOfTime
from skspectral._backend.samples import canonical_samples
from skspectral.series import mapped_fit
from skspectral.series.index_sets import all_terms
from skspectral.series.mapped_fit import MappedFit, SummedRows
from skspectral.series.mapped_trial import Shape, Trial


def trial(accuracy, count=300, n=2000):
    """A fit of a wave along a hyperbola, for which 300 functions are too few."""
    t = 2 * torch.rand(n, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 1
    samples, _ = canonical_samples(t, torch.cos(9 * t[:, :1] * t[:, 1:] + 1), torch.ones(n).double())
    shape = Shape(all_terms(torch.ones(2).numpy(), 2), count, accuracy)
    chosen = shape.functions(torch.full((2,), count).numpy(), samples.t)
    fit = MappedFit(samples, chosen, t.new_zeros(len(chosen)), torch.arange(n), t[:100] / 2)
    return Trial(shape, fit, math.nan)


@pytest.mark.parametrize("accuracy", [1e-2, 1e-5, 1e-9])
def test_the_slope_is_that_of_fits_with_other_maps(accuracy):
    """From a map that is too coarse to one that is too fine: the sign of the slope changes."""
    step = 1.01
    coarse, fine = (trial(accuracy * share).fit.train_error for share in (step, 1 / step))
    expected = math.log(coarse / fine) / (2 * math.log(step))
    assert trial(accuracy).slope == pytest.approx(expected, rel=0.05)


def test_maps_that_are_too_coarse_and_too_fine_have_slopes_of_both_signs():
    assert trial(1e-2).slope > 0.1 > 0 > trial(1e-12).slope


def test_a_score_is_not_looked_for_where_residuals_say_that_it_is_too_large():
    fit = trial(1e-5).fit
    assert fit.score_below(2 * fit.score, Clock().check) == fit.score
    assert fit.score_below(fit.train_error / 2, Clock().check) == pytest.approx(fit.train_error)
    assert fit.train_error < fit.score


def test_looking_at_errors_ends_when_time_is_up():
    """Leverages of 9,000 functions at 750 rows took a second after Ctrl-C."""
    fit, clock = trial(1e-5).fit, Ticking(1)
    with pytest.raises(OutOfTime):
        fit.score_below(math.inf, clock.check)
    assert clock.late <= 1


@pytest.mark.parametrize("seconds", [1, 20])
def test_a_fit_ends_within_its_arithmetic_when_time_is_up(monkeypatch, seconds):
    """Of 4,000 functions on 20,000 rows it takes three seconds, most of them for the Gram matrix."""
    monkeypatch.setattr(mapped_fit, "rows_of", SummedRows)
    found, clock = trial(1e-5).fit, Ticking(seconds)
    with pytest.raises(OutOfTime):
        MappedFit(found.samples, found.chosen, found.penalty, found.rows, found.places, clock)
    assert clock.late <= 1
