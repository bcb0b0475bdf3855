"""Series on scattered rows: which of all kinds is taken, and bases that become what they fitted."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from clocks import stopped
from progresses import progress_of
from skspectral.selection import LinearFit, LinearOptions, constant
from skspectral.series import scattered
from skspectral.series.scattered import LatticeBasis, PolynomialBasis, fit_scattered
from skspectral.spectrum import LatticeRung, lattice

ROWS = np.random.default_rng(0).uniform(-1, 1, (200, 2))
INSIDE = torch.tensor(np.random.default_rng(1).uniform(-0.95, 0.95, (400, 2)))
PLANE = torch.tensor([2.0, 3.0, -1.0]).double()


def fitted(X, y, **options):
    start = progress_of(X, y)
    return start, fit_scattered(start.residual, start.design, LinearOptions(**options))


def on_plane(t):
    return PLANE[0] + t @ PLANE[1:, None]


def plane_at(X):
    return on_plane(torch.tensor(X))[:, 0].numpy()


@pytest.mark.parametrize("n", [4, 9, 200])
def test_a_plane_is_a_plane(n):
    """Four rows of two inputs, which are one more than it takes, tell it by meeting it to rounding."""
    _, found = fitted(ROWS[:n], plane_at(ROWS[:n]))
    assert (found.expansion.n_modes, found.expansion.orders, found.expansion.gaussian) == (0, None, None)
    assert found.rank == pytest.approx(3)
    torch.testing.assert_close(found.expansion(INSIDE), on_plane(INSIDE), rtol=0, atol=1e-11)


@pytest.fixture
def process(monkeypatch):
    """A constant of -9, of the score that is put in here, stands for the process; there is none before."""
    scores = []

    def fit_process(*_, **__):
        if not scores:
            return None
        fit = LinearFit(constant(torch.tensor([-9.0]).double(), 2), scores[0], scores[0], 5.0)
        return SimpleNamespace(score=scores[0], candidate=lambda: fit)

    monkeypatch.setattr(scattered, "fit_process", fit_process)
    return scores


def test_a_plane_in_noise_stays_a_plane(process):
    noise = np.random.default_rng(2).standard_normal(200)
    start, found = fitted(ROWS, plane_at(ROWS) + noise)
    assert found.rank == pytest.approx(3)
    off = start.residual.rms(found.expansion(start.residual.t) - on_plane(start.residual.t))
    assert off < 3 * np.sqrt(3 / 200)
    process.append(0.95 * found.score)
    assert fitted(ROWS, plane_at(ROWS) + noise)[1].rank == pytest.approx(3)  # it is better by chance


@pytest.mark.parametrize(("share", "taken"), [(0.5, True), (1.1, True), (2.0, False)])
def test_a_process_is_taken_where_no_series_is_better_by_more_than_chance(process, share, taken):
    """In it nothing was chosen by the rows that are left out."""
    y = 10 * np.sin(4 * ROWS[:, 0]) * np.exp(ROWS[:, 1])
    _, series = fitted(ROWS[:100], y[:100])
    process.append(share * series.score)
    _, found = fitted(ROWS[:100], y[:100])
    assert (found.rank == 5) is taken


def test_there_is_a_plane_when_time_is_up():
    """It takes none, and nothing else was begun."""
    _, found = fitted(ROWS, np.sin(5 * ROWS[:, 0] * ROWS[:, 1]), clock=stopped())
    assert found.rank == 3


@pytest.mark.parametrize("options", [{"max_modes": 6}, {"modes_only": True}])
def test_no_plane_stands_for_modes_that_were_asked_for(options, process):
    """Not even in noise, where a plane would do as well."""
    noise = np.random.default_rng(2).standard_normal(200)
    _, found = fitted(ROWS, plane_at(ROWS) + noise, **options)
    assert found.expansion.degrees is None
    assert found.expansion.n_modes <= options.get("max_modes", 100)


def test_rows_in_planes_are_left_to_waves():
    """Neither mapped cosines nor products of polynomials are made for what lies between planes."""
    X = ROWS.copy()
    X[:, 0] = np.round(3 * X[:, 0]) / 3 + 1e-3 * X[:, 1]
    start, found = fitted(X, np.sin(3 * X[:, 0] - 2 * X[:, 1]))
    assert start.design.grouped
    assert found.expansion.orders is None


def test_smooth_values_are_met_between_the_rows(process):
    def smooth(t):
        return torch.exp(t[:, :1] * t[:, 1:]) / (2 + t[:, :1])

    _, found = fitted(ROWS, smooth(torch.tensor(ROWS))[:, 0].numpy())
    missed = float((found.expansion(INSIDE) - smooth(INSIDE)).square().mean().sqrt())
    assert missed < 1e-6
    assert missed < 10 * found.error


@pytest.mark.parametrize(
    "basis",
    [
        PolynomialBasis(torch.tensor([[0, 0], [1, 0], [2, 3]])),
        LatticeBasis(LatticeRung(4.0, lattice(2, 2.0, 2)), INSIDE),
    ],
    ids=["polynomials", "waves"],
)
def test_a_series_is_the_sum_of_the_functions_that_were_fitted(basis):
    features = basis.features(INSIDE)
    coefficients = torch.randn(features.shape[1], 2, generator=torch.Generator().manual_seed(0)).double()
    torch.testing.assert_close(basis.expansion(coefficients)(INSIDE), features @ coefficients)


def test_a_ridge_holds_back_fast_waves_and_no_plane():
    """Amplitudes are expected to fall with the length of wave vectors, the same for both phases."""
    rung = LatticeRung(4.0, np.array([[1, 0], [0, 3], [5, 5]]))
    plane, cosine, sine = LatticeBasis(rung, INSIDE).prior.split([3, 3, 3])
    assert plane.tolist() == [1, 1, 1]
    assert torch.equal(cosine, sine)
    assert 1 > cosine[0] > cosine[1] > cosine[2] > 0
