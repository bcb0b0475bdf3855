"""When time is up, every search returns the best fit so far, and soon."""

import numpy as np
import pytest
import torch

from clocks import Ticking, stopped
from skspectral._backend.clock import Clock, OutOfTime
from skspectral._backend.random import own_generator
from skspectral._backend.samples import canonical_samples
from skspectral.selection import LinearOptions, Progress, look_at
from skspectral.series import fit_linear, fit_series
from skspectral.series.by_tile import locally
from skspectral.series.coefficient_prior import learn_prior
from skspectral.series.grown_search import fit_grown
from skspectral.series.lines import fit_lines
from skspectral.series.mapped_fit import MappedFit
from skspectral.series.mapped_series import fit_mapped
from skspectral.series.with_gaps import fit_with_gaps
from skspectral.solvers import Limits
from skspectral.spectrum import detect_gaps

# Looks at a clock after the deadline: each rung, refit or caller on the way up may take one or two.
MAX_LATE = 12


def rough(x):
    return np.tanh(20 * (x[0] + 0.3 * x[1])) + np.sin(9 * x[-1])


def scattered(n, d):
    return np.random.default_rng(0).uniform(-1, 1, (n, d))


def even(*shape):
    axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    return np.stack([axis.ravel() for axis in axes], 1)


def with_gaps(*shape):
    X = even(*shape)
    return X[np.random.default_rng(1).uniform(size=len(X)) < 0.8]


def line(n):
    X = np.linspace(-1, 1, n)[:, None]
    return np.hstack([X, X])[:, :1]


ROWS = {
    "scattered 2": scattered(600, 2),
    "scattered 3": scattered(400, 3),
    "scattered 6": scattered(300, 6),
    "grid": even(30, 20),
    "gaps": with_gaps(40, 40),
    "line": scattered(300, 1),
}


def values_at(X):
    return torch.tensor(rough(np.hstack([X, X]).T[: max(2, X.shape[1])]))[:, None]


def start_of(X):
    samples, _ = canonical_samples(torch.tensor(X), values_at(X), torch.ones(len(X)).double())
    return samples, look_at(samples.t, own_generator(0))


def progress_of(samples, design):
    size, nothing = samples.rms(), torch.zeros(len(design.places), 1).double()
    return Progress(samples, samples.y, samples.y, design, size, size, 0, samples.t, nothing, design.places)


@pytest.mark.parametrize("seconds", [0, 1, 3, 10, 40])
@pytest.mark.parametrize("name", ROWS)
def test_a_series_is_found_soon_after_the_deadline(name, seconds):
    samples, design = start_of(ROWS[name])
    clock = Ticking(seconds)
    options = LinearOptions(clock=clock)
    found = fit_series(samples, options, Limits(100, clock), progress_of(samples, design))
    assert clock.late <= MAX_LATE
    if found.parts is not None:
        values, _ = found.parts.function(samples.t, samples.t)
        assert samples.rms(samples.y - values) <= 1.01 * samples.rms()
    else:
        assert seconds < 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scattered 2", "scattered 3", "scattered 6", "grid", "line"])
def test_more_time_never_gives_a_worse_series(name):
    """By true errors at fresh points: the score of a set that has just grown is a little too good."""
    X = ROWS[name]
    samples, units = canonical_samples(torch.tensor(X), values_at(X), torch.ones(len(X)).double())
    design, fresh = look_at(samples.t, own_generator(0)), scattered(2000, X.shape[1]) * 0.98
    errors = []
    for seconds in [10, 30, 60, 100, 10**9]:
        found = fit_linear(samples, design, LinearOptions(clock=Ticking(seconds)))
        values = found.expansion(units.inputs.apply(torch.tensor(fresh)))
        errors.append(float(((values + units.offset) * units.unit - values_at(fresh)).norm()))
    assert errors == sorted(errors, reverse=True) and errors[-1] < errors[0]


def test_a_late_search_refits_nothing(monkeypatch):
    """What is returned is a fit that was made in time."""
    samples, design = start_of(ROWS["scattered 2"])
    made, init = [], MappedFit.__init__

    def counted(self, *arguments):
        made.append(clock.late)
        init(self, *arguments)

    monkeypatch.setattr(MappedFit, "__init__", counted)
    clock = Ticking(20)
    series = fit_mapped(samples, design, LinearOptions(clock=clock))
    assert series is not None and len(made) > 3 and max(made) == 0
    assert np.isfinite(series.candidate().error)


def test_a_fit_of_some_rows_is_kept_where_time_is_up_before_all_are_fitted():
    samples, design = start_of(scattered(40_000, 1))
    everything = fit_mapped(samples, design, LinearOptions())
    clock = Ticking(8)
    part = fit_mapped(samples, design, LinearOptions(clock=clock))
    assert part.fit.samples.n < everything.fit.samples.n == samples.n
    found = part.candidate()
    assert found.score < samples.rms()
    left = samples.rms(samples.y - found.expansion(samples.t))
    assert left < 3 * found.error


def test_a_grown_search_keeps_what_it_has():
    samples, design = start_of(ROWS["scattered 6"])
    sizes = []
    for seconds in [4, 12, 30]:
        fit = fit_grown(samples, design, LinearOptions(clock=Ticking(seconds))).fit
        sizes.append(fit.score)
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1]
    assert fit_grown(samples, design, LinearOptions(clock=stopped())) is None


def test_a_prior_is_the_best_so_far():
    samples, _ = start_of(ROWS["scattered 6"])
    clock = Ticking(5)
    prior = learn_prior(samples, clock)
    assert np.isfinite(prior.gains).all() and clock.late <= 1
    with pytest.raises(OutOfTime):
        learn_prior(samples, stopped())


def test_tiles_are_filled_or_left():
    field = torch.zeros(40, 40).double()
    known = torch.rand(40, 40, generator=own_generator(0)) > 0.3
    clock = Ticking(3)
    with pytest.raises(OutOfTime):
        locally(field + torch.arange(40), known, 0.0, clock)
    assert clock.late <= 1
    assert locally(field + torch.arange(40), known, 0.0, Clock()).isfinite().all()


@pytest.mark.parametrize("seconds", [2, 6, 20])
def test_lines_end_between_two_steps(seconds):
    X = np.linspace(-1, 1, 400)[:, None]
    samples, design = start_of(X)
    waves = sum(torch.sin(f * samples.t) for f in (31.7, 52.3, 77.1, 90.2))
    samples = samples.with_targets(waves)
    clock = Ticking(seconds)
    fit_lines(samples, progress_of(samples, design), Limits(100, clock), 10.0)
    assert clock.late <= MAX_LATE


def test_cosines_beyond_a_grid_are_left_out_where_they_take_too_long_to_evaluate(monkeypatch):
    """In three inputs they are eight times as many, and each place and row takes them all."""
    samples, design = start_of(with_gaps(12, 12, 12))
    rough_ones = torch.randn(samples.n, 1, generator=own_generator(2)).double()
    arguments = samples.with_targets(rough_ones), design, detect_gaps(samples.t), LinearOptions()
    every = fit_with_gaps(*arguments).expansion
    monkeypatch.setattr(Clock, "allows", lambda self, kind, operations: kind != "evaluation")
    few = fit_with_gaps(*arguments).expansion
    assert every.n_modes > 7 * few.n_modes
    torch.testing.assert_close(few(samples.t), every(samples.t), rtol=1e-10, atol=1e-10)
