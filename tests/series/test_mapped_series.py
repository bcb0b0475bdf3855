"""A plane and mapped cosines as a linear stage: what it is made for, and what it is on other rows."""

import numpy as np
import pytest
import torch

from all_rows import all_rows
from clocks import stopped
from progresses import progress_of
from skspectral.selection import LinearOptions, StageSum, WholeResidual
from skspectral.series.mapped_series import fit_mapped

ROWS = np.random.default_rng(0).uniform(-1, 1, (300, 2))
WAVE = np.sin(3 * ROWS[:, 0] * ROWS[:, 1]) + ROWS[:, 0] - 4


def fitted(X, y, **options):
    start = progress_of(X, y)
    return start, fit_mapped(start.residual, start.design, LinearOptions(**options))


@pytest.fixture(scope="module")
def noisy():
    return fitted(ROWS, WAVE + 0.1 * np.random.default_rng(1).standard_normal(300))


@pytest.mark.parametrize(
    ("X", "y", "options"),
    [
        (ROWS, ROWS @ [3.0, -1.0] + 2, {}),
        (ROWS[:7], WAVE[:7], {}),
        (1.1 * ROWS, WAVE, {}),
        (ROWS, WAVE, {"modes_only": True}),
        (np.hstack([ROWS, ROWS[::-1]]), WAVE, {}),
        (ROWS, WAVE, {"clock": stopped()}),
    ],
    ids=["a plane", "seven rows", "beyond the box", "modes alone", "four inputs", "no time"],
)
def test_it_is_not_made_for(X, y, options):
    assert fitted(X, y, **options)[1] is None


def test_the_plane_is_no_part_of_the_cosines():
    """It is that of least squares, and the cosines are a fit of what it leaves."""
    start, series = fitted(ROWS, WAVE)
    columns = np.hstack([np.ones((300, 1)), ROWS])
    plane = np.linalg.lstsq(columns, WAVE, rcond=None)[0]
    np.testing.assert_allclose(series.affine[:, 0], plane, rtol=1e-10)
    rest = start.residual.y[:, 0] - torch.tensor(columns @ plane)
    torch.testing.assert_close(series.fit.samples.y[:, 0], rest)
    found = series.candidate()
    assert start.residual.rms(found.expansion(start.residual.t) - start.residual.y) < found.error < 1e-3


def test_a_refit_has_a_plane_of_its_own(noisy):
    """The same functions on the same rows: other targets that are a multiple beside another plane."""
    start, series = noisy
    found, t = series.candidate(), start.residual.t
    other = start.residual.with_targets(7 - 2 * t[:, :1] - 3 * start.residual.y)
    expected = 7 - 2 * t[:, :1] - 3 * found.expansion(t)
    torch.testing.assert_close(found.refit(other)(t), expected, rtol=0, atol=1e-6)


def test_the_error_that_is_published_is_that_of_the_noise(noisy):
    """And not what is left of the rows that the series was fitted to."""
    start, series = noisy
    found = series.candidate()
    truth = torch.tensor(WAVE)[:, None]
    off = start.residual.rms(found.expansion(start.residual.t) - truth)
    assert off < 0.05
    assert series.fit.train_error < min(found.score, found.error)
    # The noise of 300 rows is known to a twenty-fourth of itself.
    assert 0.08 < found.score < 0.13


def test_all_rows_move_the_cosines_and_not_the_plane(noisy):
    _, series = noisy
    X = np.random.default_rng(2).uniform(-1, 1, (4000, 2))
    y = np.sin(3 * X[:, 0] * X[:, 1]) + X[:, 0] - 4
    every = all_rows(torch.tensor(X), torch.tensor(y)[:, None], 3)
    whole, left = series.candidate().whole(WholeResidual(every, StageSum(None, []), 1.0))
    assert torch.equal(whole.expansion.affine, series.affine)
    assert torch.equal(whole.expansion.orders, series.fit.chosen.indices)
    values = whole.expansion(torch.tensor(X))
    assert left == pytest.approx(float((values[:, 0] - torch.tensor(y)).square().mean().sqrt()), rel=1e-3)
    before = series.candidate().expansion(torch.tensor(X))
    assert left < 0.5 * float((before[:, 0] - torch.tensor(y)).square().mean().sqrt())


def test_rows_of_a_lattice_are_judged_between_its_levels():
    """Rows left out one by one have others at their levels: the score is between both, in digits."""
    levels = np.linspace(-1, 1, 9)
    X = np.stack(np.meshgrid(levels, levels, indexing="ij"), -1).reshape(-1, 2)
    X = X[np.random.default_rng(0).uniform(size=81) < 0.85]
    start, series = fitted(X, np.abs(X[:, 0] - 0.1) + X[:, 1] ** 2)
    between = series.fit.expected_error(start.design.lines)
    assert between > series.fit.score
    assert series.score == pytest.approx(np.sqrt(series.fit.score * between))
    assert series.candidate().score == series.score
    assert series.candidate().error >= between
