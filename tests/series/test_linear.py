"""The best linear stage: cut to the modes that were asked for, and rivals that have to be better."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from progresses import progress_of
from skspectral._backend.clock import Clock, OutOfTime
from skspectral.selection import IMPROVEMENT, SETTLED, LinearFit, LinearOptions, affine_part, margin
from skspectral.series import linear
from skspectral.series.linear import fit_linear, fit_modes, modes_alone, refined_lines, spectrum_of
from skspectral.series.mapped_series import fit_mapped
from skspectral.spectrum import GriddedRows


def nodes(n, d=2):
    """Rows of a grid of even nodes in the box."""
    axes = np.meshgrid(*[np.linspace(-1, 1, n)] * d, indexing="ij")
    return np.stack([axis.ravel() for axis in axes], 1)


def waves(X, period):
    """Three of them, the strongest first by twice the next, over a constant."""
    angle = 2 * np.pi / period * X
    return 5 + 4 * np.cos(angle[:, 0] - 0.3) + 2 * np.sin(2 * angle[:, 1]) + np.cos(angle @ [3, -1])


def column(values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


@pytest.fixture
def no_process(monkeypatch):
    """None beside series on grids: they take long and are not what the test is about."""
    monkeypatch.setattr(linear, "fit_process", lambda *_: None)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_strongest_waves_of_a_periodic_grid_are_kept_as_they_are(count, no_process):
    X = nodes(12)
    start = progress_of(X, waves(X, 24 / 11))
    found = fit_linear(start.residual, start.design, LinearOptions(count)).expansion
    size = torch.hypot(found.cosine, found.sine)[:, 0]
    order = size.argsort(descending=True)
    torch.testing.assert_close(size[order], column([4, 2, 1])[:count, 0])
    expected = torch.tensor([[1, 0], [0, 2], [3, -1]]).double()[:count] * 11 / 24
    torch.testing.assert_close(found.frequencies[order], expected)
    assert float(found.affine[0, 0]) == pytest.approx(5)


def test_no_modes_are_asked_for_and_none_are_given(no_process):
    X = nodes(12)
    start = progress_of(X, waves(X, 24 / 11))
    found = fit_linear(start.residual, start.design, LinearOptions(0)).expansion
    assert found.n_modes == 0
    assert float(found.affine[0, 0]) == pytest.approx(5)


def test_rows_of_a_grid_that_count_differently_are_no_grid(no_process):
    """A row that counts for nothing leaves no trace between the others."""

    def smooth(X):
        return np.sin(2 * X[:, 0]) + X[:, 1] ** 2

    X, inside = nodes(8), np.random.default_rng(0).uniform(-0.9, 0.9, (300, 2))
    y = smooth(X)
    y[20] = 1000
    start, weight = progress_of(X, y), torch.ones(64).double()
    weight[20] = 1e-30
    samples = replace(start.residual, weight=weight / weight.sum())
    found = fit_linear(samples, start.design, LinearOptions())
    assert start.design.grid is not None
    np.testing.assert_allclose(found.expansion(torch.tensor(inside))[:, 0], smooth(inside), atol=0.1)


def test_a_fit_of_few_modes_stays_where_time_is_up_before_another_is_cut(monkeypatch):
    found = [scored(0.5)]

    def fit_on_line(*_):
        if not found:
            raise OutOfTime
        return found.pop()

    monkeypatch.setattr(linear, "fit_on_line", fit_on_line)
    start = progress_of(nodes(40, 1), np.ones(40))
    assert fit_linear(start.residual, start.design, LinearOptions(2)).score == 0.5
    assert not found


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_given_modes_have_their_amplitudes_and_the_error_of_the_noise(noise):
    X = np.sort(np.random.default_rng(0).uniform(-1, 1, (400, 1)), 0)
    y = 2 - X[:, 0] + 3 * np.cos(2 * np.pi * 1.7 * X[:, 0]) - np.sin(2 * np.pi * 4.2 * X[:, 0])
    start = progress_of(X, y + noise * np.random.default_rng(1).standard_normal(400))
    found = fit_modes(start.residual, start.design, column([1.7, 4.2]), Clock())
    six_deviations = 6 * noise * math.sqrt(2 / 400) + 1e-12
    torch.testing.assert_close(found.expansion.cosine, column([3, 0]), rtol=0, atol=six_deviations)
    torch.testing.assert_close(found.expansion.sine, column([0, -1]), rtol=0, atol=six_deviations)
    assert found.rank == pytest.approx(6)
    # What is left of 400 rows is known to a twenty-eighth of itself.
    assert found.score == pytest.approx(noise, rel=0.2, abs=1e-12)
    again = found.refit(start.residual.with_targets(2 * start.residual.y))
    torch.testing.assert_close(again(start.residual.t), 2 * found.expansion(start.residual.t))


def test_frequencies_that_were_refined_count_as_numbers():
    """A line has three, beside a plane of two: of 30 rows errors are 28 - 2 over 25."""
    X = nodes(30, 1)
    y = np.cos(2 * np.pi * 2.3 * X[:, 0] + 0.3) + 0.1 * np.random.default_rng(0).standard_normal(30)
    start = progress_of(X, y)
    found = refined_lines(start.residual, start.design, LinearOptions(1))
    fixed = fit_modes(start.residual, start.design, found.expansion.frequencies, Clock())
    assert found.rank == pytest.approx(5)
    assert found.score == pytest.approx(26 / 25 * fixed.score)
    assert found.error == pytest.approx(26 / 25 * fixed.error)
    assert found.goes_on == (True,)


def test_modes_without_a_plane_beside_them_make_up_for_it():
    X = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    start = progress_of(X, 3 + X[:, 0] + np.cos(X @ [2.0, 3.0]))
    frequencies = torch.tensor([[0.25, 0], [0, 0.25], [0.5, 0.25]]).double()
    beside = fit_modes(start.residual, start.design, frequencies, Clock()).expansion
    alone = modes_alone(beside, start.residual, LinearOptions())
    assert beside.affine[1:].any() and not alone.affine[1:].any()
    assert torch.equal(alone.frequencies, frequencies)
    # Least squares: no cosine, sine or constant is left in what they miss.
    left = start.residual.y - alone(start.residual.t)
    angle = 2 * math.pi * start.residual.t @ frequencies.T
    columns = torch.cat([torch.ones(200, 1).double(), angle.cos(), angle.sin()], 1)
    assert float((columns.T @ left).abs().max()) < 1e-9
    assert modes_alone(alone, start.residual, LinearOptions()) is alone


def test_the_spectrum_of_mapped_cosines_is_waves_of_as_many_as_were_asked_for():
    X = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    start = progress_of(X, np.sin(3 * X[:, 0] * X[:, 1]) + X[:, 0])
    series = fit_mapped(start.residual, start.design, LinearOptions()).candidate()
    found = spectrum_of(series, start.residual, start.design, LinearOptions(4))
    assert series.expansion.orders is not None and found.orders is None
    assert 0 < found.n_modes <= 4


def test_a_fit_without_modes_has_the_spectrum_of_modes_that_are_fitted_for_it():
    X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    start = progress_of(X, np.sin(5 * X[:, 0]))
    plane = LinearFit(affine_part(column([0, 1, 2])), 0.0, 0.0, 3)
    found = spectrum_of(plane, start.residual, start.design, LinearOptions())
    assert found.n_modes > 0
    assert spectrum_of(None, start.residual, start.design, LinearOptions()) is None


def scored(score, orders=None):
    """A constant of this score and error."""
    expansion = replace(affine_part(torch.full((3, 1), score).double()), orders=orders)
    return LinearFit(expansion, score, score, 1.0)


@pytest.mark.parametrize(
    ("series", "process", "asked", "taken"),
    [
        (0.1, 0.09, True, True),
        (0.1, 0.1 * IMPROVEMENT * 1.0001, True, False),
        (0.99 * SETTLED, 0.0, False, False),
        (0.1, None, True, False),
        (None, 0.2, True, True),
    ],
)
def test_a_process_takes_the_place_of_a_series_that_is_worse_on_a_grid(
    series, process, asked, taken, monkeypatch
):
    calls = []

    def fit_process(samples, design, options, to_beat):
        calls.append(to_beat)
        return None if process is None else SimpleNamespace(candidate=lambda: scored(process))

    found = None if series is None else scored(series)
    monkeypatch.setattr(linear, "fit_on_grid", lambda *_: found)
    monkeypatch.setattr(linear, "fit_process", fit_process)
    start = progress_of(nodes(6), np.ones(36))
    best = fit_linear(start.residual, start.design, LinearOptions())
    assert bool(calls) is asked
    assert (best is not found) is taken


MAPPED = torch.zeros(1, 2, dtype=torch.int64)


@pytest.mark.parametrize(
    ("few", "share", "taken"),
    [
        (MAPPED, 0.999, True),  # of what is better by more than chance
        (MAPPED, 1.001, False),
        (None, 1.2, True),  # a process or polynomials, whose errors are those of levels left out
    ],
    ids=["better", "as good", "of few levels"],
)
def test_few_modes_have_to_be_better_than_all_cosines_of_a_grid_with_gaps(few, share, taken, monkeypatch):
    X = nodes(12)[np.random.default_rng(0).uniform(size=144) < 0.8]
    start, every = progress_of(X, np.ones(len(X))), scored(0.5)
    other = scored(0.5 * share * (1 - margin(len(X))), few)
    monkeypatch.setattr(linear, "fit_with_gaps", lambda *_: every)
    monkeypatch.setattr(linear, "fit_scattered", lambda *_, **__: other)
    found = fit_linear(start.residual, start.design, LinearOptions())
    assert isinstance(linear.detect_gaps(start.residual.t), GriddedRows)
    assert found is (other if taken else every)


def test_all_cosines_of_a_grid_with_gaps_are_not_for_a_number_of_modes(monkeypatch):
    X = nodes(12)[np.random.default_rng(0).uniform(size=144) < 0.8]
    start = progress_of(X, np.ones(len(X)))
    monkeypatch.setattr(linear, "fit_with_gaps", None)  # would fail if it were called
    monkeypatch.setattr(linear, "fit_scattered", lambda *_, **__: scored(0.5, MAPPED))
    assert fit_linear(start.residual, start.design, LinearOptions(5)).score == 0.5
