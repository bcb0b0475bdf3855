"""Gaps, and what stands beside ours."""

import numpy as np
import pytest

from benchmarks.ablations import series

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("n", [61, 309, 2225])
def test_gaps_are_three_stretches_inside(n, seed):
    held_out = series.gaps(n, seed)
    assert np.diff(held_out.astype(int)).tolist().count(1) == series.GAPS
    assert held_out.sum() == series.GAPS * round(series.GAP * n)
    assert not held_out[0] and not held_out[-1]


def test_series_are_read_where_they_are_installed():
    """Extremes that are in books: the peak of 1957, and the warm winter of 1982 and 1983."""
    pytest.importorskip("statsmodels", reason="the series ship with statsmodels")
    for name, t, peak in (("sunspots", 1957, 190.2), ("El Nino", 1983, 27)):
        times, values = series._READ[name]()
        assert values[np.searchsorted(times, t)] == pytest.approx(peak, abs=1)


def line():
    t = np.linspace(1990, 2000, 400)
    return t[:, None], 0.3 * (t - 1990) + np.maximum(t - 1995, 0) + np.sin(2 * np.pi * t)


def errors(model):
    X, y = line()
    held_out = series.gaps(len(y), 0)
    found = model.fit(X[~held_out], y[~held_out]).predict(X[held_out]) - y[held_out]
    return np.abs(found).max()


def test_trend_and_season_are_found_across_gaps():
    assert errors(series.TrendAndSeason(1.0)) < 0.05
    assert errors(series.TrendAndSeason(0.37)) > 0.5


def test_a_process_is_close_across_gaps():
    assert errors(series.Process()) < 0.2


def test_a_spline_interpolates():
    X, y = line()
    np.testing.assert_allclose(series.Spline().fit(X, y).predict(X), y)
