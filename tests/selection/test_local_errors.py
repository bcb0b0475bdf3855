"""Where errors are larger than elsewhere, by rows that are left out."""

import numpy as np
import pytest
import torch

from skspectral import SpectralMultistageRegressor
from skspectral.selection import LeftOut
from skspectral.selection.local_errors import LocalErrors


def line(square):
    """Rows on a line, with what they are missed by."""
    t = torch.linspace(-1, 1, len(square), dtype=torch.float64)[:, None]
    return LeftOut(t, torch.as_tensor(square, dtype=torch.float64))


def test_errors_vary_by_half_of_the_digits_of_rows_left_out():
    """Squares are 1e-8 on one side: errors four digits lower, and variances as many, of eight."""
    local = LocalErrors.of(line([1.0] * 10 + [1e-8] * 10))
    one, other = local(torch.tensor([[-0.9], [0.9]], dtype=torch.float64))
    assert float(one / other) == pytest.approx(1e4)


def test_single_rows_that_are_met_by_chance_do_not_count():
    square = np.ones(20)
    square[7] = 0.0
    t = torch.linspace(-1, 1, 200, dtype=torch.float64)[:, None]
    assert float(LocalErrors.of(line(square))(t).min()) > 0.5


@pytest.mark.parametrize("square", [[0.0] * 5, [1.0, np.inf, 1.0], [1.0, np.nan, 1.0]])
def test_nothing_is_known_where_rows_show_no_errors(square):
    assert LocalErrors.of(line(square)) is None


@pytest.mark.slow
@pytest.mark.parametrize(("d", "steepness"), [(2, 80.0), (3, 20.0)])
def test_bars_are_wide_at_a_narrow_hill_and_narrow_elsewhere(d, steepness, rng):
    """Errors fall by two digits away from it, bars by half as many or so; they were alike everywhere."""
    X = rng.uniform(-1, 1, (400, d))

    def hill(X):
        return np.exp(-steepness * ((X - 0.4) ** 2).sum(1)) + X[:, 0]

    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, hill(X))
    around = 0.4 + 0.3 * rng.uniform(-1, 1, (300, d))
    elsewhere = rng.uniform(-0.8, -0.2, (300, d))
    bars = [np.median(model.predict(places, return_std=True)[1]) for places in (around, elsewhere)]
    errors = [np.median(np.abs(model.predict(places) - hill(places))) for places in (around, elsewhere)]
    assert bars[0] > 2 * bars[1]
    assert errors[0] > 2 * errors[1]


def test_rounding_says_nothing_about_places(rng):
    X = rng.uniform(-1, 1, (200, 2))
    assert SpectralMultistageRegressor().fit(X, np.exp(X[:, 0]))._bars.local is None


def test_noise_is_alike_everywhere(rng):
    X = rng.uniform(-1, 1, (300, 2))
    y = np.sin(3 * X[:, 0]) + 0.1 * rng.standard_normal(300)
    assert SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, y)._bars.local is None
