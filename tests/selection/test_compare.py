"""One fit is better than another where their errors differ by more than chance."""

import numpy as np
import pytest
import torch

from skspectral.selection import falls, margin, nested_margin


def squares(rng, size, n=40):
    return torch.tensor(size * rng.standard_normal(n) ** 2)


def test_a_clear_fall_is_seen_whatever_a_single_row_is_missed_by(rng):
    before, after = squares(rng, 1.0), squares(rng, 0.01)
    before[3] = 1e6
    assert falls(before, after)


@pytest.mark.parametrize("seed", range(5))
def test_chance_is_no_fall(seed):
    rng = np.random.default_rng(seed)
    error = rng.standard_normal(40)
    other = error + 0.1 * rng.standard_normal(40)
    assert not falls(torch.tensor(error**2), torch.tensor(other**2))


def test_a_rise_is_no_fall(rng):
    assert not falls(squares(rng, 0.1), squares(rng, 1.0))


def test_errors_on_many_rows_are_known_better():
    """Errors are known to 1 / sqrt(2 n) of themselves, and must differ by 3.5 times as much."""
    for n in (2, 50, 10**6):
        assert 1 / (1 - margin(n)) == pytest.approx(1 + 3.5 / (2 * n) ** 0.5)


def test_fits_inside_of_each_other_are_distinguished_by_less():
    """Of 4000 draws of noise, one function lowers the error by as much in some 1 in 2000; a tone does."""
    draw = np.random.default_rng(0)
    n = 400
    wave = np.sqrt(2) * np.cos(2 * np.pi * 5 * np.arange(n) / n)
    noise = draw.standard_normal((4000, n))

    def share(y):
        return np.sqrt(1 - (y @ wave) ** 2 / n / (y**2).sum(-1))

    assert (share(noise) < 1 - nested_margin(n)).mean() < 3e-3
    assert (share(noise[:100] + 0.4 * wave) < 1 - nested_margin(n)).mean() > 0.9
    assert nested_margin(8) == margin(8)
