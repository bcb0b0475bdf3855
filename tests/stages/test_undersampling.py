"""Rows too sparse for a function without noise: said where rows can tell, and not of anything else."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor

ESTIMATORS = [SpectralMultistageRegressor, MultiGradeRegressor]
LINEAR = {"hidden_layer_sizes": (), "n_stages": 1}


def waves(X, low, high, count=60):
    """Noise-free waves with `low` to `high` cycles over the unit box."""
    rng = np.random.default_rng(1)
    directions = rng.standard_normal((count, X.shape[1]))
    sizes = rng.uniform(low, high, count) / np.linalg.norm(directions, axis=1)
    return np.sin(2 * np.pi * X @ (directions * sizes[:, None]).T + rng.uniform(0, 6, count)).sum(1)


def scattered(n, d, seed=0):
    return np.random.default_rng(seed).uniform(size=(n, d))


def uniform(n):
    return np.linspace(0, 1, n)[:, None]


def grid(n):
    return np.stack(np.meshgrid(*[np.linspace(0, 1, n)] * 2, indexing="ij"), -1).reshape(-1, 2)


SCATTERED = {
    "two rows per wave at most": (scattered(150, 1), (75, 110)),
    "one row per wave": (scattered(200, 1), (160, 240)),
    "2-D, two rows per wave at most": (scattered(400, 2), (10, 15)),
}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("name", SCATTERED)
def test_scattered_waves_too_fast_for_their_rows_are_warned_of(estimator, name):
    X, band = SCATTERED[name]
    with pytest.warns(ConvergenceWarning, match="too sparse for the spectrum"):
        model = estimator(**LINEAR).fit(X, waves(X, *band))
    assert model.stop_reason_ == "too_sparse"
    assert model.heldout_error_ > 0.5
    assert model.noise_floor_ == 0


def crossing(X):
    """Waves of 0.86 to 0.98 of the highest frequency of 24 rows on the first axis, any on the second."""
    rng = np.random.default_rng(0)
    cycles = np.stack([rng.uniform(10, 11.3, 60), rng.uniform(-11, 11, 60)])
    return np.sin(2 * np.pi * X @ cycles + rng.uniform(0, 6, 60)).sum(1)


ON_GRIDS = [(uniform(300), waves(uniform(300), 120, 149)), (grid(24), crossing(grid(24)))]


@pytest.mark.parametrize("X, y", ON_GRIDS, ids=["1-D", "2-D"])
def test_a_spectrum_that_rises_to_the_end_of_the_grids_band_is_warned_of(X, y):
    with pytest.warns(ConvergenceWarning, match="too sparse for the spectrum"):
        model = SpectralMultistageRegressor(**LINEAR).fit(X, y)
    assert model.stop_reason_ == "too_sparse"


def test_default_fits_warn():
    X = scattered(200, 1)
    with pytest.warns(ConvergenceWarning, match="More rows"):
        SpectralMultistageRegressor().fit(X, waves(X, 100, 140))


def noisy(X, share=1.0):
    return share * np.random.default_rng(5).standard_normal(len(X)) + (1 - share) * waves(X, 0, 3, 5)


def rough(n, slope):
    """A field whose amplitudes fall with the wave number to the power `slope`, as in photographs."""
    wave = np.hypot(*np.meshgrid(np.fft.fftfreq(2 * n), np.fft.fftfreq(2 * n)))
    wave[0, 0] = 1
    noise = np.fft.fft2(np.random.default_rng(4).standard_normal((2 * n, 2 * n)))
    return np.fft.ifft2(noise / wave**slope).real[:n, :n].ravel()


RARE = (np.random.default_rng(6).uniform(size=300) < 0.03).astype(float)
ENOUGH = {
    "one row": (scattered(1, 2), np.ones(1)),
    "few random rows": (scattered(20, 2), noisy(scattered(20, 2))),
    "constant": (uniform(200), np.full(200, 3.0)),
    "white noise, uniform": (uniform(300), noisy(uniform(300))),
    "differences of white noise": (uniform(300), np.diff(noisy(uniform(301)))),
    "white noise, scattered": (scattered(300, 1), noisy(scattered(300, 1))),
    "white noise, 2-D": (scattered(400, 2), noisy(scattered(400, 2))),
    "white noise, a table": (scattered(150, 6), noisy(scattered(150, 6))),
    "rare events": (scattered(300, 2), RARE),
    "waves under noise": (scattered(300, 1), noisy(scattered(300, 1), 0.7)),
    "smooth": (uniform(200), np.exp(uniform(200)[:, 0])),
    "six rows per wave": (scattered(200, 1), waves(scattered(200, 1), 10, 33)),
    "a photograph's spectrum": (grid(24), rough(24, 1.0)),
    "a rough field": (grid(24), rough(24, 0.5)),
    "too few rows to tell": (scattered(60, 1), waves(scattered(60, 1), 60, 80)),
}


# Without layers both judge the same series.
@pytest.mark.parametrize(
    "estimator", [SpectralMultistageRegressor, pytest.param(MultiGradeRegressor, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", ENOUGH)
def test_nothing_else_is_warned_of(estimator, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "The fit explains little")  # that y is noise is not known
        model = estimator(**LINEAR).fit(*ENOUGH[name])
    assert model.stop_reason_ != "too_sparse"


def test_well_sampled_waves_that_few_modes_cannot_hold_are_not_warned_of():
    X = scattered(400, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "The fit explains little")  # that y is noise is not known
        model = SpectralMultistageRegressor(n_modes=1, **LINEAR).fit(X, waves(X, 5, 20, 12))
    assert model.heldout_error_ > 0.5


def test_an_aliased_wave_is_a_slower_wave():
    """40 cycles on 50 rows are 9 cycles the other way round: no data can tell, and none is claimed."""
    X = uniform(50)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "The fit explains little")  # that y is noise is not known
        model = SpectralMultistageRegressor(**LINEAR).fit(X, np.sin(2 * np.pi * 40 * X[:, 0]))
    between = uniform(2001)
    np.testing.assert_allclose(model.predict(between), -np.sin(2 * np.pi * 9 * between[:, 0]), atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "d"), [(100, 1), (150, 2), (250, 3)])
def test_chance_rarely_looks_like_waves(n, d):
    """None of 20 tables of noise counts as undersampled, be it normal or of rare large values."""
    X = scattered(n, d, seed=7)
    rng = np.random.default_rng(8)
    Y = np.concatenate([rng.standard_normal((n, 10)), rng.uniform(size=(n, 10)) < 0.1], 1)
    model = SpectralMultistageRegressor(n_modes=1, **LINEAR)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.filterwarnings("ignore", "The fit explains little")  # rare values do not look white
        reasons = {model.fit(X, y).stop_reason_ for y in Y.T}
    assert "too_sparse" not in reasons
